/* SPDX-License-Identifier: BSD-3-Clause */
#include "zones/compile/keep.h"

#include <stdlib.h>
#include <string.h>

struct keeping {
	struct ush_builder *builder;
	const struct ush_blocklist *list;
	struct ush_feed_info feed;
	const char *today;
	uint16_t *classes; /* the new class id + 1 of each old one; 0: not made yet */
	struct ush_kept *out;
	struct ush_error *err;
};

/* A feed's strings are the list's: the same pointer is the same feed. */
static bool
is_of(const struct ush_feed_info *feed, const char *name)
{
	return feed->name == name;
}

int64_t
ush_keep_find(const struct ush_blocklist *list, const char *name, bool never_block)
{
	struct ush_blocklist_info info;
	struct ush_feed_info feed;
	uint32_t i;

	ush_blocklist_info(list, &info);
	for (i = 0; i < info.feeds; i++) {
		ush_blocklist_feed(list, i, &feed);
		if (strcmp(feed.name, name) == 0)
			break;
	}
	for (uint32_t class_id = 0; i < info.feeds && class_id < info.classes; class_id++) {
		struct ush_class class;

		ush_blocklist_class(list, class_id, &class);
		if (is_of(&feed, class.feed))
			return class.never_block == never_block ? (int64_t)i : -1;
	}
	return -1; /* unknown, or without any rule */
}

static int
class_for(const struct keeping *keeping, uint32_t old, uint16_t *class_id)
{
	struct ush_campaign campaign;
	struct ush_class class;

	if (keeping->classes[old] == 0) {
		ush_blocklist_class(keeping->list, old, &class);
		ush_blocklist_campaign(keeping->list, class.campaign_id, &campaign);
		if (ush_builder_class(keeping->builder, class.campaign, campaign.software,
		        class.action, class_id, keeping->err) != 0)
			return -1;
		keeping->classes[old] = (uint16_t)(*class_id + 1);
	}
	*class_id = (uint16_t)(keeping->classes[old] - 1);
	return 0;
}

/* In their order, which decides between two rules for one name; rules lie in that of their key. */
static int
keep_classes(const struct keeping *keeping, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		struct ush_class class;
		uint16_t class_id;

		ush_blocklist_class(keeping->list, i, &class);
		if (is_of(&keeping->feed, class.feed) && class_for(keeping, i, &class_id) != 0)
			return -1;
	}
	return 0;
}

static struct ush_origin
origin_of(const struct ush_source *source)
{
	return (struct ush_origin){
	    .line = source->line,
	    .added = source->added,
	    .expires = source->expires,
	    .confidence = source->confidence,
	    .raw = source->raw,
	    .remark = source->remark,
	    .report_line = source->report_line,
	};
}

static int
keep_name(const struct keeping *keeping, const struct ush_rule *rule, uint16_t class_id,
    const struct ush_source *source)
{
	struct ush_origin origin = origin_of(source);
	size_t len = strlen(source->trigger);
	struct ush_name name;

	if (ush_name_from_text(&name, source->trigger, len) != 0)
		return -1;
	return ush_builder_name(keeping->builder, class_id, &name, source->trigger, len,
	    (rule->exact ? USH_SCOPE_EXACT : 0) | (rule->subdomains ? USH_SCOPE_BELOW : 0),
	    &origin);
}

static int
keep_network(const struct keeping *keeping, uint16_t class_id, const struct ush_source *source)
{
	struct ush_origin origin = origin_of(source);
	struct ush_network network;

	if (ush_network_from_text(&network, source->trigger) != 0)
		return -1;
	return ush_builder_network(keeping->builder, class_id, &network, &origin);
}

/* "host/path" */
static int
keep_url(const struct keeping *keeping, const struct ush_rule *rule, uint16_t class_id,
    const struct ush_source *source)
{
	struct ush_origin origin = origin_of(source);
	const char *path = strchr(source->trigger, '/');
	struct ush_name host;

	if (path == NULL ||
	    ush_name_from_text(&host, source->trigger, (size_t)(path - source->trigger)) != 0)
		return -1;
	return ush_builder_url(keeping->builder, class_id, &host, path, strlen(path), rule->planted,
	    !rule->host_known, &origin);
}

static bool
has_expired(const struct keeping *keeping, const struct ush_source *source)
{
	return keeping->today != NULL && source->expires[0] != '\0' &&
	       strcmp(source->expires, keeping->today) <= 0;
}

static int
keep_rule(const struct keeping *keeping, uint32_t number)
{
	struct ush_source source;
	struct ush_rule rule;
	uint16_t class_id;
	int rc;

	ush_blocklist_rule(keeping->list, number, &rule);
	if (rule.kind == USH_RULE_NONE ||
	    ush_blocklist_source(keeping->list, number, &source) != 0 ||
	    !is_of(&keeping->feed, source.feed))
		return 0;
	if (has_expired(keeping, &source)) {
		keeping->out->expired++;
		return 0;
	}
	if (class_for(keeping, rule.class_id, &class_id) != 0)
		return -1;
	if (rule.kind == USH_RULE_NAME)
		rc = keep_name(keeping, &rule, class_id, &source);
	else if (rule.kind == USH_RULE_NETWORK)
		rc = keep_network(keeping, class_id, &source);
	else
		rc = keep_url(keeping, &rule, class_id, &source);
	keeping->out->rules++;
	if (rc != 0)
		return ush_fail(keeping->err, NULL, 0,
		    "cannot take %.200s over from the list before", source.trigger);
	return 0;
}

static int
keep_notes(const struct keeping *keeping)
{
	struct ush_note note;

	for (uint32_t i = 0; ush_blocklist_note(keeping->list, i, &note) == 0; i++) {
		struct ush_origin origin = origin_of(&note.source);

		if (!is_of(&keeping->feed, note.source.feed) || has_expired(keeping, &note.source))
			continue;
		if (ush_builder_note(keeping->builder, note.type, note.source.trigger, &origin) !=
		    0)
			return ush_fail(keeping->err, NULL, 0, "no memory for more notes");
		keeping->out->notes++;
	}
	return 0;
}

int
ush_keep_feed(struct ush_builder *builder, const struct ush_blocklist *list, uint32_t feed,
    bool never_block, const char *today, struct ush_kept *out, struct ush_error *err)
{
	struct keeping keeping = {
	    .builder = builder, .list = list, .today = today, .out = out, .err = err};
	struct ush_blocklist_info info;
	int rc;

	*out = (struct ush_kept){0};
	ush_blocklist_info(list, &info);
	ush_blocklist_feed(list, feed, &keeping.feed);
	out->indicators = keeping.feed.indicators;
	if ((keeping.classes = calloc(info.classes + 1u, sizeof(*keeping.classes))) == NULL)
		return ush_fail(err, NULL, 0, "no memory");
	rc = ush_builder_feed(builder, &keeping.feed, never_block, err);
	if (rc == 0)
		rc = keep_classes(&keeping, info.classes);
	for (uint32_t i = 0; rc == 0 && i < info.rules; i++)
		rc = keep_rule(&keeping, i);
	if (rc == 0)
		rc = keep_notes(&keeping);
	if (rc == 0) /* so that the next one is measured against the same */
		ush_builder_feed_count(builder, out->indicators);
	free(keeping.classes);
	return rc;
}
