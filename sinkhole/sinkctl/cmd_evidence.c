/* SPDX-License-Identifier: BSD-3-Clause */
/* sinkctl evidence HOST --output DIR|FILE.tar: all that is known of a host and what it rests on, to be
 * handed on. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>
#include "common/event.h"
#include "common/version.h"
#include "sinkhole/sinkctl/answers.h"
#include "sinkhole/sinkctl/case_row.h"
#include "sinkhole/sinkctl/command.h"
#include "sinkhole/sinkctl/evidence/parts.h"
#include "zones/blocklist.h"

static int
put_json(struct ush_bundle *bundle, const char *name, const json_t *value, struct ush_error *err)
{
	char *text = json_dumps(value, JSON_INDENT(2) | JSON_ENSURE_ASCII);
	int rc;

	if (text == NULL)
		return ush_fail(err, name, 0, "out of memory");
	rc = ush_bundle_put(bundle, name, text, strlen(text), err);
	free(text);
	return rc;
}

/* The settings as they are understood. */
static int
put_settings(struct ush_bundle *bundle, const struct ush_command *command, struct ush_error *err)
{
	FILE *to = ush_bundle_begin(bundle, "settings.yaml", err);

	if (to == NULL ||
	    ush_settings_print(to, command->settings->path, USH_SECRETS_HIDDEN, err) != 0)
		return -1;
	return ush_bundle_end(bundle, err);
}

/* The list on this machine, by its sum; each sensor says which one it has in force. */
static json_t *
list_json(const char *path, const struct ush_blocklist *list)
{
	json_t *object = json_object();
	struct ush_blocklist_info info;
	char sum[USH_SUM_TEXT_MAX];

	ush_put_text(object, "path", path);
	if (ush_sum_file(path, sum, NULL) == 0)
		ush_put_text(object, "sha256", sum);
	if (list != NULL) {
		ush_blocklist_info(list, &info);
		ush_put_uint(object, "serial", info.serial);
		ush_put_time(object, "built", info.built_ms);
		ush_put_uint(object, "rules", info.names + info.networks + info.urls);
	}
	return object;
}

/* When, where and by whom it was made, and with what. */
static json_t *
about_json(const struct ush_command *command, const struct ush_blocklist *list)
{
	const char *path = command->settings->sinkhole.database != NULL
	                       ? command->settings->sinkhole.database
	                       : command->settings->module.database;
	json_t *about = json_object();
	struct utsname machine = {0};

	(void)uname(&machine);
	ush_put_text(about, "host", command->host);
	ush_put_time(about, "made", command->now_ms);
	ush_put_text(about, "by", ush_login_name());
	ush_put_text(about, "on", machine.nodename);
	ush_put_text(about, "system", machine.release);
	ush_put_text(about, "sinkctl", USH_VERSION);
	ush_put_time(about, "since", command->since_ms);
	ush_put_time(about, "until", command->until_ms);
	ush_put_text(about, "settings", command->settings->path);
	if (path != NULL)
		json_object_set_new(about, "list", list_json(path, list));
	return about;
}

static int
fill(struct ush_bundle *bundle, const struct ush_host_page *page, struct ush_error *err)
{
	json_t *answer = ush_host_answer(page, err);
	json_t *about = about_json(page->command, page->list);
	struct ush_evidence_count count;
	int rc = -1;

	if (answer != NULL && ush_evidence_events(bundle, page->command, &count, err) == 0) {
		ush_put_uint(about, "events", count.lines);
		ush_put_uint(about, "raw_files", count.raw);
		ush_put_uint(about, "raw_left_out", count.raw_left);
		if (put_json(bundle, "host.json", answer, err) == 0 &&
		    put_json(bundle, "about.json", about, err) == 0 &&
		    put_settings(bundle, page->command, err) == 0)
			rc = ush_evidence_report(bundle, answer, about, &count, err);
	}
	json_decref(answer);
	json_decref(about);
	return rc;
}

static int
collect(struct ush_command *command, char seal[USH_SUM_TEXT_MAX], struct ush_error *err)
{
	struct ush_hosts hosts = {0};
	struct ush_sensors sensors = {0};
	struct ush_blocklist *list = ush_command_open_list(command->settings);
	const struct ush_host_page page = {
	    .command = command, .hosts = &hosts, .sensors = &sensors, .list = list};
	struct ush_bundle *bundle = NULL;
	int rc = -1;

	if (ush_hosts_find(
	        &hosts, ush_command_within(command), command->settings, command->host, err) == 0 &&
	    ush_sensors_find(&sensors, command->store, command->settings, command->now_ms, err) ==
	        0) {
		if (hosts.count == 0)
			ush_fail(err, command->host, 0, "has not been seen: there is no evidence");
		else if (ush_bundle_open(&bundle, command->output, err) == 0 &&
		         fill(bundle, &page, err) == 0)
			rc = ush_bundle_finish(bundle, seal, err);
	}
	ush_bundle_close(bundle);
	ush_hosts_fini(&hosts);
	ush_sensors_fini(&sensors);
	ush_blocklist_close(list);
	return rc;
}

int
ush_cmd_evidence(struct ush_command *command)
{
	char seal[USH_SUM_TEXT_MAX];
	struct ush_error err = {0};

	if (collect(command, seal, &err) != 0)
		return ush_command_fail(&err);
	if (command->json) {
		json_t *answer = json_object();

		ush_put_text(answer, "output", command->output);
		ush_put_text(answer, "seal", seal);
		return ush_print_json(answer);
	}
	printf("%s\nSeal (SHA-256 of its " USH_BUNDLE_SUMS "; write it into the case):\n%s\n",
	    command->output, seal);
	return USH_EXIT_DONE;
}
