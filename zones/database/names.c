/* SPDX-License-Identifier: BSD-3-Clause */
/* Lookup of names. All suffixes are hashed and their buckets called for first, and only then
 * compared: the memory accesses of one lookup then overlap. Nearly every name is not listed, which
 * the first half of its fingerprint shows; the second half is computed only where the first has met
 * a rule. */
#include "zones/blocklist.h"

#include <string.h>
#include "zones/database/hash.h"
#include "zones/database/list.h"

#define LABELS_MAX 127 /* of a name of 255 octets */

/* A suffix that may be listed. */
struct suffix {
	uint64_t high;
	uint8_t start; /* offset in the name */
	uint8_t labels;
	uint16_t scope; /* that a rule must have: the name itself, or what is below */
};

static inline bool
is_near(const struct ush_blocklist *list, uint64_t high)
{
	const uint64_t *words = ush_list_records(list, USH_DB_FILTER);
	uint32_t near_words = ush_db_near_words(list->header.names);

	return (~words[ush_db_filter_word(high, near_words)] & ush_db_near_bits(high)) == 0;
}

static inline bool
is_far(const struct ush_blocklist *list, uint64_t high)
{
	uint32_t near_words = ush_db_near_words(list->header.names);
	const uint64_t *words =
	    (const uint64_t *)ush_list_records(list, USH_DB_FILTER) + near_words;
	uint32_t far_words = ush_list_count(list, USH_DB_FILTER) - near_words;

	return (~words[ush_db_filter_word(high, far_words)] & ush_db_far_bits(high)) == 0;
}

/* Nearly every name ends here: false if it certainly has no rule. */
static bool
may_be_listed(const struct ush_blocklist *list, const struct ush_name *name)
{
	const struct ush_db_header *header = &list->header;
	unsigned third = 0, second = 0, first = 0; /* where its last three, two, one labels begin */
	unsigned labels = 0;
	uint64_t high;

	for (unsigned i = 0; name->wire[i] != 0; i += name->wire[i] + 1u, labels++) {
		third = second;
		second = first;
		first = i;
	}
	if ((header->depths & (ush_db_depth(0) | ush_db_depth(1))) != 0) /* it is off */
		return true;
	if (labels < 2)
		return false;
	high = ush_db_hash_high(header, name->wire + second, name->len - second - 1u);
	if (!is_near(list, high))
		return false;
	if (is_far(list, high))
		return true;
	return labels > 2 &&
	       is_far(list, ush_db_hash_high(header, name->wire + third, name->len - third - 1u));
}

/* The suffixes of those depths that the list has at all, longest first. */
static unsigned
make_probes(
    const struct ush_blocklist *list, const struct ush_name *name, struct suffix probes[LABELS_MAX])
{
	const struct ush_db_bucket *buckets = ush_list_records(list, USH_DB_NAMES);
	unsigned labels = ush_name_labels(name);
	uint16_t scope = USH_DB_SCOPE_EXACT;
	unsigned count = 0;

	for (unsigned i = 0; labels > 0; i += name->wire[i] + 1u, labels--) {
		struct suffix *probe = &probes[count];

		if ((list->header.depths & ush_db_depth(labels)) != 0) {
			probe->start = (uint8_t)i;
			probe->labels = (uint8_t)labels;
			probe->scope = scope;
			probe->high =
			    ush_db_hash_high(&list->header, name->wire + i, name->len - i - 1u);
			__builtin_prefetch(
			    &buckets[ush_db_home(probe->high, list->header.home_buckets)]);
			count++;
		}
		scope = USH_DB_SCOPE_BELOW;
	}
	return count;
}

/* Whether any place of a bucket has the tag; nearly always none. Eight at once, and the ninth. */
static inline bool
has_tag(const struct ush_db_bucket *bucket, uint16_t tag)
{
	uint16_t tags __attribute__((vector_size(16)));
	uint64_t equal[2];

	memcpy(&tags, bucket->tag, sizeof(tags));
	tags = (__typeof__(tags))(tags == tag);
	memcpy(equal, &tags, sizeof(equal));
	return (equal[0] | equal[1]) != 0 || bucket->tag[USH_DB_BUCKET_RULES - 1] == tag;
}

/* Hand over the rules of a bucket that are for this suffix and whose class exists and scope fits.
 */
__attribute__((noinline)) static void /* rare: keep it out of the loop */
take_bucket(const struct ush_blocklist *list, const uint8_t *actions, const struct ush_name *name,
    const struct suffix *probe, uint32_t at, ush_found_fn *found, void *arg)
{
	const struct ush_db_bucket *bucket =
	    (const struct ush_db_bucket *)ush_list_records(list, USH_DB_NAMES) + at;
	struct ush_db_fingerprint print = {
	    .high = probe->high,
	    .low = ush_db_hash_low(
	        &list->header, name->wire + probe->start, name->len - probe->start - 1u),
	};

	for (unsigned i = 0; i < USH_DB_BUCKET_RULES; i++) {
		unsigned class_id = bucket->rule[i] & USH_DB_CLASS_MASK;
		enum ush_action action;

		if (bucket->tag[i] != (uint16_t)print.high ||
		    bucket->middle[i] != ush_db_middle(print) ||
		    bucket->low[i] != (uint16_t)print.low || (bucket->rule[i] & probe->scope) == 0)
			continue;
		if ((action = ush_list_action(list, actions, class_id)) == USH_ACTION_NONE)
			continue;
		found(arg, &(struct ush_match){
		               .rule = at * USH_DB_BUCKET_RULES + i,
		               .class_id = class_id,
		               .action = action,
		               .labels = probe->labels,
		               .subdomains = (bucket->rule[i] & USH_DB_SCOPE_BELOW) != 0,
		           });
	}
}

static void
search(const struct ush_blocklist *list, const uint8_t *actions, const struct ush_name *name,
    const struct suffix *probe, ush_found_fn *found, void *arg)
{
	const struct ush_db_bucket *buckets = ush_list_records(list, USH_DB_NAMES);
	uint32_t at = ush_db_home(probe->high, list->header.home_buckets);

	do {
		if (has_tag(&buckets[at], (uint16_t)probe->high))
			take_bucket(list, actions, name, probe, at, found, arg);
	} while (buckets[at++].spills != 0);
}

/* The first in the order of precedence, never-block rules among them. */
static bool
find_first(const struct ush_blocklist *list, const uint8_t *actions, const struct ush_name *name,
    struct ush_match *out)
{
	struct suffix probes[LABELS_MAX];
	struct ush_best best = {.list = list, .match = out};
	unsigned count;

	if (!may_be_listed(list, name))
		return false;
	count = make_probes(list, name, probes);
	for (unsigned i = 0; i < count; i++)
		search(list, actions, name, &probes[i], ush_keep_best, &best);
	return best.any;
}

bool
ush_blocklist_match_name(const struct ush_blocklist *list, const uint8_t *actions,
    const struct ush_name *name, struct ush_match *out)
{
	return find_first(list, actions, name, out) && !list->classes[out->class_id].never_block;
}

bool
ush_blocklist_never_blocks(const struct ush_blocklist *list, const struct ush_name *name)
{
	struct ush_match match;

	return find_first(list, NULL, name, &match) && list->classes[match.class_id].never_block;
}

#define FEW_MATCHES 16

/* The rules that touch a name, in order; nearly always few. */
struct few {
	const struct ush_blocklist *list;
	struct ush_match items[FEW_MATCHES];
	size_t count;
	bool more;
};

static void
keep_few(void *arg, const struct ush_match *match)
{
	struct few *few = arg;
	size_t to = few->count;

	if (few->count == FEW_MATCHES) {
		few->more = true;
		return;
	}
	for (; to > 0 && ush_list_precedes(few->list, match, &few->items[to - 1]); to--)
		few->items[to] = few->items[to - 1];
	few->items[to] = *match;
	few->count++;
}

/* Any number, a search for each. */
static size_t
explain_many(const struct ush_blocklist *list, const uint8_t *actions, const struct ush_name *name,
    const struct suffix *probes, unsigned count, ush_explain_fn *fn, void *arg)
{
	struct ush_match last = {0};
	size_t given = 0;

	for (;;) {
		struct ush_next next = {.list = list, .last = given > 0 ? &last : NULL};

		for (unsigned i = 0; i < count; i++)
			search(list, actions, name, &probes[i], ush_keep_next, &next);
		if (!next.any)
			return given;
		last = next.match;
		fn(arg, &last, given == 0);
		given++;
	}
}

size_t
ush_blocklist_explain(const struct ush_blocklist *list, const uint8_t *actions,
    const struct ush_name *name, ush_explain_fn *fn, void *arg)
{
	struct suffix probes[LABELS_MAX];
	struct few few = {.list = list};
	unsigned count = make_probes(list, name, probes);

	for (unsigned i = 0; i < count; i++)
		search(list, actions, name, &probes[i], keep_few, &few);
	if (few.more)
		return explain_many(list, actions, name, probes, count, fn, arg);
	for (size_t i = 0; i < few.count; i++)
		fn(arg, &few.items[i], i == 0);
	return few.count;
}
