/* SPDX-License-Identifier: BSD-3-Clause */
/* state.h - what sinkzone update knows of its feeds: one JSON file in the directory of their copies,
 * replaced whole. One thread. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include "common/attr.h"
#include "common/error.h"
#include "common/settings.h"

struct ush_feed_state {
	char *name;
	uint64_t tried_ms;   /* since 1970: when its source was last asked; 0: never */
	uint64_t good_ms;    /* when that last went well */
	uint64_t changed_ms; /* when the copy was last replaced; 0: there is none */
	uint64_t indicators; /* of the copy */
	char *problem;       /* of the last try; NULL: it went well */
};

struct ush_update_state {
	struct ush_feed_state *feeds; /* one for each in the settings, in that order */
	size_t count;
	uint64_t compiled_ms; /* when the list was last made of the copies */
	uint32_t serial; /* of that list: the next one is larger, even if the file is damaged */
};

/* Worse is higher. */
enum ush_feed_health {
	USH_FEED_GOOD,
	USH_FEED_STALE,  /* unchanged for longer than expected */
	USH_FEED_FAILED, /* the last try; the copy is in use */
	USH_FEED_ABSENT, /* no copy: the list lacks it */
};

/* "ok", "stale", "failed", "absent" */
const char *ush_feed_health_text(enum ush_feed_health health);
enum ush_feed_health ush_feed_health_of(
    const struct ush_feed_state *state, const struct ush_feed_source *source, uint64_t now_ms);

/* Read the state of the feeds in the settings. A file that is missing or damaged is as if nothing had
 * happened yet: the state can be lost without loss of rules. -1 without memory. */
USH_MUST_CHECK int ush_update_state_load(struct ush_update_state *out,
    const struct ush_update_settings *settings, struct ush_error *err);
USH_MUST_CHECK int ush_update_state_save(const struct ush_update_state *state,
    const struct ush_update_settings *settings, struct ush_error *err);
void ush_update_state_fini(struct ush_update_state *state);

#define USH_COPY_SUFFIX ".feed" /* of the copies in the directory */

/* Of the last good copy of a feed. Malloced; NULL without memory. */
char *ush_update_copy_path(const struct ush_update_settings *settings, const char *feed);
