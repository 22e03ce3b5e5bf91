/* SPDX-License-Identifier: BSD-3-Clause */
/* MISP events, as they are exported: {"Event": {"Attribute": [...], "Object": [{"Attribute": [...]}]}},
 * alone or in {"response": [...]}. An attribute is an indicator only if its to_ids is set; what is
 * not meant for detection is kept for people. */
#include "zones/readers/jsonfeed.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

struct misp_reading {
	const struct ush_feed_sink *sink;
	const char *event; /* its title */
	unsigned number;   /* of the last attribute */
};

static const struct {
	const char *type;
	enum ush_indicator_kind kind;
	const char *note; /* what it is called where it is kept for people; NULL: as in MISP */
} types[] = {
    {"domain", USH_INDICATOR_NAME, NULL},
    {"hostname", USH_INDICATOR_NAME, NULL},
    {"domain|ip", USH_INDICATOR_NAME, "domain"},
    {"hostname|port", USH_INDICATOR_NAME, "hostname"},
    {"url", USH_INDICATOR_URL, NULL},
    {"ip-dst", USH_INDICATOR_NETWORK, "ip"},
    {"ip-src", USH_INDICATOR_NOTE, "ip"},
    {"ip-dst|port", USH_INDICATOR_NOTE, "ip-port"},
    {"ip-src|port", USH_INDICATOR_NOTE, "ip-port"},
    {"uri", USH_INDICATOR_NOTE, NULL},
    {"sha256", USH_INDICATOR_NOTE, NULL},
    {"sha1", USH_INDICATOR_NOTE, NULL},
    {"md5", USH_INDICATOR_NOTE, NULL},
    {"filename", USH_INDICATOR_NOTE, NULL},
    {"filename|sha256", USH_INDICATOR_NOTE, NULL},
    {"email-subject", USH_INDICATOR_NOTE, NULL},
};
#define TYPES (sizeof(types) / sizeof(types[0]))

static bool
is_set(const json_t *object, const char *key)
{
	const json_t *value = json_object_get(object, key);
	const char *text = json_string_value(value);

	return json_is_true(value) || json_integer_value(value) != 0 ||
	       (text != NULL && strcmp(text, "1") == 0);
}

/* "1792500000", seconds since 1970 */
static const char *
day_of(const char *seconds, char out[16])
{
	time_t time = (time_t)strtoll(seconds, NULL, 10);
	struct tm day;

	out[0] = '\0';
	if (time > 0 && gmtime_r(&time, &day) != NULL && day.tm_year < 8000)
		strftime(out, 16, "%Y-%m-%d", &day);
	return out;
}

/* "a|b": the name is in front; of an address and a port both are kept. */
static char *
value_of(const char *written, size_t type)
{
	const char *bar = strchr(written, '|');
	char *value = NULL;

	if (bar == NULL || strchr(types[type].type, '|') == NULL)
		return strdup(written);
	if (types[type].kind == USH_INDICATOR_NAME)
		return strndup(written, (size_t)(bar - written));
	if (strcmp(types[type].note != NULL ? types[type].note : "", "ip-port") != 0)
		return strdup(written);
	if (asprintf(&value,
	        memchr(written, ':', (size_t)(bar - written)) != NULL ? "[%.*s]:%s" : "%.*s:%s",
	        (int)(bar - written), written, bar + 1) == -1)
		return NULL;
	return value;
}

static int
give(struct misp_reading *reading, const json_t *attribute, size_t type)
{
	bool detects = is_set(attribute, "to_ids");
	char day[16];
	struct ush_json_entry entry = {
	    .number = reading->number,
	    .added = day_of(ush_json_text(attribute, "timestamp"), day),
	    .seen = ush_json_text(attribute, "last_seen"),
	    .expires = "",
	    .confidence = -1,
	    .remark = ush_json_text(attribute, "comment"),
	};
	struct ush_indicator indicator = {
	    .kind = detects ? types[type].kind : USH_INDICATOR_NOTE,
	    .type = types[type].note != NULL ? types[type].note : types[type].type,
	};
	char *value = value_of(ush_json_text(attribute, "value"), type);
	int rc = -1;

	if (entry.remark[0] == '\0')
		entry.remark = reading->event;
	if (value != NULL)
		rc = ush_json_give(reading->sink, &entry, &indicator, value);
	free(value);
	return rc;
}

static int
take(struct misp_reading *reading, const json_t *attribute)
{
	const char *type = ush_json_text(attribute, "type");
	size_t i = 0;

	reading->number++;
	if (is_set(attribute, "deleted"))
		return 0;
	while (i < TYPES && strcmp(types[i].type, type) != 0)
		i++;
	if (i < TYPES)
		return give(reading, attribute, i);
	if (is_set(attribute, "to_ids"))
		reading->sink->refuse(reading->sink->arg, reading->number, type, strlen(type),
		    USH_REFUSED_UNSUPPORTED);
	return 0;
}

static int
take_all(struct misp_reading *reading, const json_t *holder)
{
	const json_t *item;
	size_t i;

	json_array_foreach(json_object_get(holder, "Attribute"), i, item)
	{
		if (take(reading, item) != 0)
			return -1;
	}
	return 0;
}

static int
take_event(struct misp_reading *reading, const json_t *document)
{
	const json_t *event = json_object_get(document, "Event");
	const json_t *object;
	size_t i;

	if (event == NULL)
		event = document;
	reading->event = ush_json_text(event, "info");
	if (take_all(reading, event) != 0)
		return -1;
	json_array_foreach(json_object_get(event, "Object"), i, object)
	{
		if (!is_set(object, "deleted") && take_all(reading, object) != 0)
			return -1;
	}
	return 0;
}

static int
misp_read(struct ush_feed *feed, const struct ush_feed_sink *sink, struct ush_error *err)
{
	struct misp_reading reading = {.sink = sink};
	json_t *root = ush_json_feed_load(feed, err);
	const json_t *list = json_is_array(root) ? root : json_object_get(root, "response");
	const json_t *item;
	size_t i;
	int rc = 0;

	if (root == NULL)
		return -1;
	if (!json_is_array(list))
		rc = take_event(&reading, root);
	json_array_foreach(list, i, item)
	{
		if (rc == 0)
			rc = take_event(&reading, item);
	}
	json_decref(root);
	return rc == 0 ? 0 : ush_json_stopped(feed, err);
}

const struct ush_format ush_format_misp = {
    .name = "misp",
    .scope = USH_SCOPE_EXACT,
    .read = misp_read,
};
