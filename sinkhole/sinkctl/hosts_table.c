/* SPDX-License-Identifier: BSD-3-Clause */
#include "sinkhole/sinkctl/hosts_table.h"

#include <stdio.h>
#include <string.h>
#include "sinkhole/sinkctl/answers.h"
#include "sinkhole/sinkctl/brief.h"
#include "sinkhole/sinkctl/case_row.h"
#include "sinkhole/sinkctl/host_row.h"
#include "sinkhole/sinkctl/machine_row.h"
#include "sinkhole/sinkctl/table.h"
#include "sinkhole/sinkctl/when.h"

static const struct ush_column columns[] = {
    {"CALL", false, USH_ELIDE_NEVER, 0},
    {"WHY", false, USH_ELIDE_NEVER, 0},
    {"HOST", false, USH_ELIDE_MIDDLE, 16},
    {"NAME", false, USH_ELIDE_END, 8},
    {"CAMPAIGN", false, USH_ELIDE_END, 8},
    {"DNS", true, USH_ELIDE_NEVER, 0},
    {"HIT", true, USH_ELIDE_NEVER, 0},
    {"REAL", true, USH_ELIDE_NEVER, 0},
    {"FIRST", false, USH_ELIDE_NEVER, 0},
    {"LAST", false, USH_ELIDE_NEVER, 0},
    {NULL, false, USH_ELIDE_NEVER, 0},
};

static void
append(char *all, size_t size, const char *text)
{
	size_t used = strlen(all);

	snprintf(all + used, size - used, "%s%s", used > 0 && text[0] != '\0' ? "; " : "", text);
}

/* What people said of it, which machines it was, and how to read it. */
static int
add_notes(struct ush_table *table, const struct ush_command *command, const struct ush_host *host)
{
	struct ush_case_status status = ush_case_of(&command->marks, command->identities, host);
	char note[USH_HOST_NOTE_MAX];
	char said[USH_CASE_TEXT_MAX];
	char machines[USH_MACHINES_TEXT_MAX];
	char all[USH_HOST_NOTE_MAX + USH_CASE_TEXT_MAX + USH_MACHINES_TEXT_MAX] = "";

	append(all, sizeof(all), ush_case_text(said, command, &status));
	append(all, sizeof(all),
	    ush_machines_text(machines, command, host->address, host->first_ms, host->last_ms));
	append(all, sizeof(all), ush_host_note(note, host));
	return all[0] != '\0' ? ush_table_note(table, all) : 0;
}

static int
add_row(struct ush_table *table, const struct ush_command *command, const struct ush_host *host)
{
	char dns[24];
	char hits[24];
	char real[24];
	char first[USH_WHEN_MAX];
	char last[USH_WHEN_MAX];
	char why[64];
	const char *const cells[] = {ush_call_text(host->verdicts.items[0].call),
	    ush_host_why(why, host), host->address, ush_host_name(command, host),
	    host->campaign[0] != '\0' ? host->campaign : "-", ush_host_count(dns, host->dns),
	    ush_host_count(hits, host->hits), ush_host_real(real, host),
	    ush_when_short(first, host->first_ms, command->now_ms),
	    ush_when_short(last, host->last_ms, command->now_ms)};

	if (ush_table_add(table, cells) != 0)
		return -1;
	return command->brief ? 0 : add_notes(table, command, host);
}

int
ush_hosts_table_print(
    const struct ush_command *command, const struct ush_hosts *hosts, size_t *rows)
{
	struct ush_table *table = ush_table_new(columns);
	size_t most = command->brief ? ush_brief_rows(command) : SIZE_MAX;
	int rc = table == NULL ? -1 : 0;

	*rows = 0;
	for (size_t i = 0; i < hosts->count && rc == 0; i++) {
		if (!ush_host_is_wanted(command, &hosts->items[i]))
			continue;
		if (++*rows <= most)
			rc = add_row(table, command, &hosts->items[i]);
	}
	if (rc == 0 && *rows > 0)
		rc = ush_table_print(table, stdout, command->wide ? 0 : USH_TABLE_WIDTH);
	ush_table_free(table);
	return rc;
}
