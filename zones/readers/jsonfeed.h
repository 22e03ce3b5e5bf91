/* SPDX-License-Identifier: BSD-3-Clause */
/* jsonfeed.h - what the feeds in JSON have in common. jansson does not remember lines, so that the
 * line of an indicator is the number of its entry. Private to zones/readers. One thread. */
#pragma once

#include <jansson.h>
#include "zones/readers/feed.h"

#define USH_JSON_FEED_MAX (256u << 20) /* bytes */

/* The whole document: for the caller to json_decref(); NULL with the reason. */
json_t *ush_json_feed_load(struct ush_feed *feed, struct ush_error *err);

/* "" if there is no such text. */
const char *ush_json_text(const json_t *object, const char *key);

/* One entry. Texts may be "". */
struct ush_json_entry {
	unsigned number;
	const char *added;   /* a date or time; what is none is left out */
	const char *seen;    /* the last time, likewise; may be NULL */
	const char *expires; /* likewise */
	int confidence;      /* percent; -1: not said */
	const char *remark;
};

/* Hand an indicator over. `type` is a note's. -1: the sink said stop. */
USH_MUST_CHECK int ush_json_give(const struct ush_feed_sink *sink,
    const struct ush_json_entry *entry, struct ush_indicator *indicator, const char *value);

/* -1 with "no memory" for a sink that said stop. */
int ush_json_stopped(const struct ush_feed *feed, struct ush_error *err);
