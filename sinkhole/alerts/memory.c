/* SPDX-License-Identifier: BSD-3-Clause */
#include "sinkhole/alerts/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include "sinkhole/alerts/file.h"

int
ush_alert_state_read(
    struct ush_alert_file *file, struct ush_alert_state *out, struct ush_error *err)
{
	sqlite3_stmt *stmt =
	    ush_alert_ask(file, err, "SELECT begun, hour, count, ended FROM state", "");
	int rc;

	*out = (struct ush_alert_state){0};
	if (stmt == NULL)
		return -1;
	while ((rc = sqlite3_step(stmt)) == SQLITE_ROW)
		*out = (struct ush_alert_state){.begun_ms = ush_column_uint(stmt, 0),
		    .pace = {ush_column_uint(stmt, 1), ush_column_uint(stmt, 2),
		        ush_column_uint(stmt, 3)}};
	return ush_alert_end(file, stmt, rc, err);
}

int
ush_alert_state_write(
    struct ush_alert_file *file, const struct ush_alert_state *state, struct ush_error *err)
{
	return ush_alert_run(file, err,
	    "REPLACE INTO state (id, begun, hour, count, ended) VALUES (1, ?1, ?2, ?3, ?4)", "uuuu",
	    state->begun_ms, state->pace.began_ms, state->pace.count, state->pace.has_ended);
}

int
ush_alerted_read(
    struct ush_alert_file *file, struct ush_alerted **out, size_t *count, struct ush_error *err)
{
	sqlite3_stmt *stmt = ush_alert_ask(file, err,
	    "SELECT address, hardware, call, is_real, reopened FROM alerted ORDER BY address", "");
	size_t room = 0;
	int rc;

	*out = NULL;
	*count = 0;
	if (stmt == NULL)
		return -1;
	while ((rc = sqlite3_step(stmt)) == SQLITE_ROW) {
		struct ush_alerted *item;
		uint64_t call = ush_column_uint(stmt, 2);

		if (*count == room) {
			struct ush_alerted *more =
			    reallocarray(*out, room = room == 0 ? 64 : room * 2, sizeof(*more));

			if (more == NULL) {
				sqlite3_finalize(stmt);
				return ush_fail(err, NULL, 0, "out of memory");
			}
			*out = more;
		}
		item = &(*out)[(*count)++];
		*item = (struct ush_alerted){
		    .call = call < USH_CALLS ? (enum ush_call)call : USH_CALL_DRILL,
		    .is_real = ush_column_uint(stmt, 3) != 0,
		    .reopened_ms = ush_column_uint(stmt, 4)};
		snprintf(item->address, sizeof(item->address), "%s", ush_column_text(stmt, 0));
		snprintf(item->hardware, sizeof(item->hardware), "%s", ush_column_text(stmt, 1));
	}
	return ush_alert_end(file, stmt, rc, err);
}

int
ush_alerted_write(
    struct ush_alert_file *file, const struct ush_alerted *alerted, struct ush_error *err)
{
	return ush_alert_run(file, err,
	    "REPLACE INTO alerted (address, hardware, call, is_real, reopened)"
	    " VALUES (?1, ?2, ?3, ?4, ?5)",
	    "ttuuu", alerted->address, alerted->hardware, (uint64_t)alerted->call,
	    (uint64_t)alerted->is_real, alerted->reopened_ms);
}

int
ush_alert_trouble_read(
    struct ush_alert_file *file, struct ush_alert_trouble *out, struct ush_error *err)
{
	sqlite3_stmt *stmt = ush_alert_ask(
	    file, err, "SELECT since, count, is_said FROM trouble WHERE key = ?1", "t", out->key);
	bool is_there = false;
	int rc;

	if (stmt == NULL)
		return -1;
	while ((rc = sqlite3_step(stmt)) == SQLITE_ROW) {
		is_there = true;
		out->since_ms = ush_column_uint(stmt, 0);
		out->count = ush_column_uint(stmt, 1);
		out->is_said = ush_column_uint(stmt, 2) != 0;
	}
	return ush_alert_end(file, stmt, rc, err) == 0 ? is_there : -1;
}

int
ush_alert_trouble_write(
    struct ush_alert_file *file, const struct ush_alert_trouble *trouble, struct ush_error *err)
{
	return ush_alert_run(file, err,
	    "REPLACE INTO trouble (key, text, since, count, is_said)"
	    " VALUES (?1, ?2, ?3, ?4, ?5)",
	    "ttuuu", trouble->key, trouble->text, trouble->since_ms, trouble->count,
	    (uint64_t)trouble->is_said);
}

/* A row may be deleted while the statement stands on it. */
int
ush_alert_troubles_keep(
    struct ush_alert_file *file, ush_alert_trouble_fn *fn, void *arg, struct ush_error *err)
{
	sqlite3_stmt *stmt = ush_alert_ask(
	    file, err, "SELECT key, text, since, count, is_said FROM trouble ORDER BY key", "");
	int rc;

	if (stmt == NULL)
		return -1;
	while ((rc = sqlite3_step(stmt)) == SQLITE_ROW) {
		const struct ush_alert_trouble trouble = {ush_column_text(stmt, 0),
		    ush_column_text(stmt, 1), ush_column_uint(stmt, 2), ush_column_uint(stmt, 3),
		    ush_column_uint(stmt, 4) != 0};

		if (fn(arg, &trouble) == 0 &&
		    ush_alert_run(
		        file, err, "DELETE FROM trouble WHERE key = ?1", "t", trouble.key) != 0) {
			sqlite3_finalize(stmt);
			return -1;
		}
	}
	return ush_alert_end(file, stmt, rc, err);
}

int
ush_alert_unhold(struct ush_alert_file *file, const char *host, struct ush_error *err)
{
	return ush_alert_run(file, err, "DELETE FROM held WHERE host = ?1", "t", host);
}

int
ush_alert_hold(struct ush_alert_file *file, uint32_t about, const char *host, uint64_t now_ms,
    const char *body, struct ush_error *err)
{
	if (ush_alert_unhold(file, host, err) != 0)
		return -1;
	return ush_alert_run(file, err,
	    "INSERT INTO held (about, host, made, body) VALUES (?1, nullif(?2, ''), ?3, ?4)",
	    "utut", (uint64_t)about, host, now_ms, body);
}

/* A row may be deleted while the statement stands on it. */
int
ush_alert_held_keep(
    struct ush_alert_file *file, ush_alert_held_host_fn *fn, void *arg, struct ush_error *err)
{
	sqlite3_stmt *stmt = ush_alert_ask(
	    file, err, "SELECT id, host, body FROM held WHERE host IS NOT NULL ORDER BY id", "");
	int rc;

	if (stmt == NULL)
		return -1;
	while ((rc = sqlite3_step(stmt)) == SQLITE_ROW) {
		if (fn(arg, ush_column_text(stmt, 1), ush_column_text(stmt, 2)) == 0 &&
		    ush_alert_run(file, err, "DELETE FROM held WHERE id = ?1", "u",
		        ush_column_uint(stmt, 0)) != 0) {
			sqlite3_finalize(stmt);
			return -1;
		}
	}
	return ush_alert_end(file, stmt, rc, err);
}

int
ush_alert_held_count(struct ush_alert_file *file, uint32_t about,
    uint64_t counts[USH_ALERT_CALLS + 1], struct ush_error *err)
{
	sqlite3_stmt *stmt = ush_alert_ask(file, err,
	    "SELECT about, count(*) FROM held WHERE about & ?1 GROUP BY about", "u",
	    (uint64_t)about);
	int rc;

	if (stmt == NULL)
		return -1;
	for (size_t i = 0; i <= USH_ALERT_CALLS; i++)
		counts[i] = 0;
	while ((rc = sqlite3_step(stmt)) == SQLITE_ROW) {
		for (size_t i = 0; i <= USH_ALERT_CALLS; i++) {
			if ((ush_column_uint(stmt, 0) & 1u << i) != 0)
				counts[i] += ush_column_uint(stmt, 1);
		}
	}
	return ush_alert_end(file, stmt, rc, err);
}

int
ush_alert_held_take(struct ush_alert_file *file, uint32_t about, size_t most, ush_alert_held_fn *fn,
    void *arg, struct ush_error *err)
{
	sqlite3_stmt *stmt = ush_alert_ask(file, err,
	    "SELECT body FROM held WHERE about & ?1 ORDER BY about, id LIMIT ?2", "uu",
	    (uint64_t)about, (uint64_t)most);
	int rc;

	if (stmt == NULL)
		return -1;
	while ((rc = sqlite3_step(stmt)) == SQLITE_ROW) {
		if (fn(arg, ush_column_text(stmt, 0)) != 0) {
			sqlite3_finalize(stmt);
			return ush_fail(err, NULL, 0, "out of memory");
		}
	}
	if (ush_alert_end(file, stmt, rc, err) != 0)
		return -1;
	return ush_alert_run(file, err, "DELETE FROM held WHERE about & ?1", "u", (uint64_t)about);
}
