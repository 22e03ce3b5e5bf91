/* SPDX-License-Identifier: BSD-3-Clause */
/* Reading on in the logs where the last update stopped. */
#include <string.h>
#include "common/event.h"
#include "sinkhole/store/ingest.h"
#include "sinkhole/store/internal.h"
#include "sinkhole/store/logs.h"

/* One log and the statements that remember how far it was read. */
struct follow {
	struct ush_store *store;
	struct ush_ingest *ingest;
	const char *writer;
	sqlite3_stmt *get;
	sqlite3_stmt *put;
	struct ush_update *update;
};

static int
get_offset(
    struct follow *follow, const char *head, size_t len, uint64_t *offset, struct ush_error *err)
{
	int rc;

	*offset = 0;
	sqlite3_bind_blob(follow->get, 1, head, (int)len, SQLITE_STATIC);
	rc = sqlite3_step(follow->get);
	if (rc == SQLITE_ROW)
		*offset = ush_column_uint(follow->get, 0);
	sqlite3_reset(follow->get);
	if (rc != SQLITE_ROW && rc != SQLITE_DONE)
		return ush_store_fail(follow->store, err, "the store cannot be read");
	return 0;
}

static int
put_offset(struct follow *follow, const struct ush_lines *lines, const char *path,
    const struct ush_update *read, uint64_t broken_at, struct ush_error *err)
{
	size_t len;
	const char *head = ush_lines_head(lines, &len);
	int rc;

	sqlite3_bind_blob(follow->put, 1, head, (int)len, SQLITE_STATIC);
	ush_bind_text(follow->put, 2, path);
	ush_bind_uint(follow->put, 3, ush_lines_offset(lines));
	ush_bind_uint(follow->put, 4, read->lines);
	ush_bind_uint(follow->put, 5, read->broken);
	ush_bind_uint(follow->put, 6, broken_at);
	rc = sqlite3_step(follow->put);
	sqlite3_reset(follow->put);
	if (rc != SQLITE_DONE)
		return ush_store_fail(follow->store, err, "the store cannot be written");
	return 0;
}

/* Reads whole lines until the end of the file. */
static int
read_lines(struct follow *follow, struct ush_lines *lines, const char *path, struct ush_error *err)
{
	struct ush_update read = {0};
	uint64_t broken_at = 0;
	struct ush_event event;
	const char *line;
	size_t len;
	int rc;

	while ((rc = ush_lines_next(lines, &line, &len, err)) == 1) {
		read.lines++;
		if (line == NULL || ush_event_read(&event, line, len) != 0) {
			read.broken++;
			broken_at = ush_lines_offset(lines);
			continue;
		}
		rc = ush_ingest_event(follow->ingest, &event, follow->writer, err);
		ush_event_fini(&event);
		if (rc != 0)
			break;
	}
	if (rc != 0 || put_offset(follow, lines, path, &read, broken_at, err) != 0)
		return -1;
	follow->update->lines += read.lines;
	follow->update->broken += read.broken;
	follow->update->files += read.lines > 0;
	return 0;
}

static int
read_file(struct follow *follow, const struct ush_log_file *file, struct ush_error *err)
{
	struct ush_lines *lines;
	const char *head;
	size_t len;
	uint64_t offset;
	int rc = 0;

	if (ush_lines_open(&lines, file->path, err) != 0)
		return -1;
	if (lines == NULL)
		return 0;
	head = ush_lines_head(lines, &len);
	if (get_offset(follow, head, len, &offset, err) != 0) {
		rc = -1;
	} else if (offset < ush_lines_size(lines)) {
		ush_lines_seek(lines, offset);
		rc = read_lines(follow, lines, file->path, err);
	} else if (offset > ush_lines_size(lines) && file->is_live) {
		/* Somebody cut off its end. What follows is new; a shorter copy beside it is not.
		 */
		ush_lines_seek(lines, ush_lines_size(lines));
		rc = put_offset(follow, lines, file->path, &(struct ush_update){0}, 0, err);
	}
	ush_lines_close(lines);
	return rc;
}

static int
follow_log(struct follow *follow, const char *path, struct ush_error *err)
{
	struct ush_log_files files;
	int rc = 0;

	if (ush_log_files_find(&files, path, err) != 0)
		return -1;
	follow->update->compressed += files.compressed;
	for (size_t i = 0; i < files.count && rc == 0; i++)
		rc = read_file(follow, &files.items[i], err);
	ush_log_files_fini(&files);
	return rc;
}

/* Inside a transaction. */
static int
follow_logs(struct ush_store *store, const struct ush_settings *settings, struct ush_update *out,
    struct ush_error *err)
{
	static const char get[] = "SELECT offset FROM log WHERE head = ?1";
	static const char put[] =
	    "INSERT INTO log (head, path, offset, lines, broken, broken_at)"
	    " VALUES (?1,?2,?3,?4,?5,?6) ON CONFLICT DO UPDATE SET path = excluded.path,"
	    " offset = excluded.offset, lines = lines + excluded.lines,"
	    " broken = broken + excluded.broken, broken_at = max(broken_at, excluded.broken_at)";
	struct follow follow = {.store = store, .update = out};
	int rc = -1;

	*out = (struct ush_update){0};
	if (ush_ingest_open(&follow.ingest, store, settings, err) != 0)
		return -1;
	if (ush_store_prepare(store, &follow.get, get, err) != 0 ||
	    ush_store_prepare(store, &follow.put, put, err) != 0)
		goto out;
	follow.writer = "dns";
	if (settings->module.event_log != NULL &&
	    follow_log(&follow, settings->module.event_log, err) != 0)
		goto out;
	follow.writer = "contacts";
	if (settings->sinkhole.event_log != NULL &&
	    follow_log(&follow, settings->sinkhole.event_log, err) != 0)
		goto out;
	rc = ush_ingest_finish(follow.ingest, err);
out:
	sqlite3_finalize(follow.get);
	sqlite3_finalize(follow.put);
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
	return end_transaction(store, follow_logs(store, settings, out, err), err);
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
	    follow_logs(store, settings, out, err) != 0 || ush_store_size(store, &after, err) != 0)
		return -1;
	if (force || before.events == 0 ||
	    (after.events >= before.events && after.first_ms <= before.first_ms))
		return 0;
	return ush_fail(err, store->path, 0,
	    "the logs no longer hold all that the store knows (since %s; %llu of %llu events are "
	    "left): "
	    "put rotated logs back beside the current ones, uncompressed, or use --force",
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
