/* SPDX-License-Identifier: BSD-3-Clause */
/* sinkctl - which hosts are infected, and how certain that is. Each call reads what is new in the
 * logs, then answers. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "common/event.h"
#include "common/version.h"
#include "sinkhole/sinkctl/command.h"
#include "sinkhole/sinkctl/kept.h"
#include "common/terminal.h"
#include "sinkhole/sinkctl/when.h"

/* Options by their letters; those without a short form use capitals that are not offered. */
#define FOR_ALL "cjnhV"

static const struct verb {
	const char *name;
	const char *argument; /* NULL: takes none */
	const char *options;
	bool wants_store;
	int (*run)(struct ush_command *command);
	const char *help;
} verbs[] = {
    {"hosts", NULL, FOR_ALL "wCGS", true, ush_cmd_hosts,
        "the hosts: how sure, why, for what, since when"},
    {"host", "HOST", FOR_ALL "w", true, ush_cmd_host,
        "all that is known of one host: address, name or reference"},
    {"events", NULL, FOR_ALL "wHGS", false, ush_cmd_events,
        "the events of both logs, oldest first"},
    {"status", NULL, FOR_ALL "w", true, ush_cmd_status, "list, sensors, logs and store"},
    {"ingest", NULL, "cjhV", true, ush_cmd_ingest,
        "read what is new in the logs into the store, for a timer"},
    {"rebuild", NULL, FOR_ALL "f", false, ush_cmd_rebuild, "make the store anew from the logs"},
};

static const struct option options[] = {
    {"config", required_argument, NULL, 'c'},
    {"json", no_argument, NULL, 'j'},
    {"wide", no_argument, NULL, 'w'},
    {"no-store", no_argument, NULL, 'n'},
    {"force", no_argument, NULL, 'f'},
    {"call", required_argument, NULL, 'C'},
    {"campaign", required_argument, NULL, 'G'},
    {"since", required_argument, NULL, 'S'},
    {"host", required_argument, NULL, 'H'},
    {"help", no_argument, NULL, 'h'},
    {"version", no_argument, NULL, 'V'},
    {NULL, 0, NULL, 0},
};

static void
print_help(FILE *to)
{
	fprintf(to, "Usage: sinkctl COMMAND [OPTION...]\n\nCommands:\n");
	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++)
		fprintf(to, "  %-7s %-8s %s\n", verbs[i].name,
		    verbs[i].argument != NULL ? verbs[i].argument : "", verbs[i].help);
	fprintf(to,
	    "\nOptions:\n"
	    "  -c, --config FILE    settings (default %s)\n"
	    "      --json           for programs\n"
	    "      --no-store       read the logs into memory, leave the store alone\n"
	    "  -h, --help           this text\n"
	    "      --version        the version\n"
	    "  hosts:  --call CALL  rows with this call, as the worst or beside it: INFECTED,\n"
	    "                       LIKELY, POSSIBLE, PERSON, RELAY, SCANNER or DRILL\n"
	    "  events: --host ADDRESS\n"
	    "  both:   --campaign NAME, --since TIME (2h, 7d, 14:30, 2026-11-20, RFC 3339)\n"
	    "  hosts, host, events, status: --wide (do not shorten to 80 columns)\n"
	    "  rebuild: --force     even if the logs no longer hold all that the store knows\n"
	    "\nExit status: 0 done, 1 the settings, logs or store are bad, 2 wrong usage.\n",
	    USH_SETTINGS_PATH);
}

static int
usage(const char *problem, const char *what)
{
	char *safe = ush_terminal_text(what);

	fprintf(stderr, USH_PROGRAM ": %s: %s (see sinkctl --help)\n", safe != NULL ? safe : "",
	    problem);
	free(safe);
	return USH_EXIT_USAGE;
}

/* Keeps the address in the one form that the store has; buf lives as long as the command. */
static int
read_host(struct ush_command *command, const char *text, char buf[USH_ADDRESS_TEXT_MAX])
{
	struct ush_address address;

	if (ush_address_from_text(&address, text) != 0)
		return usage("is no IP address", text);
	command->host = ush_address_to_text(&address, buf);
	return 0;
}

/* An address, or what only the store and the file of names know. */
static void
read_asked(struct ush_command *command, const char *text, char buf[USH_ADDRESS_TEXT_MAX])
{
	struct ush_address address;

	if (ush_address_from_text(&address, text) == 0)
		command->host = ush_address_to_text(&address, buf);
	else
		command->asked = text;
}

/* Returns 0 or the exit status. */
static int
read_option(struct ush_command *command, int letter, char host[USH_ADDRESS_TEXT_MAX])
{
	switch (letter) {
	case 'c':
		command->settings_path = optarg;
		return 0;
	case 'j':
		command->json = true;
		return 0;
	case 'w':
		command->wide = true;
		return 0;
	case 'n':
		command->no_store = true;
		return 0;
	case 'f':
		command->force = true;
		return 0;
	case 'G':
		command->campaign = optarg;
		return 0;
	case 'H':
		return read_host(command, optarg, host);
	case 'C':
		command->has_call = true;
		if (ush_call_from_text(&command->call, optarg) != 0)
			return usage("is no call", optarg);
		return 0;
	case 'S':
		if (ush_when_parse(&command->since_ms, optarg, command->now_ms) != 0)
			return usage("is no time; say 2h, 7d, 14:30 or 2026-11-20", optarg);
		return 0;
	default:
		return USH_EXIT_USAGE; /* getopt has said what is wrong */
	}
}

static const struct verb *
find_verb(const char *name)
{
	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
		if (strcmp(verbs[i].name, name) == 0)
			return &verbs[i];
	}
	return NULL;
}

/* Sets *verb, to NULL if there is nothing more to do. Returns the exit status. */
static int
read_arguments(struct ush_command *command, const struct verb **verb, int argc, char **argv,
    char host[USH_ADDRESS_TEXT_MAX])
{
	char given[32] = "";
	int letter;
	int rc;

	*verb = NULL;
	while ((letter = getopt_long(argc, argv, "c:h", options, NULL)) != -1) {
		if (letter == 'h' || letter == 'V') {
			if (letter == 'h')
				print_help(stdout);
			else
				printf("sinkctl %s\n", USH_VERSION);
			return 0;
		}
		rc = read_option(command, letter, host);
		if (rc != 0)
			return rc;
		if (strlen(given) < sizeof(given) - 1 && strchr(given, letter) == NULL)
			given[strlen(given)] = (char)letter;
	}
	if (optind == argc) {
		print_help(stderr);
		return USH_EXIT_USAGE;
	}
	*verb = find_verb(argv[optind]);
	if (*verb == NULL)
		return usage("is no command", argv[optind]);
	if (given[strspn(given, (*verb)->options)] != '\0') {
		*verb = NULL;
		return usage("does not take one of these options", argv[optind]);
	}
	if (argc - optind - 1 != ((*verb)->argument != NULL)) {
		rc = usage((*verb)->argument != NULL ? "wants one HOST" : "takes no argument",
		    (*verb)->name);
		*verb = NULL;
		return rc;
	}
	if ((*verb)->argument != NULL)
		read_asked(command, argv[optind + 1], host);
	return 0;
}

/* Names are a comfort: without them the answer is still right. */
static void
load_names(struct ush_command *command)
{
	struct ush_error err = {0};

	if (command->settings->store.host_names != NULL &&
	    ush_host_names_load(&command->names, command->settings->store.host_names, &err) != 0)
		ush_command_fail(&err);
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
	return ush_kept_load(&command->settings, &command->used_settings, path);
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

int
main(int argc, char **argv)
{
	struct ush_command command = {.now_ms = ush_time_now_ms()};
	const struct verb *verb;
	char host[USH_ADDRESS_TEXT_MAX];
	int rc;

	ush_terminal_init();
	umask(027); /* the store is confidential */
	rc = read_arguments(&command, &verb, argc, argv, host);
	if (verb == NULL)
		return rc;
	if (load_settings(&command) != 0)
		return USH_EXIT_BAD;
	load_names(&command);
	if (verb->wants_store && open_store(&command) != 0)
		rc = USH_EXIT_BAD;
	else
		rc = verb->run(&command);
	ush_store_close(command.store);
	ush_host_names_free(command.names);
	ush_settings_free(command.settings);
	return rc;
}
