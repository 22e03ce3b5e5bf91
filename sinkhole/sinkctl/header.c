/* SPDX-License-Identifier: BSD-3-Clause */
#include "sinkhole/sinkctl/header.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "sinkhole/sinkctl/table.h"
#include "common/terminal.h"
#include "sinkhole/sinkctl/when.h"

const struct ush_sensor *
ush_header_list(const struct ush_sensors *sensors)
{
	/* They come with dns first, then the latest first. */
	for (size_t i = 0; i < sensors->count; i++) {
		if (sensors->items[i].has_list && sensors->items[i].list_serial != 0)
			return &sensors->items[i];
	}
	return NULL;
}

static void
print_list(const struct ush_command *command, const struct ush_sensors *sensors)
{
	const struct ush_sensor *sensor = ush_header_list(sensors);
	char zone[USH_WHEN_MAX];
	char age[USH_WHEN_MAX];
	char *state;

	printf("Times: %s. ", ush_when_zone(zone, command->now_ms));
	if (sensor == NULL) {
		printf("List: not known, no sensor has named one.\n");
		return;
	}
	state = ush_terminal_text(sensor->list_state);
	printf("List: %llu", (unsigned long long)sensor->list_serial);
	if (sensor->list_built_ms != 0)
		printf(", %s old", ush_when_age(age, sensor->list_built_ms, command->now_ms));
	if (state != NULL && state[0] != '\0')
		printf(", %.12s", state);
	printf(".\n");
	free(state);
}

/* "dns" or, where there are several of a kind, "dns at ns1". */
static char *
sensor_name(const struct ush_sensors *sensors, size_t which)
{
	const struct ush_sensor *sensor = &sensors->items[which];
	char *name = NULL;
	char *safe;
	char *fitted;
	bool is_alone = true;

	for (size_t i = 0; i < sensors->count; i++) {
		if (i != which && strcmp(sensors->items[i].writer, sensor->writer) == 0)
			is_alone = false;
	}
	if (is_alone)
		return strdup(sensor->writer);
	safe = ush_terminal_text(sensor->observer);
	fitted = safe != NULL ? ush_terminal_fit(safe, 30, USH_ELIDE_END) : NULL;
	if (asprintf(&name, "%s at %s", sensor->writer, fitted != NULL ? fitted : "?") == -1)
		name = NULL;
	free(fitted);
	free(safe);
	return name;
}

static void
print_trouble(const struct ush_command *command, const struct ush_sensor *sensor, const char *name)
{
	char last[USH_WHEN_MAX];

	if (sensor->health == USH_HEALTH_NEVER)
		printf("NOT LOOKING: %s has never said a word.\n", name);
	else if (sensor->health == USH_HEALTH_STOPPED)
		printf("NOT LOOKING: %s was stopped, %s.\n", name,
		    ush_when_long(last, sensor->last_ms, command->now_ms));
	else if (sensor->health == USH_HEALTH_SILENT)
		printf("NOT LOOKING? %s is silent since %s.\n", name,
		    ush_when_long(last, sensor->last_ms, command->now_ms));
	if (sensor->lost > 0)
		printf("LOST: %llu events of %s; its counts are too low.\n",
		    (unsigned long long)sensor->lost, name);
	if (strcmp(sensor->mode, "off") == 0 || strcmp(sensor->mode, "monitor") == 0)
		printf("MODE: %s is in mode %s: nobody is sent to the sinkhole.\n", name,
		    sensor->mode);
}

static void
print_sensors(const struct ush_command *command, const struct ush_sensors *sensors)
{
	char last[USH_WHEN_MAX];
	size_t column = (size_t)printf("Sensors:");

	for (size_t i = 0; i < sensors->count; i++) {
		const struct ush_sensor *sensor = &sensors->items[i];
		char *name = sensor_name(sensors, i);
		char text[160];
		int length = snprintf(text, sizeof(text), " %s %s%s%s%s%s",
		    name != NULL ? name : "?", ush_health_text(sensor->health),
		    sensor->last_ms != 0 ? " (last word " : "",
		    sensor->last_ms != 0 ? ush_when_short(last, sensor->last_ms, command->now_ms)
		                         : "",
		    sensor->last_ms != 0 ? ")" : "", i + 1 < sensors->count ? "," : ".");

		if (column + (size_t)length > USH_TABLE_WIDTH)
			column = (size_t)printf("\n        ") - 1;
		column += (size_t)printf("%s", text);
		free(name);
	}
	printf("\n");
	for (size_t i = 0; i < sensors->count; i++) {
		char *name = sensor_name(sensors, i);

		print_trouble(command, &sensors->items[i], name != NULL ? name : "?");
		free(name);
	}
}

void
ush_header_print(const struct ush_command *command, const struct ush_sensors *sensors)
{
	if (command->settings->drill)
		printf("DRILL: this installation is an exercise; nothing below is a real "
		       "infection.\n");
	print_list(command, sensors);
	print_sensors(command, sensors);
}

static json_t *
sensor_json(const struct ush_sensor *sensor)
{
	json_t *object = json_object();
	json_t *list;

	ush_put_text(object, "writer", sensor->writer);
	ush_put_text(object, "observer", sensor->observer);
	ush_put_text(object, "health", ush_health_text(sensor->health));
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
		json_object_set_new(object, "list", list);
	}
	return object;
}

void
ush_header_put(json_t *object, const struct ush_command *command, const struct ush_sensors *sensors)
{
	const struct ush_sensor *sensor = ush_header_list(sensors);
	json_t *array = json_array();

	ush_put_time(object, "time", command->now_ms);
	json_object_set_new(object, "drill", json_boolean(command->settings->drill));
	if (sensor != NULL) {
		json_t *list = json_object();

		ush_put_uint(list, "serial", sensor->list_serial);
		ush_put_time(list, "built", sensor->list_built_ms);
		json_object_set_new(object, "list", list);
	}
	for (size_t i = 0; i < sensors->count; i++)
		json_array_append_new(array, sensor_json(&sensors->items[i]));
	json_object_set_new(object, "sensors", array);
	json_object_set_new(object, "looking", json_boolean(ush_sensors_are_alive(sensors)));
}
