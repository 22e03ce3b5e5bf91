/* SPDX-License-Identifier: BSD-3-Clause */
#include "zones/update/state.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "zones/replace.h"
#include "zones/sinkzone/jsontext.h"

#define FILE_NAME "state.json"

const char *
ush_feed_health_text(enum ush_feed_health health)
{
	static const char *const texts[] = {
	    [USH_FEED_GOOD] = "ok",
	    [USH_FEED_STALE] = "stale",
	    [USH_FEED_FAILED] = "failed",
	    [USH_FEED_ABSENT] = "absent",
	};

	return texts[health];
}

enum ush_feed_health
ush_feed_health_of(
    const struct ush_feed_state *state, const struct ush_feed_source *source, uint64_t now_ms)
{
	if (state->changed_ms == 0)
		return USH_FEED_ABSENT;
	if (state->problem != NULL)
		return USH_FEED_FAILED;
	if (source->every > 0 && now_ms > state->changed_ms + (uint64_t)source->every * 1000)
		return USH_FEED_STALE;
	return USH_FEED_GOOD;
}

static char *
path_in(const struct ush_update_settings *settings, const char *name, const char *suffix)
{
	char *path;

	return asprintf(&path, "%s/%s%s", settings->directory, name, suffix) == -1 ? NULL : path;
}

char *
ush_update_copy_path(const struct ush_update_settings *settings, const char *feed)
{
	return path_in(settings, feed, USH_COPY_SUFFIX);
}

static uint64_t
number_of(const json_t *object, const char *key)
{
	json_int_t value = json_integer_value(json_object_get(object, key));

	return value > 0 ? (uint64_t)value : 0;
}

static int
read_feed(struct ush_feed_state *out, const json_t *object, const char *name)
{
	const char *problem = json_string_value(json_object_get(object, "problem"));

	*out = (struct ush_feed_state){
	    .name = strdup(name),
	    .tried_ms = number_of(object, "tried_ms"),
	    .good_ms = number_of(object, "good_ms"),
	    .changed_ms = number_of(object, "changed_ms"),
	    .indicators = number_of(object, "indicators"),
	    .problem = problem != NULL ? strdup(problem) : NULL,
	};
	return out->name != NULL && (problem == NULL || out->problem != NULL) ? 0 : -1;
}

int
ush_update_state_load(
    struct ush_update_state *out, const struct ush_update_settings *settings, struct ush_error *err)
{
	char *path = path_in(settings, FILE_NAME, "");
	json_t *root = path != NULL ? json_load_file(path, JSON_REJECT_DUPLICATES, NULL) : NULL;
	int rc = path != NULL ? 0 : -1;

	*out = (struct ush_update_state){
	    .feeds = calloc(settings->feed_count + 1, sizeof(*out->feeds)),
	    .compiled_ms = number_of(root, "compiled_ms"),
	    .serial = (uint32_t)number_of(root, "serial"),
	};
	if (out->feeds == NULL)
		rc = -1;
	for (size_t i = 0; rc == 0 && i < settings->feed_count; i++) {
		const char *name = settings->feeds[i].name;

		rc = read_feed(&out->feeds[out->count++],
		    json_object_get(json_object_get(root, "feeds"), name), name);
	}
	json_decref(root);
	free(path);
	return rc == 0 ? 0 : ush_fail(err, NULL, 0, "no memory");
}

static json_t *
feed_json(const struct ush_feed_state *feed)
{
	json_t *object = json_object();

	json_object_set_new(object, "tried_ms", json_integer((json_int_t)feed->tried_ms));
	json_object_set_new(object, "good_ms", json_integer((json_int_t)feed->good_ms));
	json_object_set_new(object, "changed_ms", json_integer((json_int_t)feed->changed_ms));
	json_object_set_new(object, "indicators", json_integer((json_int_t)feed->indicators));
	if (feed->problem != NULL)
		json_object_set_new(object, "problem", ush_json_from_text(feed->problem));
	return object;
}

int
ush_update_state_save(const struct ush_update_state *state,
    const struct ush_update_settings *settings, struct ush_error *err)
{
	char *path = path_in(settings, FILE_NAME, "");
	json_t *root = json_object();
	json_t *feeds = json_object();
	struct ush_replacement file;
	int rc = -1;

	for (size_t i = 0; i < state->count; i++)
		json_object_set_new(feeds, state->feeds[i].name, feed_json(&state->feeds[i]));
	json_object_set_new(root, "compiled_ms", json_integer((json_int_t)state->compiled_ms));
	json_object_set_new(root, "serial", json_integer(state->serial));
	if (path == NULL || json_object_set_new(root, "feeds", feeds) != 0) {
		ush_fail(err, NULL, 0, "no memory");
		goto out;
	}
	if ((rc = ush_replacement_open(&file, path, err)) == 0) {
		if (json_dumpfd(root, file.fd, JSON_INDENT(2)) != 0)
			rc = ush_fail_errno(err, path, "cannot write");
		else
			rc = ush_replacement_commit(&file, err);
	}
	ush_replacement_close(&file);
out:
	json_decref(root);
	free(path);
	return rc;
}

void
ush_update_state_fini(struct ush_update_state *state)
{
	for (size_t i = 0; i < state->count; i++) {
		free(state->feeds[i].name);
		free(state->feeds[i].problem);
	}
	free(state->feeds);
	*state = (struct ush_update_state){0};
}
