/* SPDX-License-Identifier: BSD-3-Clause */
/* The rows of `sinkctl hosts` for a spreadsheet. */
#include "sinkhole/sinkctl/hosts_csv.h"

#include <stdio.h>
#include <string.h>
#include "sinkhole/sinkctl/csv.h"
#include "sinkhole/sinkctl/host_row.h"
#include "sinkhole/sinkctl/machine_row.h"

#define LIST_MAX 1024

static const char *const titles[] = {"call", "why", "also", "host", "name", "hardware", "owner",
    "place", "asset", "campaign", "dns", "hit", "real", "real_addresses", "profiles", "first",
    "last", "reason", "note", "open", "case", "state", "state_as_of", "state_by", "state_note"};

void
ush_hosts_csv_begin(FILE *to)
{
	struct ush_csv csv = {.to = to};

	for (size_t i = 0; i < sizeof(titles) / sizeof(titles[0]); i++)
		ush_csv_text(&csv, titles[i]);
	ush_csv_end(&csv);
}

static void
append(char list[LIST_MAX], const char *text)
{
	size_t used = strlen(list);

	snprintf(list + used, LIST_MAX - used, "%s%s", used > 0 ? " " : "", text);
}

/* "PERSON:browser RELAY:proxy" */
static const char *
also_text(char list[LIST_MAX], const struct ush_verdicts *verdicts)
{
	char word[64];

	list[0] = '\0';
	for (size_t i = 1; i < verdicts->count; i++) {
		snprintf(word, sizeof(word), "%s:%s", ush_call_text(verdicts->items[i].call),
		    verdicts->items[i].why);
		append(list, word);
	}
	return list;
}

static const char *
few_text(char list[LIST_MAX], const struct ush_few *few)
{
	list[0] = '\0';
	for (size_t i = 0; i < few->count; i++)
		append(list, few->items[i]);
	return list;
}

static void
put_case(struct ush_csv *csv, const struct ush_case_status *status)
{
	const struct ush_mark none = {.number = "", .author = "", .note = ""};
	const struct ush_mark *mark = status->mark != NULL ? status->mark : &none;

	ush_csv_text(csv, status->is_open ? "yes" : "no");
	ush_csv_text(csv, mark->number);
	ush_csv_text(csv, status->mark != NULL ? ush_case_state_text(mark->state) : "");
	ush_csv_time(csv, mark->as_of_ms);
	ush_csv_text(csv, mark->author);
	ush_csv_text(csv, mark->note);
}

void
ush_hosts_csv_row(FILE *to, const struct ush_command *command, const struct ush_host *host)
{
	const struct ush_verdict *verdict = &host->verdicts.items[0];
	struct ush_machine machine;
	struct ush_case_status status = ush_case_of(&command->marks, command->identities, host);
	struct ush_csv csv = {.to = to};
	char note[USH_HOST_NOTE_MAX];
	char list[LIST_MAX];

	ush_csv_text(&csv, ush_call_text(verdict->call));
	ush_csv_text(&csv, verdict->why);
	ush_csv_text(&csv, also_text(list, &host->verdicts));
	ush_csv_text(&csv, host->address);
	if (!ush_host_machine(command, host, &machine))
		machine = (struct ush_machine){"?", "", "", "", ""};
	ush_csv_text(&csv, machine.name);
	ush_csv_text(&csv, machine.hardware);
	ush_csv_text(&csv, machine.owner);
	ush_csv_text(&csv, machine.place);
	ush_csv_text(&csv, machine.asset);
	ush_csv_text(&csv, host->campaign);
	ush_csv_uint(&csv, host->dns);
	ush_csv_uint(&csv, host->hits);
	if (host->real > 0)
		ush_csv_uint(&csv, host->real);
	else
		ush_csv_text(&csv, "?");
	ush_csv_text(&csv, few_text(list, &host->real_addresses));
	ush_csv_uint(&csv, host->profiles);
	ush_csv_time(&csv, host->first_ms);
	ush_csv_time(&csv, host->last_ms);
	ush_csv_text(&csv, verdict->reason);
	ush_csv_text(&csv, ush_host_note(note, host));
	put_case(&csv, &status);
	ush_csv_end(&csv);
}
