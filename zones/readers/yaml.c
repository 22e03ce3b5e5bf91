/* SPDX-License-Identifier: BSD-3-Clause */
/* Our own feeds (docs/feeds.md): what their keys say (yamlfields.c) as indicators. */
#include "zones/readers/feed.h"

#include <stdlib.h>
#include <string.h>
#include "zones/readers/yamlfeed.h"

static void
entry_fini(struct yaml_entry *entry)
{
	for (size_t i = 0; i < entry->hosts.count; i++)
		free(entry->hosts.items[i]);
	free(entry->hosts.items);
	free(entry->value);
	free(entry->raw);
	free(entry->added);
	free(entry->seen);
	free(entry->expires);
	free(entry->remark);
	free(entry->derived_from);
}

void
ush_yaml_feed_free(struct ush_yaml_feed *document)
{
	if (document == NULL)
		return;
	for (size_t i = 0; i < document->indicators.count; i++)
		entry_fini(&document->indicators.items[i]);
	free(document->indicators.items);
	free(document->name);
	free(document->campaign);
	free(document->software);
	free(document->date);
	free(document->reference);
	free(document->remark);
	free(document);
}

static int
yaml_open(struct ush_feed *feed, struct ush_error *err)
{
	struct ush_yaml_feed *document;
	size_t len;
	char *text = ush_input_rest(feed->input, USH_YAML_MAX_BYTES, &len, err);
	int rc;

	if (text == NULL)
		return -1;
	rc = ush_yaml_parse(&feed->yaml, feed->path, text, len, err);
	free(text);
	if (rc != 0)
		return -1;
	if ((document = feed->document = calloc(1, sizeof(*document))) == NULL)
		return ush_fail(err, feed->path, 0, "no memory");
	if (ush_yaml_read(
	        feed->yaml, ush_yaml_root(feed->yaml), ush_yaml_feed_fields, document, err) != 0)
		return -1;
	feed->head = (struct ush_feed_head){
	    .name = document->name,
	    .campaign = document->campaign,
	    .software = document->software,
	    .date = document->date != NULL ? document->date : "",
	    .reference = document->reference,
	    .confidence = ush_yaml_confidence_text(document->confidence),
	    .action = (enum ush_action)document->action,
	    .scope = (unsigned)document->scope,
	    .expires_after = document->expires_after,
	    .draft = document->draft,
	};
	return 0;
}

static enum ush_indicator_kind
kind_of(const struct yaml_entry *entry)
{
	if (entry->context || entry->redacted)
		return USH_INDICATOR_NOTE;
	switch (entry->type) {
	case TYPE_DOMAIN:
		return USH_INDICATOR_NAME;
	case TYPE_URL:
		return USH_INDICATOR_URL;
	case TYPE_URL_PATH:
		return USH_INDICATOR_PATH;
	case TYPE_IP:
		return USH_INDICATOR_NETWORK;
	default:
		return USH_INDICATOR_NOTE;
	}
}

/* The database has one remark; what it was derived from goes there too. */
static char *
join_remark(const struct yaml_entry *entry)
{
	char *joined = NULL;

	if (entry->derived_from == NULL)
		return strdup(entry->remark != NULL ? entry->remark : "");
	if (asprintf(&joined, "derived from %s%s%s", entry->derived_from,
	        entry->remark != NULL ? ": " : "",
	        entry->remark != NULL ? entry->remark : "") == -1)
		return NULL;
	return joined;
}

/* A feed that says never-block, but was not given as such by the operator: what it names is passed
 * at its place among the feeds, and never blocked. */
static bool
only_passes(const struct ush_feed *feed)
{
	return feed->document->never_block && !feed->head.never_block;
}

static int
give(const struct ush_feed *feed, const struct ush_feed_sink *sink, const struct yaml_entry *entry)
{
	const char *confidence = entry->confidence != 0
	                             ? ush_yaml_confidence_text(entry->confidence)
	                             : feed->head.confidence;
	char *remark = join_remark(entry);
	struct ush_indicator indicator = {
	    .kind = kind_of(entry),
	    .value = entry->value,
	    .len = strlen(entry->value),
	    .type = ush_yaml_type_text(entry->type),
	    .scope = (unsigned)entry->scope,
	    .action = only_passes(feed) ? USH_ACTION_PASSTHRU : (enum ush_action)entry->action,
	    .planted = entry->path == PATH_PLANTED,
	    .redacted = entry->redacted,
	    .hosts = (const char *const *)entry->hosts.items,
	    .host_count = entry->hosts.count,
	    .origin =
	        {
	            .line = entry->line,
	            .added = entry->added != NULL ? entry->added : feed->head.date,
	            .seen = entry->seen,
	            .expires = entry->expires,
	            .confidence = confidence,
	            .raw = entry->raw,
	            .remark = remark,
	            .report_line = entry->source_line,
	        },
	};
	int rc = remark != NULL ? sink->take(sink->arg, &indicator) : -1;

	free(remark);
	return rc;
}

static int
yaml_read(struct ush_feed *feed, const struct ush_feed_sink *sink, struct ush_error *err)
{
	const struct entries *entries = &feed->document->indicators;
	static const char claim[] = "never-block: true";

	if (only_passes(feed))
		sink->refuse(sink->arg,
		    ush_yaml_key_line(ush_yaml_get(ush_yaml_root(feed->yaml), "never-block")),
		    claim, strlen(claim), USH_REFUSED_NEVER_BLOCK);
	for (size_t i = 0; i < entries->count; i++) {
		if (give(feed, sink, &entries->items[i]) != 0)
			return ush_fail(err, feed->path, entries->items[i].line, "no memory");
	}
	return 0;
}

const struct ush_format ush_format_yaml = {
    .name = "yaml",
    .scope = USH_SCOPE_EXACT,
    .says_scope = true,
    .open = yaml_open,
    .read = yaml_read,
};
