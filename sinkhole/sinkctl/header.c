/* SPDX-License-Identifier: BSD-3-Clause */
#include "sinkhole/sinkctl/header.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include "sinkhole/sinkctl/troubles.h"
#include "sinkhole/sinkctl/when.h"

/* "list 2026112201, 3 days old, in force" */
static void
describe_list(const struct ush_command *command, const struct ush_sensor *sensor, char buf[160])
{
	char age[USH_WHEN_MAX];
	bool is_in_force = strcmp(sensor->list_state, "in-force") == 0;

	if (sensor->list_serial == 0) {
		snprintf(buf, 160, "no list");
		return;
	}
	snprintf(buf, 160, "list %llu%s%s%s, %s", (unsigned long long)sensor->list_serial,
	    sensor->list_built_ms != 0 ? ", " : "",
	    sensor->list_built_ms != 0 ? ush_when_age(age, sensor->list_built_ms, command->now_ms)
	                               : "",
	    sensor->list_built_ms != 0 ? " old" : "",
	    is_in_force ? "in force" : sensor->list_state);
}

static void print_line(const struct ush_command *command, const char *fmt, ...) USH_PRINTF(2, 3);

static void
print_line(const struct ush_command *command, const char *fmt, ...)
{
	char line[2048];
	va_list args;

	va_start(args, fmt);
	vsnprintf(line, sizeof(line), fmt, args);
	va_end(args);
	ush_print_wrapped(command, 0, 2, line);
}

static void
print_sensor(const struct ush_command *command, const struct ush_sensor *sensor, const char *name)
{
	char last[USH_WHEN_MAX];
	char list[160];

	if (sensor->health == USH_HEALTH_NEVER) {
		print_line(command, "Sensor %s: never seen.", name);
		return;
	}
	describe_list(command, sensor, list);
	print_line(command, "Sensor %s: %s, last %s; %s.", name, ush_health_text(sensor->health),
	    ush_when_short(last, sensor->last_ms, command->now_ms), list);
}

static void
print_trouble(void *arg, const struct ush_trouble *trouble)
{
	print_line(arg, "%s", trouble->text);
}

/* What all of the answer rests on. */
static void
print_premises(const struct ush_command *command)
{
	char text[sizeof(command->mistake.file) + sizeof(command->mistake.text) + 16];

	if (command->settings->drill)
		printf("DRILL: this installation is an exercise; nothing below is a real "
		       "infection.\n");
	if (command->mistake.text[0] != '\0')
		print_line(command, "SETTINGS: %s; used instead: %s.",
		    ush_error_format(&command->mistake, text, sizeof(text)),
		    command->used_settings);
}

static void
print_troubles(const struct ush_command *command, const struct ush_sensors *sensors)
{
	ush_troubles_each(command, sensors, print_trouble, (void *)(uintptr_t)command);
}

void
ush_header_print(const struct ush_command *command, const struct ush_sensors *sensors)
{
	char zone[USH_WHEN_MAX];
	char name[USH_TROUBLE_NAME_MAX];

	print_premises(command);
	printf("Times: %s.\n", ush_when_zone(zone, command->now_ms));
	for (size_t i = 0; i < sensors->count; i++)
		print_sensor(command, &sensors->items[i], ush_trouble_sensor(sensors, i, name));
	print_troubles(command, sensors);
}

void
ush_header_print_troubles(const struct ush_command *command, const struct ush_sensors *sensors)
{
	print_premises(command);
	print_troubles(command, sensors);
}

bool
ush_header_is_looking(const struct ush_command *command, const struct ush_sensors *sensors)
{
	return command->update.unread.count == 0 && command->gap.last_ms == 0 &&
	       ush_sensors_are_looking(sensors);
}

void
ush_header_print_window(const struct ush_command *command)
{
	char since[USH_WHEN_MAX] = "the beginning";
	char until[USH_WHEN_MAX] = "now";

	if (command->since_ms == 0 && command->until_ms == 0)
		return;
	if (command->since_ms != 0)
		ush_when_long(since, command->since_ms, command->now_ms);
	if (command->until_ms != 0)
		ush_when_long(until, command->until_ms, command->now_ms);
	print_line(command, "Window: from %s to %s; calls and counts are of this time alone.",
	    since, until);
	if (command->within_begins_ms != 0)
		print_line(command,
		    "WINDOW: the logs of some sensor begin at %s: what was seen before is not "
		    "counted.",
		    ush_when_long(since, command->within_begins_ms, command->now_ms));
	if (command->gap.last_ms != 0)
		print_line(command, "NOT LOOKING: sensor %s%s%s did not run from %s to %s.",
		    command->gap.writer, command->gap.observer[0] != '\0' ? " of " : "",
		    command->gap.observer,
		    ush_when_long(since, command->gap.first_ms, command->now_ms),
		    ush_when_long(until, command->gap.last_ms, command->now_ms));
}

void
ush_header_put_window(json_t *object, const struct ush_command *command)
{
	json_t *window = json_object();

	ush_put_time(window, "since", command->since_ms);
	ush_put_time(window, "until", command->until_ms);
	if (json_object_size(window) > 0)
		json_object_set(object, "window", window);
	json_decref(window);
	ush_put_time(object, "window_begins", command->within_begins_ms);
	if (command->gap.last_ms != 0) {
		json_t *gap = json_object();

		ush_put_text(gap, "writer", command->gap.writer);
		ush_put_text(gap, "observer", command->gap.observer);
		ush_put_time(gap, "first", command->gap.first_ms);
		ush_put_time(gap, "last", command->gap.last_ms);
		json_object_set_new(object, "gap", gap);
	}
}

static json_t *
sensor_json(const struct ush_command *command, const struct ush_sensor *sensor)
{
	json_t *object = json_object();
	json_t *list;

	ush_put_text(object, "writer", sensor->writer);
	ush_put_text(object, "observer", sensor->observer);
	ush_put_text(object, "health", ush_health_text(sensor->health));
	json_object_set_new(object, "looking", json_boolean(ush_sensor_is_looking(sensor)));
	if (sensor->health == USH_HEALTH_AHEAD)
		ush_put_uint(object, "clock_ahead_ms", sensor->last_ms - command->now_ms);
	ush_put_text(object, "log", sensor->source->path);
	ush_put_time(object, "last", sensor->last_ms);
	ush_put_time(object, "last_event", sensor->last_event_ms);
	ush_put_time(object, "started", sensor->start_ms);
	ush_put_uint(object, "events", sensor->events);
	ush_put_uint(object, "lost", sensor->lost);
	if (sensor->has_state)
		json_object_set_new(object, "counters", json_loads(sensor->figures, 0, NULL));
	ush_put_text(object, "reason", sensor->reason);
	ush_put_text(object, "version", sensor->version);
	ush_put_text(object, "mode", sensor->mode);
	if (sensor->clock_known) {
		json_object_set_new(
		    object, "clock_synchronised", json_boolean(sensor->clock_synchronised));
		json_object_set_new(
		    object, "clock_offset_ms", json_integer(sensor->clock_offset_ms));
	}
	if (sensor->has_list) {
		list = json_object();
		ush_put_uint(list, "serial", sensor->list_serial);
		ush_put_time(list, "built", sensor->list_built_ms);
		ush_put_uint(list, "rules", sensor->list_rules);
		ush_put_text(list, "state", sensor->list_state);
		ush_put_text(list, "reason", sensor->list_reason);
		json_object_set_new(object, "list", list);
	}
	ush_put_text(object, "settings_reason", sensor->settings_reason);
	return object;
}

static json_t *
unread_json(const struct ush_unread *unread)
{
	json_t *array = json_array();

	for (size_t i = 0; i < unread->count && i < USH_UNREAD_MAX; i++) {
		json_t *object = json_object();

		ush_put_text(object, "path", unread->items[i].file);
		ush_put_text(object, "reason", unread->items[i].text);
		json_array_append_new(array, object);
	}
	return array;
}

void
ush_header_put(json_t *object, const struct ush_command *command, const struct ush_sensors *sensors)
{
	char text[sizeof(command->mistake.file) + sizeof(command->mistake.text) + 16];
	json_t *array = json_array();

	ush_put_time(object, "time", command->now_ms);
	json_object_set_new(object, "drill", json_boolean(command->settings->drill));
	if (command->mistake.text[0] != '\0')
		ush_put_text(object, "settings_mistake",
		    ush_error_format(&command->mistake, text, sizeof(text)));
	for (size_t i = 0; i < sensors->count; i++)
		json_array_append_new(array, sensor_json(command, &sensors->items[i]));
	json_object_set_new(object, "sensors", array);
	json_object_set_new(object, "unread", unread_json(&command->update.unread));
	json_object_set_new(
	    object, "looking", json_boolean(ush_header_is_looking(command, sensors)));
}
