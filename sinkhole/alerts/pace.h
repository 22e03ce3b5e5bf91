/* SPDX-License-Identifier: BSD-3-Clause */
/* pace.h - when a message may go: quiet hours, and a limit of messages an hour. Pure: the time comes
 * from the caller; local time is that of the process. Any thread may call. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include "common/settings.h"

/* Whether this moment lies in quiet hours. */
bool ush_quiet_is(const struct ush_quiet_hours *quiet, uint64_t now_ms);

/* Messages of the hour that began with the first of them. Zeroed: none yet. */
struct ush_pace {
	uint64_t began_ms;
	uint64_t count;
	uint64_t has_ended; /* the one with the number of all others went */
};

/* Whether one more may go; then it is counted. */
bool ush_pace_take(struct ush_pace *pace, uint64_t now_ms, uint32_t max_per_hour);
/* The same for one message that stands for all that had to wait: beyond the limit one an hour. */
bool ush_pace_take_all(struct ush_pace *pace, uint64_t now_ms, uint32_t max_per_hour);
