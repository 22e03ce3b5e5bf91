/* SPDX-License-Identifier: BSD-3-Clause */
/* sinkctl host HOST: the calls with their reasons, and all that they rest on. */
#include <stdio.h>
#include <string.h>
#include "sinkhole/sinkctl/asked.h"
#include "sinkhole/sinkctl/command.h"
#include "sinkhole/sinkctl/host_page.h"
#include "sinkhole/store/timeline.h"

/* The list is a comfort here: without it the rules are named all the same. */
struct ush_blocklist *
ush_command_open_list(const struct ush_settings *settings)
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

/* The resolver's own record, if this machine has one and this user may see it. */
static const struct ush_hunt *
hunt(struct ush_hunt *found, const struct ush_command *command, const struct ush_blocklist *list)
{
	struct ush_error err = {0};
	bool is_found;

	if (list == NULL || !ush_hunt_is_possible(command->settings))
		return NULL;
	is_found = ush_hunt_list(found, command, list, command->host, &err) == 0;
	if (!is_found)
		(void)ush_command_fail(&err);
	(void)ush_command_unread(&found->unread);
	return is_found ? found : NULL;
}

int
ush_cmd_host(struct ush_command *command)
{
	struct ush_hosts hosts = {0};
	struct ush_sensors sensors = {0};
	struct ush_blocklist *list = ush_command_open_list(command->settings);
	struct ush_host_page page = {
	    .command = command, .hosts = &hosts, .sensors = &sensors, .list = list};
	struct ush_hunt found = {0};
	struct ush_error err = {0};
	char host[USH_ADDRESS_TEXT_MAX];
	int rc = -1;

	if (ush_asked_find(command, host, &err) == 0 &&
	    ush_hosts_find(
	        &hosts, ush_command_within(command), command->settings, command->host, &err) == 0 &&
	    ush_sensors_find(&sensors, command->store, command->settings, command->now_ms, &err) ==
	        0) {
		page.hunt = hunt(&found, command, list);
		rc = command->json ? ush_host_print_json(&page, &err)
		                   : ush_host_print_text(&page, &err);
	}
	ush_hunt_fini(&found);
	ush_hosts_fini(&hosts);
	ush_sensors_fini(&sensors);
	ush_blocklist_close(list);
	if (rc == 0 && fflush(stdout) == 0)
		return USH_EXIT_DONE;
	if (err.text[0] == '\0')
		ush_fail(&err, NULL, 0, "the answer could not be written");
	return ush_command_fail(&err);
}
