/* SPDX-License-Identifier: BSD-3-Clause */
/* sinkctl status: is anybody looking, with which list, what have they counted, how far have the
 * logs been read. */
#include <stdio.h>
#include <string.h>
#include "sinkhole/sinkctl/answers.h"
#include "sinkhole/sinkctl/command.h"
#include "sinkhole/sinkctl/feeds.h"
#include "sinkhole/exchange/engine.h"
#include "sinkhole/sinkctl/header.h"
#include "sinkhole/sinkctl/machines.h"
#include "sinkhole/sinkctl/outputs.h"
#include "sinkhole/sinkctl/statistics.h"
#include "sinkhole/sinkctl/table.h"
#include "sinkhole/sinkctl/when.h"
#include "sinkhole/store/timeline.h"
#include "zones/blocklist.h"
#include "zones/overrides.h"

static const struct ush_column log_columns[] = {
    {"LOG", false, USH_ELIDE_MIDDLE, 20},
    {"LINES", true, USH_ELIDE_NEVER, 0},
    {"BROKEN", true, USH_ELIDE_NEVER, 0},
    {"READ TO", true, USH_ELIDE_NEVER, 0},
    {NULL, false, USH_ELIDE_NEVER, 0},
};

/* The list that lies on this machine, if one does: the newest, where the sensors name the one in
 * force. */
static struct ush_blocklist *
open_database(const struct ush_command *command)
{
	struct ush_blocklist *list;

	if (command->settings->module.database == NULL ||
	    ush_blocklist_open(&list, command->settings->module.database, 0, NULL) != 0)
		return NULL;
	return list;
}

static void
print_override(void *arg, const struct ush_unknown_override *unknown)
{
	const struct ush_command *command = arg;
	char text[USH_UNKNOWN_OVERRIDE_TEXT_MAX];
	char line[USH_UNKNOWN_OVERRIDE_TEXT_MAX + 300];

	snprintf(line, sizeof(line), "Warning: %s:%u: %s", command->settings->path,
	    unknown->override->line, ush_unknown_override_text(unknown, text));
	ush_print_wrapped(command, 0, 2, line);
}

static void
print_database(const struct ush_command *command)
{
	struct ush_blocklist *list = open_database(command);
	struct ush_blocklist_info info;
	char when[USH_WHEN_MAX];
	char line[512];

	if (list == NULL) {
		printf("Database here: none that can be read.\n");
		return;
	}
	ush_blocklist_info(list, &info);
	snprintf(line, sizeof(line),
	    "Database here: list %lu, built %s; %llu names, %llu networks, %llu URLs.",
	    (unsigned long)info.serial, ush_when_long(when, info.built_ms, command->now_ms),
	    (unsigned long long)info.names, (unsigned long long)info.networks,
	    (unsigned long long)info.urls);
	ush_print_wrapped(command, 0, 2, line);
	ush_overrides_check(list, command->settings, print_override, (void *)(uintptr_t)command);
	ush_blocklist_close(list);
}

/* "counters     sinkhole 12, nxdomain 0, …" */
static void
print_counters(const struct ush_command *command, const struct ush_sensor *sensor)
{
	json_t *figures = json_loads(sensor->figures, 0, NULL);
	char line[4096] = "counters     ";
	size_t used = strlen(line);
	const char *key;
	json_t *value;

	json_object_foreach(figures, key, value)
	{
		used += (size_t)snprintf(line + used, sizeof(line) - used, "%s%s %lld",
		    used > 13 ? ", " : "", key, (long long)json_integer_value(value));
		if (used >= sizeof(line))
			break;
	}
	json_decref(figures);
	for (char *at = line; *at != '\0'; at++)
		*at = *at == '_' ? ' ' : *at;
	if (used > 13)
		ush_print_wrapped(command, 2, 15, line);
}

static void
print_reason(const struct ush_command *command, const char *what, const char *reason)
{
	char line[1024];

	snprintf(line, sizeof(line), "%-12s %s", what, reason);
	if (reason[0] != '\0')
		ush_print_wrapped(command, 2, 15, line);
}

static void
print_sensor(const struct ush_command *command, const struct ush_sensor *sensor)
{
	char when[USH_WHEN_MAX];
	char line[512];

	snprintf(line, sizeof(line), "%s%s%s: %s", sensor->writer,
	    sensor->observer[0] != '\0' ? " at " : "", sensor->observer,
	    ush_health_text(sensor->health));
	ush_print_wrapped(command, 0, 2, line);
	if (sensor->health == USH_HEALTH_NEVER)
		return;
	printf("  last word    %s\n", ush_when_long(when, sensor->last_ms, command->now_ms));
	printf("  last event   %s\n",
	    sensor->last_event_ms != 0 ? ush_when_long(when, sensor->last_event_ms, command->now_ms)
	                               : "none");
	printf("  events       %llu, %llu lost\n", (unsigned long long)sensor->events,
	    (unsigned long long)sensor->lost);
	if (!sensor->has_state)
		return;
	snprintf(line, sizeof(line), "state        %s (%s), version %s%s%s",
	    ush_when_long(when, sensor->state_ms, command->now_ms), sensor->reason,
	    sensor->version[0] != '\0' ? sensor->version : "not said",
	    sensor->mode[0] != '\0' ? ", mode " : "", sensor->mode);
	ush_print_wrapped(command, 2, 15, line);
	if (sensor->clock_known)
		printf("  clock        %s, %lld ms off\n",
		    sensor->clock_synchronised ? "synchronised" : "NOT synchronised",
		    (long long)sensor->clock_offset_ms);
	if (sensor->has_list) {
		snprintf(line, sizeof(line), "list         %llu, %llu rules, built %s, %s",
		    (unsigned long long)sensor->list_serial, (unsigned long long)sensor->list_rules,
		    sensor->list_built_ms != 0
		        ? ush_when_long(when, sensor->list_built_ms, command->now_ms)
		        : "at an unknown time",
		    sensor->list_state[0] != '\0' ? sensor->list_state : "state not said");
		ush_print_wrapped(command, 2, 15, line);
	}
	print_reason(command, "refused list", sensor->list_reason);
	print_reason(command, "refused settings", sensor->settings_reason);
	print_counters(command, sensor);
}

static int
add_log(void *arg, const char *path, uint64_t offset, uint64_t lines, uint64_t broken,
    uint64_t broken_at)
{
	char lines_text[24];
	char broken_text[64];
	char offset_text[24];
	const char *const cells[] = {path, lines_text, broken_text, offset_text};

	snprintf(lines_text, sizeof(lines_text), "%llu", (unsigned long long)lines);
	if (broken > 0)
		snprintf(broken_text, sizeof(broken_text), "%llu (last before byte %llu)",
		    (unsigned long long)broken, (unsigned long long)broken_at);
	else
		snprintf(broken_text, sizeof(broken_text), "0");
	snprintf(offset_text, sizeof(offset_text), "%llu", (unsigned long long)offset);
	return ush_table_add(arg, cells);
}

static int
print_logs(const struct ush_command *command, struct ush_error *err)
{
	struct ush_table *table = ush_table_new(log_columns);
	int rc = table == NULL ? ush_fail(err, NULL, 0, "out of memory") : 0;

	if (rc == 0)
		rc = ush_logs_each(command->store, add_log, table, err);
	if (rc == 0)
		rc = ush_table_print(table, stdout, command->wide ? 0 : USH_TABLE_WIDTH);
	ush_table_free(table);
	return rc;
}

static int
print_text(const struct ush_command *command, const struct ush_sensors *sensors,
    const struct ush_store_size *size, struct ush_error *err)
{
	char when[USH_WHEN_MAX];
	char path[PATH_MAX];
	char line[512];

	ush_header_print(command, sensors);
	print_database(command);
	ush_feeds_print(command);
	snprintf(line, sizeof(line), "Store: %llu events, %llu different, since %s%s%s.",
	    (unsigned long long)size->events, (unsigned long long)size->sightings,
	    size->first_ms != 0 ? ush_when_long(when, size->first_ms, command->now_ms) : "never",
	    command->no_store ? ", in memory" : ", in ",
	    command->no_store ? "" : ush_engine_store_path(command->settings, path));
	ush_print_wrapped(command, 0, 2, line);
	if (ush_machines_print(command, err) != 0)
		return -1;
	for (size_t i = 0; i < sensors->count; i++) {
		printf("\n");
		print_sensor(command, &sensors->items[i]);
	}
	ush_outputs_print(command);
	if (ush_statistics_print(command, err) != 0)
		return -1;
	printf("\n");
	return print_logs(command, err);
}

static int
put_log(void *arg, const char *path, uint64_t offset, uint64_t lines, uint64_t broken,
    uint64_t broken_at)
{
	json_t *object = json_object();

	ush_put_text(object, "path", path);
	ush_put_uint(object, "offset", offset);
	ush_put_uint(object, "lines", lines);
	ush_put_uint(object, "broken", broken);
	if (broken > 0)
		ush_put_uint(object, "broken_before", broken_at);
	return json_array_append_new(arg, object);
}

json_t *
ush_status_answer(const struct ush_command *command, const struct ush_sensors *sensors,
    const struct ush_sums *sums, struct ush_error *err)
{
	json_t *answer = json_object();
	json_t *logs = json_array();
	json_t *store = json_object();
	char path[PATH_MAX];

	ush_header_put(answer, command, sensors);
	ush_put_uint(store, "events", sums->size.events);
	ush_put_uint(store, "sightings", sums->size.sightings);
	ush_put_time(store, "first", sums->size.first_ms);
	if (!command->no_store)
		ush_put_text(store, "path", ush_engine_store_path(command->settings, path));
	json_object_set_new(answer, "store", store);
	json_object_set_new(answer, "logs", logs);
	ush_feeds_put(answer, command);
	ush_outputs_put(answer, command);
	if (ush_logs_each(command->store, put_log, logs, err) != 0 ||
	    ush_machines_put(answer, command, err) != 0) {
		json_decref(answer);
		return NULL;
	}
	ush_statistics_put(answer, sums);
	return answer;
}

static int
print_json(
    const struct ush_command *command, const struct ush_sensors *sensors, struct ush_error *err)
{
	struct ush_sums *sums;
	json_t *answer = NULL;

	if (ush_sums_make(&sums, command->store, command->settings, err) == 0)
		answer = ush_status_answer(command, sensors, sums, err);
	ush_sums_free(sums);
	return answer != NULL && ush_print_json(answer) == USH_EXIT_DONE ? 0 : -1;
}

int
ush_cmd_status(struct ush_command *command)
{
	struct ush_sensors sensors = {0};
	struct ush_store_size size;
	struct ush_error err = {0};
	int rc = -1;

	if (ush_sensors_find(&sensors, command->store, command->settings, command->now_ms, &err) ==
	        0 &&
	    ush_store_size(command->store, &size, &err) == 0)
		rc = command->json ? print_json(command, &sensors, &err)
		                   : print_text(command, &sensors, &size, &err);
	ush_sensors_fini(&sensors);
	if (rc == 0 && fflush(stdout) == 0)
		return USH_EXIT_DONE;
	if (err.text[0] == '\0')
		ush_fail(&err, NULL, 0, "the answer could not be written");
	return ush_command_fail(&err);
}
