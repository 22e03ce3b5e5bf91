/* SPDX-License-Identifier: BSD-3-Clause */
#include "sinkhole/sinkctl/machines.h"

#include <inttypes.h>
#include <stdio.h>
#include "sinkhole/sinkctl/table.h"
#include "sinkhole/sinkctl/when.h"
#include "sinkhole/store/merged.h"

static const struct ush_column columns[] = {
    {"MACHINE", false, USH_ELIDE_MIDDLE, 20},
    {"LAST PUSH", false, USH_ELIDE_NEVER, 0},
    {"PUSHES", true, USH_ELIDE_NEVER, 0},
    {"ROWS", true, USH_ELIDE_NEVER, 0},
    {"REFUSED", true, USH_ELIDE_NEVER, 0},
    {NULL, false, USH_ELIDE_NEVER, 0},
};

/* With pull-from, the store that is asked is not the one that is sent. */
int
ush_machines_push(const struct ush_command *command, struct ush_push *out, struct ush_error *err)
{
	const struct ush_store_settings *settings = &command->settings->store;
	struct ush_store *store = NULL;
	int rc;

	*out = (struct ush_push){0};
	if (settings->push_to == NULL || command->no_store)
		return 0;
	if (settings->pull_from == NULL)
		return ush_changes_state(command->store, out, err);
	if (ush_store_open(&store, settings->path, err) != 0)
		return -1;
	rc = ush_changes_state(store, out, err);
	ush_store_close(store);
	return rc;
}

static void
print_push(const struct ush_command *command, const struct ush_push *push)
{
	char when[USH_WHEN_MAX];
	char line[512];

	if (push->generation[0] == '\0')
		return;
	snprintf(line, sizeof(line), "Sent to PostgreSQL: last %s.",
	    push->time_ms != 0 ? ush_when_long(when, push->time_ms, command->now_ms) : "never");
	ush_print_wrapped(command, 0, 2, line);
	snprintf(line, sizeof(line), "NOT SENT: %s", push->failure);
	if (push->failure[0] != '\0')
		ush_print_wrapped(command, 0, 2, line);
}

static int
print_origins(
    const struct ush_command *command, const struct ush_origins *origins, struct ush_error *err)
{
	struct ush_table *table = ush_table_new(columns);
	int rc = table == NULL ? ush_fail(err, NULL, 0, "out of memory") : 0;

	for (size_t i = 0; i < origins->count && rc == 0; i++) {
		const struct ush_origin *origin = &origins->items[i];
		char when[USH_WHEN_MAX];
		char pushes[24], rows[24], refused[24];
		const char *const cells[] = {origin->name,
		    ush_when_long(when, origin->time_ms, command->now_ms), pushes, rows, refused};

		snprintf(pushes, sizeof(pushes), "%" PRIu64, origin->push);
		snprintf(rows, sizeof(rows), "%" PRIu64, origin->rows);
		snprintf(refused, sizeof(refused), "%" PRIu64, origin->refused);
		rc = ush_table_add(table, cells);
		if (rc == 0 && !origin->complete)
			rc = ush_table_note(table, "not all of its store is here yet");
	}
	if (rc == 0 && origins->count > 0)
		rc = ush_table_print(table, stdout, command->wide ? 0 : USH_TABLE_WIDTH);
	ush_table_free(table);
	return rc;
}

static int
print_pull(const struct ush_command *command, struct ush_error *err)
{
	struct ush_origins origins;
	char when[USH_WHEN_MAX];
	int rc;

	if (ush_origins_load(&origins, command->store, err) != 0)
		return -1;
	printf("\nFrom PostgreSQL: last asked %s, %zu machines.\n",
	    origins.time_ms != 0 ? ush_when_long(when, origins.time_ms, command->now_ms) : "never",
	    origins.count);
	rc = print_origins(command, &origins, err);
	ush_origins_fini(&origins);
	return rc;
}

int
ush_machines_print(const struct ush_command *command, struct ush_error *err)
{
	struct ush_push push;

	if (ush_machines_push(command, &push, err) != 0)
		return -1;
	print_push(command, &push);
	if (command->settings->store.pull_from == NULL || command->no_store)
		return 0;
	return print_pull(command, err);
}

static json_t *
pull_json(const struct ush_origins *origins)
{
	json_t *pull = json_object();
	json_t *machines = json_array();

	ush_put_time(pull, "asked", origins->time_ms);
	ush_put_text(pull, "failure", origins->failure);
	for (size_t i = 0; i < origins->count; i++) {
		json_t *machine = json_object();

		ush_put_text(machine, "name", origins->items[i].name);
		ush_put_time(machine, "last_push", origins->items[i].time_ms);
		ush_put_uint(machine, "pushes", origins->items[i].push);
		json_object_set_new(machine, "complete", json_boolean(origins->items[i].complete));
		ush_put_uint(machine, "rows", origins->items[i].rows);
		ush_put_uint(machine, "refused", origins->items[i].refused);
		json_array_append_new(machines, machine);
	}
	json_object_set_new(pull, "machines", machines);
	return pull;
}

int
ush_machines_put(json_t *object, const struct ush_command *command, struct ush_error *err)
{
	struct ush_origins origins;
	struct ush_push push;

	if (ush_machines_push(command, &push, err) != 0)
		return -1;
	if (push.generation[0] != '\0') {
		json_t *sent = json_object();

		ush_put_time(sent, "last", push.time_ms);
		ush_put_text(sent, "failure", push.failure);
		json_object_set_new(object, "push", sent);
	}
	if (command->settings->store.pull_from == NULL || command->no_store)
		return 0;
	if (ush_origins_load(&origins, command->store, err) != 0)
		return -1;
	json_object_set_new(object, "pull", pull_json(&origins));
	ush_origins_fini(&origins);
	return 0;
}
