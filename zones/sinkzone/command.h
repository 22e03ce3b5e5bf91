/* SPDX-License-Identifier: BSD-3-Clause */
/* command.h - what the commands of sinkzone have in common. One process, one thread, one command.
 */
#pragma once

#include <stdbool.h>
#include <stdio.h>
#include "common/error.h"
#include "common/settings.h"
#include "zones/blocklist.h"

#define USH_PROGRAM "sinkzone"

enum ush_exit { USH_EXIT_DONE = 0, USH_EXIT_BAD = 1, USH_EXIT_USAGE = 2 };

/* argv[0] is the program's name. Returns the exit status. */
typedef int ush_command_fn(int argc, char **argv);

struct ush_command {
	const char *name;
	const char *usage; /* after "sinkzone NAME " */
	const char *summary;
	const char *options; /* lines for --help */
	ush_command_fn *run;
};

extern const struct ush_command ush_cmd_check;
extern const struct ush_command ush_cmd_compile;
extern const struct ush_command ush_cmd_lookup;
extern const struct ush_command ush_cmd_export;
extern const struct ush_command ush_cmd_diff;
extern const struct ush_command ush_cmd_check_module;

/* For a command's own getopt loop: "--help", or what was wrong. Returns the exit status. */
int ush_command_help(const struct ush_command *command);
int ush_command_misuse(const struct ush_command *command, const char *fmt, ...) USH_PRINTF(2, 3);

/* Print an error, which may quote a feed, and return USH_EXIT_BAD. */
int ush_command_fail(const struct ush_error *err);

/* Whoever read the old file by its group cannot read the new one. */
void ush_command_warn_group(const char *path);

/* Warn of overrides in the settings that name no campaign or feed of the list. */
void ush_command_warn_overrides(
    const struct ush_blocklist *list, const struct ush_settings *settings);

/* stdout went somewhere: flush it. Returns `status`, or USH_EXIT_BAD if it could not be written. */
int ush_command_flush(int status);
