/* SPDX-License-Identifier: BSD-3-Clause */
/* sinkzone check-module: would the resolver start with us, and would the module find what it needs?
 * Strictness belongs here, before the start: inside the resolver nothing of ours may stop it. */
#include "zones/sinkzone/command.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <grp.h>
#include <libgen.h>
#include <pwd.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "zones/policy.h"
#include "zones/sinkzone/buildid.h"
#include "zones/sinkzone/unboundconf.h"

#define DEFAULT_UNBOUND "/usr/sbin/unbound"
#define DEFAULT_UNBOUND_CONF "/etc/unbound/unbound.conf"
#define MODULE_FILE "unbound-sinkhole.so"

enum { OPTION_UNBOUND = 256, OPTION_UNBOUND_CONF, OPTION_MODULE, OPTION_USER, OPTION_HELP };

static const struct option long_options[] = {
    {"unbound", required_argument, NULL, OPTION_UNBOUND},
    {"unbound-conf", required_argument, NULL, OPTION_UNBOUND_CONF},
    {"module", required_argument, NULL, OPTION_MODULE},
    {"user", required_argument, NULL, OPTION_USER},
    {"help", no_argument, NULL, OPTION_HELP},
    {NULL, 0, NULL, 0},
};

enum verdict { VERDICT_OK, VERDICT_WARN, VERDICT_FAIL };

struct checks {
	const char *settings_path;
	const char *unbound;
	const char *unbound_conf;
	const char *module; /* --module, or what was found */
	const char *user;   /* --user, then whoever checks */
	struct ush_settings *settings;
	char module_path[4096];
	bool failed;
};

static void report(struct checks *checks, enum verdict verdict, const char *fmt, ...)
    USH_PRINTF(3, 4);

static void
report(struct checks *checks, enum verdict verdict, const char *fmt, ...)
{
	static const char *const words[] = {"ok", "warn", "FAIL"};
	va_list args;

	printf("%-4s  ", words[verdict]);
	va_start(args, fmt);
	vprintf(fmt, args);
	va_end(args);
	putchar('\n');
	checks->failed = checks->failed || verdict == VERDICT_FAIL;
}

static void
report_error(struct checks *checks, enum verdict verdict, const struct ush_error *err)
{
	char text[sizeof(err->file) + sizeof(err->text) + 16];

	report(checks, verdict, "%s", ush_error_format(err, text, sizeof(text)));
}

static bool
check_settings(struct checks *checks)
{
	const char *path = ush_settings_path(checks->settings_path);
	struct ush_error err = {0};

	if (ush_settings_load(&checks->settings, path, &err) != 0) {
		report_error(checks, VERDICT_FAIL, &err);
		return false;
	}
	report(checks, VERDICT_OK, "settings %s", path);
	return true;
}

/* Every campaign that is sinkholed must have an address, or its names get none. */
static void
check_addresses(struct checks *checks, const struct ush_blocklist *list)
{
	struct ush_policy *policy = NULL;
	struct ush_blocklist_info info;
	struct ush_error err = {0};

	if (ush_policy_new(&policy, list, &checks->settings->module.pool,
	        &checks->settings->campaigns, &checks->settings->feeds, &err) != 0) {
		report_error(checks, VERDICT_FAIL, &err);
		return;
	}
	ush_blocklist_info(list, &info);
	for (uint32_t i = 0; i < info.classes; i++) {
		struct ush_class class;

		ush_blocklist_class(list, i, &class);
		if (!class.never_block && ush_policy_actions(policy)[i] == USH_ACTION_SINKHOLE &&
		    ush_policy_address(policy, i, AF_INET) == NULL &&
		    ush_policy_address(policy, i, AF_INET6) == NULL)
			report(checks, VERDICT_WARN,
			    "campaign %s of feed %s has no sinkhole address: its slot is outside "
			    "the pool; compile with -c %s",
			    class.campaign, class.feed, checks->settings->path);
	}
	ush_policy_free(policy);
}

static void
check_list(struct checks *checks)
{
	const char *path = checks->settings->module.database;
	struct ush_blocklist *list = NULL;
	struct ush_blocklist_info info;
	struct ush_error err = {0};

	if (path == NULL) {
		report(checks, VERDICT_FAIL, "%s sets no module: database", checks->settings->path);
		return;
	}
	if (ush_blocklist_open(&list, path, USH_PART_NAMES | USH_PART_NETWORKS, &err) != 0) {
		report_error(checks, VERDICT_FAIL, &err);
		return;
	}
	ush_blocklist_info(list, &info);
	report(checks, VERDICT_OK, "list %s: serial %u, %llu names, %llu networks", path,
	    info.serial, (unsigned long long)info.names, (unsigned long long)info.networks);
	check_addresses(checks, list);
	ush_blocklist_close(list);
}

static void
check_pool(struct checks *checks)
{
	const struct ush_networks *pool = &checks->settings->module.pool;
	char text[USH_NETWORK_TEXT_MAX];

	if (pool->count == 0)
		report(checks, VERDICT_WARN,
		    "no sinkhole-addresses: listed names get answers without an address");
	for (size_t i = 0; i < pool->count; i++) {
		ush_network_to_text(&pool->items[i], text);
		if (ush_address_is_loopback(&pool->items[i].base))
			report(checks, VERDICT_WARN,
			    "sinkhole-addresses %s is loopback: only for trials on one machine",
			    text);
		else
			report(checks, VERDICT_OK, "sinkhole-addresses %s", text);
	}
}

/* Nothing is created here: a log that root made would shut out the resolver's own user. */
static int
try_log(const char *path)
{
	int fd = open(path, O_WRONLY | O_APPEND | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	char *copy;
	int rc;

	if (fd != -1) {
		close(fd);
		return 0;
	}
	if (errno != ENOENT)
		return errno;
	if ((copy = strdup(path)) == NULL)
		return ENOMEM;
	rc = access(dirname(copy), W_OK | X_OK) == 0 ? 0 : errno;
	free(copy);
	return rc;
}

static void
check_log(struct checks *checks)
{
	const char *path = checks->settings->module.event_log;
	int rc = try_log(path);

	if (rc != 0)
		report(checks, VERDICT_FAIL, "%s cannot be written by %s: %s", path, checks->user,
		    strerror(rc));
	else
		report(checks, VERDICT_OK, "%s can be written by %s", path, checks->user);
}

/* Where the module for the resolver's build must lie. */
static const char *
module_path(struct checks *checks, const char *build_id)
{
	const char *directory = checks->settings->module.modules_directory;

	if (checks->module != NULL)
		snprintf(checks->module_path, sizeof(checks->module_path), "%s", checks->module);
	else
		snprintf(checks->module_path, sizeof(checks->module_path), "%s/%s/%s", directory,
		    build_id, MODULE_FILE);
	return checks->module_path;
}

static void
check_module_file(struct checks *checks)
{
	char running[USH_BUILD_ID_TEXT_MAX];
	char made_for[USH_BUILD_ID_TEXT_MAX];
	struct ush_error err = {0};
	const char *path;

	if (ush_build_id(running, checks->unbound, &err) != 0) {
		report_error(checks, VERDICT_FAIL, &err);
		return;
	}
	path = module_path(checks, running);
	if (ush_build_id_made_for(made_for, path, &err) != 0)
		report_error(checks, VERDICT_FAIL, &err);
	else if (strcmp(made_for, running) != 0)
		report(checks, VERDICT_FAIL,
		    "%s is for another Unbound (build-id %s) than %s (%s): build the module for "
		    "this one",
		    path, made_for, checks->unbound, running);
	else
		report(checks, VERDICT_OK, "module %s is for %s", path, checks->unbound);
}

static void
check_dynlib_file(struct checks *checks, const struct ush_unbound_conf *conf)
{
	char *wanted;
	char *configured;

	if (checks->module_path[0] == '\0')
		return;
	wanted = realpath(checks->module_path, NULL);
	configured = realpath(conf->dynlib_file, NULL);
	if (conf->dynlib_file[0] == '\0')
		report(checks, VERDICT_FAIL, "%s sets no dynlib-file", checks->unbound_conf);
	else if (configured == NULL)
		report(
		    checks, VERDICT_FAIL, "dynlib-file %s: %s", conf->dynlib_file, strerror(errno));
	else if (wanted == NULL || strcmp(wanted, configured) != 0)
		report(checks, VERDICT_FAIL, "dynlib-file is %s, for this Unbound it must be %s",
		    conf->dynlib_file, checks->module_path);
	else
		report(checks, VERDICT_OK, "dynlib-file %s", conf->dynlib_file);
	free(wanted);
	free(configured);
}

static void
check_unbound_conf(struct checks *checks, const struct ush_unbound_conf *conf)
{
	if (strncmp(conf->module_config, "dynlib", 6) != 0 ||
	    (conf->module_config[6] != ' ' && conf->module_config[6] != '\0'))
		report(checks, VERDICT_FAIL,
		    "module-config in %s is \"%s\"; dynlib must be its first word",
		    checks->unbound_conf, conf->module_config);
	else
		report(checks, VERDICT_OK, "module-config \"%s\"", conf->module_config);
	check_dynlib_file(checks, conf);
	if (conf->chroot[0] != '\0')
		report(checks, VERDICT_WARN,
		    "chroot %s: settings, list, log and module must lie inside it", conf->chroot);
}

/* What root may read says nothing: the resolver reads as its own user. For good: nothing that
 * follows needs root. */
static bool
become_user(struct checks *checks, const struct ush_unbound_conf *conf)
{
	const struct passwd *self = getpwuid(geteuid());
	const char *wanted = checks->user != NULL ? checks->user : conf->username;
	const struct passwd *account;

	if (checks->user == NULL && (geteuid() != 0 || wanted[0] == '\0')) {
		checks->user = self != NULL ? self->pw_name : "this user";
		return true;
	}
	checks->user = wanted;
	if ((account = getpwnam(wanted)) == NULL) {
		report(
		    checks, VERDICT_FAIL, "there is no user %s for the resolver to become", wanted);
		return false;
	}
	if (initgroups(wanted, account->pw_gid) != 0 || setgid(account->pw_gid) != 0 ||
	    setuid(account->pw_uid) != 0) {
		report(checks, VERDICT_FAIL, "cannot try as user %s: %s", wanted, strerror(errno));
		return false;
	}
	return true;
}

static void
check_all(struct checks *checks)
{
	struct ush_unbound_conf conf;
	struct ush_error err = {0};
	bool has_conf = ush_unbound_conf_read(&conf, checks->unbound_conf, &err) == 0;

	if (!has_conf)
		report_error(checks, VERDICT_FAIL, &err);
	if (!become_user(checks, &conf) || !check_settings(checks))
		return;
	check_list(checks);
	check_pool(checks);
	check_log(checks);
	check_module_file(checks);
	if (has_conf)
		check_unbound_conf(checks, &conf);
}

static int
read_option(struct checks *checks, int option)
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
	default:
		return ush_command_misuse(&ush_cmd_check_module, NULL);
	}
}

static int
check_module_main(int argc, char **argv)
{
	struct checks checks = {.unbound = DEFAULT_UNBOUND, .unbound_conf = DEFAULT_UNBOUND_CONF};
	int option;
	int rc;

	optind = 1;
	while ((option = getopt_long(argc, argv, "c:h", long_options, NULL)) != -1) {
		if (option == OPTION_HELP || option == 'h')
			return ush_command_help(&ush_cmd_check_module);
		if ((rc = read_option(&checks, option)) != 0)
			return rc;
	}
	if (optind != argc)
		return ush_command_misuse(&ush_cmd_check_module, "%s is too much", argv[optind]);
	check_all(&checks);
	ush_settings_free(checks.settings);
	return ush_command_flush(checks.failed ? USH_EXIT_BAD : USH_EXIT_DONE);
}

const struct ush_command ush_cmd_check_module = {
    .name = "check-module",
    .usage = "[-c FILE] [OPTION]...",
    .summary = "Say whether the resolver would start with the module, and the module work",
    .options = "  -c FILE              settings\n"
               "  --unbound PATH       the resolver (default " DEFAULT_UNBOUND ")\n"
               "  --unbound-conf FILE  its configuration (default " DEFAULT_UNBOUND_CONF ")\n"
               "  --module FILE        the module (default: in modules-directory of the settings\n"
               "                       by the resolver's build-id)\n"
               "  --user NAME          check as this user (default: the one of unbound.conf)\n"
               "One line for each check; exit status 1 if one says FAIL.\n",
    .run = check_module_main,
};
