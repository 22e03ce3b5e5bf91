/* SPDX-License-Identifier: BSD-3-Clause */
/* sinkctl - which hosts are infected, and how certain that is. Each call reads what is new in the
 * logs, then answers. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include "common/event.h"
#include "common/options.h"
#include "sinkhole/sinkctl/arguments.h"
#include "sinkhole/sinkctl/asked.h"
#include "sinkhole/sinkctl/command.h"
#include "sinkhole/sinkctl/kept.h"
#include "sinkhole/sinkctl/plugin.h"
#include "common/terminal.h"
#include "sinkhole/store/risen.h"

/* Names are a comfort: without them the answer is still right. What cannot be read is named. */
static void
load_identities(struct ush_command *command)
{
	struct ush_unread unread = {0};
	struct ush_error err = {0};

	if (ush_identities_load(&command->identities, command->settings, command->now_ms,
	        !command->no_store, &unread, &err) != 0)
		ush_command_fail(&err);
	(void)ush_command_unread(&unread);
}

/* So are cases. */
static void
load_records(struct ush_command *command)
{
	struct ush_records *records = NULL;
	struct ush_error err = {0};

	if (ush_records_open(&records, command->settings, false, &err) != 0 ||
	    ush_marks_load(&command->marks, records, &err) != 0)
		ush_command_fail(&err);
	ush_records_close(records);
}

/* A mistake in the settings is said, and the answer given with the last good ones. */
static int
load_settings(struct ush_command *command)
{
	const char *path = ush_settings_path(command->settings_path);

	if (ush_settings_load(&command->settings, path, &command->mistake) == 0) {
		if (!command->no_store)
			ush_kept_save(command->settings);
		return 0;
	}
	ush_command_fail(&command->mistake);
	return ush_kept_load(&command->settings, &command->used_settings, path, stderr);
}

/* Without the right settings the store may not be where they say: then the logs alone have to do. */
static int
open_store(struct ush_command *command)
{
	if (ush_command_open_store(command) == 0)
		return 0;
	if (command->mistake.text[0] == '\0' || command->no_store)
		return -1;
	command->no_store = true;
	return ush_command_open_store(command);
}

/* What calls rows had is known where sinkwatch runs. */
static int
load_calls_of_then(struct ush_command *command)
{
	struct ush_risen *risen = NULL;
	struct ush_error err = {0};
	int rc = 0;

	if (command->new_ms == 0)
		return 0;
	if (ush_risen_open(&risen, command->settings, false, &err) != 0 ||
	    (risen != NULL && ush_risen_since(risen, command->new_ms, &command->before,
	                          &command->before_count, &err) != 0)) {
		ush_command_fail(&err);
		rc = -1;
	} else if (risen == NULL) {
		fprintf(stderr, USH_PROGRAM ": no sinkwatch has noted when calls became worse: "
		                            "hosts that were seen before are left out\n");
	}
	ush_risen_close(risen);
	return rc;
}

/* The store up to date, the host that is meant, the window. `found`: for the host's address. */
static int
prepare(struct ush_command *command, char found[USH_ADDRESS_TEXT_MAX])
{
	struct ush_error err = {0};

	if (open_store(command) != 0)
		return -1;
	if (ush_asked_find(command, found, &err) != 0) {
		ush_command_fail(&err);
		return -1;
	}
	return load_calls_of_then(command) == 0 ? ush_command_open_window(command) : -1;
}

static void
close_stores(struct ush_command *command)
{
	if (command->within != command->store)
		ush_store_close(command->within);
	ush_store_close(command->store);
}

/* To a monitoring system the status of wrong usage would be an alarm. */
static int
status_of(const struct ush_arguments *arguments, int rc)
{
	static const struct ush_error wrong = {.text = "wrong usage (see sinkctl --help)"};
	bool is_check =
	    arguments->operand_count > 0 && strcmp(arguments->operands[0], "check") == 0;

	return rc == USH_EXIT_USAGE && is_check ? ush_plugin_unknown(&wrong) : rc;
}

/* All that an answer rests on is read anew for each. */
static int
answer(struct ush_arguments *arguments, const struct ush_verb *verb)
{
	struct ush_command command = arguments->command;
	char found[USH_ADDRESS_TEXT_MAX] = "";
	int rc;

	if (load_settings(&command) != 0)
		return verb->run == ush_cmd_check ? ush_plugin_unknown(&command.mistake)
		                                  : USH_EXIT_BAD;
	load_identities(&command);
	load_records(&command);
	if (verb->wants_store && prepare(&command, found) != 0)
		rc = USH_EXIT_BAD;
	else
		rc = verb->run(&command);
	close_stores(&command);
	ush_marks_fini(&command.marks);
	free(command.before);
	ush_identities_free(command.identities);
	ush_settings_free(command.settings);
	return rc;
}

int
main(int argc, char **argv)
{
	static const struct timespec pause = {.tv_sec = 2};
	struct ush_arguments arguments = {.command.now_ms = ush_time_now_ms()};
	const struct ush_verb *verb;
	int rc;

	ush_terminal_init();
	umask(027); /* the store is confidential */
	rc = ush_arguments_read(&arguments, &verb, argc, argv);
	if (verb == NULL)
		return status_of(&arguments, rc);
	if (verb->run == ush_cmd_verify)
		return verb->run(&arguments.command);
	rc = answer(&arguments, verb);
	while (rc == USH_EXIT_DONE && verb->run == ush_cmd_top && !arguments.command.json &&
	       isatty(STDOUT_FILENO) == 1) {
		(void)nanosleep(&pause, NULL);
		arguments.command.now_ms = ush_time_now_ms();
		rc = answer(&arguments, verb);
	}
	return rc;
}
