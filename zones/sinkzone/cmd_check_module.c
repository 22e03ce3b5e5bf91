/* SPDX-License-Identifier: BSD-3-Clause */
/* sinkzone check-module: would the resolver start with us, and would the module find what it needs?
 * Strictness belongs here, before the start: inside the resolver nothing of ours may stop it.
 * Before a start it also writes the file that switches the module on, so that Unbound starts in any
 * case. */
#include "zones/sinkzone/command.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "zones/overrides.h"
#include "zones/policy.h"
#include "zones/sinkzone/start.h"

#define DEFAULT_UNBOUND "/usr/sbin/unbound"
#define EXIT_STOPS 3 /* the drop-in of systemd refuses a reload then */
#define DEFAULT_UNBOUND_CONF "/etc/unbound/unbound.conf"

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
	const struct ush_conf_place *place = &checks->conf.module_config_place;

	if (strncmp(chain, "dynlib", 6) == 0 && (chain[6] == ' ' || chain[6] == '\0'))
		ush_report(checks, USH_CHECK_OK, "module-config \"%s\"", chain);
	else if (place->file[0] == '\0')
		ush_report(checks, USH_CHECK_FAIL, "%s sets no module-config%s%s",
		    checks->unbound_conf, checks->include != NULL ? ": it must include " : "",
		    checks->include != NULL ? checks->include : "");
	else if (checks->include != NULL)
		ush_report(checks, USH_CHECK_FAIL,
		    "%s:%u: module-config is \"%s\": %s must be included after every other file "
		    "that sets module-config",
		    place->file, place->line, chain, checks->include);
	else
		ush_report(checks, USH_CHECK_FAIL,
		    "%s:%u: module-config is \"%s\"; dynlib must be its first word", place->file,
		    place->line, chain);
	check_dynlib_file(checks, start);
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

	ush_start_read_conf(checks, checks->include);
	if (checks->include != NULL) {
		if (ush_start_write_include(checks, &start, &err) != 0) {
			ush_alarm("Unbound may not start, or without unbound-sinkhole: %s: %s",
			    err.file, err.text);
			return USH_EXIT_BAD;
		}
		if (start.stops) {
			ush_alarm("Unbound will NOT start until %s:%u is removed: module-config "
			          "there names dynlib, but the module cannot be loaded: %s",
			    checks->conf.module_config_place.file,
			    checks->conf.module_config_place.line, checks->why);
			return EXIT_STOPS;
		}
		if (!start.loads) {
			ush_alarm("Unbound starts WITHOUT unbound-sinkhole: %s", checks->why);
			return USH_EXIT_DONE;
		}
	} else {
		(void)ush_start_check_program(checks, &start);
	}
	if (ush_become_resolver(checks))
		check_sensor(checks, &start);
	if (checks->include == NULL)
		return checks->failed ? USH_EXIT_BAD : USH_EXIT_DONE;
	if (checks->failed)
		ush_alarm("unbound-sinkhole is not as it should be: %s", checks->why);
	return USH_EXIT_DONE;
}

static int
take_nothing(void *arg, const char *text, struct ush_error *err)
{
	(void)arg;
	return ush_fail(err, NULL, 0, "%.200s is too much", text);
}

static int
check_module_main(int argc, char **argv)
{
	struct ush_checks checks = {
	    .unbound = DEFAULT_UNBOUND, .unbound_conf = DEFAULT_UNBOUND_CONF};
	int status;

	if (!ush_command_read(&ush_cmd_check_module, take_nothing, &checks, argc, argv, &status))
		return status;
	status = check_all(&checks);
	ush_settings_free(checks.settings);
	return ush_command_flush(status);
}

static const struct ush_option options[] = {
    {USH_OPTION_TEXT, "config", 'c', "FILE", offsetof(struct ush_checks, settings_path),
        .help = "settings"},
    {USH_OPTION_TEXT, "unbound", '\0', "PATH", offsetof(struct ush_checks, unbound),
        .help = "the resolver (default " DEFAULT_UNBOUND ")"},
    {USH_OPTION_TEXT, "unbound-conf", '\0', "FILE", offsetof(struct ush_checks, unbound_conf),
        .help = "its configuration (default " DEFAULT_UNBOUND_CONF ")"},
    {USH_OPTION_TEXT, "module", '\0', "FILE", offsetof(struct ush_checks, module),
        .help = "the module (default: in modules-directory of the settings by the resolver's "
                "build-id)"},
    {USH_OPTION_TEXT, "user", '\0', "NAME", offsetof(struct ush_checks, user),
        .help = "check as this user (default: the one of unbound.conf)"},
    {USH_OPTION_TEXT, "write-include", '\0', "FILE", offsetof(struct ush_checks, include),
        .help = "write what unbound.conf includes: with the module if Unbound starts with it, "
                "else without; exit status 1 if that failed, 3 if Unbound will not start"},
    {USH_OPTION_FLAG, "quiet", 'q', .offset = offsetof(struct ush_checks, quiet),
        .help = "no lines about what is well"},
    {.kind = USH_OPTION_END},
};

const struct ush_sinkzone_command ush_cmd_check_module = {
    .name = "check-module",
    .usage = "[-c FILE] [OPTION]...",
    .summary = "Say whether the resolver would start, and the module work",
    .options = options,
    .notes = "One line for each check; without --write-include exit status 1 if one says FAIL.\n",
    .run = check_module_main,
};
