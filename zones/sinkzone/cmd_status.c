/* SPDX-License-Identifier: BSD-3-Clause */
/* sinkzone status: how the feeds of the settings are, and the list that was made of them. */
#include "zones/sinkzone/command.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include "common/event.h"
#include "common/terminal.h"
#include "zones/compile/compiler.h"
#include "zones/sinkzone/jsontext.h"
#include "zones/update/state.h"

#define NAME_WIDTH 24
#define MINUTE_S 60u
#define HOUR_S 3600u
#define DAY_S 86400u

struct arguments {
	const char *settings;
	bool json;
};

static int
take_operand(void *arg, const char *text, struct ush_error *err)
{
	(void)arg;
	return ush_fail(err, NULL, 0, "%.200s: takes no operand", text);
}

/* "3 h", "never" */
static const char *
age_of(uint64_t then_ms, uint64_t now_ms, char buf[32])
{
	uint64_t age = now_ms > then_ms ? (now_ms - then_ms) / 1000 : 0;

	if (then_ms == 0)
		snprintf(buf, 32, "never");
	else if (age < 2 * HOUR_S)
		snprintf(buf, 32, "%" PRIu64 " min", age / MINUTE_S);
	else if (age < 2 * DAY_S)
		snprintf(buf, 32, "%" PRIu64 " h", age / HOUR_S);
	else
		snprintf(buf, 32, "%" PRIu64 " d", age / DAY_S);
	return buf;
}

static void
print_row(const struct ush_feed_state *state, enum ush_feed_health health, uint64_t now_ms)
{
	char changed[32];
	char good[32];

	printf("%-*s %-7s %11" PRIu64 " %9s %9s\n", NAME_WIDTH, state->name,
	    ush_feed_health_text(health), state->indicators,
	    age_of(state->changed_ms, now_ms, changed), age_of(state->good_ms, now_ms, good));
	if (state->problem == NULL)
		return;
	fputs("  ", stdout);
	ush_terminal_put(stdout, state->problem);
	putchar('\n');
}

static void
add_time(json_t *object, const char *key, uint64_t time_ms)
{
	char text[USH_TIME_TEXT_MAX];

	if (time_ms != 0)
		json_object_set_new(object, key, json_string(ush_time_to_text(time_ms, text)));
}

static void
print_json(const struct ush_feed_state *state, const struct ush_feed_source *source,
    enum ush_feed_health health)
{
	json_t *object = json_object();

	json_object_set_new(object, "feed", json_string(state->name));
	json_object_set_new(object, "state", json_string(ush_feed_health_text(health)));
	json_object_set_new(object, "indicators", json_integer((json_int_t)state->indicators));
	add_time(object, "changed", state->changed_ms);
	add_time(object, "good", state->good_ms);
	add_time(object, "tried", state->tried_ms);
	if (source->every > 0)
		json_object_set_new(object, "every", json_integer(source->every));
	if (state->problem != NULL)
		json_object_set_new(object, "problem", ush_json_from_text(state->problem));
	json_dumpf(object, stdout, JSON_COMPACT);
	putchar('\n');
	json_decref(object);
}

static int
print_all(const struct arguments *arguments, const struct ush_update_settings *settings,
    const struct ush_update_state *state)
{
	uint64_t now_ms = ush_time_now_ms();
	int status = USH_EXIT_DONE;

	if (!arguments->json)
		printf("%-*s %-7s %11s %9s %9s\n", NAME_WIDTH, "feed", "state", "indicators",
		    "changed", "checked");
	for (size_t i = 0; i < state->count; i++) {
		enum ush_feed_health health =
		    ush_feed_health_of(&state->feeds[i], &settings->feeds[i], now_ms);

		if (health != USH_FEED_GOOD)
			status = USH_EXIT_BAD;
		if (arguments->json)
			print_json(&state->feeds[i], &settings->feeds[i], health);
		else
			print_row(&state->feeds[i], health, now_ms);
	}
	return status;
}

static const char *
list_health_text(enum ush_list_health health)
{
	static const char *const texts[] = {
	    [USH_LIST_GOOD] = "ok",
	    [USH_LIST_ABSENT] = "absent",
	    [USH_LIST_DAMAGED] = "damaged",
	    [USH_LIST_UNKNOWN] = "unknown",
	};

	return texts[health];
}

static void
print_list_json(const char *path, enum ush_list_health health, const struct ush_error *why)
{
	json_t *object = json_object();

	json_object_set_new(object, "list", ush_json_from_text(path));
	json_object_set_new(object, "state", json_string(list_health_text(health)));
	json_object_set_new(object, "problem", ush_json_from_text(why->text));
	json_dumpf(object, stdout, JSON_COMPACT);
	putchar('\n');
	json_decref(object);
}

/* The resolver keeps what it has loaded, so that a damaged list shows only when it starts again: too
 * late. Nothing is printed of a good one. */
static int
print_list(const struct arguments *arguments, const char *path)
{
	struct ush_error why = {0};
	enum ush_list_health health = ush_list_look(path, &why);

	if (health == USH_LIST_GOOD)
		return USH_EXIT_DONE;
	if (arguments->json) {
		print_list_json(path, health, &why);
		return USH_EXIT_BAD;
	}
	printf("the list: %s\n  ", list_health_text(health));
	ush_terminal_put(stdout, path);
	fputs(": ", stdout);
	ush_terminal_put(stdout, why.text);
	if (health == USH_LIST_DAMAGED || health == USH_LIST_ABSENT)
		fputs("; sinkzone update makes a new one", stdout);
	putchar('\n');
	return USH_EXIT_BAD;
}

static int
run(const struct arguments *arguments)
{
	struct ush_update_state state = {0};
	struct ush_settings *settings = NULL;
	struct ush_error err = {0};
	int status;

	if (ush_settings_load(&settings, ush_settings_path(arguments->settings), &err) != 0)
		return ush_command_fail(&err);
	if (settings->update.feed_count == 0) {
		ush_fail(&err, settings->path, 0, "names no feeds under update:");
		status = ush_command_fail(&err);
	} else if (ush_update_state_load(&state, &settings->update, &err) != 0) {
		status = ush_command_fail(&err);
	} else {
		status = print_all(arguments, &settings->update, &state);
		if (print_list(arguments, settings->module.database) != USH_EXIT_DONE)
			status = USH_EXIT_BAD;
	}
	ush_update_state_fini(&state);
	ush_settings_free(settings);
	return ush_command_flush(status);
}

static int
status_main(int argc, char **argv)
{
	struct arguments arguments = {0};
	int status;

	if (!ush_command_read(&ush_cmd_status, take_operand, &arguments, argc, argv, &status))
		return status;
	return run(&arguments);
}

static const struct ush_option options[] = {
    {USH_OPTION_TEXT, "config", 'c', "FILE", offsetof(struct arguments, settings),
        .help = "settings: update: names the feeds, module: database the list"},
    {USH_OPTION_FLAG, "json", '\0', .offset = offsetof(struct arguments, json),
        .help = "one object a line"},
    {.kind = USH_OPTION_END},
};

const struct ush_sinkzone_command ush_cmd_status = {
    .name = "status",
    .usage = "[-c FILE] [--json]",
    .summary = "Show how the feeds are, and whether the list is good",
    .options = options,
    .run = status_main,
};
