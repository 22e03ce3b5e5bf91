/* SPDX-License-Identifier: BSD-3-Clause */
/* Reading on in the logs where the last update stopped. */
#include <string.h>
#include <time.h>
#include "common/event.h"
#include "sinkhole/store/ingest.h"
#include "sinkhole/store/internal.h"
#include "sinkhole/store/log_seek.h"
#include "sinkhole/store/logs.h"

/* Logs are looked for again after they were read: logrotate may have been at work meanwhile. */
#define ROUNDS_MAX 3
/* Lines between two looks at the clock. */
#define LOOK_LINES 256
/* Between two transactions: SQLite looks every 100 ms whether it can have the store. */
#define YIELD_NS 150000000

enum statement { GET_OFFSET, PUT_OFFSET, GET_ARCHIVE, PUT_ARCHIVE, STATEMENTS };

static const char *const sql[STATEMENTS] = {
    [GET_OFFSET] = "SELECT offset FROM log WHERE head = ?1",
    [PUT_OFFSET] = "INSERT INTO log (head, path, offset, lines, broken, broken_at)"
                   " VALUES (?1,?2,?3,?4,?5,?6) ON CONFLICT DO UPDATE SET path = excluded.path,"
                   " offset = excluded.offset, lines = lines + excluded.lines,"
                   " broken = broken + excluded.broken,"
                   " broken_at = max(broken_at, excluded.broken_at)",
    [GET_ARCHIVE] =
        "SELECT 1 FROM archive WHERE device = ?1 AND inode = ?2 AND size = ?3 AND mtime = ?4",
    [PUT_ARCHIVE] = "INSERT OR IGNORE INTO archive VALUES (?1,?2,?3,?4)",
};

/* The log that is read and the statements that remember how far. */
struct follow {
	struct ush_store *store;
	struct ush_ingest *ingest;
	const struct ush_log_source *source;
	bool is_followed; /* changes are sent to PostgreSQL */
	sqlite3_stmt *statements[STATEMENTS];
	struct ush_update *update;
	uint64_t hold_ms;  /* as in struct ush_store */
	uint64_t begun_ms; /* when the transaction did, by the monotonic clock */
	unsigned looked;   /* lines since the last look at the clock */
};

/* A file that is being read. */
struct reading {
	struct ush_lines *lines;
	const struct ush_log_file *file;
	struct ush_update read; /* since it was last noted */
	uint64_t broken_at;
	bool has_line;
	bool has_event;
};

static uint64_t
monotonic_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

void
ush_unread_add(struct ush_unread *unread, const struct ush_error *err)
{
	if (unread->count < USH_UNREAD_MAX)
		unread->items[unread->count] = *err;
	unread->count++;
}

/* Steps a statement whose values are bound, once. 1: there is a row, its first column in *value;
 * 0: none; -1. */
static int
step(struct follow *follow, enum statement which, uint64_t *value, struct ush_error *err)
{
	sqlite3_stmt *stmt = follow->statements[which];
	int rc = sqlite3_step(stmt);

	if (rc == SQLITE_ROW)
		*value = ush_column_uint(stmt, 0);
	sqlite3_reset(stmt);
	if (rc != SQLITE_ROW && rc != SQLITE_DONE)
		return ush_store_fail(follow->store, err, "the store refuses a statement");
	return rc == SQLITE_ROW;
}

static int
get_offset(
    struct follow *follow, const struct ush_lines *lines, uint64_t *offset, struct ush_error *err)
{
	size_t len;
	const char *head = ush_lines_head(lines, &len);

	*offset = 0;
	sqlite3_bind_blob(follow->statements[GET_OFFSET], 1, head, (int)len, SQLITE_STATIC);
	return step(follow, GET_OFFSET, offset, err) == -1 ? -1 : 0;
}

static int
put_offset(struct follow *follow, const struct ush_lines *lines, const char *path,
    const struct ush_update *read, uint64_t broken_at, struct ush_error *err)
{
	sqlite3_stmt *stmt = follow->statements[PUT_OFFSET];
	size_t len;
	const char *head = ush_lines_head(lines, &len);
	uint64_t none;

	sqlite3_bind_blob(stmt, 1, head, (int)len, SQLITE_STATIC);
	ush_bind_text(stmt, 2, path);
	ush_bind_uint(stmt, 3, ush_lines_offset(lines));
	ush_bind_uint(stmt, 4, read->lines);
	ush_bind_uint(stmt, 5, read->broken);
	ush_bind_uint(stmt, 6, broken_at);
	return step(follow, PUT_OFFSET, &none, err);
}

/* GET_ARCHIVE or PUT_ARCHIVE: as step(). */
static int
archive(struct follow *follow, enum statement which, const struct ush_log_file *file,
    struct ush_error *err)
{
	sqlite3_stmt *stmt = follow->statements[which];
	uint64_t none;

	sqlite3_bind_int64(stmt, 1, (sqlite3_int64)file->device);
	sqlite3_bind_int64(stmt, 2, (sqlite3_int64)file->inode);
	sqlite3_bind_int64(stmt, 3, (sqlite3_int64)file->size);
	sqlite3_bind_int64(stmt, 4, file->mtime_ns);
	return step(follow, which, &none, err);
}

/* Notes how far the file was read. */
static int
note(struct follow *follow, struct reading *reading, struct ush_error *err)
{
	if (put_offset(follow, reading->lines, reading->file->path, &reading->read,
	        reading->broken_at, err) != 0)
		return -1;
	follow->update->lines += reading->read.lines;
	follow->update->broken += reading->read.broken;
	reading->read = (struct ush_update){0};
	return 0;
}

/* Whether others have waited long enough. A file that may still be refused as a whole is not noted. */
static bool
is_long(struct follow *follow, const struct reading *reading)
{
	if (++follow->looked < LOOK_LINES || !reading->has_event)
		return false;
	follow->looked = 0;
	return monotonic_ms() - follow->begun_ms >= follow->hold_ms;
}

/* Writes what was read and lets other processes have the store, then goes on in a new transaction.
 * Meanwhile another process may have read on in the same log: what it has read is left out here. */
static int
let_others(struct follow *follow, struct reading *reading, struct ush_error *err)
{
	static const struct timespec yield = {.tv_nsec = YIELD_NS};
	uint64_t offset;

	if (note(follow, reading, err) != 0 || ush_ingest_finish(follow->ingest, err) != 0 ||
	    ush_changes_end(follow->store, err) != 0 ||
	    ush_store_exec(follow->store, "COMMIT", err) != 0)
		return -1;
	nanosleep(&yield, NULL);
	if (ush_store_exec(follow->store, "BEGIN IMMEDIATE", err) != 0 ||
	    ush_changes_begin(follow->store, follow->is_followed, err) != 0 ||
	    get_offset(follow, reading->lines, &offset, err) != 0)
		return -1;
	follow->begun_ms = monotonic_ms();
	if (offset == ush_lines_offset(reading->lines))
		return 0;
	return ush_lines_seek(reading->lines, offset, err);
}

static int
read_line(struct follow *follow, struct reading *reading, const char *line, size_t len,
    struct ush_error *err)
{
	struct ush_event event;
	int rc;

	reading->has_line = true;
	reading->read.lines++;
	if (line == NULL || ush_event_read(&event, line, len) != 0) {
		reading->read.broken++;
		reading->broken_at = ush_lines_offset(reading->lines);
		return 0;
	}
	reading->has_event = true;
	rc = ush_ingest_event(
	    follow->ingest, &event, ush_log_writer_text(follow->source->writer), err);
	ush_event_fini(&event);
	return rc;
}

/* Reads whole lines until the end of the file. Where it cannot be read any further, that is noted
 * and what was read stays. A file without any event is noted each time. */
static int
read_lines(struct follow *follow, struct ush_lines *lines, const struct ush_log_file *file,
    struct ush_error *err)
{
	struct reading reading = {.lines = lines, .file = file};
	bool is_from_start = ush_lines_offset(lines) == 0;
	struct ush_error trouble = {0};
	const char *line;
	size_t len;
	int rc;

	while ((rc = ush_lines_next(lines, &line, &len, &trouble)) == 1) {
		if (read_line(follow, &reading, line, len, err) != 0)
			return -1;
		if (is_long(follow, &reading) && let_others(follow, &reading, err) != 0)
			return -1;
	}
	if (rc == 0 && is_from_start &&
	    ush_lines_fail_if_none(lines, file, reading.has_event, &trouble) != 0) {
		ush_unread_add(&follow->update->unread, &trouble);
		return 0;
	}
	if (rc == -1)
		ush_unread_add(&follow->update->unread, &trouble);
	follow->update->files += reading.has_line;
	return note(follow, &reading, err);
}

static uint64_t
late_ms(const struct follow *follow)
{
	return USH_LOG_LATE_MS + follow->source->delay * UINT64_C(1000);
}

/* -1 only if the store fails. */
static int
read_new(struct follow *follow, struct ush_lines *lines, const struct ush_log_file *file,
    struct ush_error *err)
{
	struct ush_error trouble = {0};
	uint64_t size = ush_lines_size(lines);
	uint64_t offset;

	if (get_offset(follow, lines, &offset, err) != 0)
		return -1;
	if (offset == size || (offset > size && !file->is_live))
		return 0; /* a shorter copy has nothing new */
	/* The end of the live log was cut off: what follows is new. */
	if (ush_lines_seek(lines, offset < size ? offset : size, &trouble) != 0) {
		ush_unread_add(&follow->update->unread, &trouble);
		return 0;
	}
	if (follow->store->since_ms > 0 && offset == 0 &&
	    ush_log_seek(lines, follow->store->since_ms, late_ms(follow), &trouble) != 0) {
		ush_unread_add(&follow->update->unread, &trouble);
		return 0;
	}
	return read_lines(follow, lines, file, err);
}

static int
read_file(struct follow *follow, const struct ush_log_file *file, struct ush_error *err)
{
	size_t unread = follow->update->unread.count;
	struct ush_error trouble = {0};
	struct ush_lines *lines;
	int rc = archive(follow, GET_ARCHIVE, file, err);

	if (rc != 0)
		return rc == 1 ? 0 : -1;
	if (ush_lines_open(&lines, file->path, &trouble) != 0)
		ush_unread_add(&follow->update->unread, &trouble);
	if (lines == NULL)
		return 0;
	rc = read_new(follow, lines, file, err);
	if (rc == 0 && ush_lines_is_compressed(lines) && follow->update->unread.count == unread)
		rc = archive(follow, PUT_ARCHIVE, file, err);
	ush_lines_close(lines);
	return rc;
}

/* Reads the log and its rotated files once. *settled: they were the same before and after. */
static int
read_files(struct follow *follow, bool *settled, struct ush_error *err)
{
	const char *path = follow->source->path;
	struct ush_log_files before = {0};
	struct ush_log_files after = {0};
	struct ush_error trouble = {0};
	int rc = 0;

	*settled = true;
	if (ush_log_files_find(&before, path, &trouble) != 0) {
		ush_unread_add(&follow->update->unread, &trouble);
		return 0;
	}
	for (size_t i = 0; i < before.count && rc == 0; i++) {
		if (!ush_log_file_is_before(
		        &before.items[i], follow->store->since_ms, late_ms(follow)))
			rc = read_file(follow, &before.items[i], err);
	}
	if (rc == 0 && ush_log_files_find(&after, path, &trouble) == 0)
		*settled = ush_log_files_equal(&before, &after);
	ush_log_files_fini(&before);
	ush_log_files_fini(&after);
	return rc;
}

static int
follow_log(struct follow *follow, struct ush_error *err)
{
	size_t unread = follow->update->unread.count;
	struct ush_error trouble = {0};
	bool settled = false;

	for (unsigned round = 0; !settled && round < ROUNDS_MAX; round++) {
		follow->update->unread.count = unread; /* of this log: as the last round finds */
		if (read_files(follow, &settled, err) != 0)
			return -1;
	}
	if (!settled) {
		ush_fail(
		    &trouble, follow->source->path, 0, "was rotated while it was read; ask again");
		ush_unread_add(&follow->update->unread, &trouble);
	}
	return 0;
}

/* Inside a transaction; at the end it may be another one (hold_ms as in struct ush_store). */
static int
follow_logs(struct ush_store *store, const struct ush_settings *settings, uint64_t hold_ms,
    struct ush_update *out, struct ush_error *err)
{
	struct follow follow = {.store = store,
	    .update = out,
	    .is_followed = settings->store.push_to != NULL,
	    .hold_ms = hold_ms,
	    .begun_ms = monotonic_ms()};
	int rc = 0;

	*out = (struct ush_update){0};
	if (ush_changes_begin(store, follow.is_followed, err) != 0 ||
	    ush_ingest_open(&follow.ingest, store, settings, err) != 0)
		return -1;
	for (unsigned i = 0; i < STATEMENTS && rc == 0; i++)
		rc = ush_store_prepare(store, &follow.statements[i], sql[i], err);
	for (size_t i = 0; i < settings->store.log_count && rc == 0; i++) {
		follow.source = &settings->store.logs[i];
		rc = follow_log(&follow, err);
	}
	if (rc == 0)
		rc = ush_ingest_finish(follow.ingest, err);
	if (rc == 0)
		rc = ush_changes_end(store, err);
	for (unsigned i = 0; i < STATEMENTS; i++)
		sqlite3_finalize(follow.statements[i]);
	ush_ingest_close(follow.ingest);
	return rc;
}

static int
end_transaction(struct ush_store *store, int rc, struct ush_error *err)
{
	if (rc == 0)
		rc = ush_store_exec(store, "COMMIT", err);
	if (rc != 0)
		sqlite3_exec(store->db, "ROLLBACK", NULL, NULL, NULL);
	return rc;
}

int
ush_store_update(struct ush_store *store, const struct ush_settings *settings,
    struct ush_update *out, struct ush_error *err)
{
	if (ush_store_exec(store, "BEGIN IMMEDIATE", err) != 0)
		return -1;
	return end_transaction(store, follow_logs(store, settings, store->hold_ms, out, err), err);
}

/* Inside a transaction. */
static int
rebuild(struct ush_store *store, const struct ush_settings *settings, bool force,
    struct ush_update *out, struct ush_error *err)
{
	struct ush_store_size before;
	struct ush_store_size after;
	char since[USH_TIME_TEXT_MAX];

	if (ush_store_size(store, &before, err) != 0 ||
	    ush_store_exec(store, ush_schema_drop, err) != 0 ||
	    ush_store_exec(store, ush_schema_create, err) != 0 ||
	    follow_logs(store, settings, UINT64_MAX, out, err) != 0 ||
	    ush_store_size(store, &after, err) != 0)
		return -1;
	if (!force && out->unread.count > 0) {
		*err = out->unread.items[0];
		strncat(err->text, "; nothing was changed (--force: go on without it)",
		    sizeof(err->text) - strlen(err->text) - 1);
		return -1;
	}
	if (force || before.events == 0 ||
	    (after.events >= before.events && after.first_ms <= before.first_ms))
		return 0;
	return ush_fail(err, store->path, 0,
	    "the logs no longer hold all that the store knows (since %s; %llu of %llu events are "
	    "left): "
	    "put rotated logs back beside the current ones, or use --force",
	    ush_time_to_text(before.first_ms, since), (unsigned long long)after.events,
	    (unsigned long long)before.events);
}

int
ush_store_rebuild(struct ush_store *store, const struct ush_settings *settings, bool force,
    struct ush_update *out, struct ush_error *err)
{
	if (ush_store_exec(store, "BEGIN IMMEDIATE", err) != 0)
		return -1;
	return end_transaction(store, rebuild(store, settings, force, out, err), err);
}
