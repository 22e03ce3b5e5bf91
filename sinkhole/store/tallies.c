/* SPDX-License-Identifier: BSD-3-Clause */
#include "sinkhole/store/tallies.h"

#include <stdlib.h>
#include <string.h>

_Static_assert(USH_FACTS <= 32, "a bit for each fact");

static const struct ush_tally none;

/* How many facts before this one were seen. */
static unsigned
place_of(const struct ush_tallies *tallies, enum ush_fact fact)
{
	return (unsigned)__builtin_popcount(tallies->seen & ((UINT32_C(1) << fact) - 1));
}

static bool
is_seen(const struct ush_tallies *tallies, enum ush_fact fact)
{
	return (tallies->seen & UINT32_C(1) << fact) != 0;
}

const struct ush_tally *
ush_tally_of(const struct ush_tallies *tallies, enum ush_fact fact)
{
	return is_seen(tallies, fact) ? &tallies->items[place_of(tallies, fact)] : &none;
}

struct ush_tally *
ush_tally_at(struct ush_tallies *tallies, enum ush_fact fact)
{
	unsigned place = place_of(tallies, fact);
	unsigned count = (unsigned)__builtin_popcount(tallies->seen);
	struct ush_tally *items;

	if (is_seen(tallies, fact))
		return &tallies->items[place];
	items = reallocarray(tallies->items, count + 1, sizeof(*items));
	if (items == NULL)
		return NULL;
	memmove(&items[place + 1], &items[place], (count - place) * sizeof(*items));
	items[place] = none;
	tallies->items = items;
	tallies->seen |= UINT32_C(1) << fact;
	return &items[place];
}

void
ush_tallies_fini(struct ush_tallies *tallies)
{
	free(tallies->items);
	*tallies = (struct ush_tallies){0};
}
