/* SPDX-License-Identifier: BSD-3-Clause */
/* rhythm.h - when a host came: how many visits, how far apart, at which hours. A clock shows what a
 * single request cannot; it proves nothing alone, for feed readers and monitors have one too.
 *
 * The store keeps at most USH_RHYTHM_PLACES moments of one host, campaign and fact: one for each
 * five minutes in which it came, at place (time / five minutes) % USH_RHYTHM_PLACES, the newest one
 * in each place. So what is kept does not depend on the order of the events; all of the newest
 * three and a half days is there, and of older times what nothing newer has displaced.
 * Values only, any thread may call. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define USH_RHYTHM_SLOT_MS 300000u
#define USH_RHYTHM_PLACES 1009u /* a prime, so that no period shares places with itself */

struct ush_rhythm {
	uint64_t visits;       /* contacts less than half a slot apart are one */
	uint64_t period_ms;    /* median time between visits; 0: fewer than two */
	uint64_t deviation_ms; /* median distance of these times from their median */
	uint32_t hours;        /* bit n: seen in the hour from n:00 UTC */
	uint64_t steady;       /* most times in a row of which none is above three times another */
	uint64_t steady_ms;    /* how long they last together */
	uint64_t stretch;      /* most visits without a pause of more than three hours */
	uint64_t stretch_ms;   /* how long they last together */
};

/* Of moments in ms since 1970, oldest first. */
void ush_rhythm_make(struct ush_rhythm *out, const uint64_t *moments, size_t count);

/* Whether no person comes like that: steadily for four hours or more, or around the clock. */
bool ush_rhythm_is_clock(const struct ush_rhythm *rhythm);

/* How many different hours of the day. */
unsigned ush_rhythm_hours(const struct ush_rhythm *rhythm);
