/* SPDX-License-Identifier: BSD-3-Clause */
/* sinkzone check-module: would the resolver start with us, and would the module find what it needs?
 * Strictness belongs here, before the start: inside the resolver nothing of ours may stop it.
 * Before a start it also writes the file that switches the module on, so that Unbound starts in any
 * case. */
#include "zones/sinkzone/command.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include "zones/overrides.h"
#include "zones/policy.h"
#include "zones/sinkzone/start.h"

#define DEFAULT_UNBOUND "/usr/sbin/unbound"
#define DEFAULT_UNBOUND_CONF "/etc/unbound/unbound.conf"

enum {
	OPTION_UNBOUND = 256,
	OPTION_UNBOUND_CONF,
	OPTION_MODULE,
	OPTION_USER,
	OPTION_WRITE_INCLUDE,
	OPTION_QUIET,
	OPTION_HELP,
};

static const struct option long_options[] = {
    {"unbound", required_argument, NULL, OPTION_UNBOUND},
    {"unbound-conf", required_argument, NULL, OPTION_UNBOUND_CONF},
    {"module", required_argument, NULL, OPTION_MODULE},
    {"user", required_argument, NULL, OPTION_USER},
    {"write-include", required_argument, NULL, OPTION_WRITE_INCLUDE},
    {"quiet", no_argument, NULL, OPTION_QUIET},
    {"help", no_argument, NULL, OPTION_HELP},
    {NULL, 0, NULL, 0},
};

static bool
check_settings(struct ush_checks *checks)
{
	const char *path = ush_settings_path(checks->settings_path);
	struct ush_error err = {0};

	if (ush_settings_load(&checks->settings, path, &err) != 0) {
		ush_report_error(checks, USH_CHECK_FAIL, &err);
		return false;
	}
	ush_report(checks, USH_CHECK_OK, "settings %s", path);
	return true;
}

/* Every campaign that is sinkholed must have an address, or its names get none. */
static void
check_addresses(struct ush_checks *checks, const struct ush_blocklist *list)
{
	struct ush_policy *policy = NULL;
	struct ush_blocklist_info info;
	struct ush_error err = {0};

	if (ush_policy_new(&policy, list, &checks->settings->module.pool,
	        &checks->settings->campaigns, &checks->settings->feeds, &err) != 0) {
		ush_report_error(checks, USH_CHECK_FAIL, &err);
		return;
	}
	ush_blocklist_info(list, &info);
	for (uint32_t i = 0; i < info.classes; i++) {
		struct ush_class class;

		ush_blocklist_class(list, i, &class);
		if (!class.never_block && ush_policy_actions(policy)[i] == USH_ACTION_SINKHOLE &&
		    ush_policy_address(policy, i, AF_INET) == NULL &&
		    ush_policy_address(policy, i, AF_INET6) == NULL)
			ush_report(checks, USH_CHECK_WARN,
			    "campaign %s of feed %s has no sinkhole address: it has no slot, or "
			    "one outside the pool; compile with -c %s",
			    class.campaign, class.feed, checks->settings->path);
	}
	ush_policy_free(policy);
}

static void
report_override(void *arg, const struct ush_unknown_override *unknown)
{
	struct ush_checks *checks = arg;
	char text[USH_UNKNOWN_OVERRIDE_TEXT_MAX];

	ush_report(checks, USH_CHECK_WARN, "%s:%u: %s", checks->settings->path,
	    unknown->override->line, ush_unknown_override_text(unknown, text));
}

static void
check_list(struct ush_checks *checks)
{
	const char *path = checks->settings->module.database;
	struct ush_blocklist *list = NULL;
	struct ush_blocklist_info info;
	struct ush_error err = {0};

	if (path == NULL) {
		ush_report(
		    checks, USH_CHECK_FAIL, "%s sets no module: database", checks->settings->path);
		return;
	}
	if (ush_blocklist_open(&list, path, USH_PART_NAMES | USH_PART_NETWORKS, &err) != 0) {
		ush_report_error(checks, USH_CHECK_FAIL, &err);
		return;
	}
	ush_overrides_check(list, checks->settings, report_override, checks);
	ush_blocklist_info(list, &info);
	ush_report(checks, USH_CHECK_OK, "list %s: serial %u, %llu names, %llu networks", path,
	    info.serial, (unsigned long long)info.names, (unsigned long long)info.networks);
	check_addresses(checks, list);
	ush_blocklist_close(list);
}

static void
check_dynlib_file(struct ush_checks *checks, const struct ush_start *start)
{
	const char *file = checks->conf.dynlib_file;
	char *wanted = realpath(start->module, NULL);
	char *configured = realpath(file, NULL);

	if (file[0] == '\0')
		ush_report(checks, USH_CHECK_FAIL, "%s sets no dynlib-file", checks->unbound_conf);
	else if (configured == NULL)
		ush_report(checks, USH_CHECK_FAIL, "dynlib-file %s: %s", file, strerror(errno));
	else if (wanted == NULL || strcmp(wanted, configured) != 0)
		ush_report(checks, USH_CHECK_FAIL,
		    "dynlib-file is %s, for this Unbound it must be %s", file, start->module);
	else
		ush_report(checks, USH_CHECK_OK, "dynlib-file %s", file);
	free(wanted);
	free(configured);
}

static void
check_unbound_conf(struct ush_checks *checks, const struct ush_start *start)
{
	const char *chain = checks->conf.module_config;

	if (strncmp(chain, "dynlib", 6) == 0 && (chain[6] == ' ' || chain[6] == '\0'))
		ush_report(checks, USH_CHECK_OK, "module-config \"%s\"", chain);
	else if (checks->include != NULL)
		ush_report(checks, USH_CHECK_FAIL,
		    "module-config in %s is \"%s\": it must include %s, after every other file "
		    "that "
		    "sets module-config",
		    checks->unbound_conf, chain, checks->include);
	else
		ush_report(checks, USH_CHECK_FAIL,
		    "module-config in %s is \"%s\"; dynlib must be its first word",
		    checks->unbound_conf, chain);
	check_dynlib_file(checks, start);
}

static void
read_unbound_conf(struct ush_checks *checks, const char *without)
{
	struct ush_error err = {0};

	checks->has_conf =
	    ush_unbound_conf_read(&checks->conf, checks->unbound_conf, without, &err) == 0;
	if (!checks->has_conf)
		ush_report_error(checks, USH_CHECK_FAIL, &err);
}

/* What the module needs once it is loaded. */
static void
check_sensor(struct ush_checks *checks, struct ush_start *start)
{
	bool settings = check_settings(checks);

	if (checks->include == NULL && start->build_id[0] != '\0')
		(void)ush_start_check_module(checks, start);
	if (checks->has_conf && start->module[0] != '\0')
		check_unbound_conf(checks, start);
	if (!settings)
		return;
	check_list(checks);
	ush_check_pool(checks);
	ush_check_log(checks);
}

static int
check_all(struct ush_checks *checks)
{
	struct ush_start start = {0};
	struct ush_error err = {0};

	read_unbound_conf(checks, checks->include);
	if (checks->include != NULL) {
		if (ush_start_write_include(checks, &start, &err) != 0) {
			ush_alarm("Unbound may not start, or without unbound-sinkhole: %s: %s",
			    err.file, err.text);
			return USH_EXIT_BAD;
		}
		if (!start.loads) {
			ush_alarm("Unbound starts WITHOUT unbound-sinkhole: %s", checks->why);
			return USH_EXIT_DONE;
		}
		read_unbound_conf(checks, NULL);
	} else {
		(void)ush_start_check_program(checks, &start);
	}
	if (ush_become_resolver(checks))
		check_sensor(checks, &start);
	if (checks->include == NULL)
		return checks->failed ? USH_EXIT_BAD : USH_EXIT_DONE;
	if (checks->failed)
		ush_alarm("unbound-sinkhole does not work as it should: %s", checks->why);
	return USH_EXIT_DONE;
}

static int
read_option(struct ush_checks *checks, int option)
{
	switch (option) {
	case 'c':
		checks->settings_path = optarg;
		return 0;
	case OPTION_UNBOUND:
		checks->unbound = optarg;
		return 0;
	case OPTION_UNBOUND_CONF:
		checks->unbound_conf = optarg;
		return 0;
	case OPTION_MODULE:
		checks->module = optarg;
		return 0;
	case OPTION_USER:
		checks->user = optarg;
		return 0;
	case OPTION_WRITE_INCLUDE:
		checks->include = optarg;
		return 0;
	case 'q':
	case OPTION_QUIET:
		checks->quiet = true;
		return 0;
	default:
		return ush_command_misuse(&ush_cmd_check_module, NULL);
	}
}

static int
check_module_main(int argc, char **argv)
{
	struct ush_checks checks = {
	    .unbound = DEFAULT_UNBOUND, .unbound_conf = DEFAULT_UNBOUND_CONF};
	int option;
	int rc;

	optind = 1;
	while ((option = getopt_long(argc, argv, "c:qh", long_options, NULL)) != -1) {
		if (option == OPTION_HELP || option == 'h')
			return ush_command_help(&ush_cmd_check_module);
		if ((rc = read_option(&checks, option)) != 0)
			return rc;
	}
	if (optind != argc)
		return ush_command_misuse(&ush_cmd_check_module, "%s is too much", argv[optind]);
	rc = check_all(&checks);
	ush_settings_free(checks.settings);
	return ush_command_flush(rc);
}

const struct ush_command ush_cmd_check_module = {
    .name = "check-module",
    .usage = "[-c FILE] [OPTION]...",
    .summary = "Say whether the resolver would start, and the module work",
    .options = "  -c FILE              settings\n"
               "  --unbound PATH       the resolver (default " DEFAULT_UNBOUND ")\n"
               "  --unbound-conf FILE  its configuration (default " DEFAULT_UNBOUND_CONF ")\n"
               "  --module FILE        the module (default: in modules-directory of the settings\n"
               "                       by the resolver's build-id)\n"
               "  --user NAME          check as this user (default: the one of unbound.conf)\n"
               "  --write-include FILE write what unbound.conf includes: with the module if\n"
               "                       Unbound starts with it, else without; exit status 1 if\n"
               "                       that failed\n"
               "  -q, --quiet          no lines about what is well\n"
               "One line for each check; without --write-include exit status 1 if one says FAIL.\n",
    .run = check_module_main,
};
