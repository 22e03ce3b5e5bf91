/* SPDX-License-Identifier: BSD-3-Clause */
#include "zones/overrides.h"

#include <stdio.h>
#include <string.h>

#define COMPARED_MAX 64 /* bytes; longer names are only compared for equality */

static unsigned
min(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

static unsigned char
folded(char c)
{
	return (unsigned char)(c >= 'A' && c <= 'Z' ? c | 0x20 : c);
}

/* Edits between two names (insert, remove, replace, swap neighbours), letters in any case. */
static unsigned
distance(const char *a, size_t a_len, const char *b, size_t b_len)
{
	unsigned rows[3][COMPARED_MAX + 1]; /* of the last two characters of a, and this one */

	for (size_t j = 0; j <= b_len; j++)
		rows[0][j] = (unsigned)j;
	for (size_t i = 1; i <= a_len; i++) {
		unsigned *row = rows[i % 3];
		const unsigned *above = rows[(i + 2) % 3];

		row[0] = (unsigned)i;
		for (size_t j = 1; j <= b_len; j++) {
			unsigned replace = folded(a[i - 1]) != folded(b[j - 1]);

			row[j] = min(above[j - 1] + replace, min(above[j], row[j - 1]) + 1);
			if (i > 1 && j > 1 && folded(a[i - 1]) == folded(b[j - 2]) &&
			    folded(a[i - 2]) == folded(b[j - 1]))
				row[j] = min(row[j], rows[(i + 1) % 3][j - 2] + 1);
		}
	}
	return rows[a_len % 3][b_len];
}

/* What is known so far of the names that may have been meant. */
struct name_search {
	const char *wanted;
	size_t len;
	unsigned best_distance;
	const char *best;
	bool is_known;
};

static struct name_search
search_for(const char *wanted)
{
	size_t len = strlen(wanted);

	/* A third of the name may be wrong: "urlhaus" for "urlhaus-online" is another feed. */
	return (struct name_search){
	    .wanted = wanted, .len = len, .best_distance = (unsigned)len / 3 + 2};
}

static void
consider(struct name_search *search, const char *name)
{
	size_t len = strlen(name);
	unsigned edits;

	if (strcmp(name, search->wanted) == 0)
		search->is_known = true;
	if (len > COMPARED_MAX || search->len > COMPARED_MAX)
		return;
	edits = distance(search->wanted, search->len, name, len);
	if (edits < search->best_distance) {
		search->best_distance = edits;
		search->best = name;
	}
}

static const char *
campaign_name(const struct ush_blocklist *list, uint32_t id)
{
	struct ush_campaign campaign;

	ush_blocklist_campaign(list, id, &campaign);
	return campaign.name;
}

static const char *
feed_name(const struct ush_blocklist *list, uint32_t id)
{
	struct ush_feed_info feed;

	ush_blocklist_feed(list, id, &feed);
	return feed.name;
}

/* The names of the list: `count` of them, by number. */
struct listed_names {
	const char *key;
	const char *(*name)(const struct ush_blocklist *list, uint32_t id);
	uint32_t count;
};

static void
check(const struct ush_blocklist *list, const struct listed_names *names,
    const struct ush_overrides *overrides, ush_unknown_override_fn *fn, void *arg)
{
	for (size_t i = 0; i < overrides->count; i++) {
		struct name_search search = search_for(overrides->items[i].name);

		for (uint32_t id = 0; id < names->count; id++)
			consider(&search, names->name(list, id));
		if (!search.is_known)
			fn(arg, &(struct ush_unknown_override){
			            names->key, &overrides->items[i], search.best});
	}
}

void
ush_overrides_check(const struct ush_blocklist *list, const struct ush_settings *settings,
    ush_unknown_override_fn *fn, void *arg)
{
	struct ush_blocklist_info info;

	ush_blocklist_info(list, &info);
	check(list, &(struct listed_names){"campaigns", campaign_name, info.campaigns},
	    &settings->campaigns, fn, arg);
	check(list, &(struct listed_names){"feeds", feed_name, info.feeds}, &settings->feeds, fn,
	    arg);
}

const char *
ush_unknown_override_text(
    const struct ush_unknown_override *unknown, char buf[USH_UNKNOWN_OVERRIDE_TEXT_MAX])
{
	const char *kind = strcmp(unknown->key, "feeds") == 0 ? "feed" : "campaign";

	snprintf(buf, USH_UNKNOWN_OVERRIDE_TEXT_MAX,
	    "%s: %.128s: the list has no %s of this name, so this has no effect%s%.128s%s",
	    unknown->key, unknown->override->name, kind,
	    unknown->nearest != NULL ? "; did you mean " : "",
	    unknown->nearest != NULL ? unknown->nearest : "", unknown->nearest != NULL ? "?" : "");
	return buf;
}
