/* SPDX-License-Identifier: BSD-3-Clause */
/* firsts.h - `events: first`: which host has asked for which name in this hour.
 *
 * Each worker thread has a table of its own, of fixed size: when there are more hosts and names than
 * it has places, the oldest ones are forgotten and recorded once more. */
#pragma once

#include <stdbool.h>
#include "module/events.h"

struct ush_firsts;

/* NULL without memory: every event is the first then. */
struct ush_firsts *ush_firsts_new(void);
void ush_firsts_free(struct ush_firsts *firsts); /* NULL is allowed */

/* Whether the event is the first of its client (also of one that a forwarder names), name, rule and
 * outcome in the hour of event->time_ms, and remembers it. Without `has_room` for it in the log it is
 * lost and not remembered: the next one is the first then. `firsts` may be NULL. */
bool ush_firsts_add(struct ush_firsts *firsts, const struct ush_dns_event *event, bool has_room);
