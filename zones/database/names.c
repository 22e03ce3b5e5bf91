/* SPDX-License-Identifier: BSD-3-Clause */
/* Lookup of names. All suffixes are hashed and their buckets called for first, and only then
 * compared: the memory accesses of one lookup then overlap. Nearly every name is not listed, which
 * the first half of its fingerprint shows; the second half is computed only where the first has met
 * a rule. */
#include "zones/blocklist.h"

#include "zones/database/hash.h"
#include "zones/database/list.h"

#define LABELS_MAX 127 /* of a name of 255 octets */

/* A suffix that may be listed. */
struct probe {
	uint64_t high;
	uint8_t start; /* offset in the name */
	uint8_t labels;
};

/* The suffixes of those depths that the list has at all, longest first. */
static unsigned
make_probes(const struct ush_blocklist *list, const struct ush_name *name,
    struct probe probes[LABELS_MAX], unsigned *labels)
{
	uint8_t starts[LABELS_MAX];
	const struct ush_db_bucket *buckets = ush_list_records(list, USH_DB_NAMES);
	unsigned total = 0;
	unsigned count = 0;

	for (unsigned i = 0; name->wire[i] != 0 && total < LABELS_MAX; i += name->wire[i] + 1u)
		starts[total++] = (uint8_t)i;
	for (unsigned i = 0; i < total; i++) {
		struct probe *probe = &probes[count];
		const struct ush_db_bucket *bucket;

		if ((list->header.depths & ush_db_depth(total - i)) == 0)
			continue;
		probe->start = starts[i];
		probe->labels = (uint8_t)(total - i);
		probe->high = ush_db_hash_high(
		    &list->header, name->wire + starts[i], name->len - starts[i] - 1u);
		bucket = &buckets[ush_db_home(probe->high, list->header.home_buckets)];
		__builtin_prefetch(bucket);
		__builtin_prefetch((const char *)bucket + 64);
		count++;
	}
	*labels = total;
	return count;
}

/* Hand over every rule for one suffix whose class exists and whose scope fits. */
static void
search(const struct ush_blocklist *list, const uint8_t *actions, const struct ush_name *name,
    const struct probe *probe, unsigned labels, ush_found_fn *found, void *arg)
{
	const struct ush_db_bucket *buckets = ush_list_records(list, USH_DB_NAMES);
	uint32_t at = ush_db_home(probe->high, list->header.home_buckets);
	unsigned scope = probe->labels == labels ? USH_DB_SCOPE_EXACT : USH_DB_SCOPE_BELOW;
	uint32_t low = 0;
	bool low_is_known = false;

	do {
		const struct ush_db_bucket *bucket = &buckets[at];

		for (unsigned i = 0; i < USH_DB_BUCKET_RULES; i++) {
			unsigned class_id = bucket->rule[i] & USH_DB_CLASS_MASK;
			enum ush_action action;

			if (bucket->high[i] != probe->high || (bucket->rule[i] & scope) == 0)
				continue;
			if (!low_is_known) {
				low = ush_db_hash_low(&list->header, name->wire + probe->start,
				    name->len - probe->start - 1u);
				low_is_known = true;
			}
			action = ush_list_action(list, actions, class_id);
			if (bucket->low[i] != low || action == USH_ACTION_NONE)
				continue;
			found(arg, &(struct ush_match){
			               .rule = at * USH_DB_BUCKET_RULES + i,
			               .class_id = class_id,
			               .action = action,
			               .labels = probe->labels,
			               .subdomains = (bucket->rule[i] & USH_DB_SCOPE_BELOW) != 0,
			           });
		}
	} while (buckets[at++].spills != 0);
}

bool
ush_blocklist_match_name(const struct ush_blocklist *list, const uint8_t *actions,
    const struct ush_name *name, struct ush_match *out)
{
	struct probe probes[LABELS_MAX];
	struct ush_best best = {.list = list, .match = out};
	unsigned labels;
	unsigned count = make_probes(list, name, probes, &labels);

	for (unsigned i = 0; i < count; i++)
		search(list, actions, name, &probes[i], labels, ush_keep_best, &best);
	return best.any && !list->classes[out->class_id].never_block;
}

size_t
ush_blocklist_explain(const struct ush_blocklist *list, const uint8_t *actions,
    const struct ush_name *name, ush_explain_fn *fn, void *arg)
{
	struct probe probes[LABELS_MAX];
	struct ush_match last = {0};
	unsigned labels;
	unsigned count = make_probes(list, name, probes, &labels);
	size_t told = 0;

	for (;;) {
		struct ush_next next = {.list = list, .last = told > 0 ? &last : NULL};

		for (unsigned i = 0; i < count; i++)
			search(list, actions, name, &probes[i], labels, ush_keep_next, &next);
		if (!next.any)
			return told;
		last = next.match;
		fn(arg, &last, told == 0);
		told++;
	}
}
