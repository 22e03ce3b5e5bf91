/* SPDX-License-Identifier: BSD-3-Clause */
#include "zones/compile/builder.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include "zones/compile/inside.h"
#include "zones/database/hash.h"

int
ush_builder_new(struct ush_builder **out, struct ush_error *err)
{
	struct ush_builder *builder = calloc(1, sizeof(*builder));

	*out = NULL;
	if (builder == NULL || ush_texts_init(&builder->strings) != 0 ||
	    ush_texts_init(&builder->texts) != 0 ||
	    ush_rows_add(&builder->metas, sizeof(struct ush_db_meta)) == NULL) {
		ush_builder_free(builder);
		return ush_fail(err, NULL, 0, "no memory");
	}
	if (getrandom(builder->header.secret, sizeof(builder->header.secret), 0) !=
	    (ssize_t)sizeof(builder->header.secret)) {
		ush_builder_free(builder);
		return ush_fail_errno(err, NULL, "no random numbers");
	}
	*out = builder;
	return 0;
}

void
ush_builder_free(struct ush_builder *builder)
{
	if (builder == NULL)
		return;
	ush_texts_fini(&builder->strings);
	ush_texts_fini(&builder->texts);
	ush_name_rules_fini(&builder->names);
	ush_name_set_fini(&builder->never_block);
	free(builder->never_entries.items);
	free(builder->ends.items);
	free(builder->networks.items);
	free(builder->urls.items);
	free(builder->notes.items);
	free(builder->metas.items);
	free(builder->feeds.items);
	free(builder->campaigns.items);
	free(builder->classes.items);
	free(builder);
}

void *
ush_rows_add(struct ush_rows *table, size_t size)
{
	if (table->count == table->size) {
		size_t wanted = table->size > 0 ? table->size * 2 : 64;
		void *items = reallocarray(table->items, wanted, size);

		if (items == NULL)
			return NULL;
		table->items = items;
		table->size = wanted;
	}
	return memset((char *)table->items + table->count++ * size, 0, size);
}

int
ush_builder_feed(struct ush_builder *builder, const struct ush_feed_info *feed, bool never_block,
    struct ush_error *err)
{
	struct ush_db_feed *record = ush_rows_add(&builder->feeds, sizeof(*record));

	if (record == NULL || ush_texts_intern(&builder->strings, feed->name, &record->name) != 0 ||
	    ush_texts_intern(&builder->strings, feed->file, &record->file) != 0 ||
	    ush_texts_intern(&builder->strings, feed->date, &record->date) != 0 ||
	    ush_texts_intern(&builder->strings, feed->reference, &record->reference) != 0)
		return ush_fail(err, feed->file, 0, "no memory");
	builder->never_blocks = never_block;
	return 0;
}

void
ush_builder_feed_count(struct ush_builder *builder, uint64_t indicators)
{
	struct ush_db_feed *feeds = builder->feeds.items;

	feeds[builder->feeds.count - 1].indicators = indicators;
}

/* Tables only grow: their lengths are enough. Names of feeds and campaigns stay, as a campaign of
 * before may have got its software from what is undone. */
struct ush_builder_mark {
	size_t texts;
	uint32_t last_text;
	size_t feeds, campaigns, classes, names, ends, networks, urls, metas, notes;
	size_t never_entries, never_networks;
	bool has_never_block;
	struct ush_name_set never_block;
};

int
ush_builder_mark(const struct ush_builder *builder, bool never_block, struct ush_builder_mark **out,
    struct ush_error *err)
{
	struct ush_builder_mark *mark = calloc(1, sizeof(*mark));

	if ((*out = mark) == NULL ||
	    (never_block && ush_name_set_copy(&mark->never_block, &builder->never_block) != 0))
		return ush_fail(err, NULL, 0, "no memory");
	mark->has_never_block = never_block;
	mark->texts = builder->texts.used;
	mark->last_text = builder->texts.last;
	mark->feeds = builder->feeds.count;
	mark->campaigns = builder->campaigns.count;
	mark->classes = builder->classes.count;
	mark->names = builder->names.count;
	mark->ends = builder->ends.count;
	mark->networks = builder->networks.count;
	mark->urls = builder->urls.count;
	mark->metas = builder->metas.count;
	mark->notes = builder->notes.count;
	mark->never_entries = builder->never_entries.count;
	mark->never_networks = builder->never_networks;
	return 0;
}

void
ush_builder_rewind(struct ush_builder *builder, struct ush_builder_mark *mark)
{
	builder->texts.used = mark->texts;
	builder->texts.last = mark->last_text;
	builder->feeds.count = mark->feeds;
	builder->campaigns.count = mark->campaigns;
	builder->classes.count = mark->classes;
	builder->names.count = mark->names;
	builder->ends.count = mark->ends;
	builder->networks.count = mark->networks;
	builder->urls.count = mark->urls;
	builder->metas.count = mark->metas;
	builder->notes.count = mark->notes;
	builder->never_entries.count = mark->never_entries;
	builder->never_networks = mark->never_networks;
	if (!mark->has_never_block)
		return;
	ush_name_set_fini(&builder->never_block);
	builder->never_block = mark->never_block;
	mark->never_block = (struct ush_name_set){0};
}

void
ush_builder_mark_free(struct ush_builder_mark *mark)
{
	if (mark == NULL)
		return;
	ush_name_set_fini(&mark->never_block);
	free(mark);
}

int
ush_builder_campaign(
    struct ush_builder *builder, const char *name, const char *software, uint32_t *campaign_id)
{
	struct ush_db_campaign *campaigns = builder->campaigns.items;
	struct ush_db_campaign *campaign;
	uint32_t text;

	if (ush_texts_intern(&builder->strings, name, &text) != 0)
		return -1;
	for (*campaign_id = 0; *campaign_id < builder->campaigns.count; ++*campaign_id) {
		if (campaigns[*campaign_id].name == text)
			break;
	}
	if (*campaign_id == builder->campaigns.count) {
		if ((campaign = ush_rows_add(&builder->campaigns, sizeof(*campaign))) == NULL)
			return -1;
		campaign->name = text;
	}
	campaign = (struct ush_db_campaign *)builder->campaigns.items + *campaign_id;
	if (campaign->software != 0 || software == NULL)
		return 0;
	return ush_texts_intern(&builder->strings, software, &campaign->software);
}

int
ush_builder_class(struct ush_builder *builder, const char *campaign, const char *software,
    enum ush_action action, uint16_t *class_id, struct ush_error *err)
{
	const struct ush_db_class *classes;
	struct ush_db_class *class;
	struct ush_db_class wanted = {
	    .feed = (uint32_t)builder->feeds.count - 1,
	    .action = (uint8_t)(builder->never_blocks ? USH_ACTION_PASSTHRU : action),
	    .flags = builder->never_blocks ? USH_DB_CLASS_NEVER_BLOCK : 0,
	};

	if (ush_builder_campaign(builder, campaign, software, &wanted.campaign) != 0)
		return ush_fail(err, NULL, 0, "no memory");
	classes = builder->classes.items;
	/* A feed's classes are the last ones. */
	for (size_t i = builder->classes.count; i > 0 && classes[i - 1].feed == wanted.feed; i--) {
		if (memcmp(&classes[i - 1], &wanted, sizeof(wanted)) == 0) {
			*class_id = (uint16_t)(i - 1);
			return 0;
		}
	}
	if (builder->classes.count == USH_DB_CLASSES_MAX)
		return ush_fail(err, NULL, 0,
		    "more than %u combinations of feed, campaign and action; merge some campaigns",
		    USH_DB_CLASSES_MAX);
	*class_id = (uint16_t)builder->classes.count;
	if ((class = ush_rows_add(&builder->classes, sizeof(*class))) == NULL)
		return ush_fail(err, NULL, 0, "no memory");
	*class = wanted;
	return 0;
}

static int
add_text(struct ush_builder *builder, const char *text, uint32_t *offset)
{
	return ush_texts_add(&builder->texts, text, text != NULL ? strlen(text) : 0, offset);
}

static bool
text_is(const struct ush_builder *builder, uint32_t offset, const char *text)
{
	return strcmp(builder->texts.data + offset, text != NULL ? text : "") == 0;
}

static bool
meta_is(const struct ush_builder *builder, const struct ush_db_meta *meta,
    const struct ush_origin *origin)
{
	return text_is(builder, meta->added, origin->added) &&
	       text_is(builder, meta->expires, origin->expires) &&
	       text_is(builder, meta->confidence, origin->confidence) &&
	       text_is(builder, meta->raw, origin->raw) &&
	       text_is(builder, meta->remark, origin->remark) &&
	       meta->report_line == origin->report_line;
}

/* Whole feeds share one origin but for the line, so only the last one is compared. */
static int
add_source(struct ush_builder *builder, const char *trigger, size_t len,
    const struct ush_origin *origin, struct ush_db_source *source)
{
	struct ush_db_meta *meta = builder->metas.items;

	source->line = origin->line;
	if (builder->metas.count == 0 ||
	    !meta_is(builder, &meta[builder->metas.count - 1], origin)) {
		if ((meta = ush_rows_add(&builder->metas, sizeof(*meta))) == NULL ||
		    add_text(builder, origin->added, &meta->added) != 0 ||
		    add_text(builder, origin->expires, &meta->expires) != 0 ||
		    add_text(builder, origin->confidence, &meta->confidence) != 0 ||
		    add_text(builder, origin->raw, &meta->raw) != 0 ||
		    add_text(builder, origin->remark, &meta->remark) != 0)
			return -1;
		meta->report_line = origin->report_line;
	}
	if (ush_texts_add(&builder->texts, trigger, len, &source->trigger) != 0)
		return -1;
	source->meta = (uint32_t)builder->metas.count - 1;
	return 0;
}

/* What a longer name puts into the filter: its last three labels, and the last two of these. */
static int
add_ends(struct ush_builder *builder, const struct ush_name *name, unsigned labels)
{
	struct ush_name_ends *ends = ush_rows_add(&builder->ends, sizeof(*ends));
	unsigned start = 0;

	if (ends == NULL)
		return -1;
	for (; labels > 3; labels--)
		start += name->wire[start] + 1u;
	ends->three =
	    ush_db_hash_high(&builder->header, name->wire + start, name->len - start - 1u);
	start += name->wire[start] + 1u;
	ends->two = ush_db_hash_high(&builder->header, name->wire + start, name->len - start - 1u);
	return 0;
}

static int
add_never_entry(struct ush_builder *builder, const struct ush_origin *origin, uint32_t *number)
{
	struct ush_never_entry *entry = ush_rows_add(&builder->never_entries, sizeof(*entry));

	if (entry == NULL)
		return -1;
	entry->feed = (uint32_t)builder->feeds.count - 1;
	entry->line = origin->line;
	*number = (uint32_t)builder->never_entries.count - 1;
	return 0;
}

int
ush_builder_name(struct ush_builder *builder, uint16_t class_id, const struct ush_name *name,
    const char *trigger, size_t trigger_len, unsigned scope, const struct ush_origin *origin)
{
	struct ush_db_fingerprint print =
	    ush_db_fingerprint(&builder->header, name->wire, name->len - 1u);
	unsigned labels = ush_name_labels(name);
	struct ush_name_rule rule = {
	    .high = print.high,
	    .labels = labels,
	    .low = print.low,
	    .class_id = class_id,
	    .scope = (uint16_t)(((scope & USH_SCOPE_EXACT) != 0 ? USH_DB_SCOPE_EXACT : 0) |
	                        ((scope & USH_SCOPE_BELOW) != 0 ? USH_DB_SCOPE_BELOW : 0)),
	};
	uint32_t entry;

	if (builder->never_blocks &&
	    (add_never_entry(builder, origin, &entry) != 0 ||
	        ush_name_set_add(&builder->never_block, print, labels, rule.scope, entry) != 0))
		return -1;
	builder->header.depths |= ush_db_depth(labels);
	if (labels > 2 && add_ends(builder, name, labels) != 0)
		return -1;
	if (add_source(builder, trigger, trigger_len, origin, &rule.source) != 0 ||
	    ush_name_rules_add(&builder->names, &rule) != 0)
		return -1;
	ush_builder_report_saved_name(builder, name, trigger, scope);
	return 0;
}

void
ush_builder_on_saved(struct ush_builder *builder, ush_saved_fn *fn, void *arg)
{
	builder->saved = fn;
	builder->saved_arg = arg;
}

int
ush_builder_network(struct ush_builder *builder, uint16_t class_id,
    const struct ush_network *network, const struct ush_origin *origin)
{
	struct ush_network_rule *rule = ush_rows_add(&builder->networks, sizeof(*rule));
	char text[USH_NETWORK_TEXT_MAX];

	if (rule == NULL)
		return -1;
	memcpy(rule->network.octets, network->base.octets, sizeof(rule->network.octets));
	rule->network.family = network->base.family == AF_INET ? 4 : 6;
	rule->network.bits = network->bits;
	rule->network.class_id = class_id;
	ush_network_to_text(network, text);
	if (builder->never_blocks) {
		if (add_never_entry(builder, origin, &rule->never_entry) != 0)
			return -1;
		builder->never_networks = builder->networks.count;
	}
	ush_builder_report_saved_network(builder, network, text);
	return add_source(builder, text, strlen(text), origin, &rule->source);
}

int
ush_builder_url(struct ush_builder *builder, uint16_t class_id, const struct ush_name *host,
    const char *path, size_t path_len, bool planted, bool host_guessed,
    const struct ush_origin *origin)
{
	struct ush_url_rule *rule = ush_rows_add(&builder->urls, sizeof(*rule));
	struct ush_db_fingerprint host_print =
	    ush_db_fingerprint(&builder->header, host->wire, host->len - 1u);
	struct ush_db_fingerprint path_print = ush_db_fingerprint(&builder->header, path, path_len);
	char host_text[USH_NAME_TEXT_MAX];
	char *text;
	int len;
	int rc;

	if (rule == NULL)
		return -1;
	rule->url = (struct ush_db_url){
	    .path = path_print.high,
	    .path_low = path_print.low,
	    .host = host_print.high,
	    .host_low = host_print.low,
	    .line = origin->line,
	    .class_id = class_id,
	    .flags = (uint16_t)((planted ? USH_DB_URL_PLANTED : 0) |
	                        (host_guessed ? USH_DB_URL_HOST_GUESSED : 0)),
	};
	ush_name_to_text(host, host_text);
	if ((len = asprintf(&text, "%s%.*s", host_text, (int)path_len, path)) == -1)
		return -1;
	rc = add_source(builder, text, (size_t)len, origin, &rule->source);
	free(text);
	return rc;
}

int
ush_builder_note(struct ush_builder *builder, const char *type, const char *value,
    const struct ush_origin *origin)
{
	struct ush_db_note *note = ush_rows_add(&builder->notes, sizeof(*note));

	if (note == NULL || add_text(builder, type, &note->type) != 0)
		return -1;
	note->feed = (uint32_t)builder->feeds.count - 1;
	return add_source(builder, value, strlen(value), origin, &note->source);
}
