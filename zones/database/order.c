/* SPDX-License-Identifier: BSD-3-Clause */
/* The order of precedence of blocklist.h, and how lookups choose by it. */
#include "zones/database/list.h"

bool
ush_list_precedes(
    const struct ush_blocklist *list, const struct ush_match *a, const struct ush_match *b)
{
	uint32_t rank_a = list->classes[a->class_id].rank;
	uint32_t rank_b = list->classes[b->class_id].rank;

	if (rank_a != rank_b)
		return rank_a < rank_b;
	if (a->labels != b->labels) /* exact is longest */
		return a->labels > b->labels;
	if (a->subdomains != b->subdomains) /* of two for one name, the one for it alone */
		return !a->subdomains;
	if (a->bits != b->bits)
		return a->bits > b->bits;
	return a->class_id < b->class_id;
}

void
ush_keep_best(void *arg, const struct ush_match *match)
{
	struct ush_best *best = arg;

	if (!best->any || ush_list_precedes(best->list, match, best->match))
		*best->match = *match;
	best->any = true;
}

void
ush_keep_next(void *arg, const struct ush_match *match)
{
	struct ush_next *next = arg;

	if (next->last != NULL && !ush_list_precedes(next->list, next->last, match))
		return;
	if (!next->any || ush_list_precedes(next->list, match, &next->match))
		next->match = *match;
	next->any = true;
}
