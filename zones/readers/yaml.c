/* SPDX-License-Identifier: BSD-3-Clause */
/* Our own feeds (docs/feeds.md). The tables below are the schema: a key that is not in them, or a
 * value out of range, is an error of the whole feed, because someone wrote it by hand and meant
 * something by it. */
#include "zones/readers/feed.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

enum confidence { CONFIDENCE_NONE, CONFIDENCE_LOW, CONFIDENCE_MEDIUM, CONFIDENCE_HIGH };

/* Types that make rules; all others are notes. */
enum indicator_type {
	TYPE_DOMAIN = 1,
	TYPE_URL,
	TYPE_URL_PATH,
	TYPE_IP,
	TYPE_IP_PORT,
	TYPE_SHA256,
	TYPE_FILENAME,
	TYPE_EMAIL_SUBJECT,
	TYPE_EMAIL_DISPLAY_NAME,
	TYPE_EMAIL_BODY,
	TYPE_DOCUMENT_AUTHOR,
	TYPE_DOCUMENT_CREATED,
	TYPE_DETECTION_NAME,
};

static const struct ush_choice type_choices[] = {
    {"domain", TYPE_DOMAIN},
    {"url", TYPE_URL},
    {"url-path", TYPE_URL_PATH},
    {"ip", TYPE_IP},
    {"ip-port", TYPE_IP_PORT},
    {"sha256", TYPE_SHA256},
    {"filename", TYPE_FILENAME},
    {"email-subject", TYPE_EMAIL_SUBJECT},
    {"email-display-name", TYPE_EMAIL_DISPLAY_NAME},
    {"email-body", TYPE_EMAIL_BODY},
    {"document-author", TYPE_DOCUMENT_AUTHOR},
    {"document-created", TYPE_DOCUMENT_CREATED},
    {"detection-name", TYPE_DETECTION_NAME},
    {NULL, 0},
};

static const struct ush_choice scope_choices[] = {
    {"exact", USH_SCOPE_EXACT},
    {"subdomains", USH_SCOPE_SUBDOMAINS},
    {NULL, 0},
};

static const struct ush_choice action_choices[] = {
    {"sinkhole", USH_ACTION_SINKHOLE},
    {"nxdomain", USH_ACTION_NXDOMAIN},
    {"nodata", USH_ACTION_NODATA},
    {"drop", USH_ACTION_DROP},
    {"passthru", USH_ACTION_PASSTHRU},
    {"monitor", USH_ACTION_MONITOR},
    {NULL, 0},
};

static const struct ush_choice confidence_choices[] = {
    {"low", CONFIDENCE_LOW},
    {"medium", CONFIDENCE_MEDIUM},
    {"high", CONFIDENCE_HIGH},
    {NULL, 0},
};

enum path_kind { PATH_NONE, PATH_PLANTED, PATH_PLAUSIBLE };
static const struct ush_choice path_choices[] = {
    {"planted", PATH_PLANTED},
    {"plausible", PATH_PLAUSIBLE},
    {NULL, 0},
};

struct strings {
	char **items;
	size_t count;
};

struct yaml_entry {
	int type;
	char *value;
	char *raw;
	int scope;
	int action;
	int path;
	struct strings hosts;
	char *added;
	char *expires;
	int confidence;
	uint32_t source_line;
	char *remark;
	char *derived_from;
	bool context;
	bool redacted;
	unsigned line;
};

struct entries {
	struct yaml_entry *items;
	size_t count;
};

struct ush_yaml_feed {
	char *name;
	char *campaign;
	char *software;
	char *date;
	int confidence;
	char *reference;
	char *remark;
	int scope;
	int action;
	bool never_block;
	struct entries indicators;
};

static unsigned
days_of(unsigned year, unsigned month)
{
	static const unsigned char days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	bool is_leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	return month == 2 && is_leap ? 29 : days[month - 1];
}

/* Dates are compared as text later, so one that does not exist would expire on some other day. */
static bool
is_date(const char *text)
{
	unsigned numbers[3] = {0}; /* year, month, day */

	if (strlen(text) != 10)
		return false;
	for (unsigned i = 0, part = 0; i < 10; i++) {
		if (i == 4 || i == 7) {
			if (text[i] != '-')
				return false;
			part++;
		} else if (text[i] >= '0' && text[i] <= '9') {
			numbers[part] = numbers[part] * 10 + (unsigned)(text[i] - '0');
		} else {
			return false;
		}
	}
	return numbers[1] >= 1 && numbers[1] <= 12 && numbers[2] >= 1 &&
	       numbers[2] <= days_of(numbers[0], numbers[1]);
}

static int
read_date(const struct ush_yaml *yaml, const struct ush_yaml_node *node, void *member,
    struct ush_error *err)
{
	const char *text = ush_yaml_text(node);

	if (text == NULL || !is_date(text))
		return ush_yaml_fail(yaml, node, err, "must be a date like 2015-01-26");
	if ((*(char **)member = strdup(text)) == NULL)
		return ush_yaml_fail(yaml, node, err, "no memory");
	return 0;
}

static int
read_software(const struct ush_yaml *yaml, const struct ush_yaml_node *node, void *member,
    struct ush_error *err)
{
	const char *text = ush_yaml_text(node);

	if (text == NULL)
		return ush_yaml_fail(yaml, node, err, "must be a name");
	if (strlen(text) > USH_LIST_NAME_MAX)
		return ush_yaml_fail(yaml, node, err, "has more than %d bytes", USH_LIST_NAME_MAX);
	if ((*(char **)member = strdup(text)) == NULL)
		return ush_yaml_fail(yaml, node, err, "no memory");
	return 0;
}

/* Settings and events know feeds and campaigns by these. */
static int
read_name(const struct ush_yaml *yaml, const struct ush_yaml_node *node, void *member,
    struct ush_error *err)
{
	const char *text = ush_yaml_text(node);

	if (text != NULL && text[0] == '\0')
		return ush_yaml_fail(yaml, node, err, "must be a name and cannot be empty");
	return read_software(yaml, node, member, err);
}

static int
read_strings(const struct ush_yaml *yaml, const struct ush_yaml_node *node, void *member,
    struct ush_error *err)
{
	struct strings *out = member;
	size_t count = ush_yaml_count(node);

	if (!ush_yaml_is_list(node))
		return ush_yaml_fail(yaml, node, err, "must be a list of names");
	if ((out->items = calloc(count + 1, sizeof(*out->items))) == NULL)
		return ush_yaml_fail(yaml, node, err, "no memory");
	for (size_t i = 0; i < count; i++) {
		const struct ush_yaml_node *item = ush_yaml_item(node, i);
		const char *text = ush_yaml_text(item);

		if (text == NULL || text[0] == '\0')
			return ush_yaml_fail(yaml, item, err, "must be a name");
		if ((out->items[out->count] = strdup(text)) == NULL)
			return ush_yaml_fail(yaml, item, err, "no memory");
		out->count++;
	}
	return 0;
}

static const struct ush_field entry_fields[] = {
    {.key = "type",
        .kind = USH_FIELD_ENUM,
        .offset = offsetof(struct yaml_entry, type),
        .required = true,
        .choices = type_choices,
        .help = "what kind of observable this is"},
    {.key = "value",
        .kind = USH_FIELD_STRING,
        .offset = offsetof(struct yaml_entry, value),
        .required = true,
        .help = "the indicator, refanged"},
    {.key = "raw",
        .kind = USH_FIELD_STRING,
        .offset = offsetof(struct yaml_entry, raw),
        .help = "as the report wrote it, where that differs"},
    {.key = "scope",
        .kind = USH_FIELD_ENUM,
        .offset = offsetof(struct yaml_entry, scope),
        .choices = scope_choices,
        .help = "the name alone, or with all below it (default: the feed's)"},
    {.key = "action",
        .kind = USH_FIELD_ENUM,
        .offset = offsetof(struct yaml_entry, action),
        .choices = action_choices,
        .help = "what the resolver does (default: the feed's)"},
    {.key = "path",
        .kind = USH_FIELD_ENUM,
        .offset = offsetof(struct yaml_entry, path),
        .choices = path_choices,
        .help =
            "url, url-path: a file only an intruder can have put there, or a path people visit"},
    {.key = "hosts",
        .kind = USH_FIELD_CUSTOM,
        .offset = offsetof(struct yaml_entry, hosts),
        .read = read_strings,
        .help = "url-path: the hosts it may belong to"},
    {.key = "added",
        .kind = USH_FIELD_CUSTOM,
        .offset = offsetof(struct yaml_entry, added),
        .read = read_date,
        .help = "when it was published (default: the feed's date)"},
    {.key = "expires",
        .kind = USH_FIELD_CUSTOM,
        .offset = offsetof(struct yaml_entry, expires),
        .read = read_date,
        .help = "not compiled from this day on"},
    {.key = "confidence",
        .kind = USH_FIELD_ENUM,
        .offset = offsetof(struct yaml_entry, confidence),
        .choices = confidence_choices,
        .help = "how sure the source is (default: the feed's)"},
    {.key = "source-line",
        .kind = USH_FIELD_UINT,
        .offset = offsetof(struct yaml_entry, source_line),
        .min = 1,
        .max = 10000000,
        .help = "line of the report"},
    {.key = "remark",
        .kind = USH_FIELD_STRING,
        .offset = offsetof(struct yaml_entry, remark),
        .help = "what one should know about it"},
    {.key = "derived-from",
        .kind = USH_FIELD_STRING,
        .offset = offsetof(struct yaml_entry, derived_from),
        .help = "the written value that this one is a reading of"},
    {.key = "context",
        .kind = USH_FIELD_BOOL,
        .offset = offsetof(struct yaml_entry, context),
        .help = "kept for people and exports, never a rule"},
    {.key = "redacted",
        .kind = USH_FIELD_BOOL,
        .offset = offsetof(struct yaml_entry, redacted),
        .help = "the report blacked out a part: kept, never a rule"},
    {.key = NULL},
};

static int
read_entries(const struct ush_yaml *yaml, const struct ush_yaml_node *node, void *member,
    struct ush_error *err)
{
	struct entries *out = member;
	size_t count = ush_yaml_count(node);

	if (!ush_yaml_is_list(node))
		return ush_yaml_fail(yaml, node, err, "must be a list of indicators");
	if ((out->items = calloc(count + 1, sizeof(*out->items))) == NULL)
		return ush_yaml_fail(yaml, node, err, "no memory");
	for (size_t i = 0; i < count; i++) {
		const struct ush_yaml_node *item = ush_yaml_item(node, i);
		struct yaml_entry *entry = &out->items[out->count++];

		if (!ush_yaml_is_map(item))
			return ush_yaml_fail(
			    yaml, item, err, "an indicator must be a map with type and value");
		if (ush_yaml_read(yaml, item, entry_fields, entry, err) != 0)
			return -1;
		entry->line = ush_yaml_line(item);
		if (entry->hosts.count > 0 && entry->type != TYPE_URL_PATH)
			return ush_yaml_fail(yaml, item, err, "hosts belongs to type url-path");
		if (entry->type == TYPE_URL_PATH && !entry->context && entry->hosts.count == 0)
			return ush_yaml_fail(
			    yaml, item, err, "url-path needs hosts: the names it may belong to");
	}
	return 0;
}

static const struct ush_field feed_fields[] = {
    {.key = "feed",
        .kind = USH_FIELD_CUSTOM,
        .offset = offsetof(struct ush_yaml_feed, name),
        .read = read_name,
        .required = true,
        .help = "the feed's name, for settings and events"},
    {.key = "campaign",
        .kind = USH_FIELD_CUSTOM,
        .offset = offsetof(struct ush_yaml_feed, campaign),
        .read = read_name,
        .help = "the campaign its indicators belong to (default: the feed's name)"},
    {.key = "software",
        .kind = USH_FIELD_CUSTOM,
        .offset = offsetof(struct ush_yaml_feed, software),
        .read = read_software,
        .fallback = "\"\"",
        .help = "name of the malware, for events (threat.software.name)"},
    {.key = "date",
        .kind = USH_FIELD_CUSTOM,
        .offset = offsetof(struct ush_yaml_feed, date),
        .read = read_date,
        .help = "when the feed was last worked on"},
    {.key = "confidence",
        .kind = USH_FIELD_ENUM,
        .offset = offsetof(struct ush_yaml_feed, confidence),
        .choices = confidence_choices,
        .help = "of indicators that say none"},
    {.key = "reference",
        .kind = USH_FIELD_STRING,
        .offset = offsetof(struct ush_yaml_feed, reference),
        .fallback = "\"\"",
        .help = "the report: title or address"},
    {.key = "remark",
        .kind = USH_FIELD_STRING,
        .offset = offsetof(struct ush_yaml_feed, remark),
        .help = "for people"},
    {.key = "scope",
        .kind = USH_FIELD_ENUM,
        .offset = offsetof(struct ush_yaml_feed, scope),
        .fallback = "exact",
        .choices = scope_choices,
        .help = "of names that say none"},
    {.key = "action",
        .kind = USH_FIELD_ENUM,
        .offset = offsetof(struct ush_yaml_feed, action),
        .fallback = "sinkhole",
        .choices = action_choices,
        .help = "of indicators that say none"},
    {.key = "never-block",
        .kind = USH_FIELD_BOOL,
        .offset = offsetof(struct ush_yaml_feed, never_block),
        .help = "what this feed names wins over every other feed; only with --never-block"},
    {.key = "indicators",
        .kind = USH_FIELD_CUSTOM,
        .offset = offsetof(struct ush_yaml_feed, indicators),
        .required = true,
        .read = read_entries,
        .fields = entry_fields,
        .help = "the list"},
    {.key = NULL},
};

static void
entry_fini(struct yaml_entry *entry)
{
	for (size_t i = 0; i < entry->hosts.count; i++)
		free(entry->hosts.items[i]);
	free(entry->hosts.items);
	free(entry->value);
	free(entry->raw);
	free(entry->added);
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

static const char *
confidence_text(int confidence)
{
	for (const struct ush_choice *choice = confidence_choices; choice->text != NULL; choice++) {
		if (choice->value == confidence)
			return choice->text;
	}
	return "";
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
	if (ush_yaml_read(feed->yaml, ush_yaml_root(feed->yaml), feed_fields, document, err) != 0)
		return -1;
	feed->head = (struct ush_feed_head){
	    .name = document->name,
	    .campaign = document->campaign,
	    .software = document->software,
	    .date = document->date != NULL ? document->date : "",
	    .reference = document->reference,
	    .confidence = confidence_text(document->confidence),
	    .action = (enum ush_action)document->action,
	    .scope = (unsigned)document->scope,
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
	const char *confidence =
	    entry->confidence != 0 ? confidence_text(entry->confidence) : feed->head.confidence;
	char *remark = join_remark(entry);
	struct ush_indicator indicator = {
	    .kind = kind_of(entry),
	    .value = entry->value,
	    .len = strlen(entry->value),
	    .type = type_choices[entry->type - 1].text,
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
