/* SPDX-License-Identifier: BSD-3-Clause */
#include "sinkhole/store/changes.h"

#include <stdio.h>
#include <string.h>
#include "sinkhole/store/internal.h"

static void
next_change(sqlite3_context *context, int count, sqlite3_value **values)
{
	struct ush_store *store = sqlite3_user_data(context);

	(void)count;
	(void)values;
	sqlite3_result_int64(
	    context, store->is_followed ? (sqlite3_int64)++store->change : (sqlite3_int64)0);
}

int
ush_changes_register(struct ush_store *store, struct ush_error *err)
{
	if (sqlite3_create_function(store->db, "next_change", 0, SQLITE_UTF8, store, next_change,
	        NULL, NULL) != SQLITE_OK)
		return ush_store_fail(store, err, "the store cannot be opened");
	return 0;
}

/* The same for each table. */
#define EACH_TABLE(what)                                                                     \
	what("sighting") what("moment") what("claim") what("real") what("shown") what("run") \
	    what("ring")
_Static_assert(USH_SHARED_TABLES == 7, "as in EACH_TABLE()");

#define CREATE_INDEX(table) \
	"CREATE INDEX IF NOT EXISTS " table "_changed ON " table " (changed) WHERE changed > 0;"
#define DROP_INDEX(table) "DROP INDEX IF EXISTS " table "_changed;"
#define CHANGE_ALL(table) "UPDATE " table " SET changed = next_change();"
#define MARK_SENT(table) \
	"UPDATE " table " SET changed = 0 WHERE changed BETWEEN 1 AND (SELECT upto FROM push);"
/* Each UNION ALL begins with the table before. */
#define FIRST_OF(table)                                        \
	" UNION ALL SELECT * FROM (SELECT changed FROM " table \
	" WHERE changed > 0 ORDER BY changed LIMIT ?1)"

static int
start(struct ush_store *store, struct ush_error *err)
{
	store->is_followed = true;
	store->change = 0;
	if (ush_store_exec(store, EACH_TABLE(CREATE_INDEX) EACH_TABLE(CHANGE_ALL), err) != 0)
		return -1;
	return ush_store_exec(store,
	    "INSERT INTO push (generation, change, number, upto, time, failure)"
	    " VALUES (lower(hex(randomblob(16))), 0, 0, 0, 0, '')",
	    err);
}

/* Nothing is known of the changes from now on. */
static int
stop(struct ush_store *store, struct ush_error *err)
{
	return ush_store_exec(store, EACH_TABLE(DROP_INDEX) "DELETE FROM push", err);
}

/* 1: *out is filled; 0: nothing is to be sent. */
static int
read_state(struct ush_store *store, struct ush_push *out, struct ush_error *err)
{
	sqlite3_stmt *stmt;
	int rc;

	*out = (struct ush_push){0};
	if (ush_store_prepare(store, &stmt,
	        "SELECT generation, number, upto, time, failure, change FROM push", err) != 0)
		return -1;
	rc = sqlite3_step(stmt);
	if (rc == SQLITE_ROW) {
		snprintf(out->generation, sizeof(out->generation), "%s", ush_column_text(stmt, 0));
		out->number = ush_column_uint(stmt, 1);
		out->upto = ush_column_uint(stmt, 2);
		out->time_ms = ush_column_uint(stmt, 3);
		snprintf(out->failure, sizeof(out->failure), "%s", ush_column_text(stmt, 4));
		store->change = ush_column_uint(stmt, 5);
	}
	sqlite3_finalize(stmt);
	if (rc != SQLITE_ROW && rc != SQLITE_DONE)
		return ush_store_fail(store, err, "the store cannot be read");
	return rc == SQLITE_ROW;
}

int
ush_changes_begin(struct ush_store *store, bool is_followed, struct ush_error *err)
{
	struct ush_push push;
	int rc;

	store->is_followed = false;
	if (strcmp(store->path, ":memory:") == 0)
		return 0;
	rc = read_state(store, &push, err);
	if (rc == -1)
		return -1;
	if (rc == 1 && !is_followed)
		return stop(store, err);
	if (rc == 0 && is_followed)
		return start(store, err);
	store->is_followed = is_followed;
	return 0;
}

/* Runs a statement with these values and then frees it. */
static int
run(struct ush_store *store, const char *sql, const uint64_t *values, int count, const char *text,
    struct ush_error *err)
{
	sqlite3_stmt *stmt;
	int rc;

	if (ush_store_prepare(store, &stmt, sql, err) != 0)
		return -1;
	for (int i = 0; i < count; i++)
		ush_bind_uint(stmt, i + 1, values[i]);
	if (text != NULL)
		ush_bind_text(stmt, count + 1, text);
	rc = sqlite3_step(stmt);
	sqlite3_finalize(stmt);
	return rc == SQLITE_DONE ? 0 : ush_store_fail(store, err, "the store cannot be written");
}

int
ush_changes_end(struct ush_store *store, struct ush_error *err)
{
	if (!store->is_followed)
		return 0;
	return run(store, "UPDATE push SET change = ?1", &store->change, 1, NULL, err);
}

static int
end_transaction(struct ush_store *store, int rc, struct ush_error *err)
{
	store->is_followed = false;
	if (rc == 0)
		rc = ush_store_exec(store, "COMMIT", err);
	if (rc != 0)
		sqlite3_exec(store->db, "ROLLBACK", NULL, NULL, NULL);
	return rc;
}

/* Finds which change is the last of the first `rows` ones. */
static int
find_end(struct ush_store *store, uint64_t rows, struct ush_push *push, struct ush_error *err)
{
	static const char sql[] =
	    "SELECT count(*), max(changed) FROM (SELECT 0 AS changed WHERE 0" EACH_TABLE(
	        FIRST_OF) " ORDER BY changed LIMIT ?1)";
	sqlite3_stmt *stmt;
	int rc;

	if (ush_store_prepare(store, &stmt, sql, err) != 0)
		return -1;
	ush_bind_uint(stmt, 1, rows);
	rc = sqlite3_step(stmt);
	push->is_last = ush_column_uint(stmt, 0) < rows;
	push->is_empty = ush_column_uint(stmt, 0) == 0;
	if (!push->is_empty)
		push->upto = ush_column_uint(stmt, 1);
	sqlite3_finalize(stmt);
	return rc == SQLITE_ROW ? 0 : ush_store_fail(store, err, "the store cannot be read");
}

int
ush_changes_state(struct ush_store *store, struct ush_push *out, struct ush_error *err)
{
	int rc = read_state(store, out, err);
	uint64_t upto = out->upto;

	out->is_empty = true;
	if (rc == 1)
		rc = find_end(store, 1, out, err);
	out->upto = upto;
	return rc;
}

int
ush_changes_take(
    struct ush_store *store, uint64_t rows, struct ush_push *out, struct ush_error *err)
{
	int rc;

	if (ush_store_exec(store, "BEGIN IMMEDIATE", err) != 0)
		return -1;
	rc = read_state(store, out, err);
	if (rc == 1)
		rc = find_end(store, rows, out, err);
	if (rc == 0 && !out->is_empty && out->generation[0] != '\0')
		rc = run(store, "UPDATE push SET upto = ?1", &out->upto, 1, NULL, err);
	return end_transaction(store, rc, err);
}

static void
read_cell(struct ush_cell *cell, sqlite3_stmt *stmt, int column)
{
	*cell = (struct ush_cell){0};
	switch (sqlite3_column_type(stmt, column)) {
	case SQLITE_INTEGER:
		cell->kind = USH_CELL_INTEGER;
		cell->number = sqlite3_column_int64(stmt, column);
		break;
	case SQLITE_TEXT:
		cell->kind = USH_CELL_TEXT;
		cell->text = ush_column_text(stmt, column);
		break;
	case SQLITE_BLOB:
		cell->kind = USH_CELL_BLOB;
		cell->text = sqlite3_column_blob(stmt, column);
		break;
	default:
		return;
	}
	if (cell->kind != USH_CELL_INTEGER)
		cell->len = (size_t)sqlite3_column_bytes(stmt, column);
}

int
ush_changes_each(struct ush_store *store, enum ush_shared_table table, const struct ush_push *push,
    ush_cells_fn *fn, void *arg, struct ush_error *err)
{
	const char *join =
	    table == USH_SHARED_SIGHTING ? " LEFT JOIN profile ON profile.id = profile" : "";
	struct ush_cell cells[USH_SHARED_COLUMNS_MAX];
	size_t count = ush_shared_column_count(table);
	sqlite3_stmt *stmt;
	char sql[1024];
	int rc;

	snprintf(sql, sizeof(sql), "SELECT %s FROM %s%s WHERE changed BETWEEN 1 AND ?1",
	    ush_shared_columns(table), ush_shared_name(table), join);
	if (ush_store_prepare(store, &stmt, sql, err) != 0)
		return -1;
	ush_bind_uint(stmt, 1, push->upto);
	while ((rc = sqlite3_step(stmt)) == SQLITE_ROW) {
		for (size_t i = 0; i < count; i++)
			read_cell(&cells[i], stmt, (int)i);
		rc = fn(arg, cells, count);
		if (rc != 0) {
			sqlite3_finalize(stmt);
			return rc;
		}
	}
	sqlite3_finalize(stmt);
	return rc == SQLITE_DONE ? 0 : ush_store_fail(store, err, "the store cannot be read");
}

/* Inside a transaction. */
static int
mark_sent(
    struct ush_store *store, const struct ush_push *push, uint64_t now_ms, struct ush_error *err)
{
	const uint64_t values[] = {push->number, now_ms, push->upto};

	if (run(store,
	        "UPDATE push SET number = number + 1, time = ?2, upto = ?3, failure = ''"
	        " WHERE number = ?1 AND generation = ?4",
	        values, 3, push->generation, err) != 0)
		return -1;
	if (sqlite3_changes(store->db) == 0)
		return 0; /* another process was faster */
	return ush_store_exec(store, EACH_TABLE(MARK_SENT), err);
}

int
ush_changes_done(
    struct ush_store *store, const struct ush_push *push, uint64_t now_ms, struct ush_error *err)
{
	if (ush_store_exec(store, "BEGIN IMMEDIATE", err) != 0)
		return -1;
	return end_transaction(store, mark_sent(store, push, now_ms, err), err);
}

int
ush_changes_failed(struct ush_store *store, const char *reason, struct ush_error *err)
{
	return run(store, "UPDATE push SET failure = ?1", NULL, 0, reason, err);
}

int
ush_changes_renew(struct ush_store *store, struct ush_error *err)
{
	if (ush_store_exec(store, "BEGIN IMMEDIATE", err) != 0)
		return -1;
	if (ush_store_exec(store, "DELETE FROM push", err) != 0 || start(store, err) != 0)
		return end_transaction(store, -1, err);
	return end_transaction(store, ush_changes_end(store, err), err);
}
