/* SPDX-License-Identifier: BSD-3-Clause */
/* STIX 2.1 bundles: the patterns of their indicators, as far as these compare single values, one or
 * another. What takes more (AND, FOLLOWEDBY, other operators) is kept for people as it is written. */
#include "zones/readers/jsonfeed.h"

#include <stdlib.h>
#include <string.h>

#define COMPARED_MAX 64 /* values of one pattern */

struct compared {
	size_t type; /* row of types[] */
	char *value;
};

struct pattern {
	const char *at;
	struct compared items[COMPARED_MAX];
	size_t count;
};

static const struct {
	const char *path;
	enum ush_indicator_kind kind;
	const char *note;
} types[] = {
    {"domain-name:value", USH_INDICATOR_NAME, NULL},
    {"url:value", USH_INDICATOR_URL, NULL},
    {"ipv4-addr:value", USH_INDICATOR_NETWORK, NULL},
    {"ipv6-addr:value", USH_INDICATOR_NETWORK, NULL},
    {"file:hashes.'SHA-256'", USH_INDICATOR_NOTE, "sha256"},
    {"file:hashes.'SHA-1'", USH_INDICATOR_NOTE, "sha1"},
    {"file:hashes.MD5", USH_INDICATOR_NOTE, "md5"},
    {"file:hashes.'MD5'", USH_INDICATOR_NOTE, "md5"},
    {"file:name", USH_INDICATOR_NOTE, "filename"},
    {"email-message:subject", USH_INDICATOR_NOTE, "email-subject"},
};
#define TYPES (sizeof(types) / sizeof(types[0]))

static bool
skip(struct pattern *pattern, const char *word)
{
	pattern->at += strspn(pattern->at, " \t\r\n");
	if (strncmp(pattern->at, word, strlen(word)) != 0)
		return false;
	pattern->at += strlen(word);
	return true;
}

/* 'x', in which \' and \\ are one character. NULL if it is none, or without memory. */
static char *
read_text(struct pattern *pattern)
{
	char *out;
	size_t len = 0;

	if (!skip(pattern, "'") || (out = malloc(strlen(pattern->at) + 1)) == NULL)
		return NULL;
	for (; *pattern->at != '\'' && *pattern->at != '\0'; pattern->at++) {
		if (*pattern->at == '\\' && *++pattern->at == '\0')
			break;
		out[len++] = *pattern->at;
	}
	out[len] = '\0';
	if (*pattern->at == '\0') {
		free(out);
		return NULL;
	}
	pattern->at++;
	return out;
}

/* domain-name:value = 'x' */
static bool
read_comparison(struct pattern *pattern)
{
	struct compared *item = &pattern->items[pattern->count];

	if (pattern->count == COMPARED_MAX)
		return false;
	for (item->type = 0; item->type < TYPES && !skip(pattern, types[item->type].path);)
		item->type++;
	if (item->type == TYPES || !skip(pattern, "=") ||
	    (item->value = read_text(pattern)) == NULL)
		return false;
	pattern->count++;
	return true;
}

/* [a OR b] OR [c] */
static bool
read_pattern(struct pattern *pattern)
{
	do {
		if (!skip(pattern, "["))
			return false;
		do {
			if (!read_comparison(pattern))
				return false;
		} while (skip(pattern, "OR"));
		if (!skip(pattern, "]"))
			return false;
	} while (skip(pattern, "OR"));
	return skip(pattern, "") && *pattern->at == '\0';
}

static bool
is_benign(const json_t *indicator)
{
	const json_t *word;
	size_t i;

	json_array_foreach(json_object_get(indicator, "indicator_types"), i, word)
	{
		if (json_string_length(word) > 0 && strcmp(json_string_value(word), "benign") == 0)
			return true;
	}
	return false;
}

static int
give_pattern(const struct ush_feed_sink *sink, const struct ush_json_entry *entry, const char *text)
{
	struct pattern pattern = {.at = text};
	bool simple = read_pattern(&pattern);
	int rc = 0;

	for (size_t i = 0; i < pattern.count; i++) {
		struct ush_indicator indicator = {
		    .kind = types[pattern.items[i].type].kind,
		    .type = types[pattern.items[i].type].note,
		};

		if (simple && rc == 0)
			rc = ush_json_give(sink, entry, &indicator, pattern.items[i].value);
		free(pattern.items[i].value);
	}
	if (!simple && rc == 0) {
		struct ush_indicator note = {.kind = USH_INDICATOR_NOTE, .type = "stix-pattern"};

		rc = ush_json_give(sink, entry, &note, text);
	}
	return rc;
}

static int
take(const struct ush_feed_sink *sink, const json_t *object, unsigned number)
{
	const json_t *confidence = json_object_get(object, "confidence");
	const char *pattern = ush_json_text(object, "pattern");
	const char *language = ush_json_text(object, "pattern_type");
	struct ush_json_entry entry = {
	    .number = number,
	    .added = ush_json_text(object, "valid_from"),
	    .expires = ush_json_text(object, "valid_until"),
	    .confidence = json_is_integer(confidence) ? (int)json_integer_value(confidence) : -1,
	    .remark = ush_json_text(object, "name"),
	};

	if (strcmp(ush_json_text(object, "type"), "indicator") != 0)
		return 0;
	if (json_is_true(json_object_get(object, "revoked"))) {
		sink->refuse(sink->arg, number, pattern, strlen(pattern), USH_REFUSED_EXPIRED);
		return 0;
	}
	if ((language[0] != '\0' && strcmp(language, "stix") != 0) || is_benign(object)) {
		sink->refuse(sink->arg, number, pattern, strlen(pattern), USH_REFUSED_UNSUPPORTED);
		return 0;
	}
	return give_pattern(sink, &entry, pattern);
}

static int
stix_read(struct ush_feed *feed, const struct ush_feed_sink *sink, struct ush_error *err)
{
	json_t *root = ush_json_feed_load(feed, err);
	json_t *object;
	size_t i;
	int rc = 0;

	if (root == NULL)
		return -1;
	if (!json_is_array(json_object_get(root, "objects")))
		rc = ush_fail(err, feed->path, 0, "is no STIX bundle: it has no list \"objects\"");
	json_array_foreach(json_object_get(root, "objects"), i, object)
	{
		if (take(sink, object, (unsigned)i + 1) != 0) {
			rc = ush_json_stopped(feed, err);
			break;
		}
	}
	json_decref(root);
	return rc;
}

const struct ush_format ush_format_stix = {
    .name = "stix",
    .scope = USH_SCOPE_EXACT,
    .read = stix_read,
};
