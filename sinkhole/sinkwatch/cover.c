/* SPDX-License-Identifier: BSD-3-Clause */
/* Who somebody is, as the visitor of a page may know it. */
#include <stdio.h>
#include <string.h>
#include "sinkhole/sinkwatch/view.h"

const char *
ush_view_named(const struct ush_view *view, enum ush_alias_kind kind, const char *text,
    char buf[USH_ALIAS_MAX])
{
	/* "?" and "-" stand for a name that is not known. */
	if (!view->html.is_covered || strcmp(text, "?") == 0 || strcmp(text, "-") == 0)
		return text;
	if (view->aliases == NULL)
		return USH_COVERED;
	return ush_alias_of(view->aliases, kind, text, buf);
}

const char *
ush_view_open(const struct ush_view *view, const char *text)
{
	return view->html.is_covered && text[0] != '\0' ? USH_COVERED : text;
}

bool
ush_view_host_of(const struct ush_view *view, const char *alias, char host[USH_ADDRESS_TEXT_MAX])
{
	const struct ush_overview *overview = view->overview;
	char text[USH_ALIAS_MAX];

	for (size_t i = 0; i < overview->count; i++) {
		const char *address = overview->rows[i].address;

		if (strcmp(ush_alias_of(view->aliases, USH_ALIAS_HOST, address, text), alias) ==
		    0) {
			snprintf(host, USH_ADDRESS_TEXT_MAX, "%s", address);
			return true;
		}
	}
	return false;
}

/* What becomes of the value of a key, where it is a text or a list of texts. Objects are gone through
 * in any case. */
enum treatment {
	KEEP,
	ALIAS,          /* with the kind */
	ALIAS_OF_MAKER, /* a person, or a host where it is an address */
	KEEP_IF_CALL,   /* of a verdict alone: elsewhere it may say anything */
};

static const struct {
	const char *key;
	enum treatment treatment;
	enum ush_alias_kind kind;
} keys[] = {
    {"host", ALIAS, USH_ALIAS_HOST},
    {"claimed", ALIAS, USH_ALIAS_HOST},
    {"claimed_by", ALIAS, USH_ALIAS_HOST},
    {"names", ALIAS, USH_ALIAS_HOST},
    {"pages", ALIAS, USH_ALIAS_HOST},
    {"proxy", ALIAS, USH_ALIAS_HOST},
    {"for", ALIAS, USH_ALIAS_HOST},
    {"network", ALIAS, USH_ALIAS_NETWORK},
    {"name", ALIAS, USH_ALIAS_NAME},
    {"hardware", ALIAS, USH_ALIAS_HARDWARE},
    {"owner", ALIAS, USH_ALIAS_PERSON},
    {"by", ALIAS_OF_MAKER, USH_ALIAS_PERSON},
    {"place", ALIAS, USH_ALIAS_PLACE},
    {"asset", ALIAS, USH_ALIAS_ASSET},
    {"reason", KEEP_IF_CALL, 0},
    /* What the list, the settings and our programs say. */
    {"action", KEEP, 0},
    {"added", KEEP, 0},
    {"also", KEEP, 0},
    {"arrived", KEEP, 0},
    {"as_of", KEEP, 0},
    {"asked", KEEP, 0},
    {"behind", KEEP, 0},
    {"broken", KEEP, 0},
    {"built", KEEP, 0},
    {"by_the_clock", KEEP, 0},
    {"call", KEEP, 0},
    {"calls", KEEP, 0},
    {"campaign", KEEP, 0},
    {"case", KEEP, 0},
    {"changed", KEEP, 0},
    {"claims", KEEP, 0},
    {"confidence", KEEP, 0},
    {"count", KEEP, 0},
    {"deviation_seconds", KEEP, 0},
    {"distinct", KEEP, 0},
    {"dns", KEEP, 0},
    {"drill", KEEP, 0},
    {"events", KEEP, 0},
    {"evidence", KEEP, 0},
    {"expires", KEEP, 0},
    {"fact", KEEP, 0},
    {"facts", KEEP, 0},
    {"family", KEEP, 0},
    {"feed", KEEP, 0},
    {"feed_line", KEEP, 0},
    {"feeds", KEEP, 0},
    {"file", KEEP, 0},
    {"first", KEEP, 0},
    {"good", KEEP, 0},
    {"health", KEEP, 0},
    {"hit", KEEP, 0},
    {"hits", KEEP, 0},
    {"hosts", KEEP, 0},
    {"hours_utc", KEEP, 0},
    {"indicators", KEEP, 0},
    {"last", KEEP, 0},
    {"last_event", KEEP, 0},
    {"line", KEEP, 0},
    {"lines", KEEP, 0},
    {"list", KEEP, 0},
    {"listed", KEEP, 0},
    {"logs", KEEP, 0},
    {"looking", KEEP, 0},
    {"lost", KEEP, 0},
    {"machines", KEEP, 0},
    {"made", KEEP, 0},
    {"marks", KEEP, 0},
    {"mode", KEEP, 0},
    {"networks", KEEP, 0},
    {"next_from", KEEP, 0},
    {"observer", KEEP, 0},
    {"offset", KEEP, 0},
    {"open", KEEP, 0},
    {"period_seconds", KEEP, 0},
    {"profiles", KEEP, 0},
    {"raw", KEEP, 0},
    {"real", KEEP, 0},
    {"reference", KEEP, 0},
    {"remark", KEEP, 0},
    {"reopened", KEEP, 0},
    {"report_line", KEEP, 0},
    {"rhythm", KEEP, 0},
    {"role", KEEP, 0},
    {"rule", KEEP, 0},
    {"rules", KEEP, 0},
    {"sensors", KEEP, 0},
    {"serial", KEEP, 0},
    {"sightings", KEEP, 0},
    {"started", KEEP, 0},
    {"state", KEEP, 0},
    {"store", KEEP, 0},
    {"time", KEEP, 0},
    {"timeline", KEEP, 0},
    {"trigger", KEEP, 0},
    {"unread", KEEP, 0},
    {"version", KEEP, 0},
    {"visits", KEEP, 0},
    {"why", KEEP, 0},
    {"writer", KEEP, 0},
};
#define KEYS (sizeof(keys) / sizeof(keys[0]))

/* KEYS: it is none of them. */
static size_t
find_key(const char *key)
{
	size_t i = 0;

	while (i < KEYS && strcmp(keys[i].key, key) != 0)
		i++;
	return i;
}

/* The pseudonym of a text; a new reference. */
static json_t *
alias_json(const struct ush_view *view, size_t which, const char *text)
{
	enum ush_alias_kind kind = keys[which].kind;
	struct ush_address address;
	char buf[USH_ALIAS_MAX];

	if (keys[which].treatment == ALIAS_OF_MAKER && ush_address_from_text(&address, text) == 0)
		kind = USH_ALIAS_HOST;
	return json_string(ush_view_named(view, kind, text, buf));
}

static void cover_object(const struct ush_view *view, json_t *object);

/* What stands in the place of the value; a new reference. */
static json_t *
cover_value(const struct ush_view *view, const json_t *owner, size_t which, json_t *value)
{
	json_t *item;
	size_t i;

	if (which == KEYS)
		return json_null();
	if (json_is_string(value)) {
		if (keys[which].treatment == KEEP || (keys[which].treatment == KEEP_IF_CALL &&
		                                         json_object_get(owner, "call") != NULL))
			return json_incref(value);
		return keys[which].treatment == KEEP_IF_CALL
		           ? json_null()
		           : alias_json(view, which, json_string_value(value));
	}
	json_array_foreach(value, i, item)
	{
		json_array_set_new(value, i, cover_value(view, owner, which, item));
	}
	if (json_is_object(value))
		cover_object(view, value);
	return json_incref(value);
}

static void
cover_object(const struct ush_view *view, json_t *object)
{
	const char *key;
	json_t *value;

	json_object_foreach(object, key, value)
	{
		json_object_set_new(object, key, cover_value(view, object, find_key(key), value));
	}
}

void
ush_view_cover_json(const struct ush_view *view, json_t *answer)
{
	cover_object(view, answer);
}
