/* SPDX-License-Identifier: BSD-3-Clause */
/* main.c - sinkholed's command line. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/options.h"
#include "common/settings.h"
#include "common/version.h"
#include "sinkhole/server/say.h"
#include "sinkhole/server/server.h"

#define PROGRAM "sinkholed"

struct arguments {
	const char *settings;
	bool check;
	bool print;
	bool version;
};

static const struct ush_option options[] = {
    {USH_OPTION_TEXT, "config", 'c', "FILE", offsetof(struct arguments, settings),
        .help = "settings (default: $" USH_SETTINGS_ENV ", else " USH_SETTINGS_PATH ")"},
    {USH_OPTION_FLAG, "check-config", .offset = offsetof(struct arguments, check),
        .help = "say whether it could start with them, then exit"},
    {USH_OPTION_FLAG, "print-config", .offset = offsetof(struct arguments, print),
        .help = "write them down with all defaults, then exit"},
    {USH_OPTION_FLAG, "version", 'V', .offset = offsetof(struct arguments, version),
        .help = "print the version"},
    {.kind = USH_OPTION_END},
};

static void
print_help(void)
{
	puts("Usage: " PROGRAM " [-c FILE] [--check-config | --print-config]\n"
	     "Records what calls the sinkhole's addresses: HTTP, TLS, any TCP, UDP.\n");
	ush_options_print(stdout, options);
	puts("\nIt stays in the foreground. SIGHUP reloads the settings, SIGTERM stops.");
}

static int
report(int result, const struct ush_error *err)
{
	if (result == 0)
		return EXIT_SUCCESS;
	ush_say_error(err);
	return EXIT_FAILURE;
}

static int
take_nothing(void *arg, const char *text, struct ush_error *err)
{
	(void)arg;
	return ush_fail(err, NULL, 0, "unexpected '%.200s'", text);
}

static int
misuse(const struct ush_error *err)
{
	if (err->text[0] != '\0')
		fprintf(stderr, PROGRAM ": %s\n", err->text);
	fputs("Try '" PROGRAM " --help'.\n", stderr);
	return USH_EXIT_USAGE;
}

int
main(int argc, char **argv)
{
	struct arguments arguments = {0};
	struct ush_error err = {0};
	int rc = ush_options_read(options, take_nothing, &arguments, argc, argv, &err);
	const char *config = ush_settings_path(arguments.settings);

	if (rc < 0)
		return misuse(&err);
	if (rc > 0 || arguments.version) {
		if (rc > 0)
			print_help();
		else
			puts(PROGRAM " " USH_VERSION);
		return EXIT_SUCCESS;
	}
	if (arguments.print) {
		rc = ush_settings_print(stdout, config, USH_SECRETS_HIDDEN, &err);
		if (rc == 0 && fflush(stdout) != 0)
			rc = ush_fail_errno(&err, NULL, "cannot write");
		return report(rc, &err);
	}
	if (!arguments.check)
		return report(ush_server_run(config, &err), &err);
	if (ush_server_check(config, &err) != 0)
		return report(-1, &err);
	printf("%s: the settings are good\n", config);
	return EXIT_SUCCESS;
}
