/* SPDX-License-Identifier: BSD-3-Clause */
#include "sinkhole/store/records_internal.h"

#include <stdlib.h>
#include <string.h>
#include "sinkhole/store/own_file.h"

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

static const struct ush_own_file kind = {.what = "records", .schema = schema, .version = 2};

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

int
ush_records_open(struct ush_records **out, const struct ush_settings *settings, bool writable,
    struct ush_error *err)
{
	struct ush_records *records = calloc(1, sizeof(*records));
	char *path = ush_records_path(settings);
	int rc;

	*out = NULL;
	if (records == NULL || path == NULL) {
		free(records);
		free(path);
		return ush_fail(err, NULL, 0, "out of memory");
	}
	rc = ush_own_file_open(&records->base, path, &kind, writable, err);
	if (rc != 0)
		ush_records_close(records);
	else
		*out = records;
	return rc < 0 ? -1 : 0;
}

void
ush_records_close(struct ush_records *records)
{
	if (records == NULL)
		return;
	ush_own_file_close(&records->base);
	free(records);
}
