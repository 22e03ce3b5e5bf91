/* SPDX-License-Identifier: BSD-3-Clause */
#include "zones/update/update.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include "common/event.h"
#include "zones/blocklist.h"
#include "zones/compile/compiler.h"
#include "zones/compile/lock.h"
#include "zones/replace.h"
#include "zones/sinkzone/difference.h"
#include "zones/update/fetch.h"
#include "zones/update/state.h"

#define SHOWN_MAX 1024 /* bytes of one line */
#define DAY_MS 86400000u

struct updating {
	const struct ush_update_options *options;
	const struct ush_update_settings *settings;
	struct ush_update_state state;
	uint64_t now_ms;
	bool any_changed;
	bool any_bad;
};

static void USH_PRINTF(3, 4) say(struct updating *updating, bool bad, const char *fmt, ...)
{
	char text[SHOWN_MAX];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	updating->any_bad = updating->any_bad || bad;
	if (bad || !updating->options->quiet)
		updating->options->say(updating->options->arg, bad, text);
}

static bool
is_forced(const struct updating *updating, const char *name)
{
	const char *const *forced = updating->options->forced;

	while (*forced != NULL && strcmp(*forced, name) != 0)
		forced++;
	return *forced != NULL;
}

static struct ush_feed_options
feed_options(const struct ush_feed_source *source, const char *path)
{
	return (struct ush_feed_options){
	    .path = path,
	    .format = source->format,
	    .name = source->name,
	    .campaign = source->campaign,
	    .action = source->action,
	    .scope = source->scope == USH_SOURCE_SCOPE_EXACT        ? USH_SCOPE_EXACT
	             : source->scope == USH_SOURCE_SCOPE_SUBDOMAINS ? USH_SCOPE_SUBDOMAINS
	                                                            : 0,
	    .expires_after = source->expires_after,
	    .never_block = source->never_block,
	    .may_be_empty = source->may_be_empty,
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
	struct ush_feed_options feed = feed_options(source, path);
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

static bool
settings_are_older(const struct updating *updating)
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

	if (settings_are_older(updating))
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
	if (bytes == 0 && source->command != NULL && state->changed_ms != 0)
		return check_again(updating, source, state, copy->path, err);
	if (bytes == 0)
		return ush_fail(err, NULL, 0, "is empty");
	/* Where the state is lost, the indicators are counted again. */
	if (state->good_ms != 0 && state->changed_ms != 0 && are_equal(copy->temporary, copy->path))
		return check_again(updating, source, state, copy->temporary, err);
	if (check_feed(updating, source, state, copy->temporary, &indicators, err) != 0)
		return -1;
	if (ush_replacement_commit(copy, err) != 0)
		return -1;
	say(updating, false, "%s: %" PRIu64 " indicators, %" PRIu64 " before", source->name,
	    indicators, state->indicators);
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
		say(updating, true, "%s: %s; the copy of %s stays in use", source->name, why->text,
		    ush_time_to_text(state->changed_ms, since));
	else
		say(updating, true, "%s: %s; there is no copy, so the list lacks it", source->name,
		    why->text);
}

static void
report_unchanged(struct updating *updating, const struct ush_feed_source *source,
    const struct ush_feed_state *state)
{
	char since[USH_TIME_TEXT_MAX];

	ush_time_to_text(state->changed_ms, since);
	if (ush_feed_health_of(state, source, updating->now_ms) == USH_FEED_STALE)
		say(updating, true,
		    "%s: stale: unchanged since %s, expected to change every %u s; has it moved?",
		    source->name, since, source->every);
	else
		say(updating, false, "%s: %" PRIu64 " indicators, unchanged since %s", source->name,
		    state->indicators, since);
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

static void
update_feed(struct updating *updating, size_t i)
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

/* Other settings make another list, and on a new day indicators may have expired. A copy may be newer
 * than the list, too, if the last compile failed. */
static bool
list_is_new_enough(const struct updating *updating)
{
	const struct ush_settings *settings = updating->options->settings;
	uint64_t made_ms = updating->state.compiled_ms;

	for (size_t i = 0; i < updating->state.count; i++) {
		if (updating->state.feeds[i].changed_ms > made_ms)
			return false;
	}
	return !updating->any_changed && access(settings->module.database, F_OK) == 0 &&
	       made_ms / DAY_MS == updating->now_ms / DAY_MS && settings_are_older(updating);
}

struct inputs {
	struct ush_feed_options *feeds;
	const char **forced; /* names of those that this run has found good; ends with NULL */
	char **paths;
	size_t count;
};

static void
inputs_fini(struct inputs *inputs)
{
	for (size_t i = 0; i < inputs->count; i++)
		free(inputs->paths[i]);
	free(inputs->feeds);
	free(inputs->forced);
	free(inputs->paths);
}

static int
gather_inputs(const struct updating *updating, struct inputs *out, struct ush_error *err)
{
	size_t room = updating->settings->feed_count + 1;
	size_t forced = 0;

	*out = (struct inputs){
	    .feeds = calloc(room, sizeof(*out->feeds)),
	    .forced = calloc(room, sizeof(*out->forced)),
	    .paths = calloc(room, sizeof(*out->paths)),
	};
	if (out->feeds == NULL || out->forced == NULL || out->paths == NULL)
		return ush_fail(err, NULL, 0, "no memory");
	for (size_t i = 0; i + 1 < room; i++) {
		const struct ush_feed_source *source = &updating->settings->feeds[i];
		char *path;

		if (updating->state.feeds[i].changed_ms == 0)
			continue;
		if ((path = ush_update_copy_path(updating->settings, source->name)) == NULL)
			return ush_fail(err, NULL, 0, "no memory");
		out->feeds[out->count] = feed_options(source, path);
		if (updating->state.feeds[i].problem == NULL)
			out->forced[forced++] = source->name;
		out->paths[out->count++] = path;
	}
	if (out->count == 0)
		return ush_fail(err, NULL, 0, "no feed has a good copy; the list stays as it is");
	return 0;
}

static void
count_only(void *arg, const struct ush_listed *before, const struct ush_listed *after)
{
	(void)arg;
	(void)before;
	(void)after;
}

/* How the new list differs from the one before, for the log. */
static void
say_difference(struct updating *updating, const struct ush_blocklist *before)
{
	struct ush_blocklist *after = NULL;
	struct ush_difference counts;
	uint64_t added = 0;
	uint64_t removed = 0;
	uint64_t changed = 0;

	if (before == NULL ||
	    ush_blocklist_open(
	        &after, updating->options->settings->module.database, USH_PART_ALL, NULL) != 0)
		return;
	if (ush_difference_find(before, after, count_only, NULL, &counts, NULL) == 0) {
		for (size_t i = 0; i < USH_RULE_KINDS; i++) {
			added += counts.added[i];
			removed += counts.removed[i];
			changed += counts.changed[i];
		}
		say(updating, false,
		    "the list: %" PRIu64 " rules added, %" PRIu64 " removed, %" PRIu64
		    " changed, %" PRIu64 " the same",
		    added, removed, changed, counts.same);
	}
	ush_blocklist_close(after);
}

static void
say_result(struct updating *updating, const struct ush_compile_result *result)
{
	for (size_t i = 0; i < result->feed_count; i++) {
		const struct ush_feed_result *feed = &result->feeds[i];

		if (feed->kept)
			say(updating, true, "%s: %s; its rules of the list before stay", feed->name,
			    feed->why.text);
		if (feed->popular > 0)
			say(updating, false,
			    "%s: warning: %" PRIu64
			    " rules cover very popular names or domains of your own "
			    "(sinkzone compile -c %s %s names them)",
			    feed->name, feed->popular, updating->options->settings->path,
			    feed->path);
	}
	for (size_t i = 0; i < result->gone_count; i++)
		say(updating, false,
		    "%s: no longer in the settings; its %" PRIu64 " indicators have left the list",
		    result->gone[i].name, result->gone[i].indicators);
}

static int
compile(struct updating *updating, const struct inputs *inputs, struct ush_error *err)
{
	const struct ush_settings *settings = updating->options->settings;
	struct ush_compile_options options = {
	    .path = settings->module.database,
	    .feeds = inputs->feeds,
	    .feed_count = inputs->count,
	    .now_ms = updating->now_ms,
	    .last_slot = ush_pool_last_slot(&settings->module.pool),
	    .settings = settings,
	    .shrink_percent = updating->options->shrink_percent,
	    .forced = inputs->forced, /* each was held against its copy before */
	    .may_fade = updating->options->forced,
	    .wait_seconds = updating->options->wait_seconds,
	};
	struct ush_blocklist *before = NULL;
	struct ush_compile_result result;
	int rc;

	if (ush_blocklist_open(&before, options.path, USH_PART_ALL, NULL) != 0)
		before = NULL; /* the compile says why, if it matters */
	rc = ush_compile(&options, &result, err);
	if (rc == 0) {
		say_result(updating, &result);
		say_difference(updating, before);
	}
	ush_blocklist_close(before);
	ush_compile_result_fini(&result);
	return rc;
}

static int
make_list(struct updating *updating, struct ush_error *err)
{
	struct inputs inputs;
	int rc = gather_inputs(updating, &inputs, err);

	if (rc == 0 && list_is_new_enough(updating))
		say(updating, false, "the list stays as it is");
	else if (rc == 0 && (rc = compile(updating, &inputs, err)) == 0)
		updating->state.compiled_ms = updating->now_ms;
	inputs_fini(&inputs);
	return rc;
}

static int
run(struct updating *updating, struct ush_error *err)
{
	struct ush_error why;
	int rc;

	if (ush_update_state_load(&updating->state, updating->settings, err) != 0)
		return -1;
	for (size_t i = 0; i < updating->settings->feed_count; i++)
		update_feed(updating, i);
	rc = make_list(updating, err);
	/* What is known of the feeds is kept whatever became of the list. */
	if (ush_update_state_save(&updating->state, updating->settings, &why) != 0)
		say(updating, true, "%s: %s", why.file, why.text);
	if (rc == 0 && updating->any_bad)
		rc = 1;
	return rc;
}

int
ush_update(const struct ush_update_options *options, struct ush_error *err)
{
	struct updating updating = {
	    .options = options,
	    .settings = &options->settings->update,
	    .now_ms = ush_time_now_ms(),
	};
	const char *directory = updating.settings->directory;
	struct ush_lock *lock = NULL;
	char *locked;
	int rc = -1;

	if (updating.settings->feed_count == 0)
		return ush_fail(err, options->settings->path, 0,
		    "names no feeds: write them under update: (docs/feeds.md)");
	if (mkdir(directory, 0755) == -1 && errno != EEXIST)
		return ush_fail_errno(err, directory, "cannot make the directory of the copies");
	if (asprintf(&locked, "%s/update", directory) == -1)
		return ush_fail(err, NULL, 0, "no memory");
	if (ush_lock_take(&lock, locked, options->wait_seconds, NULL, NULL, err) == 0)
		rc = run(&updating, err);
	ush_lock_release(lock);
	free(locked);
	ush_update_state_fini(&updating.state);
	return rc;
}
