/* SPDX-License-Identifier: BSD-3-Clause */
/* sinkctl export --format FORMAT: what is known, for other programs, to stdout. */
#include <stdio.h>
#include <string.h>
#include "sinkhole/sinkctl/command.h"
#include "sinkhole/sinkctl/export/format.h"
#include "zones/blocklist.h"

static const struct ush_export_format *const formats[] = {&ush_export_stix, &ush_export_misp,
    &ush_export_ocsf, &ush_export_cef, &ush_export_syslog, &ush_export_shadowserver,
    &ush_export_shadowserver_http};

static const struct ush_export_format *
find_format(const char *name)
{
	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
		if (strcmp(formats[i]->name, name) == 0)
			return formats[i];
	}
	return NULL;
}

bool
ush_export_has(const char *name)
{
	return find_format(name) != NULL;
}

int
ush_cmd_export(struct ush_command *command)
{
	const struct ush_export_format *format = find_format(command->format);
	struct ush_blocklist *list = ush_command_open_list(command->settings);
	struct ush_hosts hosts = {0};
	const struct ush_export export = {.command = command, .hosts = &hosts, .list = list};
	struct ush_error err = {0};
	int rc = -1;

	if (!format->has_hosts && (command->has_call || command->open))
		ush_fail(
		    &err, NULL, 0, "--call and --open choose hosts, and %s has none", format->name);
	else if (ush_hosts_find(
	             &hosts, ush_command_within(command), command->settings, NULL, &err) == 0)
		rc = format->write(stdout, &export, &err);
	ush_hosts_fini(&hosts);
	ush_blocklist_close(list);
	if (rc == 0 && (fflush(stdout) != 0 || ferror(stdout)))
		rc = ush_fail(&err, NULL, 0, "the answer could not be written");
	if (rc != 0)
		return ush_command_fail(&err);
	return ush_command_unread(&command->update.unread);
}
