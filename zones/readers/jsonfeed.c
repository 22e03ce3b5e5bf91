/* SPDX-License-Identifier: BSD-3-Clause */
#include "zones/readers/jsonfeed.h"

#include <stdlib.h>
#include <string.h>
#include "zones/day.h"

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

int
ush_json_give(const struct ush_feed_sink *sink, const struct ush_json_entry *entry,
    struct ush_indicator *indicator, const char *value)
{
	char added[USH_DAY_TEXT_MAX];
	char seen[USH_DAY_TEXT_MAX];
	char expires[USH_DAY_TEXT_MAX];

	indicator->value = value;
	indicator->len = strlen(value);
	indicator->origin = (struct ush_origin){
	    .line = entry->number,
	    .added = ush_day_of(entry->added, added) ? added : NULL,
	    .seen = ush_day_of(entry->seen, seen) ? seen : NULL,
	    .expires = ush_day_of(entry->expires, expires) ? expires : NULL,
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
