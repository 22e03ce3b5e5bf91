/* SPDX-License-Identifier: BSD-3-Clause */
/* sinkctl host ADDRESS: the call with its reasons, and all that it rests on. */
#include <stdio.h>
#include <string.h>
#include "sinkhole/sinkctl/command.h"
#include "sinkhole/sinkctl/host_page.h"

/* The list is a comfort here: without it the rules are named all the same. */
static struct ush_blocklist *
open_list(const struct ush_settings *settings)
{
	const char *const paths[] = {settings->sinkhole.database, settings->module.database};
	struct ush_blocklist *list;

	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		if (paths[i] != NULL &&
		    ush_blocklist_open(&list, paths[i], USH_PART_ALL, NULL) == 0)
			return list;
	}
	return NULL;
}

int
ush_cmd_host(struct ush_command *command)
{
	struct ush_hosts hosts = {0};
	struct ush_sensors sensors = {0};
	struct ush_blocklist *list = open_list(command->settings);
	const struct ush_host_page page = {
	    .command = command, .hosts = &hosts, .sensors = &sensors, .list = list};
	struct ush_error err = {0};
	int rc = -1;

	if (ush_hosts_find(&hosts, command->store, command->settings, command->host, &err) == 0 &&
	    ush_sensors_find(&sensors, command->store, command->settings, command->now_ms, &err) ==
	        0)
		rc = command->json ? ush_host_print_json(&page, &err)
		                   : ush_host_print_text(&page, &err);
	ush_hosts_fini(&hosts);
	ush_sensors_fini(&sensors);
	ush_blocklist_close(list);
	if (rc == 0 && fflush(stdout) == 0)
		return USH_EXIT_DONE;
	if (err.text[0] == '\0')
		ush_fail(&err, NULL, 0, "the answer could not be written");
	return ush_command_fail(&err);
}
