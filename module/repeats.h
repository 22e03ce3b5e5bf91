/* SPDX-License-Identifier: BSD-3-Clause */
/* repeats.h - what a flood may write: the first events of a kind in a second, then a count of those
 * that follow; and the same of an hour, for campaigns with `events: count`.
 *
 * Of one kind are events that differ in time and client port alone: different clients, rules or
 * answers are never merged. Each worker thread has a table of its own, made before it runs; another
 * thread may write out what a table has counted. Neither waits for the other: a worker that finds
 * its table in use writes its event as if it were the first of its kind. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include "module/events.h"

struct ush_repeats;

/* Where events go. */
struct ush_sink {
	struct ush_ring *ring;
	const char *observer;
	bool drill;
};

/* How long events of one kind are counted together, and how many kinds are known at a time, in sets of
 * four. */
#define USH_REPEATS_SECOND_MS 1000u
#define USH_REPEATS_SETS 64u
#define USH_REPEATS_HOUR_MS 3600000u
#define USH_REPEATS_HOUR_SETS 2048u

/* NULL without memory: every event is written then. Memory is used as kinds come: 2 KB of each. */
struct ush_repeats *ush_repeats_new(uint32_t period_ms, unsigned sets);
void ush_repeats_free(struct ush_repeats *repeats); /* NULL is allowed */

/* Writes the event, or only counts it if `limit` (0: none) of its kind were written in its period.
 * True if it was counted only. Makes room in the table by writing out a count. `repeats` may be
 * NULL. */
bool ush_repeats_write(struct ush_repeats *repeats, const struct ush_sink *to,
    const struct ush_dns_event *event, uint32_t limit);

bool ush_repeats_are_waiting(const struct ush_repeats *repeats); /* any count? */

/* Writes out the counts of all periods but that of `now_ms`; what finds no room stays for the next
 * time. Any thread, into its own ring. `repeats` may be NULL. */
void ush_repeats_flush(struct ush_repeats *repeats, const struct ush_sink *to, uint64_t now_ms);
