/* SPDX-License-Identifier: BSD-3-Clause */
#include "zones/readers/jsonfeed.h"

#include <stdlib.h>
#include <string.h>

#define DATE_LEN 10
#define HIGH_PERCENT 80
#define MEDIUM_PERCENT 50

json_t *
ush_json_feed_load(struct ush_feed *feed, struct ush_error *err)
{
	json_error_t why;
	json_t *root;
	size_t len;
	char *text = ush_input_rest(feed->input, USH_JSON_FEED_MAX, &len, err);

	if (text == NULL)
		return NULL;
	if ((root = json_loadb(text, len, 0, &why)) == NULL)
		ush_fail(err, feed->path, why.line > 0 ? (unsigned)why.line : 0,
		    "is no whole JSON: %.200s", why.text);
	free(text);
	return root;
}

const char *
ush_json_text(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text != NULL ? text : "";
}

/* The day of "2026-01-31T12:00:00Z"; NULL if that is none. */
static const char *
day_of(const char *text, char out[DATE_LEN + 1])
{
	static const char form[] = "0000-00-00";

	for (size_t i = 0; i < DATE_LEN; i++) {
		if (form[i] == '0' ? text[i] < '0' || text[i] > '9' : text[i] != form[i])
			return NULL;
	}
	memcpy(out, text, DATE_LEN);
	out[DATE_LEN] = '\0';
	return out;
}

int
ush_json_give(const struct ush_feed_sink *sink, const struct ush_json_entry *entry,
    struct ush_indicator *indicator, const char *value)
{
	char added[DATE_LEN + 1];
	char expires[DATE_LEN + 1];

	indicator->value = value;
	indicator->len = strlen(value);
	indicator->origin = (struct ush_origin){
	    .line = entry->number,
	    .added = day_of(entry->added, added),
	    .expires = day_of(entry->expires, expires),
	    .confidence = entry->confidence >= HIGH_PERCENT     ? "high"
	                  : entry->confidence >= MEDIUM_PERCENT ? "medium"
	                  : entry->confidence >= 0              ? "low"
	                                                        : NULL,
	    .remark = entry->remark[0] != '\0' ? entry->remark : NULL,
	};
	return sink->take(sink->arg, indicator);
}

int
ush_json_stopped(const struct ush_feed *feed, struct ush_error *err)
{
	return ush_fail(err, feed->path, 0, "no memory for more");
}
