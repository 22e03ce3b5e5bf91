/* SPDX-License-Identifier: BSD-3-Clause */
#include "zones/update/updating.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include "zones/blocklist.h"
#include "zones/compile/compiler.h"
#include "zones/sinkzone/difference.h"

#define DAY_MS 86400000u

/* Other settings make another list, and on a new day indicators may have expired. A copy may be newer
 * than the list, too, if the last compile failed. */
static bool
list_is_new_enough(const struct updating *updating, enum ush_list_health health)
{
	uint64_t made_ms = updating->state.compiled_ms;

	for (size_t i = 0; i < updating->state.count; i++) {
		if (updating->state.feeds[i].changed_ms > made_ms)
			return false;
	}
	return !updating->any_changed && health == USH_LIST_GOOD &&
	       made_ms / DAY_MS == updating->now_ms / DAY_MS &&
	       ush_update_settings_are_older(updating);
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

/* A list that lacks another feed blocks too little. One that lacks this blocks what must never be
 * blocked, at once and for everybody. */
static int
fail_unprotected(const struct ush_feed_source *source, struct ush_error *err)
{
	return ush_fail(err, NULL, 0,
	    "%s: is a never-block feed without a good copy, and a list without it could block what it "
	    "protects; the list stays as it is, until its source is good or the settings do not "
	    "name it any more",
	    source->name);
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

		if (updating->state.feeds[i].changed_ms == 0) {
			if (source->never_block)
				return fail_unprotected(source, err);
			continue;
		}
		if ((path = ush_update_copy_path(updating->settings, source->name)) == NULL)
			return ush_fail(err, NULL, 0, "no memory");
		out->feeds[out->count] = ush_update_feed_options(source, path);
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
		ush_update_say(updating, false,
		    "the list: %" PRIu64 " rules added, %" PRIu64 " removed, %" PRIu64
		    " changed, %" PRIu64 " the same",
		    added, removed, changed, counts.same);
	}
	ush_blocklist_close(after);
}

static void
say_mended(struct updating *updating, const struct ush_compile_result *result)
{
	if (result->set_aside == NULL)
		return;
	ush_update_say(updating, true, "%s: %s; it is now %s, and a new list is in its place%s",
	    result->damage.file, result->damage.text, result->set_aside,
	    result->slots_lost
	        ? "; campaigns have new sinkhole addresses, as their slots could not be "
	          "read any more"
	        : "");
}

static void
say_result(struct updating *updating, const struct ush_compile_result *result)
{
	for (size_t i = 0; i < result->feed_count; i++) {
		const struct ush_feed_result *feed = &result->feeds[i];

		if (feed->kept)
			ush_update_say(updating, true, "%s: %s; its rules of the list before stay",
			    feed->name, feed->why.text);
		if (feed->refused[USH_REFUSED_AGED] > 0 && !feed->kept)
			ush_update_say(updating, false,
			    "%s: %" PRIu64 " indicators have expired by its expires-after",
			    feed->name, feed->refused[USH_REFUSED_AGED]);
		if (feed->url_alone > 0)
			ush_update_say(updating, false,
			    "%s: warning: %" PRIu64
			    " URLs on very popular names or domains of your own: listed without their "
			    "hosts",
			    feed->name, feed->url_alone);
		if (feed->popular > 0)
			ush_update_say(updating, false,
			    "%s: warning: %" PRIu64
			    " rules cover very popular names or domains of your own "
			    "(sinkzone compile -c %s %s names them)",
			    feed->name, feed->popular, updating->options->settings->path,
			    feed->path);
	}
	for (size_t i = 0; i < result->gone_count; i++)
		ush_update_say(updating, false,
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
	    .mend = true,
	    .last_serial = updating->state.serial,
	    .wait_seconds = updating->options->wait_seconds,
	};
	struct ush_blocklist *before = NULL;
	struct ush_compile_result result;
	int rc;

	if (ush_blocklist_open(&before, options.path, USH_PART_ALL, NULL) != 0)
		before = NULL; /* the compile says why, if it matters */
	rc = ush_compile(&options, &result, err);
	if (rc == 0) {
		say_mended(updating, &result);
		say_result(updating, &result);
		say_difference(updating, before);
		updating->state.serial = result.build.serial;
	}
	ush_blocklist_close(before);
	ush_compile_result_fini(&result);
	return rc;
}

int
ush_update_list(struct updating *updating, struct ush_error *err)
{
	struct inputs inputs;
	struct ush_error damage = {0};
	enum ush_list_health health =
	    ush_list_look(updating->options->settings->module.database, &damage);
	int rc = gather_inputs(updating, &inputs, err);

	if (rc == 0 && list_is_new_enough(updating, health))
		ush_update_say(updating, false, "the list stays as it is");
	else if (rc == 0 && (rc = compile(updating, &inputs, err)) == 0)
		updating->state.compiled_ms = updating->now_ms;
	inputs_fini(&inputs);
	if (rc != 0 && health == USH_LIST_DAMAGED)
		ush_update_say(updating, true,
		    "%s: %s; no new list could be made, and a resolver that starts now has none",
		    damage.file, damage.text);
	return rc;
}
