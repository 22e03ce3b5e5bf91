/* SPDX-License-Identifier: BSD-3-Clause */
/* The pages for programs: what `sinkctl --json` prints, by the same functions. */
#include <stdlib.h>
#include <string.h>
#include "sinkhole/sinkctl/answers.h"
#include "sinkhole/sinkwatch/pages.h"
#include "sinkhole/store/host_reader.h"

/* Rows of one answer, or of each list of a host's; ?from= goes on behind them. */
#define ROWS_MAX 1000

static int
put_bytes(const char *bytes, size_t len, void *arg)
{
	return evbuffer_add(arg, bytes, len);
}

/* Writes and frees the answer (NULL: err says why there is none). */
static int
put_answer(struct ush_view *view, json_t *answer, struct ush_error *err)
{
	int rc;

	if (answer == NULL)
		return -1;
	if (view->html.is_covered)
		ush_view_cover_json(view, answer);
	rc = json_dump_callback(
	    answer, put_bytes, view->html.out, JSON_INDENT(2) | JSON_ENSURE_ASCII);
	json_decref(answer);
	if (rc != 0 || evbuffer_add(view->html.out, "\n", 1) != 0)
		return ush_fail(err, NULL, 0, "out of memory");
	return 0;
}

/* Hosts that are asked for anew, one for each row: a row has no rhythms. One that has gone meanwhile is
 * left out. */
struct part {
	struct ush_host_reader *reader;
	const struct ush_row *row; /* that is looked for */
	struct ush_hosts hosts;    /* room for ROWS_MAX */
};

static int
keep_host(void *arg, struct ush_host *rows, size_t count)
{
	struct part *part = arg;
	struct ush_hosts *hosts = &part->hosts;

	for (size_t i = 0; i < count; i++) {
		if (strcmp(rows[i].campaign, part->row->campaign) == 0 &&
		    rows[i].known.claimed == part->row->is_claimed)
			hosts->items[hosts->count++] = rows[i];
		else
			ush_host_fini(&rows[i]);
	}
	return 0;
}

/* *fit: how many rows fit, of which the part has those from query->from on. */
static int
read_part(struct part *part, struct ush_view *view, size_t *fit, struct ush_error *err)
{
	const struct ush_query *query = view->query;
	const struct ush_rows rows = {.has_call = query->has_call,
	    .call = query->call,
	    .campaign = query->campaign[0] != '\0' ? query->campaign : NULL,
	    .find = query->find};
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < view->overview->count; i++) {
		part->row = &view->overview->rows[i];
		if (!ush_rows_fit(view, &rows, part->row))
			continue;
		if (*fit >= query->from && *fit - query->from < ROWS_MAX)
			rc = ush_host_reader_read(
			    part->reader, part->row->address, keep_host, part, err);
		(*fit)++;
	}
	return rc;
}

int
ush_json_hosts(struct ush_view *view, const char *subject, struct ush_error *err)
{
	const struct ush_command *command = view->command;
	struct part part = {.hosts.items = calloc(ROWS_MAX, sizeof(struct ush_host))};
	json_t *answer = NULL;
	size_t fit = 0;

	(void)subject;
	if (part.hosts.items == NULL)
		return ush_fail(err, NULL, 0, "out of memory");
	/* Then there are no rows, which must not read as no hosts. */
	if (view->overview->failed.text[0] != '\0')
		*err = view->overview->failed;
	else if (ush_host_reader_open(
	             &part.reader, command->store, command->settings, USH_READ_ONE, err) == 0 &&
	         read_part(&part, view, &fit, err) == 0) {
		answer = ush_hosts_answer(command, &part.hosts, view->sensors);
		if (fit > view->query->from + ROWS_MAX)
			ush_put_uint(answer, "next_from", view->query->from + ROWS_MAX);
	}
	ush_host_reader_close(part.reader);
	ush_hosts_fini(&part.hosts);
	return put_answer(view, answer, err);
}

int
ush_json_host(struct ush_view *view, const char *subject, struct ush_error *err)
{
	const struct ush_command *command = view->command;
	struct ush_hosts hosts;
	struct ush_host_page page = {.command = command,
	    .hosts = &hosts,
	    .sensors = view->sensors,
	    .list = view->overview->list,
	    .from = view->query->from,
	    .most = ROWS_MAX};
	int rc;

	(void)subject;
	if (ush_hosts_find(&hosts, command->store, command->settings, command->host, err) != 0)
		return -1;
	rc = put_answer(view, ush_host_answer(&page, err), err);
	ush_hosts_fini(&hosts);
	return rc;
}

int
ush_json_status(struct ush_view *view, const char *subject, struct ush_error *err)
{
	const struct ush_command *command = view->command;
	struct ush_sums *sums = view->overview->sums;
	json_t *answer = NULL;

	(void)subject;
	/* Where the store has failed, the page's own connection may say more. */
	if (sums != NULL)
		ush_sums_share(sums);
	else if (ush_sums_make(&sums, command->store, command->settings, err) != 0)
		return -1;
	answer = ush_status_answer(command, view->sensors, sums, err);
	ush_sums_free(sums);
	return put_answer(view, answer, err);
}
