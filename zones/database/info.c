/* SPDX-License-Identifier: BSD-3-Clause */
/* What a list says about itself. */
#include "zones/blocklist.h"

#include <string.h>
#include "zones/database/list.h"

void
ush_blocklist_info(const struct ush_blocklist *list, struct ush_blocklist_info *out)
{
	const struct ush_db_section *sections = list->header.sections;

	*out = (struct ush_blocklist_info){
	    .serial = list->header.serial,
	    .built_ms = list->header.built_ms,
	    .names = list->header.names,
	    .networks = sections[USH_DB_NETWORKS].count,
	    .urls = sections[USH_DB_URLS].count,
	    .memory_bytes = list->memory_bytes,
	    .classes = (uint32_t)sections[USH_DB_CLASSES].count,
	    .campaigns = (uint32_t)sections[USH_DB_CAMPAIGNS].count,
	    .feeds = (uint32_t)sections[USH_DB_FEEDS].count,
	    .rules = list->rules,
	    .notes = (uint32_t)sections[USH_DB_NOTES].count,
	};
}

static const char *
string(const struct ush_blocklist *list, uint32_t offset)
{
	return ush_list_text(list, USH_DB_STRINGS, offset);
}

void
ush_blocklist_class(const struct ush_blocklist *list, uint32_t class_id, struct ush_class *out)
{
	const struct ush_db_class *class = ush_list_records(list, USH_DB_CLASSES);
	const struct ush_db_feed *feeds = ush_list_records(list, USH_DB_FEEDS);
	const struct ush_db_campaign *campaigns = ush_list_records(list, USH_DB_CAMPAIGNS);

	class += class_id;
	*out = (struct ush_class){
	    .feed = string(list, feeds[class->feed].name),
	    .campaign = string(list, campaigns[class->campaign].name),
	    .campaign_id = class->campaign,
	    .action = class->action,
	    .never_block = (class->flags & USH_DB_CLASS_NEVER_BLOCK) != 0,
	};
}

void
ush_blocklist_campaign(
    const struct ush_blocklist *list, uint32_t campaign_id, struct ush_campaign *out)
{
	const struct ush_db_campaign *campaign = ush_list_records(list, USH_DB_CAMPAIGNS);

	campaign += campaign_id;
	*out = (struct ush_campaign){
	    .name = string(list, campaign->name),
	    .software = string(list, campaign->software),
	    .slot = (campaign->flags & USH_DB_CAMPAIGN_RETIRED) == 0 ? campaign->slot : 0,
	};
}

void
ush_blocklist_feed(const struct ush_blocklist *list, uint32_t feed, struct ush_feed_info *out)
{
	const struct ush_db_feed *record = ush_list_records(list, USH_DB_FEEDS);

	record += feed;
	*out = (struct ush_feed_info){
	    .name = string(list, record->name),
	    .file = string(list, record->file),
	    .date = string(list, record->date),
	    .reference = string(list, record->reference),
	    .indicators = record->indicators,
	};
}

static void
name_rule(const struct ush_blocklist *list, uint32_t rule, struct ush_rule *out)
{
	const struct ush_db_bucket *buckets = ush_list_records(list, USH_DB_NAMES);
	unsigned bits;

	if (buckets == NULL)
		return;
	bits = buckets[rule / USH_DB_BUCKET_RULES].rule[rule % USH_DB_BUCKET_RULES];
	out->exact = (bits & USH_DB_SCOPE_EXACT) != 0;
	out->subdomains = (bits & USH_DB_SCOPE_BELOW) != 0;
	out->class_id = bits & USH_DB_CLASS_MASK;
	if (out->exact || out->subdomains)
		out->kind = USH_RULE_NAME;
}

void
ush_blocklist_rule(const struct ush_blocklist *list, uint32_t rule, struct ush_rule *out)
{
	const struct ush_db_network *networks = ush_list_records(list, USH_DB_NETWORKS);
	const struct ush_db_url *urls = ush_list_records(list, USH_DB_URLS);

	*out = (struct ush_rule){.kind = USH_RULE_NONE};
	if (rule < list->first_network_rule) {
		name_rule(list, rule, out);
	} else if (rule < list->first_url_rule && networks != NULL) {
		out->kind = USH_RULE_NETWORK;
		out->class_id = networks[rule - list->first_network_rule].class_id;
	} else if (rule >= list->first_url_rule && rule < list->rules && urls != NULL) {
		urls += rule - list->first_url_rule;
		out->kind = USH_RULE_URL;
		out->class_id = urls->class_id;
		out->planted = (urls->flags & USH_DB_URL_PLANTED) != 0;
		out->host_known = (urls->flags & USH_DB_URL_HOST_GUESSED) == 0;
	}
}

static const char *
text(const struct ush_blocklist *list, uint32_t offset)
{
	return ush_list_text(list, USH_DB_TEXTS, offset);
}

static void
fill_source(const struct ush_blocklist *list, const struct ush_db_source *source, uint32_t feed,
    struct ush_source *out)
{
	const struct ush_db_meta *meta = ush_list_records(list, USH_DB_METAS);
	struct ush_feed_info info;

	meta += source->meta;
	ush_blocklist_feed(list, feed, &info);
	*out = (struct ush_source){
	    .trigger = text(list, source->trigger),
	    .feed = info.name,
	    .file = info.file,
	    .line = source->line,
	    .added = text(list, meta->added),
	    .expires = text(list, meta->expires),
	    .confidence = text(list, meta->confidence),
	    .raw = text(list, meta->raw),
	    .remark = text(list, meta->remark),
	    .report_line = meta->report_line,
	    .reference = info.reference,
	};
}

int
ush_blocklist_source(const struct ush_blocklist *list, uint32_t rule, struct ush_source *out)
{
	const struct ush_db_source *sources = ush_list_records(list, USH_DB_SOURCES);
	const struct ush_db_class *classes = ush_list_records(list, USH_DB_CLASSES);
	struct ush_rule found;

	ush_blocklist_rule(list, rule, &found);
	if (sources == NULL || found.kind == USH_RULE_NONE)
		return -1;
	fill_source(list, &sources[rule], classes[found.class_id].feed, out);
	return 0;
}

int
ush_blocklist_note(const struct ush_blocklist *list, uint32_t note, struct ush_note *out)
{
	const struct ush_db_note *notes = ush_list_records(list, USH_DB_NOTES);

	if (note >= ush_list_count(list, USH_DB_NOTES))
		return -1;
	out->type = text(list, notes[note].type);
	fill_source(list, &notes[note].source, notes[note].feed, &out->source);
	return 0;
}
