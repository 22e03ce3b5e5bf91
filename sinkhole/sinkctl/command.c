/* SPDX-License-Identifier: BSD-3-Clause */
#include "sinkhole/sinkctl/command.h"

#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "common/event.h"
#include "sinkhole/sinkctl/table.h"
#include "common/terminal.h"
#include "sinkhole/exchange/engine.h"

int
ush_command_fail(const struct ush_error *err)
{
	ush_error_print(stderr, USH_PROGRAM, err);
	return USH_EXIT_BAD;
}

void
ush_command_warn(const struct ush_update *update)
{
	if (update->broken > 0)
		fprintf(stderr,
		    USH_PROGRAM ": %llu new lines in the logs are no events and were passed over "
		                "('sinkctl status' says where)\n",
		    (unsigned long long)update->broken);
}

int
ush_command_unread(const struct ush_unread *unread)
{
	for (size_t i = 0; i < unread->count && i < USH_UNREAD_MAX; i++)
		ush_error_print(stderr, USH_PROGRAM, &unread->items[i]);
	if (unread->count > USH_UNREAD_MAX)
		fprintf(stderr, USH_PROGRAM ": and %zu more\n", unread->count - USH_UNREAD_MAX);
	return unread->count == 0 ? USH_EXIT_DONE : USH_EXIT_BAD;
}

int
ush_command_begin_store(struct ush_command *command, struct ush_error *err)
{
	if (command->no_store)
		return ush_store_open(&command->store, NULL, err) == 0
		           ? ush_store_update(
		                 command->store, command->settings, &command->update, err)
		           : -1;
	return ush_engine_store_open(&command->store, command->settings, err) == 0
	           ? ush_engine_update(command->store, command->settings, &command->update, err)
	           : -1;
}

int
ush_command_open_store(struct ush_command *command)
{
	struct ush_error err = {0};

	if (ush_command_begin_store(command, &err) != 0) {
		ush_command_fail(&err);
		return -1;
	}
	ush_command_warn(&command->update);
	return 0;
}

int
ush_command_open_window(struct ush_command *command)
{
	struct ush_update update;
	struct ush_error err = {0};

	command->within = command->store;
	if (command->since_ms == 0 && command->until_ms == 0)
		return 0;
	command->within = NULL;
	if (command->settings->store.pull_from != NULL && !command->no_store) {
		ush_fail(&err, NULL, 0,
		    "a window of time is counted from logs, and those of other machines are not "
		    "here: ask there, or leave out --since and --until");
		ush_command_fail(&err);
		return -1;
	}
	if (ush_store_open_window(&command->within, command->since_ms, command->until_ms, &err) !=
	        0 ||
	    ush_store_update(command->within, command->settings, &update, &err) != 0 ||
	    ush_store_window_begins(
	        command->within, command->store, &command->within_begins_ms, &err) != 0 ||
	    ush_sensors_gap(&command->gap, command->store, command->settings, command->since_ms,
	        command->until_ms != 0 ? command->until_ms : command->now_ms, &err) != 0) {
		ush_command_fail(&err);
		return -1;
	}
	return 0;
}

const char *
ush_login_name(void)
{
	const char *name = getenv("SUDO_USER");
	const struct passwd *user;

	if (getuid() == 0 && name != NULL && name[0] != '\0')
		return name;
	user = getpwuid(getuid());
	return user != NULL ? user->pw_name : "unknown";
}

const char *
ush_command_name(const struct ush_command *command, const char *address)
{
	return ush_host_names_find(command->names, address);
}

void
ush_put_time(json_t *object, const char *key, uint64_t ms)
{
	char text[USH_TIME_TEXT_MAX];

	if (ms != 0)
		json_object_set_new(object, key, json_string(ush_time_to_text(ms, text)));
}

void
ush_put_text(json_t *object, const char *key, const char *text)
{
	if (text != NULL && text[0] != '\0')
		json_object_set_new(object, key, json_string(text));
}

void
ush_put_uint(json_t *object, const char *key, uint64_t value)
{
	json_object_set_new(
	    object, key, json_integer(value <= INT64_MAX ? (json_int_t)value : INT64_MAX));
}

int
ush_print_json(json_t *value)
{
	/* Nothing but ASCII comes out: no escape sequence and no bidirectional mark in any
	 * terminal. */
	int rc = json_dumpf(value, stdout, JSON_INDENT(2) | JSON_ENSURE_ASCII);

	putchar('\n');
	json_decref(value);
	if (rc == 0 && fflush(stdout) == 0)
		return USH_EXIT_DONE;
	fprintf(stderr, USH_PROGRAM ": the answer could not be written\n");
	return USH_EXIT_BAD;
}

void
ush_print_wrapped(
    const struct ush_command *command, unsigned indent, unsigned hang, const char *text)
{
	char *safe = ush_terminal_text(text);
	const char *at = safe;

	while (at != NULL && *at != '\0') {
		size_t bytes =
		    command->wide ? strlen(at) : ush_terminal_break(at, USH_TABLE_WIDTH - indent);

		printf("%*s%.*s\n", (int)indent, "", (int)bytes, at);
		at += bytes;
		while (*at == ' ')
			at++;
		indent = hang;
	}
	free(safe);
}
