/* SPDX-License-Identifier: BSD-3-Clause */
#include "sinkhole/sinkwatch/overview.h"

#include <stdlib.h>
#include <string.h>
#include "sinkhole/sinkctl/answers.h"
#include "sinkhole/sinkctl/machine_row.h"

void
ush_row_borrow(struct ush_row *row, const struct ush_host *host, const struct ush_command *command)
{
	*row = (struct ush_row){
	    .campaign = host->campaign,
	    .name = ush_host_name(command, host),
	    .verdicts = host->verdicts,
	    .names = host->names,
	    .claimed_by = host->claimed,
	    .pages = host->pages,
	    .role = host->known.role,
	    .is_claimed = host->known.claimed,
	    .names_others = host->known.names_others,
	    .has_words_of_proxy = !host->known.claimed &&
	                          ush_tally_of(&host->known.facts, USH_FACT_BEACON_VIA)->count > 0,
	    .profiles = host->profiles,
	    .dns = host->dns,
	    .hits = host->hits,
	    .real = host->real,
	    .status = ush_case_of(&command->marks, command->identities, host),
	    .first_ms = host->first_ms,
	    .last_ms = host->last_ms,
	};
	memcpy(row->address, host->address, sizeof(row->address));
}

/* Takes the lists out of the host. */
static void
take_row(struct ush_row *row, struct ush_host *host, const struct ush_command *command)
{
	ush_row_borrow(row, host, command);
	host->campaign = NULL;
	host->names = (struct ush_few){0};
	host->claimed = (struct ush_few){0};
	host->pages = (struct ush_few){0};
}

static int
take_rows(struct ush_overview *overview, struct ush_hosts *hosts)
{
	const struct ush_command command = {
	    .identities = overview->identities, .marks = overview->marks};

	overview->rows = calloc(hosts->count + 1, sizeof(*overview->rows));
	if (overview->rows == NULL)
		return ush_fail(&overview->failed, NULL, 0, "out of memory");
	for (size_t i = 0; i < hosts->count; i++) {
		struct ush_row *row = &overview->rows[i];

		take_row(row, &hosts->items[i], &command);
		for (size_t j = 0; j < row->verdicts.count; j++)
			overview->calls[row->verdicts.items[j].call]++;
	}
	overview->count = hosts->count;
	return 0;
}

void
ush_overview_fill(struct ush_overview *overview, struct ush_store *store)
{
	struct ush_hosts hosts;
	int rc = ush_hosts_find(&hosts, store, overview->settings, NULL, &overview->failed);

	if (rc == 0) {
		if (ush_hosts_settled_last(&hosts, &overview->marks, overview->identities) != 0)
			rc = ush_fail(&overview->failed, NULL, 0, "out of memory");
		else
			rc = take_rows(overview, &hosts);
		ush_hosts_fini(&hosts);
	}
	if (rc == 0)
		rc = ush_reaches_find(
		    &overview->reaches, store, overview->settings, &overview->failed);
}

void
ush_overview_free(struct ush_overview *overview)
{
	if (overview == NULL)
		return;
	for (size_t i = 0; i < overview->count; i++) {
		struct ush_row *row = &overview->rows[i];

		free(row->campaign);
		ush_few_fini(&row->names);
		ush_few_fini(&row->claimed_by);
		ush_few_fini(&row->pages);
	}
	free(overview->rows);
	ush_reaches_fini(&overview->reaches);
	ush_blocklist_close(overview->list);
	ush_marks_fini(&overview->marks);
	ush_identities_free(overview->identities);
	ush_settings_free(overview->settings);
	free(overview);
}
