/* SPDX-License-Identifier: BSD-3-Clause */
#include "sinkhole/store/records_internal.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define RECORDS_VERSION 2 /* PRAGMA user_version */
#define BUSY_MS 20000

/* Times are ms since 1970; "" means: not said. */
static const char schema[] =
    /* What people said of hosts, in the order in which they said it; nothing is ever changed. */
    "CREATE TABLE IF NOT EXISTS mark ("
    "  id INTEGER PRIMARY KEY AUTOINCREMENT, host TEXT NOT NULL, campaign TEXT NOT NULL,"
    "  state INTEGER NOT NULL, as_of INTEGER NOT NULL, made INTEGER NOT NULL,"
    "  author TEXT NOT NULL, number TEXT NOT NULL, note TEXT NOT NULL"
    ") STRICT;"

    /* The rows that the host had when the mark was made: it is for these alone. */
    "CREATE TABLE IF NOT EXISTS mark_row ("
    "  mark INTEGER NOT NULL REFERENCES mark (id), campaign TEXT NOT NULL,"
    "  claimed INTEGER NOT NULL, call INTEGER NOT NULL,"
    "  PRIMARY KEY (mark, campaign, claimed)"
    ") STRICT, WITHOUT ROWID;"

    /* Which machine had an address: known for this time. */
    "CREATE TABLE IF NOT EXISTS lease ("
    "  address TEXT NOT NULL, hardware TEXT NOT NULL, name TEXT NOT NULL,"
    "  first INTEGER NOT NULL, last INTEGER NOT NULL,"
    "  PRIMARY KEY (address, first)"
    ") STRICT, WITHOUT ROWID;";

char *
ush_records_path(const struct ush_settings *settings)
{
	const char *store = settings->store.path;
	const char *slash = strrchr(store, '/');
	char *path;

	if (settings->store.records != NULL)
		return strdup(settings->store.records);
	if (asprintf(
	        &path, "%.*srecords.db", slash != NULL ? (int)(slash - store) + 1 : 0, store) == -1)
		return NULL;
	return path;
}

static int
check_version(struct ush_records *records, struct ush_error *err)
{
	sqlite3_stmt *stmt;
	int version = -1;

	if (ush_store_prepare(&records->base, &stmt, "PRAGMA user_version", err) != 0)
		return -1;
	if (sqlite3_step(stmt) == SQLITE_ROW)
		version = sqlite3_column_int(stmt, 0);
	sqlite3_finalize(stmt);
	if (version == RECORDS_VERSION)
		return 0;
	if (version != 0)
		return ush_fail(err, records->base.path, 0,
		    "these records are of another version of sinkctl, or no records; move the file "
		    "away to begin new ones");
	return 1;
}

/* A new file gets its tables. Without the right to write it is left as it is. */
static int
begin(struct ush_records *records, bool writable, struct ush_error *err)
{
	int rc = check_version(records, err);

	if (rc != 1)
		return rc;
	if (!writable)
		return ush_fail(err, records->base.path, 0, "no records");
	if (ush_store_exec(&records->base, "BEGIN IMMEDIATE", err) != 0)
		return -1;
	if (ush_store_exec(&records->base, schema, err) == 0 &&
	    ush_store_exec(&records->base, "PRAGMA user_version = 2; COMMIT", err) == 0)
		return 0;
	sqlite3_exec(records->base.db, "ROLLBACK", NULL, NULL, NULL);
	return -1;
}
_Static_assert(RECORDS_VERSION == 2, "as in begin()");

int
ush_records_open(struct ush_records **out, const struct ush_settings *settings, bool writable,
    struct ush_error *err)
{
	int flags = SQLITE_OPEN_NOMUTEX |
	            (writable ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : SQLITE_OPEN_READONLY);
	struct ush_records *records = calloc(1, sizeof(*records));

	*out = NULL;
	if (records == NULL || (records->base.path = ush_records_path(settings)) == NULL) {
		free(records);
		return ush_fail(err, NULL, 0, "out of memory");
	}
	if (!writable && access(records->base.path, F_OK) != 0) {
		ush_records_close(records);
		return 0;
	}
	/* A user who may only read it must be able to: no write-ahead log. */
	if (sqlite3_open_v2(records->base.path, &records->base.db, flags, NULL) != SQLITE_OK ||
	    sqlite3_busy_timeout(records->base.db, BUSY_MS) != SQLITE_OK ||
	    sqlite3_exec(records->base.db,
	        "PRAGMA synchronous = FULL; PRAGMA trusted_schema = OFF; SELECT 1 FROM sqlite_schema",
	        NULL, NULL, NULL) != SQLITE_OK) {
		ush_store_fail(&records->base, err, "the records cannot be opened");
		ush_records_close(records);
		return -1;
	}
	if (begin(records, writable, err) != 0) {
		ush_records_close(records);
		return -1;
	}
	*out = records;
	return 0;
}

void
ush_records_close(struct ush_records *records)
{
	if (records == NULL)
		return;
	sqlite3_close(records->base.db);
	free(records->base.path);
	free(records);
}
