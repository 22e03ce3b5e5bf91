/* SPDX-License-Identifier: BSD-3-Clause */
/* sinkzone - makes blocklists, looks into them, gives them away. Each command is a file
 * cmd_<name>.c. */
#include "zones/sinkzone/command.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>
#include "common/terminal.h"
#include "common/version.h"
#include "zones/overrides.h"

static const struct ush_sinkzone_command *const commands[] = {
    &ush_cmd_check,
    &ush_cmd_compile,
    &ush_cmd_update,
    &ush_cmd_status,
    &ush_cmd_lookup,
    &ush_cmd_export,
    &ush_cmd_diff,
    &ush_cmd_extract,
    &ush_cmd_check_module,
};
#define COMMANDS (sizeof(commands) / sizeof(commands[0]))

static void
usage(FILE *to)
{
	fprintf(to, "usage: %s COMMAND ...\n\n", USH_PROGRAM);
	for (size_t i = 0; i < COMMANDS; i++)
		fprintf(to, "  %-13s %s\n", commands[i]->name, commands[i]->summary);
	fprintf(to,
	    "\n%s COMMAND --help says more; --version says which %s this is.\n"
	    "Exit status: 0 done, 1 the input or the state is bad, 2 wrong usage.\n",
	    USH_PROGRAM, USH_PROGRAM);
}

static int
print_help(const struct ush_sinkzone_command *command)
{
	printf("usage: %s %s %s\n%s.\n\n", USH_PROGRAM, command->name, command->usage,
	    command->summary);
	ush_options_print(stdout, command->options);
	if (command->notes != NULL)
		fputs(command->notes, stdout);
	return ush_command_flush(USH_EXIT_DONE);
}

bool
ush_command_read(const struct ush_sinkzone_command *command, ush_option_read_fn *operand,
    void *arguments, int argc, char **argv, int *status)
{
	struct ush_error err = {0};
	int rc = ush_options_read(command->options, operand, arguments, argc, argv, &err);

	if (rc > 0)
		*status = print_help(command);
	else if (rc < 0 && err.text[0] != '\0')
		*status = ush_command_misuse(command, "%s", err.text);
	else if (rc < 0)
		*status = ush_command_misuse(command, NULL);
	return rc == 0;
}

int
ush_command_misuse(const struct ush_sinkzone_command *command, const char *fmt, ...)
{
	if (fmt != NULL) {
		char text[512];
		va_list args;

		va_start(args, fmt);
		vsnprintf(text, sizeof(text), fmt, args);
		va_end(args);
		fputs(USH_PROGRAM ": ", stderr);
		ush_terminal_put(stderr, text);
		fputc('\n', stderr);
	}
	fprintf(stderr, "usage: %s %s %s\n", USH_PROGRAM, command->name, command->usage);
	return USH_EXIT_USAGE;
}

int
ush_command_fail(const struct ush_error *err)
{
	char text[sizeof(err->file) + sizeof(err->text) + 16];

	fputs(USH_PROGRAM ": ", stderr);
	ush_terminal_put(stderr, ush_error_format(err, text, sizeof(text)));
	fputc('\n', stderr);
	return USH_EXIT_BAD;
}

void
ush_command_warn_group(const char *path)
{
	fputs(USH_PROGRAM ": ", stderr);
	ush_terminal_put(stderr, path);
	fputs(
	    ": warning: its group could not be kept, as this user is not a member of it; programs that "
	    "read the file through that group no longer can (chgrp it, or run as a member)\n",
	    stderr);
}

static void
warn_override(void *arg, const struct ush_unknown_override *unknown)
{
	const struct ush_settings *settings = arg;
	char text[USH_UNKNOWN_OVERRIDE_TEXT_MAX];
	struct ush_error err = {0};

	ush_fail(&err, settings->path, unknown->override->line, "warning: %s",
	    ush_unknown_override_text(unknown, text));
	ush_command_fail(&err);
}

void
ush_command_warn_overrides(const struct ush_blocklist *list, const struct ush_settings *settings)
{
	ush_overrides_check(list, settings, warn_override, (void *)(uintptr_t)settings);
}

int
ush_command_flush(int status)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return status;
	fprintf(stderr, "%s: cannot write the output: %s\n", USH_PROGRAM, strerror(errno));
	return USH_EXIT_BAD;
}

int
main(int argc, char **argv)
{
	static char program[] = USH_PROGRAM; /* what getopt begins its messages with */

	ush_terminal_init();
	if (argc < 2) {
		usage(stderr);
		return USH_EXIT_USAGE;
	}
	for (size_t i = 0; i < COMMANDS; i++) {
		if (strcmp(argv[1], commands[i]->name) == 0) {
			argv[1] = program;
			return commands[i]->run(argc - 1, argv + 1);
		}
	}
	if (strcmp(argv[1], "--version") == 0 || strcmp(argv[1], "-V") == 0) {
		printf("%s %s\n", USH_PROGRAM, USH_VERSION);
		return ush_command_flush(USH_EXIT_DONE);
	}
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
		usage(stdout);
		return ush_command_flush(USH_EXIT_DONE);
	}
	fprintf(stderr, "%s: there is no command %s\n", USH_PROGRAM, argv[1]);
	usage(stderr);
	return USH_EXIT_USAGE;
}
