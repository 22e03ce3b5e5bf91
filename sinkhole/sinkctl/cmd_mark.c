/* SPDX-License-Identifier: BSD-3-Clause */
/* sinkctl mark HOST STATE: what a person found out about a host, kept beside the store. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "sinkhole/sinkctl/asked.h"
#include "sinkhole/sinkctl/case_row.h"
#include "sinkhole/sinkctl/command.h"
#include "sinkhole/sinkctl/exception.h"

#define WORD_MAX 128
#define NOTE_MAX 1000

/* Texts that will be shown again and again. */
static int
check_text(const char *option, const char *text, size_t max, struct ush_error *err)
{
	json_t *string = json_string(text);
	bool is_text = string != NULL && strpbrk(text, "\n\r\t") == NULL;

	json_decref(string);
	if (!is_text)
		return ush_fail(err, option, 0, "is no line of UTF-8");
	if (strlen(text) > max)
		return ush_fail(err, option, 0, "is longer than %zu bytes", max);
	return 0;
}

/* "yoshida", or "yoshida (root)" if root says so of yoshida. */
static const char *
author_name(char buf[2 * WORD_MAX + 4], const struct ush_command *command)
{
	const char *login = ush_login_name();

	if (command->mark.author == NULL || strcmp(command->mark.author, login) == 0)
		snprintf(buf, 2 * WORD_MAX + 4, "%.*s", WORD_MAX, login);
	else
		snprintf(buf, 2 * WORD_MAX + 4, "%s (%.*s)", command->mark.author, WORD_MAX, login);
	return buf;
}

static int
check_texts(const struct ush_command *command, struct ush_error *err)
{
	const struct ush_mark_options *mark = &command->mark;

	if ((mark->author != NULL && check_text("--by", mark->author, WORD_MAX, err) != 0) ||
	    (mark->number != NULL && check_text("--case", mark->number, WORD_MAX, err) != 0) ||
	    (mark->note != NULL && check_text("--note", mark->note, NOTE_MAX, err) != 0))
		return -1;
	return 0;
}

/* The rows of the host that the mark is for; their texts are those of `hosts`. -1 if there are none. */
static int
find_rows(const struct ush_command *command, const struct ush_hosts *hosts, struct ush_mark *mark,
    struct ush_error *err)
{
	mark->rows = calloc(hosts->count + 1, sizeof(*mark->rows));
	if (mark->rows == NULL)
		return ush_fail(err, NULL, 0, "out of memory");
	for (size_t i = 0; i < hosts->count; i++) {
		const struct ush_host *host = &hosts->items[i];

		if (command->campaign != NULL && strcmp(host->campaign, command->campaign) != 0)
			continue;
		mark->rows[mark->row_count++] = (struct ush_marked){.campaign = host->campaign,
		    .claimed = host->known.claimed,
		    .call = ush_case_call(host)};
	}
	if (mark->row_count > 0)
		return 0;
	return ush_fail(err, command->host, 0, "has not been seen%s%s: there is nothing to mark",
	    command->campaign != NULL ? " for the campaign " : "",
	    command->campaign != NULL ? command->campaign : "");
}

/* Of the rows that are marked. */
static uint64_t
last_act(const struct ush_command *command, const struct ush_hosts *hosts)
{
	uint64_t last_ms = 0;

	for (size_t i = 0; i < hosts->count; i++) {
		const struct ush_host *host = &hosts->items[i];

		if (host->last_ms > last_ms &&
		    (command->campaign == NULL || strcmp(host->campaign, command->campaign) == 0))
			last_ms = host->last_ms;
	}
	return last_ms;
}

/* Until when the mark knows what the host did. If the machine that acted has lost the address since, the mark is about
 * that machine alone: of what the next one does nobody has judged. */
static uint64_t
as_of(const struct ush_command *command, uint64_t last_ms)
{
	struct ush_machine acted, present;

	if (command->mark.as_of_ms != 0)
		return command->mark.as_of_ms;
	if (command->until_ms != 0 && command->until_ms <= command->now_ms)
		return command->until_ms - 1; /* asked by the name of one that had it until then */
	if (!ush_identity_of(command->identities, command->host, last_ms, last_ms, &acted))
		return command->now_ms;
	return ush_identity_of(command->identities, command->host, command->now_ms, command->now_ms,
	           &present) &&
	               strcmp(acted.hardware, present.hardware) == 0
	           ? command->now_ms
	           : last_ms;
}

static int
keep(const struct ush_command *command, const struct ush_mark *mark, struct ush_error *err)
{
	struct ush_records *records;
	int rc;

	if (ush_records_open(&records, command->settings, true, err) != 0)
		return -1;
	rc = ush_mark_add(records, mark, err);
	ush_records_close(records);
	return rc;
}

static int
answer(const struct ush_command *command, const struct ush_mark *mark, struct ush_error *err)
{
	bool is_false = mark->state == USH_CASE_FALSE_ALARM;
	char text[USH_CASE_TEXT_MAX];
	char line[USH_CASE_TEXT_MAX + 64];

	if (command->json) {
		json_t *object = ush_mark_json(mark);

		ush_put_text(object, "host", mark->host);
		if (is_false && ush_exception_put(object, command, err) != 0) {
			json_decref(object);
			return -1;
		}
		return ush_print_json(object) == USH_EXIT_DONE ? 0 : -1;
	}
	snprintf(line, sizeof(line), "%s: %s", mark->host, ush_mark_text(text, command, mark));
	ush_print_wrapped(command, 0, 2, line);
	if (is_false && ush_exception_print(command, err) != 0)
		return -1;
	return fflush(stdout) == 0 ? 0 : ush_fail(err, NULL, 0, "the answer could not be written");
}

int
ush_cmd_mark(struct ush_command *command)
{
	const struct ush_mark_options *given = &command->mark;
	char host[USH_ADDRESS_TEXT_MAX];
	char author[2 * WORD_MAX + 4];
	struct ush_error err = {0};
	struct ush_hosts hosts;
	struct ush_mark mark;
	uint64_t acted_ms;
	int rc;

	if (check_texts(command, &err) != 0 || ush_asked_find(command, host, &err) != 0)
		return ush_command_fail(&err);
	mark = (struct ush_mark){
	    .host = command->host,
	    .campaign = command->campaign != NULL ? command->campaign : "",
	    .state = given->state,
	    .made_ms = command->now_ms,
	    .author = author_name(author, command),
	    .number = given->number != NULL ? given->number : "",
	    .note = given->note != NULL ? given->note : "",
	};
	if (ush_hosts_find(&hosts, command->store, command->settings, command->host, &err) != 0)
		return ush_command_fail(&err);
	acted_ms = last_act(command, &hosts);
	mark.as_of_ms = as_of(command, acted_ms);
	rc = find_rows(command, &hosts, &mark, &err);
	/* Asked by the name of a machine that got the address after the one that acted. */
	if (rc == 0 && acted_ms < command->since_ms)
		rc = ush_fail(&err, command->host, 0,
		    "all that was seen is from before this machine had the address: mark the "
		    "machine that acted, or the address");
	if (rc == 0)
		rc = keep(command, &mark, &err);
	if (rc == 0)
		rc = answer(command, &mark, &err);
	free(mark.rows);
	ush_hosts_fini(&hosts);
	return rc == 0 ? USH_EXIT_DONE : ush_command_fail(&err);
}
