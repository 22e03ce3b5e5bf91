/* SPDX-License-Identifier: BSD-3-Clause */
#include "sinkhole/store/own_file.h"

#include <stdlib.h>
#include <unistd.h>
#include "common/become.h"

#define BUSY_MS 20000

/* 0: its tables are there; 1: it is new. */
static int
check_version(struct ush_store *base, const struct ush_own_file *kind, struct ush_error *err)
{
	sqlite3_stmt *stmt;
	int version = -1;

	if (ush_store_prepare(base, &stmt, "PRAGMA user_version", err) != 0)
		return -1;
	if (sqlite3_step(stmt) == SQLITE_ROW)
		version = sqlite3_column_int(stmt, 0);
	sqlite3_finalize(stmt);
	if (version == (int)kind->version)
		return 0;
	if (version != 0)
		return ush_fail(err, base->path, 0,
		    "these %s are of another version of sinkctl, or no %s; move the file away to begin "
		    "new ones",
		    kind->what, kind->what);
	return 1;
}

/* A new file gets its tables. Without the right to write it is left as it is. */
static int
begin(struct ush_store *base, const struct ush_own_file *kind, bool writable, struct ush_error *err)
{
	char commit[64];
	int rc = check_version(base, kind, err);

	if (rc != 1)
		return rc;
	if (!writable)
		return ush_fail(err, base->path, 0, "no %s", kind->what);
	if (ush_store_exec(base, "BEGIN IMMEDIATE", err) != 0)
		return -1;
	sqlite3_snprintf(sizeof(commit), commit, "PRAGMA user_version = %u; COMMIT", kind->version);
	/* Another process may have been here first. */
	if (ush_store_exec(base, kind->schema, err) == 0 && ush_store_exec(base, commit, err) == 0)
		return 0;
	sqlite3_exec(base->db, "ROLLBACK", NULL, NULL, NULL);
	return -1;
}

int
ush_own_file_open(struct ush_store *base, char *path, const struct ush_own_file *kind,
    bool writable, struct ush_error *err)
{
	int flags = SQLITE_OPEN_NOMUTEX |
	            (writable ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : SQLITE_OPEN_READONLY);
	char doing[64];

	*base = (struct ush_store){.path = path};
	if (!writable && access(path, F_OK) != 0)
		return 1;
	if (writable)
		ush_make_for_owner(path);
	/* A user who may only read it must be able to: no write-ahead log. */
	if (sqlite3_open_v2(path, &base->db, flags, NULL) != SQLITE_OK ||
	    sqlite3_busy_timeout(base->db, BUSY_MS) != SQLITE_OK ||
	    sqlite3_exec(base->db,
	        "PRAGMA synchronous = FULL; PRAGMA trusted_schema = OFF; SELECT 1 FROM sqlite_schema",
	        NULL, NULL, NULL) != SQLITE_OK) {
		sqlite3_snprintf(sizeof(doing), doing, "the %s cannot be opened", kind->what);
		return ush_store_fail(base, err, doing);
	}
	return begin(base, kind, writable, err);
}

void
ush_own_file_close(struct ush_store *base)
{
	sqlite3_close(base->db);
	free(base->path);
	*base = (struct ush_store){0};
}
