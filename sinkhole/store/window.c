/* SPDX-License-Identifier: BSD-3-Clause */
/* A store of one window of time. */
#include "sinkhole/store/internal.h"

int
ush_store_open_window(
    struct ush_store **out, uint64_t since_ms, uint64_t until_ms, struct ush_error *err)
{
	if (ush_store_open(out, NULL, err) != 0)
		return -1;
	(*out)->since_ms = since_ms;
	(*out)->until_ms = until_ms;
	return 0;
}

bool
ush_store_wants(const struct ush_store *store, uint64_t first_ms, uint64_t last_ms)
{
	return last_ms >= store->since_ms && (store->until_ms == 0 || first_ms < store->until_ms);
}

/* The first event of a sensor; 0: none. */
static int
first_of(struct ush_store *store, const char *writer, const char *observer, uint64_t *out,
    struct ush_error *err)
{
	sqlite3_stmt *stmt;
	int rc;

	if (ush_store_prepare(store, &stmt,
	        "SELECT min(first) FROM run WHERE writer = ?1 AND observer = ?2", err) != 0)
		return -1;
	ush_bind_text(stmt, 1, writer);
	ush_bind_text(stmt, 2, observer);
	rc = sqlite3_step(stmt);
	*out = rc == SQLITE_ROW ? ush_column_uint(stmt, 0) : 0;
	sqlite3_finalize(stmt);
	return rc == SQLITE_ROW ? 0 : ush_store_fail(store, err, "the store cannot be read");
}

int
ush_store_window_begins(
    struct ush_store *window, struct ush_store *store, uint64_t *begins_ms, struct ush_error *err)
{
	sqlite3_stmt *stmt;
	int rc;

	*begins_ms = 0;
	if (ush_store_prepare(store, &stmt,
	        "SELECT writer, observer, min(first), max(last) FROM run"
	        " GROUP BY writer, observer HAVING max(last) >= ?1",
	        err) != 0)
		return -1;
	ush_bind_uint(stmt, 1, window->since_ms);
	while ((rc = sqlite3_step(stmt)) == SQLITE_ROW) {
		uint64_t first_ms = ush_column_uint(stmt, 2);
		uint64_t read_ms;

		if (first_of(window, ush_column_text(stmt, 0), ush_column_text(stmt, 1), &read_ms,
		        err) != 0)
			break;
		if (read_ms == 0) /* nothing of it is left */
			read_ms = ush_column_uint(stmt, 3);
		if (read_ms > window->since_ms && read_ms > first_ms && read_ms > *begins_ms)
			*begins_ms = read_ms;
	}
	sqlite3_finalize(stmt);
	if (rc == SQLITE_ROW)
		return -1; /* err is filled */
	return rc == SQLITE_DONE ? 0 : ush_store_fail(store, err, "the store cannot be read");
}
