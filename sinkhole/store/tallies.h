/* SPDX-License-Identifier: BSD-3-Clause */
/* tallies.h - how often each fact was seen of one host for one campaign, and when. Few facts are ever
 * seen of one, so that only those need memory. Values only, any thread may call. */
#pragma once

#include <stdint.h>
#include "sinkhole/store/facts.h"
#include "sinkhole/store/rhythm.h"

/* `distinct`: at or for how many different listed names, hosts or server names. */
struct ush_tally {
	uint64_t count;
	uint64_t distinct;
	uint64_t first_ms;
	uint64_t last_ms;
	struct ush_rhythm rhythm;
};

/* Zeroed: nothing was seen. */
struct ush_tallies {
	struct ush_tally *items; /* of the facts in `seen`, in their order; owned */
	uint32_t seen;           /* bit: enum ush_fact */
};

/* Of zeros if the fact was not seen. Good until another one is added. */
const struct ush_tally *ush_tally_of(const struct ush_tallies *tallies, enum ush_fact fact);
/* The same to be changed, added if it was not seen. NULL without memory. */
struct ush_tally *ush_tally_at(struct ush_tallies *tallies, enum ush_fact fact);
void ush_tallies_fini(struct ush_tallies *tallies);
