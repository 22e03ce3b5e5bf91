/* SPDX-License-Identifier: BSD-3-Clause */
#include "sinkhole/alerts/queue.h"

#include <stdio.h>
#include <string.h>
#include "sinkhole/alerts/file.h"

#define FIRST_DELAY_MS 1000u

/* Ends the statement: its number, 0 if there is none. */
static int
ask_number(struct ush_alert_file *file, sqlite3_stmt *stmt, uint64_t *out, struct ush_error *err)
{
	int rc;

	*out = 0;
	if (stmt == NULL)
		return -1;
	while ((rc = sqlite3_step(stmt)) == SQLITE_ROW)
		*out = ush_column_uint(stmt, 0);
	return ush_alert_end(file, stmt, rc, err);
}

static int
forget_sent(struct ush_alert_file *file, struct ush_error *err)
{
	return ush_alert_run(
	    file, err, "DELETE FROM message WHERE id NOT IN (SELECT message FROM delivery)", "");
}

/* What waited too long, and the oldest of too many. */
static int
drop(struct ush_alert_file *file, const char *output, uint64_t now_ms, struct ush_error *err)
{
	uint64_t least = now_ms > USH_QUEUE_AGE_MS ? now_ms - USH_QUEUE_AGE_MS : 0;
	static const char old[] =
	    "DELETE FROM delivery WHERE output = ?1 AND (message IN (SELECT id FROM message WHERE made"
	    " < ?2) OR message <= (SELECT message FROM delivery WHERE output = ?1 ORDER BY message DESC"
	    " LIMIT 1 OFFSET ?3))";
	int count;

	if (ush_alert_run(file, err, old, "tuu", output, least, (uint64_t)USH_QUEUE_MAX) != 0)
		return -1;
	count = sqlite3_changes(file->base.db);
	return count == 0 ? 0
	                  : ush_alert_run(file, err,
	                        "UPDATE output SET dropped = dropped + ?2 WHERE name = ?1", "tu",
	                        output, (uint64_t)count);
}

static int
put_delivery(struct ush_alert_file *file, const char *output, uint64_t message, uint64_t now_ms,
    struct ush_error *err)
{
	if (ush_alert_run(file, err,
	        "INSERT OR IGNORE INTO output (name, sent, sent_at, failed, failed_at, reason, next,"
	        " dropped) VALUES (?1, 0, 0, 0, 0, '', 0, 0)",
	        "t", output) != 0 ||
	    ush_alert_run(file, err,
	        "INSERT INTO delivery (message, output, attempts) VALUES (?1, ?2, 0)", "ut",
	        message, output) != 0)
		return -1;
	return drop(file, output, now_ms, err);
}

int
ush_queue_put(struct ush_alert_file *file, const struct ush_settings *settings, const char *body,
    uint64_t now_ms, uint64_t *id, struct ush_error *err)
{
	const struct ush_alert_settings *alerts = &settings->alerts;

	if (ush_alert_run(file, err, "INSERT INTO message (made, body) VALUES (?1, ?2)", "ut",
	        now_ms, body) != 0)
		return -1;
	*id = (uint64_t)sqlite3_last_insert_rowid(file->base.db);
	for (size_t i = 0; i < alerts->output_count; i++) {
		if (put_delivery(file, alerts->outputs[i].name, *id, now_ms, err) != 0)
			return -1;
	}
	return forget_sent(file, err);
}

/* A clock that was put back does not make it wait longer than ever. */
int
ush_queue_next(struct ush_alert_file *file, const char *output, uint64_t now_ms,
    struct ush_delivery *out, struct ush_error *err)
{
	sqlite3_stmt *stmt = ush_alert_ask(file, err,
	    "SELECT message.id, message.body FROM delivery JOIN message ON message.id ="
	    " delivery.message JOIN output ON output.name = delivery.output WHERE output.name = ?1"
	    " AND (output.next <= ?2 OR output.next > ?3)"
	    " ORDER BY delivery.attempts, message.id LIMIT 1",
	    "tuu", output, now_ms, now_ms + USH_QUEUE_DELAY_MAX_MS);
	int rc;

	*out = (struct ush_delivery){.output = output};
	if (stmt == NULL)
		return -1;
	rc = sqlite3_step(stmt);
	if (rc == SQLITE_ROW) {
		out->message = ush_column_uint(stmt, 0);
		out->body = strdup(ush_column_text(stmt, 1));
		sqlite3_finalize(stmt);
		return out->body != NULL ? 1 : ush_fail(err, NULL, 0, "out of memory");
	}
	return ush_alert_end(file, stmt, rc, err);
}

int
ush_queue_taken(struct ush_alert_file *file, const struct ush_delivery *delivery, uint64_t now_ms,
    struct ush_error *err)
{
	if (ush_alert_file_begin(file, err) != 0)
		return -1;
	if (ush_alert_run(file, err, "DELETE FROM delivery WHERE output = ?1 AND message = ?2",
	        "tu", delivery->output, delivery->message) == 0 &&
	    ush_alert_run(file, err,
	        "UPDATE output SET sent = sent + 1, sent_at = ?2, failed = 0, next = 0"
	        " WHERE name = ?1",
	        "tu", delivery->output, now_ms) == 0 &&
	    forget_sent(file, err) == 0 && ush_alert_file_commit(file, err) == 0)
		return 0;
	ush_alert_file_rollback(file);
	return -1;
}

/* 1 s, 2 s, 4 s, ... */
static uint64_t
delay_after(uint64_t failed)
{
	return failed < 10 ? (uint64_t)FIRST_DELAY_MS << failed : USH_QUEUE_DELAY_MAX_MS;
}

int
ush_queue_failed(struct ush_alert_file *file, const struct ush_delivery *delivery, uint64_t now_ms,
    const char *reason, struct ush_error *err)
{
	uint64_t failed;

	if (ush_alert_file_begin(file, err) != 0)
		return -1;
	if (ask_number(file,
	        ush_alert_ask(
	            file, err, "SELECT failed FROM output WHERE name = ?1", "t", delivery->output),
	        &failed, err) == 0 &&
	    ush_alert_run(file, err,
	        "UPDATE output SET failed = failed + 1, failed_at = ?2, reason = ?3, next = ?4"
	        " WHERE name = ?1",
	        "tutu", delivery->output, now_ms, reason, now_ms + delay_after(failed)) == 0 &&
	    ush_alert_run(file, err,
	        "UPDATE delivery SET attempts = attempts + 1 WHERE output = ?1 AND message = ?2",
	        "tu", delivery->output, delivery->message) == 0 &&
	    ush_alert_file_commit(file, err) == 0)
		return 0;
	ush_alert_file_rollback(file);
	return -1;
}

static bool
is_output(const struct ush_settings *settings, const char *name)
{
	for (size_t i = 0; i < settings->alerts.output_count; i++) {
		if (strcmp(settings->alerts.outputs[i].name, name) == 0)
			return true;
	}
	return false;
}

int
ush_queue_forget_others(
    struct ush_alert_file *file, const struct ush_settings *settings, struct ush_error *err)
{
	char gone[256] = "";
	sqlite3_stmt *stmt;
	int rc;

	do {
		gone[0] = '\0';
		stmt = ush_alert_ask(file, err, "SELECT name FROM output", "");
		if (stmt == NULL)
			return -1;
		while ((rc = sqlite3_step(stmt)) == SQLITE_ROW) {
			if (!is_output(settings, ush_column_text(stmt, 0)))
				snprintf(gone, sizeof(gone), "%s", ush_column_text(stmt, 0));
		}
		if (ush_alert_end(file, stmt, rc, err) != 0)
			return -1;
		if (gone[0] != '\0' &&
		    (ush_alert_run(
		         file, err, "DELETE FROM delivery WHERE output = ?1", "t", gone) != 0 ||
		        ush_alert_run(file, err, "DELETE FROM output WHERE name = ?1", "t", gone) !=
		            0))
			return -1;
	} while (gone[0] != '\0');
	return forget_sent(file, err);
}

int
ush_queue_withdraw(struct ush_alert_file *file, uint64_t message, struct ush_error *err)
{
	if (ush_alert_run(file, err, "DELETE FROM delivery WHERE message = ?1", "u", message) != 0)
		return -1;
	return forget_sent(file, err);
}

int
ush_queue_hurry(struct ush_alert_file *file, struct ush_error *err)
{
	return ush_alert_run(file, err, "UPDATE output SET next = 0", "");
}

int
ush_output_state_read(
    struct ush_alert_file *file, struct ush_output_state *state, struct ush_error *err)
{
	sqlite3_stmt *stmt = ush_alert_ask(file, err,
	    "SELECT sent, sent_at, failed, failed_at, dropped, reason,"
	    " (SELECT count(*) FROM delivery WHERE output = name) FROM output WHERE name = ?1",
	    "t", state->name);
	int rc;

	*state = (struct ush_output_state){.name = state->name};
	if (stmt == NULL)
		return -1;
	while ((rc = sqlite3_step(stmt)) == SQLITE_ROW) {
		state->sent = ush_column_uint(stmt, 0);
		state->sent_ms = ush_column_uint(stmt, 1);
		state->failed = ush_column_uint(stmt, 2);
		state->failed_ms = ush_column_uint(stmt, 3);
		state->dropped = ush_column_uint(stmt, 4);
		snprintf(state->reason, sizeof(state->reason), "%s", ush_column_text(stmt, 5));
		state->waiting = ush_column_uint(stmt, 6);
	}
	return ush_alert_end(file, stmt, rc, err);
}

int
ush_queue_waits(
    struct ush_alert_file *file, const char *output, uint64_t message, struct ush_error *err)
{
	uint64_t waits;

	if (ask_number(file,
	        ush_alert_ask(file, err,
	            "SELECT count(*) FROM delivery WHERE output = ?1 AND message = ?2", "tu",
	            output, message),
	        &waits, err) != 0)
		return -1;
	return waits > 0;
}

int
ush_queue_held(struct ush_alert_file *file, uint64_t *held, struct ush_error *err)
{
	return ask_number(
	    file, ush_alert_ask(file, err, "SELECT count(*) FROM held", ""), held, err);
}
