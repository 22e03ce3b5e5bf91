/* SPDX-License-Identifier: BSD-3-Clause */
/* updating.h - one run of sinkzone update from inside: feed.c takes each feed, list.c makes the list of
 * the copies, leftovers.c removes what no feed needs any more. Private to update/. One thread. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include "common/attr.h"
#include "zones/readers/reader.h"
#include "zones/update/state.h"
#include "zones/update/update.h"

struct updating {
	const struct ush_update_options *options;
	const struct ush_update_settings *settings;
	struct ush_update_state state;
	uint64_t now_ms;
	bool any_changed;
	bool any_bad;
};

/* One line about a feed or the list; `bad` makes the exit status 1. */
void ush_update_say(struct updating *updating, bool bad, const char *fmt, ...) USH_PRINTF(3, 4);

/* How the compiler is to read a feed that lies at `path`. */
struct ush_feed_options ush_update_feed_options(
    const struct ush_feed_source *source, const char *path);

/* Whether the list was made with the settings as they are now. */
bool ush_update_settings_are_older(const struct updating *updating);

/* Fetch the feed of that number and replace its copy if it is good. */
void ush_update_feed(struct updating *updating, size_t i);

/* Make the list of the copies, unless nothing has changed. A never-block feed without a good copy, or no
 * good copy at all: -1 with the reason, and the list stays as it is. A list that is damaged is set aside
 * for the new one (zones/compile/compiler.h). */
USH_MUST_CHECK int ush_update_list(struct updating *updating, struct ush_error *err);

/* Remove the copies of feeds that the settings no longer have. Only after the list was made without
 * them. */
void ush_update_leftovers(struct updating *updating);
