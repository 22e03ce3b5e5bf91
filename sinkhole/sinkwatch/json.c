/* SPDX-License-Identifier: BSD-3-Clause */
/* The pages for programs: what `sinkctl --json` prints, by the same functions. */
#include <stdlib.h>
#include <string.h>
#include "sinkhole/sinkctl/answers.h"
#include "sinkhole/sinkwatch/pages.h"

/* Rows of one answer; ?from= goes on behind them. */
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

static bool
is_of_row(const struct ush_host *host, const struct ush_row *row)
{
	return strcmp(host->campaign, row->campaign) == 0 && host->known.claimed == row->is_claimed;
}

/* Appends the row's host, asked for anew: a row has no rhythms. One that has gone meanwhile is left
 * out. */
static int
add_host(struct ush_hosts *hosts, struct ush_view *view, const struct ush_row *row,
    struct ush_error *err)
{
	const struct ush_command *command = view->command;
	struct ush_hosts found;

	if (ush_hosts_find(&found, command->store, command->settings, row->address, err) != 0)
		return -1;
	for (size_t i = 0; i < found.count; i++) {
		if (is_of_row(&found.items[i], row)) {
			hosts->items[hosts->count++] = found.items[i];
			found.items[i] = found.items[--found.count];
			break;
		}
	}
	ush_hosts_fini(&found);
	return 0;
}

int
ush_json_hosts(struct ush_view *view, const char *subject, struct ush_error *err)
{
	const struct ush_query *query = view->query;
	const struct ush_rows rows = {.has_call = query->has_call,
	    .call = query->call,
	    .campaign = query->campaign[0] != '\0' ? query->campaign : NULL,
	    .find = query->find};
	struct ush_hosts hosts = {.items = calloc(ROWS_MAX, sizeof(*hosts.items))};
	json_t *answer = NULL;
	size_t fit = 0;
	int rc = hosts.items != NULL ? 0 : ush_fail(err, NULL, 0, "out of memory");

	(void)subject;
	/* Then there are no rows, which must not read as no hosts. */
	if (view->overview->failed.text[0] != '\0') {
		*err = view->overview->failed;
		rc = -1;
	}
	for (size_t i = 0; rc == 0 && i < view->overview->count; i++) {
		const struct ush_row *row = &view->overview->rows[i];

		if (!ush_rows_fit(view, &rows, row))
			continue;
		if (fit >= query->from && fit - query->from < ROWS_MAX)
			rc = add_host(&hosts, view, row, err);
		fit++;
	}
	if (rc == 0) {
		answer = ush_hosts_answer(view->command, &hosts, view->sensors);
		if (fit > query->from + ROWS_MAX)
			ush_put_uint(answer, "next_from", query->from + ROWS_MAX);
	}
	ush_hosts_fini(&hosts);
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
	    .list = view->overview->list};
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
	struct ush_store_size size;

	(void)subject;
	if (ush_store_size(view->command->store, &size, err) != 0)
		return -1;
	return put_answer(view, ush_status_answer(view->command, view->sensors, &size, err), err);
}
