/* SPDX-License-Identifier: BSD-3-Clause */
/* sinkctl hosts: the table of infected hosts. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "sinkhole/sinkctl/answers.h"
#include "sinkhole/sinkctl/brief.h"
#include "sinkhole/sinkctl/case_row.h"
#include "sinkhole/sinkctl/command.h"
#include "sinkhole/sinkctl/header.h"
#include "sinkhole/sinkctl/host_row.h"
#include "sinkhole/sinkctl/hosts_csv.h"
#include "sinkhole/sinkctl/hosts_table.h"
#include "sinkhole/sinkctl/machine_row.h"
#include "sinkhole/store/hosts.h"
#include "sinkhole/store/risen.h"

/* Whether the row was not there then, or its call is worse than it was. */
static bool
is_new(const struct ush_command *command, const struct ush_host *host)
{
	const struct ush_row_call *then;

	if (host->first_ms >= command->new_ms)
		return true;
	then = ush_row_call_find(command->before, command->before_count,
	    ush_row_key(host->address, host->campaign, host->known.claimed));
	return then != NULL && host->verdicts.urgency < then->call;
}

/* Whether the call is the row's worst or one of those beside it. */
bool
ush_host_is_wanted(const struct ush_command *command, const struct ush_host *host)
{
	return (!command->has_call || ush_verdicts_have(&host->verdicts, command->call)) &&
	       (command->campaign == NULL || strcmp(host->campaign, command->campaign) == 0) &&
	       is_new(command, host) &&
	       (!command->open || ush_case_of(&command->marks, command->identities, host).is_open);
}

/* Why there is no row. */
static void
print_nothing(const struct ush_command *command, const struct ush_hosts *hosts,
    const struct ush_sensors *sensors)
{
	if (hosts->count > 0)
		printf("No host fits the filter; without it there are %zu rows.\n", hosts->count);
	else if (ush_header_is_looking(command, sensors))
		printf("Nothing seen: no host asked for a listed name or called the sinkhole.\n");
	else
		printf("Nothing seen in what was read, but that says little: not all sensors "
		       "look, or\nnot all logs could be read (above).\n");
}

static int
print_table(const struct ush_command *command, const struct ush_hosts *hosts,
    const struct ush_sensors *sensors)
{
	size_t rows = 0;
	int rc;

	if (command->brief)
		ush_brief_print_head(command, hosts, sensors);
	else
		ush_header_print(command, sensors);
	ush_header_print_window(command);
	printf("\n");
	rc = ush_hosts_table_print(command, hosts, &rows);
	if (rc == 0 && rows == 0)
		print_nothing(command, hosts, sensors);
	else if (rc == 0 && command->brief)
		ush_brief_print_foot(command, hosts, rows);
	if (rc == 0 && fflush(stdout) == 0)
		return USH_EXIT_DONE;
	fprintf(stderr, USH_PROGRAM ": the answer could not be written\n");
	return USH_EXIT_BAD;
}

/* Of each fact that came more than once, under its word. */
static json_t *
rhythms_json(const struct ush_host *host)
{
	json_t *rhythms = json_object();

	for (unsigned i = 0; i < USH_FACTS; i++) {
		const struct ush_rhythm *rhythm =
		    &ush_tally_of(&host->known.facts, (enum ush_fact)i)->rhythm;

		if (rhythm->visits >= 2)
			json_object_set_new(
			    rhythms, ush_fact_text((enum ush_fact)i), ush_host_rhythm_json(rhythm));
	}
	return rhythms;
}

json_t *
ush_host_row_answer(const struct ush_command *command, const struct ush_host *host)
{
	json_t *object = json_object();
	struct ush_case_status status;

	ush_host_put_verdicts(object, host);
	ush_put_text(object, "host", host->address);
	ush_host_put_machine(object, command, host);
	ush_host_put_others(object, host);
	ush_put_text(object, "campaign", host->campaign);
	ush_host_put_counts(object, host);
	json_object_set_new(object, "rhythm", rhythms_json(host));
	status = ush_case_of(&command->marks, command->identities, host);
	ush_case_put(object, &status);
	return object;
}

json_t *
ush_hosts_answer(const struct ush_command *command, const struct ush_hosts *hosts,
    const struct ush_sensors *sensors)
{
	json_t *answer = json_object();
	json_t *array = json_array();

	ush_header_put(answer, command, sensors);
	ush_header_put_window(answer, command);
	for (size_t i = 0; i < hosts->count; i++) {
		if (ush_host_is_wanted(command, &hosts->items[i]))
			json_array_append_new(
			    array, ush_host_row_answer(command, &hosts->items[i]));
	}
	json_object_set_new(answer, "hosts", array);
	return answer;
}

static int
print_csv(const struct ush_command *command, const struct ush_hosts *hosts)
{
	ush_hosts_csv_begin(stdout);
	for (size_t i = 0; i < hosts->count; i++) {
		if (ush_host_is_wanted(command, &hosts->items[i]))
			ush_hosts_csv_row(stdout, command, &hosts->items[i]);
	}
	if (fflush(stdout) == 0 && !ferror(stdout))
		return USH_EXIT_DONE;
	fprintf(stderr, USH_PROGRAM ": the answer could not be written\n");
	return USH_EXIT_BAD;
}

int
ush_hosts_settled_last(
    struct ush_hosts *hosts, const struct ush_marks *marks, const struct ush_identities *identities)
{
	struct ush_host *items = calloc(hosts->count + 1, sizeof(*items));
	size_t count = 0;

	if (items == NULL)
		return -1;
	for (unsigned settled = 0; settled < 2; settled++) {
		for (size_t i = 0; i < hosts->count; i++) {
			if (ush_case_of(marks, identities, &hosts->items[i]).is_settled == settled)
				items[count++] = hosts->items[i];
		}
	}
	free(hosts->items);
	hosts->items = items;
	hosts->count = count;
	return 0;
}

/* The exit status for --fail-if: silence of a sensor that does not look is no good news. */
static int
find_failure(const struct ush_command *command, const struct ush_hosts *hosts,
    const struct ush_sensors *sensors)
{
	for (size_t i = 0; i < hosts->count; i++) {
		const struct ush_host *host = &hosts->items[i];

		if (ush_host_is_wanted(command, host) &&
		    host->verdicts.urgency <= command->fail_if &&
		    ush_case_of(&command->marks, command->identities, host).is_open)
			return USH_EXIT_FOUND;
	}
	return ush_header_is_looking(command, sensors) ? USH_EXIT_DONE : USH_EXIT_BAD;
}

int
ush_cmd_hosts(struct ush_command *command)
{
	struct ush_hosts hosts = {0};
	struct ush_sensors sensors = {0};
	struct ush_error err = {0};
	int rc;

	if (ush_hosts_find(&hosts, ush_command_within(command), command->settings, NULL, &err) !=
	        0 ||
	    ush_sensors_find(&sensors, command->store, command->settings, command->now_ms, &err) !=
	        0)
		rc = ush_command_fail(&err);
	else if (ush_hosts_settled_last(&hosts, &command->marks, command->identities) != 0)
		rc = ush_command_fail(&(struct ush_error){.text = "out of memory"});
	else if (command->json)
		rc = ush_print_json(ush_hosts_answer(command, &hosts, &sensors));
	else if (command->csv)
		rc = print_csv(command, &hosts);
	else
		rc = print_table(command, &hosts, &sensors);
	if (rc == USH_EXIT_DONE && command->has_fail_if)
		rc = find_failure(command, &hosts, &sensors);
	ush_hosts_fini(&hosts);
	ush_sensors_fini(&sensors);
	return rc;
}
