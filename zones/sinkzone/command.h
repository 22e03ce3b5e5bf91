/* SPDX-License-Identifier: BSD-3-Clause */
/* command.h - what the commands of sinkzone have in common. One process, one thread, one command.
 */
#pragma once

#include <stdbool.h>
#include <stdio.h>
#include "common/error.h"
#include "common/options.h"
#include "common/settings.h"
#include "zones/blocklist.h"

#define USH_PROGRAM "sinkzone"

/* To add a command: a file cmd_<name>.c with its row, and its name in sinkzone.c. */
struct ush_sinkzone_command {
	const char *name;
	const char *usage; /* after "sinkzone NAME " */
	const char *summary;
	const struct ush_option *options;
	const char *notes; /* what --help says behind the options; NULL: nothing */
	/* argv[0] is the program's name. Returns the exit status. */
	int (*run)(int argc, char **argv);
};

extern const struct ush_sinkzone_command ush_cmd_check;
extern const struct ush_sinkzone_command ush_cmd_compile;
extern const struct ush_sinkzone_command ush_cmd_lookup;
extern const struct ush_sinkzone_command ush_cmd_export;
extern const struct ush_sinkzone_command ush_cmd_diff;
extern const struct ush_sinkzone_command ush_cmd_check_module;
extern const struct ush_sinkzone_command ush_cmd_update;
extern const struct ush_sinkzone_command ush_cmd_status;
extern const struct ush_sinkzone_command ush_cmd_extract;

/* Read a command line by the command's table. True: go on. False: end with *status; help or what is
 * wrong has been printed. */
USH_MUST_CHECK bool ush_command_read(const struct ush_sinkzone_command *command,
    ush_option_read_fn *operand, void *arguments, int argc, char **argv, int *status);

/* Print what is wrong with a command line (NULL: that was done), and the usage. Returns the exit
 * status. */
int ush_command_misuse(const struct ush_sinkzone_command *command, const char *fmt, ...)
    USH_PRINTF(2, 3);

/* Print an error, which may quote a feed, and return USH_EXIT_BAD. */
int ush_command_fail(const struct ush_error *err);

/* Warn that the group of a replaced file could not be kept, so that it may not be readable any
 * more. */
void ush_command_warn_group(const char *path);

/* Warn of overrides in the settings that name no campaign or feed of the list. */
void ush_command_warn_overrides(
    const struct ush_blocklist *list, const struct ush_settings *settings);

/* Write out what is left of standard output. Returns `status`, or USH_EXIT_BAD if that failed. */
int ush_command_flush(int status);
