/* SPDX-License-Identifier: BSD-3-Clause */
#include "zones/compile/rules.h"

#include <stdlib.h>
#include <string.h>

#define GROUP_BITS 16
#define GROUPS (1u << GROUP_BITS)

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

/* Fingerprints are evenly spread, so one pass that deals them out by their first bits leaves groups
 * small enough to be sorted inside the processor's cache. */
int
ush_name_rules_sort(struct ush_name_rules *rules)
{
	struct ush_name_rule *dealt;
	size_t *ends;

	if (rules->count < GROUPS) {
		if (rules->count > 1)
			qsort(rules->items, rules->count, sizeof(*rules->items), compare);
		return 0;
	}
	dealt = reallocarray(NULL, rules->count, sizeof(*dealt));
	ends = calloc(GROUPS + 1, sizeof(*ends));
	if (dealt == NULL || ends == NULL) {
		free(dealt);
		free(ends);
		return -1;
	}
	for (size_t i = 0; i < rules->count; i++)
		ends[(rules->items[i].high >> (64 - GROUP_BITS)) + 1]++;
	for (size_t i = 0; i < GROUPS; i++)
		ends[i + 1] += ends[i];
	for (size_t i = 0; i < rules->count; i++)
		dealt[ends[rules->items[i].high >> (64 - GROUP_BITS)]++] = rules->items[i];
	/* Dealing has moved each group's start to its end, which is the next one's start. */
	for (size_t i = 0; i < GROUPS; i++) {
		size_t start = i > 0 ? ends[i - 1] : 0;

		qsort(dealt + start, ends[i] - start, sizeof(*dealt), compare);
	}
	free(ends);
	free(rules->items);
	rules->items = dealt;
	rules->size = rules->count;
	return 0;
}

void
ush_name_rules_fold(struct ush_name_rules *rules, ush_folded_fn *folded, void *arg)
{
	size_t kept = 0;

	for (size_t i = 0; i < rules->count; i++) {
		const struct ush_name_rule *rule = &rules->items[i];
		struct ush_name_rule *last = kept > 0 ? &rules->items[kept - 1] : NULL;

		if (last != NULL && last->high == rule->high && last->low == rule->low &&
		    last->class_id == rule->class_id) {
			last->scope |= rule->scope;
			if (folded != NULL)
				folded(arg, rule);
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

static int
grow(struct ush_name_set *set)
{
	struct ush_name_set bigger = {
	    .size = set->size > 0 ? set->size * 2 : 256,
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
ush_name_set_add(
    struct ush_name_set *set, struct ush_db_fingerprint name, unsigned labels, uint16_t scope)
{
	struct ush_name_set_item *item;

	if ((set->count + 1) * 2 > set->size && grow(set) != 0)
		return -1;
	item = place(set, name);
	if (item->scope == 0)
		set->count++;
	item->high = name.high;
	item->low = name.low;
	item->scope |= scope;
	set->depths |= ush_db_depth(labels);
	return 0;
}

uint16_t
ush_name_set_find(const struct ush_name_set *set, struct ush_db_fingerprint name)
{
	return set->size > 0 ? place(set, name)->scope : 0;
}

void
ush_name_set_fini(struct ush_name_set *set)
{
	free(set->items);
	*set = (struct ush_name_set){0};
}
