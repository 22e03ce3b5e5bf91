/* SPDX-License-Identifier: BSD-3-Clause */
/* compose.h - the messages (message.h) about hosts and about the sinkhole itself. Results belong to the
 * caller (json_decref), NULL without memory. One thread. */
#pragma once

#include <jansson.h>
#include "sinkhole/alerts/decide.h"
#include "sinkhole/sinkwatch/overview.h"

/* The row in one line: all that a collected message says of it. */
json_t *ush_compose_line(const struct ush_overview *overview, const struct ush_row *row,
    enum ush_alert_reason reason, enum ush_call before);
/* All that is known of the host of the row. `rows`: all that it has. */
json_t *ush_compose_host(const struct ush_overview *overview, const struct ush_row *row,
    const struct ush_hosts *rows, enum ush_alert_reason reason, enum ush_call before);

/* Trouble with the sinkhole itself: sentences that begin, and such that are over. */
json_t *ush_compose_troubles(
    const struct ush_overview *overview, const json_t *begun, const json_t *over);

/* Many in one. `counts`: how many there are of each bit of settings.h; `messages`: the first of them;
 * `is_first`: what was known when sinkwatch looked for the first time. */
json_t *ush_compose_many(const struct ush_overview *overview,
    const uint64_t counts[USH_ALERT_CALLS + 1], json_t *messages, bool is_first);
