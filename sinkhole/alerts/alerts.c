/* SPDX-License-Identifier: BSD-3-Clause */
#include "sinkhole/alerts/alerts.h"

#include <stdlib.h>
#include <string.h>
#include "sinkhole/alerts/compose.h"
#include "sinkhole/alerts/look.h"
#include "sinkhole/alerts/message.h"
#include "sinkhole/alerts/queue.h"

/* A message about many shows so many of them. */
#define LINES_MAX 50

_Static_assert(USH_CALLS == USH_ALERT_CALLS, "the settings have a bit for each call");

bool
ush_alert_may_go(struct ush_alert_look *look, uint32_t about)
{
	if (look->is_quiet && (look->settings->quiet_about & about) == 0)
		return false;
	return ush_pace_take(&look->state.pace, look->now_ms, look->settings->max_per_hour);
}

int
ush_alert_send(struct ush_alert_look *look, json_t *message, struct ush_error *err)
{
	char *body = ush_message_dump(message);
	uint64_t id;
	int rc;

	json_decref(message);
	if (body == NULL)
		return ush_fail(err, NULL, 0, "out of memory");
	rc = ush_queue_put(look->file, look->overview->settings, body, look->now_ms, &id, err);
	free(body);
	return rc;
}

int
ush_alert_keep(struct ush_alert_look *look, uint32_t about, json_t *message, struct ush_error *err)
{
	const json_t *about_host = json_object_get(message, "host");
	char host[USH_ADDRESS_TEXT_MAX] = "";
	char *body = ush_message_dump(message);
	int rc;

	if (about_host != NULL)
		snprintf(host, sizeof(host), "%s", json_string_value(about_host));
	json_decref(message);
	if (body == NULL)
		return ush_fail(err, NULL, 0, "out of memory");
	rc = ush_alert_hold(look->file, about, host, look->now_ms, body, err);
	free(body);
	return rc;
}

static int
send_host(struct ush_alert_look *look, const struct ush_row *row, enum ush_alert_reason reason,
    enum ush_call before, struct ush_error *err)
{
	struct ush_hosts rows;
	json_t *message;

	if (ush_hosts_find(&rows, look->store, look->overview->settings, row->address, err) != 0)
		return -1;
	message = ush_compose_host(look->overview, row, &rows, reason, before);
	ush_hosts_fini(&rows);
	if (ush_alert_unhold(look->file, row->address, err) != 0) {
		json_decref(message);
		return -1;
	}
	return ush_alert_send(look, message, err);
}

static int
say_host(struct ush_alert_look *look, const struct ush_alert_host *host,
    enum ush_alert_reason reason, enum ush_call before, struct ush_error *err)
{
	const struct ush_row *row = &look->overview->rows[host->which];
	uint32_t about = 1u << host->call;

	/* What was known at the first look is collected whatever the hour. */
	if (look->state.begun_ms != 0 && ush_alert_may_go(look, about))
		return send_host(look, row, reason, before, err);
	return ush_alert_keep(
	    look, about, ush_compose_line(look->overview, row, reason, before), err);
}

static int
compare_alerted(const void *address, const void *alerted)
{
	return strcmp(address, ((const struct ush_alerted *)alerted)->address);
}

static bool
is_same(const struct ush_alerted *a, const struct ush_alerted *b)
{
	return a->call == b->call && a->is_real == b->is_real && a->reopened_ms == b->reopened_ms &&
	       strcmp(a->hardware, b->hardware) == 0;
}

static int
look_at_host(struct ush_alert_look *look, const struct ush_alert_host *host,
    const struct ush_alerted *before, struct ush_error *err)
{
	enum ush_alert_reason reason = ush_alert_decide(host, before);
	struct ush_alerted after;

	ush_alert_remember(&after, host, before, reason);
	if ((before == NULL || !is_same(&after, before)) &&
	    ush_alerted_write(look->file, &after, err) != 0)
		return -1;
	if (reason == USH_ALERT_NOT)
		return 0;
	return say_host(look, host, reason, before != NULL ? before->call : host->call, err);
}

/* Those rows whose call alerts; returns how many. */
static size_t
take_rows(const struct ush_alert_look *look, struct ush_alert_row *out)
{
	const struct ush_overview *overview = look->overview;
	size_t count = 0;

	/* In a drill every row is one of a drill. */
	if (overview->settings->drill && (look->settings->about & 1u << USH_CALL_DRILL) == 0)
		return 0;
	for (size_t i = 0; i < overview->count; i++) {
		const struct ush_row *row = &overview->rows[i];
		const struct ush_case_status *status = &row->status;
		struct ush_machine machine;

		if ((look->settings->about & 1u << row->verdicts->urgency) == 0)
			continue;
		if (!ush_identity_of(
		        overview->identities, row->address, row->last_ms, row->last_ms, &machine))
			machine.hardware = "";
		out[count++] = (struct ush_alert_row){.address = row->address,
		    .hardware = machine.hardware,
		    .call = row->verdicts->urgency,
		    .last_ms = row->last_ms,
		    .is_real = row->real > 0,
		    .is_open = status->is_open,
		    .is_settled = status->is_settled,
		    .reopened_ms = status->reopened != NULL ? status->mark->made_ms : 0,
		    .which = i};
	}
	return count;
}

/* The worst first, so that these go when not all may. */
static int
compare_hosts(const void *left, const void *right)
{
	const struct ush_alert_host *a = left, *b = right;

	if (a->call != b->call)
		return a->call < b->call ? -1 : 1;
	return strcmp(a->address, b->address);
}

/* The rows of all hosts, as ush_alert_hosts() sorts them. */
struct sorted {
	const struct ush_alert_row *rows;
	size_t count;
};

/* The row of the host by which it needs most: one that is open, else one that is not settled. NULL: none. */
static const struct ush_alert_row *
first_row(const struct sorted *sorted, const char *host)
{
	size_t from = 0;
	size_t to = sorted->count;

	while (from < to) {
		size_t middle = from + (to - from) / 2;

		if (strcmp(sorted->rows[middle].address, host) < 0)
			from = middle + 1;
		else
			to = middle;
	}
	return from < sorted->count && strcmp(sorted->rows[from].address, host) == 0
	           ? &sorted->rows[from]
	           : NULL;
}

/* Whether what waits of the host is still to be said. That it was given a real address is, to those who work
 * on it. */
static int
is_news(void *arg, const char *host, const char *body)
{
	const struct ush_alert_row *row = first_row(arg, host);
	json_t *message;
	const char *reason;
	bool is_real;

	if (row == NULL || row->is_open)
		return 1;
	if (row->is_settled)
		return 0;
	message = json_loads(body, 0, NULL);
	reason = json_string_value(json_object_get(message, "reason"));
	is_real = reason != NULL && strcmp(reason, ush_alert_reason_text(USH_ALERT_REAL)) == 0;
	json_decref(message);
	return is_real;
}

static int
look_at_hosts(struct ush_alert_look *look, struct ush_error *err)
{
	size_t room = look->overview->count + 1;
	struct ush_alert_row *rows = calloc(room, sizeof(*rows));
	struct ush_alert_host *hosts = calloc(room, sizeof(*hosts));
	struct sorted sorted = {.rows = rows};
	struct ush_alerted *said = NULL;
	size_t said_count = 0;
	size_t count;
	int rc = -1;

	if (rows == NULL || hosts == NULL) {
		ush_fail(err, NULL, 0, "out of memory");
	} else if (ush_alerted_read(look->file, &said, &said_count, err) == 0) {
		sorted.count = take_rows(look, rows);
		count = ush_alert_hosts(hosts, rows, sorted.count, look->settings->about);
		qsort(hosts, count, sizeof(*hosts), compare_hosts);
		rc = ush_alert_held_keep(look->file, is_news, &sorted, err);
		for (size_t i = 0; i < count && rc == 0; i++)
			rc = look_at_host(look, &hosts[i],
			    said_count == 0 ? NULL
			                    : bsearch(hosts[i].address, said, said_count,
			                          sizeof(*said), compare_alerted),
			    err);
	}
	free(said);
	free(hosts);
	free(rows);
	return rc;
}

static int
add_held(void *arg, const char *body)
{
	json_t *message = json_loads(body, 0, NULL);

	return message != NULL ? json_array_append_new(arg, message) : 0;
}

/* What had to wait, in one message, when that may go. */
static int
release(struct ush_alert_look *look, struct ush_error *err)
{
	uint32_t about = look->is_quiet ? look->settings->quiet_about : UINT32_MAX;
	bool is_first = look->state.begun_ms == 0;
	uint64_t counts[USH_ALERT_CALLS + 1];
	uint64_t all = 0;
	json_t *messages;
	int rc;

	if (ush_alert_held_count(look->file, about, counts, err) != 0)
		return -1;
	for (size_t i = 0; i <= USH_ALERT_CALLS; i++)
		all += counts[i];
	if (all == 0 ||
	    !ush_pace_take_all(&look->state.pace, look->now_ms, look->settings->max_per_hour))
		return 0;
	messages = json_array();
	rc = ush_alert_held_take(look->file, about, LINES_MAX, add_held, messages, err);
	if (rc == 0)
		rc = ush_alert_send(
		    look, ush_compose_many(look->overview, counts, messages, is_first), err);
	json_decref(messages);
	return rc;
}

static int
look_at_all(struct ush_alert_look *look, struct ush_error *err)
{
	bool is_known = look->overview->failed.text[0] == '\0';
	struct ush_alert_state before;

	if (ush_alert_state_read(look->file, &look->state, err) != 0)
		return -1;
	before = look->state;
	if (ush_alert_look_at_sinkhole(look, err) != 0 ||
	    (is_known && look_at_hosts(look, err) != 0) || release(look, err) != 0)
		return -1;
	if (is_known && look->state.begun_ms == 0)
		look->state.begun_ms = look->now_ms;
	return memcmp(&before, &look->state, sizeof(before)) == 0
	           ? 0
	           : ush_alert_state_write(look->file, &look->state, err);
}

int
ush_alerts_look(const struct ush_overview *overview, struct ush_store *store, struct ush_error *err)
{
	const struct ush_alert_settings *settings = &overview->settings->alerts;
	struct ush_alert_look look = {.overview = overview,
	    .settings = settings,
	    .store = store,
	    .now_ms = overview->made_ms,
	    .is_quiet = ush_quiet_is(&settings->quiet, overview->made_ms)};
	int rc = -1;

	if (settings->output_count == 0 || overview->is_reading)
		return 0;
	if (ush_alert_file_open(&look.file, overview->settings, true, err) != 0)
		return -1;
	if (ush_alert_file_begin(look.file, err) == 0) {
		rc = look_at_all(&look, err);
		if (rc == 0)
			rc = ush_alert_file_commit(look.file, err);
		if (rc != 0)
			ush_alert_file_rollback(look.file);
	}
	ush_alert_file_close(look.file);
	return rc;
}
