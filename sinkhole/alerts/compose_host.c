/* SPDX-License-Identifier: BSD-3-Clause */
/* What a message says of one host: readable on a small screen, the first line as on the page. */
#include <string.h>
#include "common/terminal.h"
#include "sinkhole/alerts/compose_parts.h"
#include "sinkhole/alerts/draft.h"
#include "sinkhole/alerts/link.h"
#include "sinkhole/sinkctl/answers.h"
#include "sinkhole/sinkctl/case_row.h"
#include "sinkhole/sinkctl/host_row.h"
#include "sinkhole/sinkctl/machine_row.h"
#include "sinkhole/sinkctl/when.h"

#define NAME_MAX_SHOWN 100

/* "INFECTED pc-b (10.0.0.9): emdivi", "RELAY before INFECTED proxy (10.0.0.3)". */
static void
put_title(FILE *to, const struct ush_overview *overview, const struct ush_row *row)
{
	const struct ush_verdicts *verdicts = row->verdicts;
	char *name = ush_terminal_text(row->name);
	bool is_named = name != NULL && strcmp(name, "-") != 0 && strcmp(name, "?") != 0;

	if (overview->settings->drill)
		fputs("DRILL ", to);
	fputs(ush_call_text(verdicts->items[0].call), to);
	if (verdicts->urgency < verdicts->items[0].call)
		fprintf(to, " before %s", ush_call_text(verdicts->urgency));
	if (is_named)
		fprintf(to, " %s (%s)", ush_cut(name, NAME_MAX_SHOWN), row->address);
	else
		fprintf(to, " %s", row->address);
	if (row->campaign[0] != '\0')
		fputs(": ", to);
	ush_terminal_put(to, row->campaign);
	free(name);
}

/* Why there is a message, as far as the title does not say it. */
static void
put_reason(FILE *to, const struct ush_row *row, enum ush_alert_reason reason, enum ush_call before)
{
	switch (reason) {
	case USH_ALERT_AGAIN:
		fprintf(to, "open again: %s",
		    row->status.reopened != NULL ? row->status.reopened : "it acted again");
		break;
	case USH_ALERT_ROSE:
		fprintf(to, "it was %s", ush_call_text(before));
		break;
	case USH_ALERT_REAL:
		fputs("it was given the real address of a listed name", to);
		break;
	case USH_ALERT_MACHINE:
		fputs("another machine has the address now", to);
		break;
	case USH_ALERT_NOT:
	case USH_ALERT_NEW:
	case USH_ALERT_REASONS:
		break;
	}
}

char *
ush_compose_title(const struct ush_overview *overview, const struct ush_row *row,
    enum ush_alert_reason reason, enum ush_call before)
{
	struct ush_draft draft;
	char *title;

	if (ush_draft_begin(&draft) != 0)
		return NULL;
	put_title(draft.to, overview, row);
	if (reason != USH_ALERT_NEW) {
		fputs(", ", draft.to);
		put_reason(draft.to, row, reason, before);
	}
	title = strdup(ush_draft_end(&draft));
	ush_draft_fini(&draft);
	return title != NULL ? ush_cut(title, USH_TITLE_MAX) : NULL;
}

/* "Owner: …" if there is a value. */
static void
put_line(FILE *to, const char *key, const char *value)
{
	if (value[0] == '\0')
		return;
	fprintf(to, "%s: ", key);
	ush_terminal_put(to, value);
	fputc('\n', to);
}

/* The machine that had the address, or the machines. */
static void
put_machine(FILE *to, const struct ush_command *command, const struct ush_host *host)
{
	char machines[USH_MACHINES_TEXT_MAX];
	struct ush_machine machine;

	fputs("Host: ", to);
	if (ush_host_machine(command, host, &machine)) {
		ush_terminal_put(to, machine.name);
		fprintf(to, "%s%s\n", machine.name[0] != '\0' ? ", " : "", host->address);
		put_line(to, "Hardware", machine.hardware);
		put_line(to, "Owner", machine.owner);
		put_line(to, "Place", machine.place);
		put_line(to, "Asset", machine.asset);
		return;
	}
	fprintf(to, "%s\n", host->address);
	ush_machines_text(machines, command, host->address, host->first_ms, host->last_ms);
	put_line(to, "Machines", machines);
}

static void
put_real(FILE *to, const struct ush_host *host)
{
	if (host->real == 0) {
		fputs("REAL: none on record\n", to);
		return;
	}
	fprintf(to, "REAL: %llu answers with a real address:", (unsigned long long)host->real);
	for (size_t i = 0; i < host->real_addresses.count; i++)
		fprintf(to, " %s", host->real_addresses.items[i]);
	fputc('\n', to);
}

static void
put_times(FILE *to, const struct ush_command *command, const struct ush_host *host)
{
	char first[USH_WHEN_MAX];
	char last[USH_WHEN_MAX];
	char zone[USH_WHEN_MAX];

	fprintf(to, "Since: %s, last %s, %s\n",
	    ush_when_long(first, host->first_ms, command->now_ms),
	    ush_when_long(last, host->last_ms, command->now_ms),
	    ush_when_zone(zone, command->now_ms));
	fprintf(to, "Seen: %llu question%s, %llu contact%s\n", (unsigned long long)host->dns,
	    host->dns == 1 ? "" : "s", (unsigned long long)host->hits, host->hits == 1 ? "" : "s");
}

static void
put_verdicts(FILE *to, const struct ush_host *host)
{
	const struct ush_verdicts *verdicts = &host->verdicts;
	char note[USH_HOST_NOTE_MAX];

	fprintf(to, "Why: %s (%s)\n", verdicts->items[0].reason, verdicts->items[0].why);
	ush_host_note(note, host);
	if (verdicts->count == 1 && note[0] == '\0')
		fputs("Against: nothing on record\n", to);
	for (size_t i = 1; i < verdicts->count; i++)
		fprintf(to, "Against: also %s: %s\n", ush_call_text(verdicts->items[i].call),
		    verdicts->items[i].reason);
	put_line(to, "Note", note);
}

/* The host's other rows, a line each. */
static void
put_others(FILE *to, const struct ush_hosts *rows, const struct ush_host *shown)
{
	for (size_t i = 0; i < rows->count; i++) {
		const struct ush_host *host = &rows->items[i];

		if (host == shown)
			continue;
		fprintf(to, "Beside: %s (%s)%s", ush_call_text(host->verdicts.items[0].call),
		    host->verdicts.items[0].why, host->campaign[0] != '\0' ? ", " : "");
		ush_terminal_put(to, host->campaign);
		fputs(host->known.claimed ? ", as another host says\n" : "\n", to);
	}
}

static const struct ush_host *
find_row(const struct ush_hosts *rows, const struct ush_row *row)
{
	for (size_t i = 0; i < rows->count; i++) {
		if (rows->items[i].known.claimed == row->is_claimed &&
		    strcmp(rows->items[i].campaign, row->campaign) == 0)
			return &rows->items[i];
	}
	return NULL;
}

static void
put_text(FILE *to, const struct ush_command *command, const struct ush_hosts *rows,
    const struct ush_host *host, const char *url)
{
	struct ush_case_status status = ush_case_of(&command->marks, command->identities, host);
	char said[USH_CASE_TEXT_MAX];

	put_machine(to, command, host);
	put_line(to, "Campaign", host->campaign);
	put_verdicts(to, host);
	put_times(to, command, host);
	put_real(to, host);
	put_line(to, "Case", ush_case_text(said, command, &status));
	put_others(to, rows, host);
	fprintf(to, "Page: %s\n", url);
}

json_t *
ush_compose_host(const struct ush_overview *overview, const struct ush_row *row,
    const struct ush_hosts *rows, enum ush_alert_reason reason, enum ush_call before)
{
	const struct ush_command command = {.now_ms = overview->made_ms,
	    .settings = overview->settings,
	    .identities = overview->identities,
	    .marks = overview->marks};
	const struct ush_host *host = find_row(rows, row);
	json_t *message = ush_compose_line(overview, row, reason, before);
	struct ush_draft draft;

	if (message == NULL || host == NULL || ush_draft_begin(&draft) != 0)
		return message;
	fputs(json_string_value(json_object_get(message, "title")), draft.to);
	fputc('\n', draft.to);
	put_text(
	    draft.to, &command, rows, host, json_string_value(json_object_get(message, "url")));
	ush_put_text(message, "text", ush_draft_end(&draft));
	ush_draft_fini(&draft);
	json_object_set_new(message, "row", ush_host_row_answer(&command, host));
	return message;
}
