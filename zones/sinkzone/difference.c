/* SPDX-License-Identifier: BSD-3-Clause */
#include "zones/sinkzone/difference.h"

#include <stdlib.h>
#include <string.h>

struct diff_entry {
	const char *trigger;
	uint32_t rule;
	uint16_t class_id;
	uint8_t kind;
	bool done;
};

/* The rules of one list in order. */
struct diff_side {
	const struct ush_blocklist *list;
	struct diff_entry *entries;
	size_t count;
};

struct comparison {
	ush_difference_fn *fn;
	void *arg;
	struct ush_difference *counts;
};

static int
compare_triggers(const struct diff_entry *x, const struct diff_entry *y)
{
	return x->kind != y->kind ? x->kind - y->kind : strcmp(x->trigger, y->trigger);
}

static int
compare(const void *a, const void *b)
{
	const struct diff_entry *x = a;
	const struct diff_entry *y = b;
	int order = compare_triggers(x, y);

	return order != 0 ? order : x->class_id - y->class_id;
}

static int
side_init(struct diff_side *side, const struct ush_blocklist *list)
{
	struct ush_blocklist_info info;
	size_t size;

	ush_blocklist_info(list, &info);
	size = info.names + info.networks + info.urls;
	*side =
	    (struct diff_side){.list = list, .entries = calloc(size + 1, sizeof(*side->entries))};
	for (uint32_t i = 0; side->entries != NULL && i < info.rules && side->count < size; i++) {
		struct ush_source source;
		struct ush_rule rule;

		ush_blocklist_rule(list, i, &rule);
		if (rule.kind == USH_RULE_NONE || ush_blocklist_source(list, i, &source) != 0)
			continue;
		side->entries[side->count++] = (struct diff_entry){
		    .trigger = source.trigger,
		    .rule = i,
		    .class_id = (uint16_t)rule.class_id,
		    .kind = (uint8_t)rule.kind,
		};
	}
	if (side->entries == NULL)
		return -1;
	qsort(side->entries, side->count, sizeof(*side->entries), compare);
	return 0;
}

static void
describe(const struct diff_side *side, const struct diff_entry *entry, struct ush_listed *out)
{
	out->trigger = entry->trigger;
	ush_blocklist_rule(side->list, entry->rule, &out->rule);
	ush_blocklist_class(side->list, entry->class_id, &out->class);
}

static bool
has_same_feed(const struct ush_listed *x, const struct ush_listed *y)
{
	return strcmp(x->class.feed, y->class.feed) == 0;
}

static bool
is_same(const struct ush_listed *x, const struct ush_listed *y)
{
	return has_same_feed(x, y) && strcmp(x->class.campaign, y->class.campaign) == 0 &&
	       x->class.action == y->class.action && x->class.never_block == y->class.never_block &&
	       x->rule.exact == y->rule.exact && x->rule.subdomains == y->rule.subdomains &&
	       x->rule.planted == y->rule.planted && x->rule.host_known == y->rule.host_known;
}

static bool
is_any(const struct ush_listed *x, const struct ush_listed *y)
{
	(void)x;
	(void)y;
	return true;
}

/* Pair what is left of a trigger's rules. */
static void
pair(const struct comparison *comparison, const struct diff_side *before,
    const struct diff_side *after,
    bool (*matches)(const struct ush_listed *, const struct ush_listed *))
{
	for (size_t i = 0; i < before->count; i++) {
		struct diff_entry *old = &before->entries[i];

		for (size_t k = 0; k < after->count && !old->done; k++) {
			struct diff_entry *new = &after->entries[k];
			struct ush_listed was;
			struct ush_listed is;

			if (new->done)
				continue;
			describe(before, old, &was);
			describe(after, new, &is);
			if (!matches(&was, &is))
				continue;
			old->done = new->done = true;
			if (is_same(&was, &is)) {
				comparison->counts->same++;
			} else {
				comparison->counts->changed[old->kind]++;
				comparison->fn(comparison->arg, &was, &is);
			}
		}
	}
}

static void
give_rest(const struct comparison *comparison, const struct diff_side *side, bool is_before)
{
	for (size_t i = 0; i < side->count; i++) {
		struct ush_listed listed;

		if (side->entries[i].done)
			continue;
		describe(side, &side->entries[i], &listed);
		if (is_before)
			comparison->counts->removed[side->entries[i].kind]++;
		else
			comparison->counts->added[side->entries[i].kind]++;
		comparison->fn(
		    comparison->arg, is_before ? &listed : NULL, is_before ? NULL : &listed);
	}
}

/* The rules at the beginning of `side` with the trigger of `first`, taken off. */
static struct diff_side
take_trigger(struct diff_side *side, const struct diff_entry *first)
{
	struct diff_side taken = {.list = side->list, .entries = side->entries};

	while (
	    taken.count < side->count && compare_triggers(&side->entries[taken.count], first) == 0)
		taken.count++;
	side->entries += taken.count;
	side->count -= taken.count;
	return taken;
}

static void
merge(const struct comparison *comparison, struct diff_side before, struct diff_side after)
{
	while (before.count > 0 || after.count > 0) {
		const struct diff_entry *first =
		    after.count == 0 || (before.count > 0 &&
		                            compare_triggers(before.entries, after.entries) <= 0)
		        ? before.entries
		        : after.entries;
		struct diff_side was = take_trigger(&before, first);
		struct diff_side is = take_trigger(&after, first);

		pair(comparison, &was, &is, is_same);
		pair(comparison, &was, &is, has_same_feed);
		pair(comparison, &was, &is, is_any);
		give_rest(comparison, &was, true);
		give_rest(comparison, &is, false);
	}
}

int
ush_difference_find(const struct ush_blocklist *before, const struct ush_blocklist *after,
    ush_difference_fn *fn, void *arg, struct ush_difference *counts, struct ush_error *err)
{
	struct comparison comparison = {.fn = fn, .arg = arg, .counts = counts};
	struct diff_side was = {0};
	struct diff_side is = {0};
	int rc = -1;

	*counts = (struct ush_difference){0};
	if (side_init(&was, before) != 0 || side_init(&is, after) != 0) {
		ush_fail(err, NULL, 0, "no memory to compare lists of this size");
	} else {
		merge(&comparison, was, is);
		rc = 0;
	}
	free(was.entries);
	free(is.entries);
	return rc;
}
