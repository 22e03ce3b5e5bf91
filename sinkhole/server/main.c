/* SPDX-License-Identifier: BSD-3-Clause */
/* main.c - sinkholed's command line. */
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/settings.h"
#include "common/version.h"
#include "sinkhole/server/say.h"
#include "sinkhole/server/server.h"

#define PROGRAM "sinkholed"

enum { EXIT_USAGE = 2 };

static const char help[] =
    "Usage: " PROGRAM " [-c FILE] [--check-config | --print-config]\n"
    "Records what calls the sinkhole's addresses: HTTP, TLS, any TCP, UDP.\n"
    "\n"
    "  -c, --config FILE   settings (default: $" USH_SETTINGS_ENV ",\n"
    "                      else " USH_SETTINGS_PATH ")\n"
    "      --check-config  say whether it could start with them, then exit\n"
    "      --print-config  write them down with all defaults, then exit\n"
    "      --version       print the version\n"
    "      --help          print this\n"
    "\n"
    "It stays in the foreground. SIGHUP reloads the settings, SIGTERM stops.\n";

static int
report(int result, const struct ush_error *err)
{
	if (result == 0)
		return EXIT_SUCCESS;
	ush_say_error(err);
	return EXIT_FAILURE;
}

int
main(int argc, char **argv)
{
	static const struct option options[] = {
	    {"config", required_argument, NULL, 'c'},
	    {"check-config", no_argument, NULL, 'C'},
	    {"print-config", no_argument, NULL, 'P'},
	    {"version", no_argument, NULL, 'V'},
	    {"help", no_argument, NULL, 'h'},
	    {0},
	};
	struct ush_error err = {0};
	const char *config = NULL;
	bool check = false;
	bool print = false;
	int option;

	while ((option = getopt_long(argc, argv, "c:h", options, NULL)) != -1) {
		switch (option) {
		case 'c':
			config = optarg;
			break;
		case 'C':
			check = true;
			break;
		case 'P':
			print = true;
			break;
		case 'V':
			puts(PROGRAM " " USH_VERSION);
			return EXIT_SUCCESS;
		case 'h':
			fputs(help, stdout);
			return EXIT_SUCCESS;
		default:
			fputs("Try '" PROGRAM " --help'.\n", stderr);
			return EXIT_USAGE;
		}
	}
	if (optind < argc) {
		fprintf(
		    stderr, PROGRAM ": unexpected '%s'\nTry '" PROGRAM " --help'.\n", argv[optind]);
		return EXIT_USAGE;
	}
	config = ush_settings_path(config);
	if (print && ush_settings_print(stdout, config, &err) == 0 && fflush(stdout) != 0)
		return report(ush_fail_errno(&err, NULL, "cannot write"), &err);
	if (print)
		return report(err.text[0] != '\0' ? -1 : 0, &err);
	if (!check)
		return report(ush_server_run(config, &err), &err);
	if (ush_server_check(config, &err) != 0)
		return report(-1, &err);
	printf("%s: the settings are good\n", config);
	return EXIT_SUCCESS;
}
