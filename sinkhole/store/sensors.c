/* SPDX-License-Identifier: BSD-3-Clause */
#include "sinkhole/store/sensors.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "sinkhole/store/internal.h"

#define SENSORS_MAX 64

/* The latest run of each writer and machine. What was lost is the larger of what the writer counted
 * and of the numbers that are missing: it uses one up for each event that it has to give up. */
static const char question[] =
    "WITH hole AS (SELECT writer, start, sum(max(0, high - low + 1 - seen)) AS holes"
    "  FROM ring GROUP BY writer, start),"
    " loss AS (SELECT run.writer, run.observer, sum(max(lost, coalesce(holes, 0))) AS lost,"
    "  sum(events) AS events FROM run LEFT JOIN hole USING (writer, start)"
    "  GROUP BY run.writer, run.observer),"
    " ranked AS (SELECT *, row_number() OVER"
    "  (PARTITION BY writer, observer ORDER BY last DESC, start) AS place FROM run)"
    " SELECT r.writer, r.observer, r.last, r.last_event, r.first, loss.events, loss.lost,"
    "  r.state_time, r.reason, r.version, r.mode, r.clock_synchronised, r.clock_offset_ms,"
    "  r.drill, r.has_list, r.list_serial, r.list_built, r.list_rules, r.list_state, r.figures"
    " FROM ranked AS r JOIN loss USING (writer, observer) WHERE place = 1"
    " ORDER BY r.writer DESC, r.last DESC";

const char *
ush_health_text(enum ush_health health)
{
	static const char *const words[] = {"alive", "silent", "stopped", "never seen"};

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
	if (strcmp(sensor->reason, "stop") == 0 && sensor->last_event_ms <= sensor->state_ms)
		return USH_HEALTH_STOPPED;
	if (now_ms > sensor->last_ms && now_ms - sensor->last_ms > USH_SENSOR_SILENT_MS)
		return USH_HEALTH_SILENT;
	return USH_HEALTH_ALIVE;
}

static void
read_sensor(struct ush_sensor *out, sqlite3_stmt *stmt, uint64_t now_ms)
{
	*out = (struct ush_sensor){
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
	out->health = health_of(out, now_ms);
}

static void
add_missing(struct ush_sensors *sensors, const char *writer)
{
	for (size_t i = 0; i < sensors->count; i++) {
		if (strcmp(sensors->items[i].writer, writer) == 0)
			return;
	}
	sensors->items[sensors->count] = (struct ush_sensor){.health = USH_HEALTH_NEVER};
	copy(sensors->items[sensors->count++].writer, sizeof(sensors->items->writer), writer);
}

int
ush_sensors_find(
    struct ush_sensors *out, struct ush_store *store, uint64_t now_ms, struct ush_error *err)
{
	sqlite3_stmt *stmt;
	int rc;

	*out = (struct ush_sensors){0};
	if (ush_store_prepare(store, &stmt, question, err) != 0)
		return -1;
	out->items = calloc(SENSORS_MAX + 2, sizeof(*out->items));
	if (out->items == NULL) {
		sqlite3_finalize(stmt);
		return ush_fail(err, NULL, 0, "out of memory");
	}
	while ((rc = sqlite3_step(stmt)) == SQLITE_ROW && out->count < SENSORS_MAX)
		read_sensor(&out->items[out->count++], stmt, now_ms);
	sqlite3_finalize(stmt);
	if (rc != SQLITE_DONE && rc != SQLITE_ROW) {
		ush_sensors_fini(out);
		return ush_store_fail(store, err, "the store cannot be read");
	}
	add_missing(out, "dns");
	add_missing(out, "contacts");
	return 0;
}

void
ush_sensors_fini(struct ush_sensors *sensors)
{
	free(sensors->items);
	*sensors = (struct ush_sensors){0};
}

bool
ush_sensors_are_alive(const struct ush_sensors *sensors)
{
	for (size_t i = 0; i < sensors->count; i++) {
		if (sensors->items[i].health != USH_HEALTH_ALIVE)
			return false;
	}
	return true;
}
