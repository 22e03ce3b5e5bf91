/* SPDX-License-Identifier: BSD-3-Clause */
/* sinkctl hunt: who asked for a name before it was listed. It asks no store. */
#include <stdio.h>
#include <string.h>
#include "common/terminal.h"
#include "sinkhole/sinkctl/command.h"
#include "sinkhole/sinkctl/hunt.h"
#include "sinkhole/sinkctl/table.h"

static const struct ush_column columns[] = {
    {"HOST", false, USH_ELIDE_MIDDLE, 16},
    {"NAME", false, USH_ELIDE_END, 8},
    {"ASKED FOR", false, USH_ELIDE_NEVER, 0},
    {"REAL", false, USH_ELIDE_NEVER, 0},
    {"FIRST HOUR", false, USH_ELIDE_NEVER, 0},
    {"LAST HOUR", false, USH_ELIDE_NEVER, 0},
    {NULL, false, USH_ELIDE_NEVER, 0},
};

/* What is asked. */
struct subject {
	const struct ush_command *command;
	const struct ush_blocklist *list; /* NULL: the command's name is asked about */
	const struct ush_hunt *hunt;
};

static int
add_row(struct ush_table *table, const struct ush_command *command,
    const struct ush_passive_found *found)
{
	char address[USH_ADDRESS_TEXT_MAX];
	char first[USH_HUNT_HOUR_MAX];
	char last[USH_HUNT_HOUR_MAX];
	struct ush_machine machine = {.name = "-"};
	const char *cells[6];

	ush_address_to_text(&found->client, address);
	if (!ush_hunt_machine(command, found, &machine))
		machine.name = "-";
	cells[0] = address;
	cells[1] = machine.name;
	cells[2] = ush_hunt_asked(found);
	cells[3] = found->is_real ? "yes" : "?";
	cells[4] = ush_hunt_hour(first, found->first_ms);
	cells[5] = ush_hunt_hour(last, found->last_ms);
	return ush_table_add(table, cells);
}

/* The name, and where it is listed. */
static void
print_title(const struct subject *subject, uint32_t number)
{
	struct ush_source source;
	struct ush_rule rule;
	struct ush_class class;
	char line[1024];

	if (subject->list == NULL) {
		ush_print_wrapped(subject->command, 0, 2, subject->command->asked);
		return;
	}
	if (ush_blocklist_source(subject->list, number, &source) != 0)
		return;
	ush_blocklist_rule(subject->list, number, &rule);
	ush_blocklist_class(subject->list, rule.class_id, &class);
	snprintf(line, sizeof(line), "%s%s, campaign %s, feed %s%s%s", rule.exact ? "" : "*.",
	    source.trigger, class.campaign, source.feed, source.added[0] != '\0' ? ", added " : "",
	    source.added);
	ush_print_wrapped(subject->command, 0, 2, line);
}

/* All that was found for one name: from item `first`. Gives the first item of the next, 0 if it cannot
 * be printed. */
static size_t
print_name(const struct subject *subject, size_t first)
{
	const struct ush_passive_answer *answer = &subject->hunt->answer;
	struct ush_table *table = ush_table_new(columns);
	size_t i = first;
	int rc = table == NULL ? -1 : 0;

	printf("\n");
	print_title(subject, answer->items[first].number);
	for (; i < answer->count && answer->items[i].number == answer->items[first].number; i++)
		rc = rc == 0 ? add_row(table, subject->command, &answer->items[i]) : rc;
	if (rc == 0)
		rc = ush_table_print(table, stdout, subject->command->wide ? 0 : USH_TABLE_WIDTH);
	ush_table_free(table);
	return rc == 0 ? i : 0;
}

static void
print_record(const struct subject *subject)
{
	const struct ush_passive_answer *answer = &subject->hunt->answer;
	char begin[USH_HUNT_HOUR_MAX];
	char line[512];

	if (answer->files == 0)
		snprintf(line, sizeof(line),
		    "The passive record is empty: nothing can be said of earlier questions.");
	else if (answer->count == 0)
		snprintf(line, sizeof(line),
		    "No client is on record as asking for %s while it was not listed. The record "
		    "begins %s.",
		    subject->list != NULL ? "a name of the list" : subject->command->asked,
		    ush_hunt_hour(begin, answer->begin_ms));
	else
		snprintf(line, sizeof(line),
		    "Asked for while it was not listed. The record begins %s.",
		    ush_hunt_hour(begin, answer->begin_ms));
	ush_print_wrapped(subject->command, 0, 0, line);
}

static int
print_text(const struct subject *subject)
{
	size_t i = 0;

	print_record(subject);
	while (i < subject->hunt->answer.count) {
		i = print_name(subject, i);
		if (i == 0)
			return -1;
	}
	return fflush(stdout) == 0 ? 0 : -1;
}

static void
put_name(json_t *object, const struct subject *subject, uint32_t number)
{
	struct ush_source source;
	struct ush_rule rule;
	struct ush_class class;

	if (subject->list == NULL) {
		ush_put_text(object, "listed", subject->command->asked);
		return;
	}
	if (ush_blocklist_source(subject->list, number, &source) != 0)
		return;
	ush_blocklist_rule(subject->list, number, &rule);
	ush_blocklist_class(subject->list, rule.class_id, &class);
	ush_put_text(object, "listed", source.trigger);
	ush_put_text(object, "campaign", class.campaign);
	ush_put_text(object, "feed", source.feed);
	ush_put_text(object, "added", source.added);
}

static int
print_json(const struct subject *subject)
{
	const struct ush_passive_answer *answer = &subject->hunt->answer;
	json_t *object = json_object();
	json_t *found = json_array();

	ush_put_time(object, "record_begins", answer->begin_ms);
	ush_put_uint(object, "names", subject->hunt->names);
	for (size_t i = 0; i < answer->count; i++) {
		json_t *row = ush_hunt_json(subject->command, &answer->items[i]);

		put_name(row, subject, answer->items[i].number);
		json_array_append_new(found, row);
	}
	json_object_set_new(object, "found", found);
	return ush_print_json(object) == USH_EXIT_DONE ? 0 : -1;
}

static int
hunt(struct subject *subject, struct ush_hunt *found, struct ush_error *err)
{
	const struct ush_command *command = subject->command;

	if (command->asked != NULL)
		return ush_hunt_name(found, command, command->asked, err);
	if (subject->list == NULL)
		return ush_fail(err, NULL, 0, "there is no list on this machine to hunt for");
	return ush_hunt_list(found, command, subject->list, command->host, err);
}

int
ush_cmd_hunt(struct ush_command *command)
{
	struct ush_blocklist *list =
	    command->asked == NULL ? ush_command_open_list(command->settings) : NULL;
	struct ush_hunt found = {0};
	struct subject subject = {.command = command, .list = list, .hunt = &found};
	struct ush_error err = {0};
	int rc = hunt(&subject, &found, &err);

	if (rc == 0 && (command->json ? print_json(&subject) : print_text(&subject)) != 0)
		rc = ush_fail(&err, NULL, 0, "the answer could not be written");
	rc = rc == 0 ? ush_command_unread(&found.unread) : ush_command_fail(&err);
	ush_hunt_fini(&found);
	ush_blocklist_close(list);
	return rc;
}
