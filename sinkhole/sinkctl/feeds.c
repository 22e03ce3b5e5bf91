/* SPDX-License-Identifier: BSD-3-Clause */
#include "sinkhole/sinkctl/feeds.h"

#include "sinkhole/sinkctl/families.h"
#include "sinkhole/sinkctl/table.h"
#include "sinkhole/sinkctl/when.h"

void
ush_feeds_each(const struct ush_command *command, ush_feed_fn *fn, void *arg)
{
	const struct ush_update_settings *settings = &command->settings->update;
	struct ush_update_state state = {0};

	if (ush_update_state_load(&state, settings, NULL) == 0) {
		for (size_t i = 0; i < state.count; i++)
			fn(command, &state.feeds[i],
			    ush_feed_health_of(
			        &state.feeds[i], &settings->feeds[i], command->now_ms),
			    arg);
	}
	ush_update_state_fini(&state);
}

static void
print(const struct ush_command *command, const struct ush_feed_state *state,
    enum ush_feed_health health, void *arg)
{
	char when[USH_WHEN_MAX];
	char line[1024];

	(void)arg;
	if (health == USH_FEED_GOOD)
		return;
	snprintf(line, sizeof(line), "Warning: feed %s is %s%s%s%s%s (sinkzone status).",
	    state->name, ush_feed_health_text(health),
	    state->changed_ms != 0 ? ", last changed " : "",
	    state->changed_ms != 0 ? ush_when_long(when, state->changed_ms, command->now_ms) : "",
	    state->problem != NULL ? ": " : "", state->problem != NULL ? state->problem : "");
	ush_print_wrapped(command, 0, 2, line);
}

void
ush_feeds_print(const struct ush_command *command)
{
	ush_feeds_each(command, print, NULL);
}

static const char good_name[] = USH_METRIC_PREFIX "feed_good";
static const char changed_name[] = USH_METRIC_PREFIX "feed_changed_timestamp_seconds";

/* A feed's name has no character that a label would need to escape. */
static void
put_good(const struct ush_command *command, const struct ush_feed_state *state,
    enum ush_feed_health health, void *arg)
{
	(void)command;
	fprintf(arg, "%s{feed=\"%s\"} %d\n", good_name, state->name, health == USH_FEED_GOOD);
}

static void
put_changed(const struct ush_command *command, const struct ush_feed_state *state,
    enum ush_feed_health health, void *arg)
{
	(void)command;
	(void)health;
	fprintf(arg, "%s{feed=\"%s\"} %.3f\n", changed_name, state->name,
	    (double)state->changed_ms / 1000);
}

void
ush_feeds_put_metrics(FILE *to, const struct ush_command *command)
{
	if (command->settings->update.feed_count == 0)
		return;
	ush_family_begin(to, good_name, "gauge",
	    "Whether the feed is neither stale, failed nor absent (sinkzone status).");
	ush_feeds_each(command, put_good, to);
	ush_family_begin(to, changed_name, "gauge", "When the feed last changed; 0: never came.");
	ush_feeds_each(command, put_changed, to);
}

static void
put(const struct ush_command *command, const struct ush_feed_state *state,
    enum ush_feed_health health, void *arg)
{
	json_t *object = json_object();

	(void)command;
	ush_put_text(object, "feed", state->name);
	ush_put_text(object, "state", ush_feed_health_text(health));
	ush_put_uint(object, "indicators", state->indicators);
	ush_put_time(object, "changed", state->changed_ms);
	ush_put_time(object, "good", state->good_ms);
	if (state->problem != NULL)
		ush_put_text(object, "problem", state->problem);
	json_array_append_new(arg, object);
}

void
ush_feeds_put(json_t *answer, const struct ush_command *command)
{
	json_t *feeds = json_array();

	if (command->settings->update.feed_count == 0) {
		json_decref(feeds);
		return;
	}
	ush_feeds_each(command, put, feeds);
	json_object_set_new(answer, "feeds", feeds);
}
