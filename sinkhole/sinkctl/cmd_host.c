/* SPDX-License-Identifier: BSD-3-Clause */
/* sinkctl host HOST: the calls with their reasons, and all that they rest on. */
#include <stdio.h>
#include <string.h>
#include "sinkhole/sinkctl/command.h"
#include "sinkhole/sinkctl/host_page.h"
#include "sinkhole/store/timeline.h"

#define SEVERAL 8

/* A name that stands for several machines is for the person to decide. */
static int
fail_several(struct ush_error *err, const char *name, const char *const *addresses, size_t count)
{
	char text[SEVERAL * (USH_ADDRESS_TEXT_MAX + 2)] = "";

	for (size_t i = 0; i < count && i < SEVERAL; i++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s%s",
		    i > 0 ? ", " : "", addresses[i]);
	return ush_fail(err, name, 0, "several machines have this name: %s%s", text,
	    count > SEVERAL ? ", …" : "");
}

/* Sets command->host from the name or reference number that was asked for. */
static int
find_asked(struct ush_command *command, char buf[USH_ADDRESS_TEXT_MAX], struct ush_error *err)
{
	const char *addresses[SEVERAL];
	size_t count = ush_host_names_addresses(command->names, command->asked, addresses, SEVERAL);

	if (count > 1)
		return fail_several(err, command->asked, addresses, count);
	if (count == 1) {
		command->host = addresses[0];
		return 0;
	}
	if (ush_shown_to(command->store, command->asked, buf, err) != 0)
		return -1;
	if (buf[0] == '\0')
		return ush_fail(err, command->asked, 0,
		    "is no IP address, no name in store: host-names, and no reference number of "
		    "the explanation page");
	command->host = buf;
	return 0;
}

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

int
ush_cmd_host(struct ush_command *command)
{
	struct ush_hosts hosts = {0};
	struct ush_sensors sensors = {0};
	struct ush_blocklist *list = ush_command_open_list(command->settings);
	const struct ush_host_page page = {
	    .command = command, .hosts = &hosts, .sensors = &sensors, .list = list};
	struct ush_error err = {0};
	char host[USH_ADDRESS_TEXT_MAX];
	int rc = -1;

	if ((command->asked == NULL || find_asked(command, host, &err) == 0) &&
	    ush_hosts_find(&hosts, command->store, command->settings, command->host, &err) == 0 &&
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
