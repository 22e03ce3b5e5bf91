/* SPDX-License-Identifier: BSD-3-Clause */
#include "zones/compile/rules.h"

#include <stdlib.h>
#include <string.h>

#define DIGIT_BITS 8
#define DIGITS (1u << DIGIT_BITS)
#define FEW 32 /* so many are sorted one by one */

int
ush_name_rules_add(struct ush_name_rules *rules, const struct ush_name_rule *rule)
{
	if (rules->count == rules->size) {
		size_t size = rules->size > 0 ? rules->size * 2 : 1024;
		struct ush_name_rule *items = reallocarray(rules->items, size, sizeof(*items));

		if (items == NULL)
			return -1;
		rules->items = items;
		rules->size = size;
	}
	rules->items[rules->count++] = *rule;
	return 0;
}

void
ush_name_rules_fini(struct ush_name_rules *rules)
{
	free(rules->items);
	*rules = (struct ush_name_rules){0};
}

static int
compare(const void *a, const void *b)
{
	const struct ush_name_rule *x = a;
	const struct ush_name_rule *y = b;

	if (x->high != y->high)
		return x->high < y->high ? -1 : 1;
	if (x->low != y->low)
		return x->low < y->low ? -1 : 1;
	if (x->class_id != y->class_id)
		return x->class_id < y->class_id ? -1 : 1;
	return x->source.line < y->source.line ? -1 : x->source.line > y->source.line;
}

static unsigned
digit(const struct ush_name_rule *rule, unsigned shift)
{
	return (unsigned)(rule->high >> shift) % DIGITS;
}

static void
sort_few(struct ush_name_rule *rules, size_t count)
{
	for (size_t i = 1; i < count; i++) {
		struct ush_name_rule rule = rules[i];
		size_t to = i;

		for (; to > 0 && compare(&rules[to - 1], &rule) > 0; to--)
			rules[to] = rules[to - 1];
		rules[to] = rule;
	}
}

/* Deals the rules out in place by the eight bits of their fingerprint at `shift`: each goes where
 * its group begins, and what lay there goes on. ends[] is where the groups end. */
static void
deal(struct ush_name_rule *rules, size_t count, unsigned shift, size_t ends[DIGITS])
{
	size_t next[DIGITS];
	size_t sum = 0;

	memset(ends, 0, DIGITS * sizeof(*ends));
	for (size_t i = 0; i < count; i++)
		ends[digit(&rules[i], shift)]++;
	for (unsigned d = 0; d < DIGITS; d++) {
		next[d] = sum;
		sum += ends[d];
		ends[d] = sum;
	}
	for (unsigned d = 0; d < DIGITS; d++) {
		while (next[d] < ends[d]) {
			struct ush_name_rule rule = rules[next[d]];
			unsigned to;

			while ((to = digit(&rule, shift)) != d) {
				struct ush_name_rule other = rules[next[to]];

				rules[next[to]++] = rule;
				rule = other;
			}
			rules[next[d]++] = rule;
		}
	}
}

/* Fingerprints are evenly spread: after three digits the groups of ten million are tiny. What is
 * equal in all eight is one name in many feeds, or many times in one. */
static void
sort_from(struct ush_name_rule *rules, size_t count, unsigned shift)
{
	size_t ends[DIGITS];
	size_t start = 0;

	deal(rules, count, shift, ends);
	for (unsigned d = 0; d < DIGITS; d++) {
		size_t group = ends[d] - start;

		if (group <= FEW)
			sort_few(rules + start, group);
		else if (shift > 0)
			sort_from(rules + start, group, shift - DIGIT_BITS);
		else
			qsort(rules + start, group, sizeof(*rules), compare);
		start = ends[d];
	}
}

void
ush_name_rules_sort(struct ush_name_rules *rules)
{
	sort_from(rules->items, rules->count, 64 - DIGIT_BITS);
}

void
ush_name_rules_merge(struct ush_name_rules *rules, ush_merged_fn *merged, void *arg)
{
	size_t kept = 0;

	for (size_t i = 0; i < rules->count; i++) {
		const struct ush_name_rule *rule = &rules->items[i];
		struct ush_name_rule *last = kept > 0 ? &rules->items[kept - 1] : NULL;

		if (last != NULL && last->high == rule->high && last->low == rule->low &&
		    last->class_id == rule->class_id) {
			last->scope |= rule->scope;
			if (merged != NULL)
				merged(arg, rule);
		} else {
			rules->items[kept++] = *rule;
		}
	}
	rules->count = kept;
}

/* Where the item is or belongs. */
static struct ush_name_set_item *
place(const struct ush_name_set *set, struct ush_db_fingerprint name)
{
	size_t i = name.high & (set->size - 1);

	while (set->items[i].scope != 0 &&
	       (set->items[i].high != name.high || set->items[i].low != name.low))
		i = (i + 1) & (set->size - 1);
	return &set->items[i];
}

/* `size` is a power of two above the count. */
static int
resize(struct ush_name_set *set, size_t size)
{
	struct ush_name_set bigger = {
	    .size = size,
	    .count = set->count,
	    .depths = set->depths,
	};

	if ((bigger.items = calloc(bigger.size, sizeof(*bigger.items))) == NULL)
		return -1;
	for (size_t i = 0; i < set->size; i++) {
		const struct ush_name_set_item *item = &set->items[i];

		if (item->scope != 0)
			*place(&bigger, (struct ush_db_fingerprint){
			                    .high = item->high, .low = item->low}) = *item;
	}
	free(set->items);
	*set = bigger;
	return 0;
}

int
ush_name_set_reserve(struct ush_name_set *set, size_t count)
{
	size_t size = 256;

	while (size < count * 2)
		size *= 2;
	return size > set->size ? resize(set, size) : 0;
}

int
ush_name_set_add(struct ush_name_set *set, struct ush_db_fingerprint name, unsigned labels,
    uint16_t scope, uint32_t number)
{
	struct ush_name_set_item *item;

	if ((set->count + 1) * 2 > set->size && ush_name_set_reserve(set, set->count + 1) != 0)
		return -1;
	item = place(set, name);
	if (item->scope == 0) {
		set->count++;
		item->number = number;
	}
	item->high = name.high;
	item->low = name.low;
	item->scope |= scope;
	set->depths |= ush_db_depth(labels);
	return 0;
}

uint16_t
ush_name_set_find(const struct ush_name_set *set, struct ush_db_fingerprint name, uint32_t *number)
{
	const struct ush_name_set_item *item = set->size > 0 ? place(set, name) : NULL;

	if (item != NULL && number != NULL)
		*number = item->number;
	return item != NULL ? item->scope : 0;
}

int
ush_name_set_copy(struct ush_name_set *out, const struct ush_name_set *set)
{
	*out = *set;
	if (set->size == 0)
		return 0;
	if ((out->items = calloc(set->size, sizeof(*out->items))) == NULL) {
		*out = (struct ush_name_set){0};
		return -1;
	}
	memcpy(out->items, set->items, set->size * sizeof(*out->items));
	return 0;
}

void
ush_name_set_fini(struct ush_name_set *set)
{
	free(set->items);
	*set = (struct ush_name_set){0};
}
