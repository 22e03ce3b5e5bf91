/* SPDX-License-Identifier: BSD-3-Clause */
/* The keys of our own feeds (docs/feeds.md). A key that is not in these tables, or a value out of
 * range, is an error of the whole feed, because someone wrote it by hand and meant something by it.
 */
#include "zones/readers/yamlfeed.h"

#include <stdlib.h>
#include <string.h>
#include "zones/day.h"

static const struct ush_choice type_choices[] = {
    {"domain", TYPE_DOMAIN},
    {"url", TYPE_URL},
    {"url-path", TYPE_URL_PATH},
    {"ip", TYPE_IP},
    {"ip-port", TYPE_IP_PORT},
    {"sha256", TYPE_SHA256},
    {"sha1", TYPE_SHA1},
    {"md5", TYPE_MD5},
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

static const struct ush_choice path_choices[] = {
    {"planted", PATH_PLANTED},
    {"plausible", PATH_PLAUSIBLE},
    {NULL, 0},
};

static int
read_date(const struct ush_yaml *yaml, const struct ush_yaml_node *node, void *member,
    struct ush_error *err)
{
	const char *text = ush_yaml_text(node);

	if (text == NULL || !ush_day_is(text))
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
    {.key = "last-seen",
        .kind = USH_FIELD_CUSTOM,
        .offset = offsetof(struct yaml_entry, seen),
        .read = read_date,
        .help = "when it was last seen in use (default: added)"},
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

const struct ush_field ush_yaml_feed_fields[] = {
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
    {.key = "expires-after",
        .kind = USH_FIELD_UINT,
        .offset = offsetof(struct ush_yaml_feed, expires_after),
        .fallback = "0",
        .max = USH_EXPIRES_AFTER_MAX,
        .help = "days after an indicator was last seen; high confidence never expires so"},
    {.key = "draft",
        .kind = USH_FIELD_BOOL,
        .offset = offsetof(struct ush_yaml_feed, draft),
        .help = "not confirmed yet: check reads it, compile refuses it"},
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

const char *
ush_yaml_confidence_text(int confidence)
{
	for (const struct ush_choice *choice = confidence_choices; choice->text != NULL; choice++) {
		if (choice->value == confidence)
			return choice->text;
	}
	return "";
}

const char *
ush_yaml_type_text(int type)
{
	return type_choices[type - 1].text;
}
