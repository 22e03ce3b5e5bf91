/* SPDX-License-Identifier: BSD-3-Clause */
/* canary_event.h - whether a sensor has recorded the call of the canary: that alone shows that it sees
 * what calls. An answer may come from anything that listens there, and sinkholed may give none. One
 * thread. */
#pragma once

#include "common/attr.h"
#include "common/error.h"
#include "common/settings.h"

enum ush_canary_record {
	USH_CANARY_RECORDED,
	USH_CANARY_ABSENT,    /* it is in none of the logs, and it would have to be */
	USH_CANARY_ELSEWHERE, /* it may be in a log that is not here, or not yet */
};

struct ush_canary_logs;

/* Makes a path that no other call has, and notes where the logs of contacts end: before the call is
 * made. Owned by the caller. */
USH_MUST_CHECK int ush_canary_logs_open(
    struct ush_canary_logs **out, const struct ush_settings *settings, struct ush_error *err);
void ush_canary_logs_close(struct ush_canary_logs *logs);             /* NULL is allowed */
const char *ush_canary_logs_path(const struct ush_canary_logs *logs); /* borrowed */

/* Looks for a request for the path, a few seconds at most. */
enum ush_canary_record ush_canary_logs_find(struct ush_canary_logs *logs);
