/* SPDX-License-Identifier: BSD-3-Clause */
/* sinkctl rebuild: the store anew from the logs. */
#include <stdio.h>
#include "sinkhole/sinkctl/command.h"

/* A store that cannot even be opened (another version, no database at all) is worth nothing: begin
 * a new one. */
static int
open_any(struct ush_command *command, struct ush_error *err)
{
	const char *path = command->settings->store.path;
	struct ush_error first = {0};

	if (command->no_store)
		return ush_store_open(&command->store, NULL, err);
	if (ush_store_open(&command->store, path, &first) == 0)
		return 0;
	if (!command->force) {
		*err = first;
		return -1;
	}
	ush_error_print(stderr, USH_PROGRAM, &first);
	if (ush_store_remove(path, err) != 0)
		return -1;
	return ush_store_open(&command->store, path, err);
}

int
ush_cmd_rebuild(struct ush_command *command)
{
	struct ush_store_size size;
	struct ush_error err = {0};
	int rc;

	if (open_any(command, &err) != 0 ||
	    ush_store_rebuild(
	        command->store, command->settings, command->force, &command->update, &err) != 0 ||
	    ush_store_size(command->store, &size, &err) != 0)
		return ush_command_fail(&err);
	ush_command_warn(&command->update);
	rc = ush_command_unread(&command->update.unread);
	if (command->json) {
		json_t *answer = json_object();

		ush_put_uint(answer, "lines", command->update.lines);
		ush_put_uint(answer, "broken", command->update.broken);
		ush_put_uint(answer, "files", command->update.files);
		ush_put_uint(answer, "events", size.events);
		return ush_print_json(answer) == USH_EXIT_DONE ? rc : USH_EXIT_BAD;
	}
	printf("Rebuilt from %u log files: %llu lines, %llu events, %llu different.\n",
	    command->update.files, (unsigned long long)command->update.lines,
	    (unsigned long long)size.events, (unsigned long long)size.sightings);
	return rc;
}
