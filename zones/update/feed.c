/* SPDX-License-Identifier: BSD-3-Clause */
#include "zones/update/updating.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "common/event.h"
#include "zones/compile/compiler.h"
#include "zones/replace.h"
#include "zones/update/fetch.h"

static bool
is_forced(const struct updating *updating, const char *name)
{
	const char *const *forced = updating->options->forced;

	while (*forced != NULL && strcmp(*forced, name) != 0)
		forced++;
	return *forced != NULL;
}

struct ush_feed_options
ush_update_feed_options(const struct ush_feed_source *source, const char *path)
{
	return (struct ush_feed_options){
	    .path = path,
	    .format = source->format == NULL && source->zone.name != NULL ? "rpz" : source->format,
	    .name = source->name,
	    .campaign = source->campaign,
	    .action = source->action,
	    .scope = source->scope == USH_SOURCE_SCOPE_EXACT        ? USH_SCOPE_EXACT
	             : source->scope == USH_SOURCE_SCOPE_SUBDOMAINS ? USH_SCOPE_SUBDOMAINS
	                                                            : 0,
	    .expires_after = source->expires_after,
	    .never_block = source->never_block,
	    .may_be_empty = source->may_be_empty,
	    .explained = source->explained,
	};
}

/* Read what came as a compile would, and hold it against what came before. */
static int
check_feed(const struct updating *updating, const struct ush_feed_source *source,
    const struct ush_feed_state *state, const char *path, uint64_t *indicators,
    struct ush_error *err)
{
	const char *const name[] = {source->name, NULL};
	const char *const none[] = {NULL};
	bool forced = is_forced(updating, source->name);
	struct ush_feed_options feed = ush_update_feed_options(source, path);
	struct ush_compile_options options = {
	    .feeds = &feed,
	    .feed_count = 1,
	    .now_ms = updating->now_ms,
	    .last_slot = ush_pool_last_slot(NULL),
	    .shrink_percent = updating->options->shrink_percent,
	    .forced = forced ? name : none,
	};
	struct ush_compile_result result;
	int rc = ush_compile(&options, &result, err);

	*indicators = result.feed_count > 0 ? result.feeds[0].indicators : 0;
	ush_compile_result_fini(&result);
	if (rc != 0)
		return -1;
	if (!forced &&
	    ush_feed_has_shrunk(state->indicators, *indicators, updating->options->shrink_percent))
		return ush_fail(err, NULL, 0,
		    "it has %" PRIu64 " indicators where it had %" PRIu64 " (--force=%s takes it)",
		    *indicators, state->indicators, source->name);
	return 0;
}

static bool
are_equal(const char *a, const char *b)
{
	FILE *x = fopen(a, "re");
	FILE *y = fopen(b, "re");
	bool equal = x != NULL && y != NULL;
	char blocks[2][65536];

	while (equal) {
		size_t got = fread(blocks[0], 1, sizeof(blocks[0]), x);

		equal = fread(blocks[1], 1, sizeof(blocks[1]), y) == got &&
		        memcmp(blocks[0], blocks[1], got) == 0;
		if (got < sizeof(blocks[0]))
			break;
	}
	if (x != NULL)
		fclose(x);
	if (y != NULL)
		fclose(y);
	return equal;
}

bool
ush_update_settings_are_older(const struct updating *updating)
{
	struct stat st;

	return stat(updating->options->settings->path, &st) == 0 &&
	       (uint64_t)st.st_mtim.tv_sec * 1000 + (uint64_t)st.st_mtim.tv_nsec / 1000000 <
	           updating->state.compiled_ms;
}

/* Of a feed that is as it was: other settings may read it in another way. */
static int
check_again(const struct updating *updating, const struct ush_feed_source *source,
    struct ush_feed_state *state, const char *path, struct ush_error *err)
{
	uint64_t indicators;

	if (ush_update_settings_are_older(updating))
		return 0;
	if (check_feed(updating, source, state, path, &indicators, err) != 0)
		return -1;
	state->indicators = indicators;
	return 0;
}

/* What became of one feed: 1 a new copy, 0 as it was, -1 with the reason why not. */
static int
take_feed(struct updating *updating, const struct ush_feed_source *source,
    struct ush_feed_state *state, struct ush_replacement *copy, struct ush_error *err)
{
	uint64_t indicators;
	uint64_t bytes;

	if (ush_fetch(source, copy->path, copy->fd, &bytes, err) != 0)
		return -1;
	if (bytes == 0 && (source->command != NULL || source->zone.name != NULL) &&
	    state->changed_ms != 0)
		return check_again(updating, source, state, copy->path, err);
	/* A directory without files may be meant; elsewhere nothing at all is a download that went wrong. */
	if (bytes == 0 && (source->directory == NULL || !source->may_be_empty))
		return ush_fail(err, NULL, 0, "is empty");
	/* Where the state is lost, the indicators are counted again. */
	if (state->good_ms != 0 && state->changed_ms != 0 && are_equal(copy->temporary, copy->path))
		return check_again(updating, source, state, copy->temporary, err);
	if (check_feed(updating, source, state, copy->temporary, &indicators, err) != 0)
		return -1;
	if (ush_replacement_commit(copy, err) != 0)
		return -1;
	ush_update_say(updating, false, "%s: %" PRIu64 " indicators, %" PRIu64 " before",
	    source->name, indicators, state->indicators);
	state->indicators = indicators;
	state->changed_ms = updating->now_ms;
	return 1;
}

static void
report_failure(struct updating *updating, const struct ush_feed_source *source,
    struct ush_feed_state *state, const struct ush_error *why)
{
	char since[USH_TIME_TEXT_MAX];

	free(state->problem);
	state->problem = strdup(why->text);
	if (state->changed_ms != 0)
		ush_update_say(updating, true, "%s: %s; the copy of %s stays in use", source->name,
		    why->text, ush_time_to_text(state->changed_ms, since));
	else
		ush_update_say(updating, true, "%s: %s; there is no copy, so %s", source->name,
		    why->text, source->never_block ? "no new list is made" : "the list lacks it");
}

static void
report_unchanged(struct updating *updating, const struct ush_feed_source *source,
    const struct ush_feed_state *state)
{
	char since[USH_TIME_TEXT_MAX];

	ush_time_to_text(state->changed_ms, since);
	if (ush_feed_health_of(state, source, updating->now_ms) == USH_FEED_STALE)
		ush_update_say(updating, true,
		    "%s: stale: unchanged since %s, expected to change every %u s; has it moved?",
		    source->name, since, source->every);
	else
		ush_update_say(updating, false, "%s: %" PRIu64 " indicators, unchanged since %s",
		    source->name, state->indicators, since);
}

/* The state may not fit the copies: a copy was removed, or the state was lost. A copy was good when
 * it was taken. */
static void
look_for_copy(struct ush_feed_state *state, const char *path)
{
	struct stat st;

	if (stat(path, &st) == -1)
		state->changed_ms = state->indicators = 0;
	else if (state->changed_ms == 0)
		state->changed_ms = (uint64_t)st.st_mtim.tv_sec * 1000;
}

void
ush_update_feed(struct updating *updating, size_t i)
{
	const struct ush_feed_source *source = &updating->settings->feeds[i];
	struct ush_feed_state *state = &updating->state.feeds[i];
	char *path = ush_update_copy_path(updating->settings, source->name);
	struct ush_replacement copy = {.fd = -1};
	struct ush_error err = {0};
	int rc = -1;

	state->tried_ms = updating->now_ms;
	if (path == NULL) {
		ush_fail(&err, NULL, 0, "no memory");
	} else {
		ush_replacement_sweep(path);
		look_for_copy(state, path);
		if (ush_replacement_open(&copy, path, &err) == 0)
			rc = take_feed(updating, source, state, &copy, &err);
	}
	ush_replacement_close(&copy);
	free(path);
	if (rc < 0) {
		report_failure(updating, source, state, &err);
		return;
	}
	free(state->problem);
	state->problem = NULL;
	state->good_ms = updating->now_ms;
	updating->any_changed = updating->any_changed || rc > 0;
	if (rc == 0)
		report_unchanged(updating, source, state);
}
