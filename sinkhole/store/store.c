/* SPDX-License-Identifier: BSD-3-Clause */
#include "sinkhole/store/internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "common/become.h"

#define BUSY_MS 20000 /* another sinkctl may be rebuilding the store */
#define HOLD_MS 2000  /* much shorter, for others that wait as well */

static const char *
shown_path(const struct ush_store *store)
{
	return strcmp(store->path, ":memory:") == 0 ? NULL : store->path;
}

int
ush_store_fail(const struct ush_store *store, struct ush_error *err, const char *doing)
{
	return ush_fail(err, shown_path(store), 0, "%s: %s", doing, sqlite3_errmsg(store->db));
}

int
ush_store_exec(struct ush_store *store, const char *sql, struct ush_error *err)
{
	if (sqlite3_exec(store->db, sql, NULL, NULL, NULL) != SQLITE_OK)
		return ush_store_fail(store, err, "the store refuses a statement");
	return 0;
}

int
ush_store_prepare(
    struct ush_store *store, sqlite3_stmt **out, const char *sql, struct ush_error *err)
{
	*out = NULL;
	if (sqlite3_prepare_v2(store->db, sql, -1, out, NULL) != SQLITE_OK)
		return ush_store_fail(store, err, "the store refuses a question");
	return 0;
}

const char *
ush_column_text(sqlite3_stmt *stmt, int column)
{
	const unsigned char *text = sqlite3_column_text(stmt, column);

	return text != NULL ? (const char *)text : "";
}

uint64_t
ush_column_uint(sqlite3_stmt *stmt, int column)
{
	sqlite3_int64 value = sqlite3_column_int64(stmt, column);

	return value > 0 ? (uint64_t)value : 0;
}

int
ush_bind_text(sqlite3_stmt *stmt, int index, const char *text)
{
	return sqlite3_bind_text(stmt, index, text, -1, SQLITE_STATIC);
}

int
ush_bind_uint(sqlite3_stmt *stmt, int index, uint64_t value)
{
	return sqlite3_bind_int64(
	    stmt, index, value <= INT64_MAX ? (sqlite3_int64)value : INT64_MAX);
}

static int
read_version(struct ush_store *store, int *version, struct ush_error *err)
{
	sqlite3_stmt *stmt;
	int rc = 0;

	if (ush_store_prepare(store, &stmt, "PRAGMA user_version", err) != 0)
		return -1;
	if (sqlite3_step(stmt) == SQLITE_ROW)
		*version = sqlite3_column_int(stmt, 0);
	else
		rc = ush_store_fail(store, err, "this is no store of ours");
	sqlite3_finalize(stmt);
	return rc;
}

static int
begin_schema(struct ush_store *store, struct ush_error *err)
{
	char pragma[64];
	int version = 0;

	if (read_version(store, &version, err) != 0)
		return -1;
	if (version == USH_SCHEMA_VERSION)
		return 0;
	if (version != 0) {
		ush_fail(err, shown_path(store), 0,
		    "the store was made by another version of sinkctl: 'sinkctl rebuild --force' "
		    "makes it anew");
		return USH_STORE_OTHER;
	}
	sqlite3_snprintf(
	    sizeof(pragma), pragma, "PRAGMA user_version = %d; COMMIT", USH_SCHEMA_VERSION);
	if (ush_store_exec(store, "BEGIN IMMEDIATE", err) != 0)
		return -1;
	if (ush_store_exec(store, ush_schema_create, err) != 0 ||
	    ush_store_exec(store, pragma, err) != 0) {
		sqlite3_exec(store->db, "ROLLBACK", NULL, NULL, NULL);
		return -1;
	}
	return 0;
}

static int
explain_open(const struct ush_store *store, struct ush_error *err)
{
	if (access(store->path, F_OK) != 0)
		return ush_fail(err, store->path, 0,
		    "the store cannot be created: make its directory, writable for you, or use "
		    "--no-store");
	if (access(store->path, R_OK | W_OK) != 0)
		return ush_fail(err, store->path, 0,
		    "the store cannot be written by this user: use --no-store, or the user that "
		    "owns "
		    "it");
	return ush_store_fail(store, err, "the store cannot be opened (use --no-store)");
}

int
ush_store_open(struct ush_store **out, const char *path, struct ush_error *err)
{
	static const char settings[] = "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;"
	                               "PRAGMA trusted_schema = OFF; PRAGMA cache_size = -65536;"
	                               "PRAGMA temp_store = MEMORY";
	struct ush_store *store = calloc(1, sizeof(*store));
	int rc = -1;

	*out = NULL;
	if (store == NULL)
		return ush_fail(err, path, 0, "out of memory");
	store->hold_ms = path != NULL ? HOLD_MS : UINT64_MAX;
	store->path = strdup(path != NULL ? path : ":memory:");
	if (store->path == NULL) {
		ush_fail(err, path, 0, "out of memory");
		goto fail;
	}
	if (path != NULL)
		ush_make_for_owner(path);
	if (sqlite3_open_v2(store->path, &store->db,
	        SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX,
	        NULL) != SQLITE_OK ||
	    (path != NULL && access(path, W_OK) != 0)) {
		explain_open(store, err);
		goto fail;
	}
	sqlite3_busy_timeout(store->db, BUSY_MS);
	if (sqlite3_exec(store->db, settings, NULL, NULL, NULL) != SQLITE_OK) {
		rc = sqlite3_errcode(store->db) == SQLITE_NOTADB ? USH_STORE_OTHER : -1;
		ush_store_fail(
		    store, err, "no store ('sinkctl rebuild --force' puts a new one in its place)");
		goto fail;
	}
	if (ush_changes_register(store, err) != 0 || (rc = begin_schema(store, err)) != 0)
		goto fail;
	*out = store;
	return 0;
fail:
	ush_store_close(store);
	return rc;
}

void
ush_store_close(struct ush_store *store)
{
	if (store == NULL)
		return;
	sqlite3_close(store->db);
	free(store->path);
	free(store);
}

int
ush_store_size(struct ush_store *store, struct ush_store_size *out, struct ush_error *err)
{
	sqlite3_stmt *stmt;
	int rc = 0;

	*out = (struct ush_store_size){0};
	if (ush_store_prepare(store, &stmt,
	        "SELECT CAST(total(count) AS INTEGER), count(*), min(first) FROM sighting",
	        err) != 0)
		return -1;
	if (sqlite3_step(stmt) == SQLITE_ROW)
		*out = (struct ush_store_size){
		    ush_column_uint(stmt, 0), ush_column_uint(stmt, 1), ush_column_uint(stmt, 2)};
	else
		rc = ush_store_fail(store, err, "the store cannot be read");
	sqlite3_finalize(stmt);
	return rc;
}

int
ush_store_remove(const char *path, struct ush_error *err)
{
	static const char *const ends[] = {"", "-wal", "-shm", "-journal"};
	char name[4096];

	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		sqlite3_snprintf(sizeof(name), name, "%s%s", path, ends[i]);
		if (unlink(name) != 0 && errno != ENOENT)
			return ush_fail_errno(err, name, "cannot be removed");
	}
	return 0;
}
