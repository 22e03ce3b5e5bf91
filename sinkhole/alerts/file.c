/* SPDX-License-Identifier: BSD-3-Clause */
#include "sinkhole/alerts/file.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include "sinkhole/store/records.h"

#define NAME "alerts.db"

/* Times are ms since 1970. */
static const char schema[] =
    "CREATE TABLE IF NOT EXISTS state ("
    "  id INTEGER PRIMARY KEY CHECK (id = 1), begun INTEGER NOT NULL, hour INTEGER NOT NULL,"
    "  count INTEGER NOT NULL, ended INTEGER NOT NULL"
    ") STRICT;"

    /* What was said of a host. */
    "CREATE TABLE IF NOT EXISTS alerted ("
    "  address TEXT PRIMARY KEY, hardware TEXT NOT NULL, call INTEGER NOT NULL,"
    "  is_real INTEGER NOT NULL, reopened INTEGER NOT NULL"
    ") STRICT, WITHOUT ROWID;"

    "CREATE TABLE IF NOT EXISTS trouble ("
    "  key TEXT PRIMARY KEY, text TEXT NOT NULL, since INTEGER NOT NULL, count INTEGER NOT NULL,"
    "  is_said INTEGER NOT NULL"
    ") STRICT, WITHOUT ROWID;"

    /* What waits for the end of quiet hours, or because it is too much. */
    "CREATE TABLE IF NOT EXISTS held ("
    "  id INTEGER PRIMARY KEY AUTOINCREMENT, about INTEGER NOT NULL, made INTEGER NOT NULL,"
    "  host TEXT, body TEXT NOT NULL"
    ") STRICT;"
    "CREATE INDEX IF NOT EXISTS held_host ON held (host);"

    /* What is to be sent, and to which outputs it was not yet. */
    "CREATE TABLE IF NOT EXISTS message ("
    "  id INTEGER PRIMARY KEY AUTOINCREMENT, made INTEGER NOT NULL, body TEXT NOT NULL"
    ") STRICT;"
    "CREATE TABLE IF NOT EXISTS delivery ("
    "  message INTEGER NOT NULL REFERENCES message (id), output TEXT NOT NULL,"
    "  attempts INTEGER NOT NULL, PRIMARY KEY (output, message)"
    ") STRICT, WITHOUT ROWID;"
    "CREATE INDEX IF NOT EXISTS delivery_message ON delivery (message);"

    /* `failed`: attempts since the last one that succeeded. */
    "CREATE TABLE IF NOT EXISTS output ("
    "  name TEXT PRIMARY KEY, sent INTEGER NOT NULL, sent_at INTEGER NOT NULL,"
    "  failed INTEGER NOT NULL, failed_at INTEGER NOT NULL, reason TEXT NOT NULL,"
    "  next INTEGER NOT NULL, dropped INTEGER NOT NULL"
    ") STRICT, WITHOUT ROWID;";

static const struct ush_own_file kind = {.what = "alerts", .schema = schema, .version = 1};

/* Beside the records. */
char *
ush_alert_file_path(const struct ush_settings *settings)
{
	char *records = ush_records_path(settings);
	char *slash = records != NULL ? strrchr(records, '/') : NULL;
	char *path = NULL;

	if (records != NULL && asprintf(&path, "%.*s" NAME,
	                           slash != NULL ? (int)(slash - records) + 1 : 0, records) == -1)
		path = NULL;
	free(records);
	return path;
}

int
ush_alert_file_open(struct ush_alert_file **out, const struct ush_settings *settings, bool writable,
    struct ush_error *err)
{
	struct ush_alert_file *file = calloc(1, sizeof(*file));
	char *path = ush_alert_file_path(settings);
	int rc;

	*out = NULL;
	if (file == NULL || path == NULL) {
		free(file);
		free(path);
		return ush_fail(err, NULL, 0, "out of memory");
	}
	rc = ush_own_file_open(&file->base, path, &kind, writable, err);
	if (rc != 0)
		ush_alert_file_close(file);
	else
		*out = file;
	return rc < 0 ? -1 : 0;
}

void
ush_alert_file_close(struct ush_alert_file *file)
{
	if (file == NULL)
		return;
	ush_own_file_close(&file->base);
	free(file);
}

int
ush_alert_file_begin(struct ush_alert_file *file, struct ush_error *err)
{
	return ush_store_exec(&file->base, "BEGIN IMMEDIATE", err);
}

int
ush_alert_file_commit(struct ush_alert_file *file, struct ush_error *err)
{
	return ush_store_exec(&file->base, "COMMIT", err);
}

void
ush_alert_file_rollback(struct ush_alert_file *file)
{
	sqlite3_exec(file->base.db, "ROLLBACK", NULL, NULL, NULL);
}

static sqlite3_stmt *
prepare(struct ush_alert_file *file, struct ush_error *err, const char *sql, const char *kinds,
    va_list values)
{
	sqlite3_stmt *stmt;

	if (ush_store_prepare(&file->base, &stmt, sql, err) != 0)
		return NULL;
	for (int i = 0; kinds[i] != '\0'; i++) {
		if (kinds[i] == 't')
			ush_bind_text(stmt, i + 1, va_arg(values, const char *));
		else
			ush_bind_uint(stmt, i + 1, va_arg(values, uint64_t));
	}
	return stmt;
}

sqlite3_stmt *
ush_alert_ask(
    struct ush_alert_file *file, struct ush_error *err, const char *sql, const char *kinds, ...)
{
	sqlite3_stmt *stmt;
	va_list values;

	va_start(values, kinds);
	stmt = prepare(file, err, sql, kinds, values);
	va_end(values);
	return stmt;
}

int
ush_alert_end(struct ush_alert_file *file, sqlite3_stmt *stmt, int rc, struct ush_error *err)
{
	sqlite3_finalize(stmt);
	return rc == SQLITE_DONE ? 0 : ush_store_fail(&file->base, err, "alerts cannot be kept");
}

int
ush_alert_run(
    struct ush_alert_file *file, struct ush_error *err, const char *sql, const char *kinds, ...)
{
	sqlite3_stmt *stmt;
	va_list values;

	va_start(values, kinds);
	stmt = prepare(file, err, sql, kinds, values);
	va_end(values);
	return stmt != NULL ? ush_alert_end(file, stmt, sqlite3_step(stmt), err) : -1;
}
