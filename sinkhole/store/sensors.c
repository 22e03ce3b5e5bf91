/* SPDX-License-Identifier: BSD-3-Clause */
#include "sinkhole/store/sensors.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <jansson.h>
#include "sinkhole/store/internal.h"

#define SENSORS_MAX 2048 /* a machine that sends made-up ones has 200: deploy/postgresql */

/* The latest run of each writer and machine. What was lost is the larger of what the writer counted
 * and of the numbers that are missing: it uses one up for each event that it has to give up. */
static const char question[] =
    "WITH hole AS (SELECT writer, start, CAST(total(max(0, high - low + 1 - seen)) AS INTEGER) AS holes"
    "  FROM ring GROUP BY writer, start),"
    " loss AS (SELECT run.writer, run.observer, CAST(total(max(lost, coalesce(holes, 0))) AS INTEGER) AS lost,"
    "  CAST(total(events) AS INTEGER) AS events FROM run LEFT JOIN hole USING (writer, start)"
    "  GROUP BY run.writer, run.observer),"
    " ranked AS (SELECT *, row_number() OVER"
    "  (PARTITION BY writer, observer ORDER BY last DESC, start) AS place FROM run)"
    " SELECT r.writer, r.observer, r.last, r.last_event, r.first, loss.events, loss.lost,"
    "  r.state_time, r.reason, r.version, r.mode, r.clock_synchronised, r.clock_offset_ms,"
    "  r.drill, r.has_list, r.list_serial, r.list_built, r.list_rules, r.list_state, r.figures,"
    "  r.list_reason, r.settings_reason"
    " FROM ranked AS r JOIN loss USING (writer, observer) WHERE place = 1"
    " ORDER BY r.writer DESC, r.last DESC";

const char *
ush_health_text(enum ush_health health)
{
	static const char *const words[] = {
	    "alive", "silent", "stopped", "never seen", "clock ahead"};

	return words[health];
}

static void
copy(char *to, size_t size, const char *from)
{
	snprintf(to, size, "%s", from);
}

static enum ush_health
health_of(const struct ush_sensor *sensor, uint64_t now_ms)
{
	uint64_t silent_ms = USH_SENSOR_SILENT_MS + (uint64_t)sensor->source->delay * 1000;

	if (strcmp(sensor->reason, "stop") == 0 && sensor->last_event_ms <= sensor->state_ms)
		return USH_HEALTH_STOPPED;
	if (sensor->last_ms > now_ms && sensor->last_ms - now_ms > USH_SENSOR_SILENT_MS)
		return USH_HEALTH_AHEAD;
	if (now_ms > sensor->last_ms && now_ms - sensor->last_ms > silent_ms)
		return USH_HEALTH_SILENT;
	return USH_HEALTH_ALIVE;
}

/* The entry of the settings that names it: by its observer, else one that takes any. */
static const struct ush_log_source *
find_source(const struct ush_settings *settings, const char *writer, const char *observer)
{
	const struct ush_log_source *any = NULL;

	for (size_t i = 0; i < settings->store.log_count; i++) {
		const struct ush_log_source *source = &settings->store.logs[i];

		if (strcmp(ush_log_writer_text(source->writer), writer) != 0)
			continue;
		if (source->observer == NULL)
			any = source;
		else if (strcmp(source->observer, observer) == 0)
			return source;
	}
	return any;
}

static void
read_sensor(struct ush_sensor *out, const struct ush_log_source *source, sqlite3_stmt *stmt,
    uint64_t now_ms)
{
	*out = (struct ush_sensor){
	    .source = source,
	    .last_ms = ush_column_uint(stmt, 2),
	    .last_event_ms = ush_column_uint(stmt, 3),
	    .start_ms = ush_column_uint(stmt, 4),
	    .events = ush_column_uint(stmt, 5),
	    .lost = ush_column_uint(stmt, 6),
	    .state_ms = ush_column_uint(stmt, 7),
	    .clock_known = ush_column_uint(stmt, 11) != 2,
	    .clock_synchronised = ush_column_uint(stmt, 11) == 1,
	    .clock_offset_ms = sqlite3_column_int64(stmt, 12),
	    .drill = ush_column_uint(stmt, 13) != 0,
	    .has_list = ush_column_uint(stmt, 14) != 0,
	    .list_serial = ush_column_uint(stmt, 15),
	    .list_built_ms = ush_column_uint(stmt, 16),
	    .list_rules = ush_column_uint(stmt, 17),
	};
	out->has_state = out->state_ms != 0;
	copy(out->writer, sizeof(out->writer), ush_column_text(stmt, 0));
	copy(out->observer, sizeof(out->observer), ush_column_text(stmt, 1));
	copy(out->reason, sizeof(out->reason), ush_column_text(stmt, 8));
	copy(out->version, sizeof(out->version), ush_column_text(stmt, 9));
	copy(out->mode, sizeof(out->mode), ush_column_text(stmt, 10));
	copy(out->list_state, sizeof(out->list_state), ush_column_text(stmt, 18));
	copy(out->figures, sizeof(out->figures), ush_column_text(stmt, 19));
	copy(out->list_reason, sizeof(out->list_reason), ush_column_text(stmt, 20));
	copy(out->settings_reason, sizeof(out->settings_reason), ush_column_text(stmt, 21));
	out->health = health_of(out, now_ms);
}

static bool
has_sensor_of(const struct ush_sensors *sensors, const struct ush_log_source *source)
{
	for (size_t i = 0; i < sensors->count; i++) {
		if (sensors->items[i].source == source)
			return true;
	}
	return false;
}

/* Those that never said a word. */
static void
add_missing(struct ush_sensors *sensors, const struct ush_settings *settings)
{
	for (size_t i = 0; i < settings->store.log_count; i++) {
		const struct ush_log_source *source = &settings->store.logs[i];
		struct ush_sensor *sensor = &sensors->items[sensors->count];

		if (has_sensor_of(sensors, source))
			continue;
		*sensor = (struct ush_sensor){.source = source, .health = USH_HEALTH_NEVER};
		copy(sensor->writer, sizeof(sensor->writer), ush_log_writer_text(source->writer));
		if (source->observer != NULL)
			copy(sensor->observer, sizeof(sensor->observer), source->observer);
		sensors->count++;
	}
}

int
ush_sensors_find(struct ush_sensors *out, struct ush_store *store,
    const struct ush_settings *settings, uint64_t now_ms, struct ush_error *err)
{
	sqlite3_stmt *stmt;
	int rc;

	*out = (struct ush_sensors){0};
	if (ush_store_prepare(store, &stmt, question, err) != 0)
		return -1;
	out->items = calloc(SENSORS_MAX + settings->store.log_count, sizeof(*out->items));
	if (out->items == NULL) {
		sqlite3_finalize(stmt);
		return ush_fail(err, NULL, 0, "out of memory");
	}
	while ((rc = sqlite3_step(stmt)) == SQLITE_ROW && out->count < SENSORS_MAX) {
		const struct ush_log_source *source =
		    find_source(settings, ush_column_text(stmt, 0), ush_column_text(stmt, 1));

		if (source != NULL)
			read_sensor(&out->items[out->count++], source, stmt, now_ms);
	}
	sqlite3_finalize(stmt);
	if (rc != SQLITE_DONE && rc != SQLITE_ROW) {
		ush_sensors_fini(out);
		return ush_store_fail(store, err, "the store cannot be read");
	}
	add_missing(out, settings);
	return 0;
}

void
ush_sensors_fini(struct ush_sensors *sensors)
{
	free(sensors->items);
	*sensors = (struct ush_sensors){0};
}

enum ush_blindness
ush_sensor_blindness(const struct ush_sensor *sensor)
{
	static const enum ush_blindness of_health[] = {
	    [USH_HEALTH_ALIVE] = USH_SENSOR_LOOKS,
	    [USH_HEALTH_SILENT] = USH_BLIND_SILENT,
	    [USH_HEALTH_STOPPED] = USH_BLIND_STOPPED,
	    [USH_HEALTH_NEVER] = USH_BLIND_NEVER,
	    [USH_HEALTH_AHEAD] = USH_BLIND_AHEAD,
	};

	if (sensor->health != USH_HEALTH_ALIVE)
		return of_health[sensor->health];
	if (strcmp(sensor->mode, "off") == 0)
		return USH_BLIND_OFF;
	if (strcmp(sensor->list_state, "in-force") == 0)
		return USH_SENSOR_LOOKS;
	return sensor->list_serial == 0 ? USH_BLIND_NO_LIST : USH_BLIND_PENDING;
}

bool
ush_sensor_is_looking(const struct ush_sensor *sensor)
{
	return ush_sensor_blindness(sensor) == USH_SENSOR_LOOKS;
}

bool
ush_sensors_are_looking(const struct ush_sensors *sensors)
{
	for (size_t i = 0; i < sensors->count; i++) {
		if (!ush_sensor_is_looking(&sensors->items[i]))
			return false;
	}
	return true;
}

int
ush_sensors_gap(struct ush_gap *out, struct ush_store *store, const struct ush_settings *settings,
    uint64_t since_ms, uint64_t until_ms, struct ush_error *err)
{
	sqlite3_stmt *stmt;
	int rc;

	*out = (struct ush_gap){0};
	if (ush_store_prepare(store, &stmt,
	        "WITH life AS (SELECT writer, observer, first, max(last) OVER"
	        "  (PARTITION BY writer, observer ORDER BY first"
	        "   ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS ended FROM run)"
	        " SELECT writer, observer, max(ended, ?1), min(first, ?2) FROM life"
	        " WHERE min(first, ?2) > max(ended, ?1)"
	        " ORDER BY min(first, ?2) - max(ended, ?1) DESC",
	        err) != 0)
		return -1;
	ush_bind_uint(stmt, 1, since_ms);
	ush_bind_uint(stmt, 2, until_ms);
	while ((rc = sqlite3_step(stmt)) == SQLITE_ROW) {
		const char *writer = ush_column_text(stmt, 0);
		const char *observer = ush_column_text(stmt, 1);
		uint64_t first_ms = ush_column_uint(stmt, 2);
		uint64_t last_ms = ush_column_uint(stmt, 3);

		if (last_ms - first_ms <= USH_SENSOR_SILENT_MS ||
		    find_source(settings, writer, observer) == NULL)
			continue;
		*out = (struct ush_gap){.first_ms = first_ms, .last_ms = last_ms};
		copy(out->writer, sizeof(out->writer), writer);
		copy(out->observer, sizeof(out->observer), observer);
		break;
	}
	sqlite3_finalize(stmt);
	return rc == SQLITE_ROW || rc == SQLITE_DONE
	           ? 0
	           : ush_store_fail(store, err, "the store cannot be read");
}

uint64_t
ush_sensor_figure(const struct ush_sensor *sensor, const char *name, uint64_t fallback)
{
	json_t *figures = json_loads(sensor->figures, 0, NULL);
	json_t *figure = json_object_get(figures, name);
	uint64_t value = json_is_integer(figure) ? (uint64_t)json_integer_value(figure) : fallback;

	json_decref(figures);
	return value;
}
