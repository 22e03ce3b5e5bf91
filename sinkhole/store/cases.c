/* SPDX-License-Identifier: BSD-3-Clause */
#include "sinkhole/store/cases.h"

#include <stdlib.h>
#include <string.h>
#include "sinkhole/store/records_internal.h"

#define NOT_KEPT "the mark cannot be kept"

static const char *const state_words[USH_CASE_STATES] = {
    "open", "acknowledged", "cleaned", "false-alarm"};

const char *
ush_case_state_text(enum ush_case_state state)
{
	return state_words[state];
}

int
ush_case_state_from_text(enum ush_case_state *out, const char *text)
{
	for (unsigned i = 0; i < USH_CASE_STATES; i++) {
		if (strcmp(state_words[i], text) == 0) {
			*out = (enum ush_case_state)i;
			return 0;
		}
	}
	return -1;
}

enum ush_call
ush_mark_call(const struct ush_mark *mark)
{
	enum ush_call worst = USH_CALL_DRILL;

	for (size_t i = 0; i < mark->row_count; i++) {
		if (mark->rows[i].call < worst)
			worst = mark->rows[i].call;
	}
	return worst;
}

static int
insert_mark(struct ush_records *records, const struct ush_mark *mark, struct ush_error *err)
{
	sqlite3_stmt *stmt;
	int rc;

	if (ush_store_prepare(&records->base, &stmt,
	        "INSERT INTO mark (host, campaign, state, as_of, made, author, number, note)"
	        " VALUES (?1,?2,?3,?4,?5,?6,?7,?8)",
	        err) != 0)
		return -1;
	ush_bind_text(stmt, 1, mark->host);
	ush_bind_text(stmt, 2, mark->campaign);
	ush_bind_uint(stmt, 3, mark->state);
	ush_bind_uint(stmt, 4, mark->as_of_ms);
	ush_bind_uint(stmt, 5, mark->made_ms);
	ush_bind_text(stmt, 6, mark->author);
	ush_bind_text(stmt, 7, mark->number);
	ush_bind_text(stmt, 8, mark->note);
	rc = sqlite3_step(stmt);
	sqlite3_finalize(stmt);
	return rc == SQLITE_DONE ? 0 : ush_store_fail(&records->base, err, NOT_KEPT);
}

/* The rows of the mark that was inserted last. */
static int
insert_rows(struct ush_records *records, const struct ush_mark *mark, struct ush_error *err)
{
	uint64_t id = (uint64_t)sqlite3_last_insert_rowid(records->base.db);
	sqlite3_stmt *stmt;
	int rc = SQLITE_DONE;

	if (ush_store_prepare(&records->base, &stmt,
	        "INSERT INTO mark_row (mark, campaign, claimed, call) VALUES (?1,?2,?3,?4)",
	        err) != 0)
		return -1;
	for (size_t i = 0; i < mark->row_count && rc == SQLITE_DONE; i++) {
		sqlite3_reset(stmt);
		ush_bind_uint(stmt, 1, id);
		ush_bind_text(stmt, 2, mark->rows[i].campaign);
		ush_bind_uint(stmt, 3, mark->rows[i].claimed);
		ush_bind_uint(stmt, 4, mark->rows[i].call);
		rc = sqlite3_step(stmt);
	}
	sqlite3_finalize(stmt);
	return rc == SQLITE_DONE ? 0 : ush_store_fail(&records->base, err, NOT_KEPT);
}

int
ush_mark_add(struct ush_records *records, const struct ush_mark *mark, struct ush_error *err)
{
	if (ush_store_exec(&records->base, "BEGIN IMMEDIATE", err) != 0)
		return -1;
	if (insert_mark(records, mark, err) == 0 && insert_rows(records, mark, err) == 0 &&
	    ush_store_exec(&records->base, "COMMIT", err) == 0)
		return 0;
	sqlite3_exec(records->base.db, "ROLLBACK", NULL, NULL, NULL);
	return -1;
}

/* Copies of the texts in one block that begins at *host. */
static int
copy_texts(struct ush_mark *mark)
{
	const char **const texts[] = {
	    &mark->host, &mark->campaign, &mark->author, &mark->number, &mark->note};
	size_t size = 0;
	char *at;

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		size += strlen(*texts[i]) + 1;
	at = malloc(size);
	if (at == NULL)
		return -1;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		size_t len = strlen(*texts[i]) + 1;

		memcpy(at, *texts[i], len);
		*texts[i] = at;
		at += len;
	}
	return 0;
}

/* Items with room for one more; they grow at 1, 2, 4, ... NULL without memory: they are as before. */
static void *
with_room(void *items, size_t count, size_t size)
{
	if ((count & (count - 1)) != 0)
		return items;
	return reallocarray(items, count == 0 ? 1 : count * 2, size);
}

/* Returns an SQLite result. */
static int
read_rows(struct ush_mark *mark, sqlite3_stmt *stmt, uint64_t id)
{
	int rc;

	sqlite3_reset(stmt);
	ush_bind_uint(stmt, 1, id);
	while ((rc = sqlite3_step(stmt)) == SQLITE_ROW) {
		uint64_t call = ush_column_uint(stmt, 2);
		struct ush_marked row = {.claimed = ush_column_uint(stmt, 1) != 0,
		    .call = call < USH_CALLS ? (enum ush_call)call : USH_CALL_DRILL};
		struct ush_marked *rows =
		    with_room(mark->rows, mark->row_count, sizeof(*mark->rows));

		if (rows == NULL)
			return SQLITE_NOMEM;
		mark->rows = rows;
		row.campaign = strdup(ush_column_text(stmt, 0));
		if (row.campaign == NULL)
			return SQLITE_NOMEM;
		mark->rows[mark->row_count++] = row;
	}
	return rc;
}

/* Returns an SQLite result. */
static int
read_marks(struct ush_marks *marks, sqlite3_stmt *stmt, sqlite3_stmt *rows)
{
	int rc;

	while ((rc = sqlite3_step(stmt)) == SQLITE_ROW) {
		uint64_t state = ush_column_uint(stmt, 3);
		struct ush_mark mark = {
		    .host = ush_column_text(stmt, 1),
		    .campaign = ush_column_text(stmt, 2),
		    .state = state < USH_CASE_STATES ? (enum ush_case_state)state : USH_CASE_OPEN,
		    .as_of_ms = ush_column_uint(stmt, 4),
		    .made_ms = ush_column_uint(stmt, 5),
		    .author = ush_column_text(stmt, 6),
		    .number = ush_column_text(stmt, 7),
		    .note = ush_column_text(stmt, 8),
		};
		struct ush_mark *items =
		    with_room(marks->items, marks->count, sizeof(*marks->items));

		if (items == NULL)
			return SQLITE_NOMEM;
		marks->items = items;
		if (copy_texts(&mark) != 0)
			return SQLITE_NOMEM;
		marks->items[marks->count++] = mark;
		rc = read_rows(&marks->items[marks->count - 1], rows, ush_column_uint(stmt, 0));
		if (rc != SQLITE_DONE)
			return rc;
	}
	return rc;
}

int
ush_marks_load(struct ush_marks *out, struct ush_records *records, struct ush_error *err)
{
	sqlite3_stmt *stmt;
	sqlite3_stmt *rows;
	int rc;

	*out = (struct ush_marks){0};
	if (records == NULL)
		return 0;
	if (ush_store_prepare(&records->base, &stmt,
	        "SELECT id, host, campaign, state, as_of, made, author, number, note FROM mark"
	        " ORDER BY host, id",
	        err) != 0)
		return -1;
	if (ush_store_prepare(&records->base, &rows,
	        "SELECT campaign, claimed, call FROM mark_row WHERE mark = ?1", err) != 0) {
		sqlite3_finalize(stmt);
		return -1;
	}
	rc = read_marks(out, stmt, rows);
	sqlite3_finalize(stmt);
	sqlite3_finalize(rows);
	if (rc == SQLITE_DONE)
		return 0;
	ush_marks_fini(out);
	return ush_store_fail(&records->base, err, "the cases cannot be read");
}

static void
free_mark(struct ush_mark *mark)
{
	for (size_t i = 0; i < mark->row_count; i++)
		free((void *)(uintptr_t)mark->rows[i].campaign);
	free(mark->rows);
	free((void *)(uintptr_t)mark->host);
}

void
ush_marks_fini(struct ush_marks *marks)
{
	for (size_t i = 0; i < marks->count; i++)
		free_mark(&marks->items[i]);
	free(marks->items);
	*marks = (struct ush_marks){0};
}

const struct ush_mark *
ush_marks_of(const struct ush_marks *marks, const char *host, size_t *count)
{
	size_t low = 0;
	size_t high = marks->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (strcmp(marks->items[middle].host, host) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	*count = 0;
	while (low + *count < marks->count && strcmp(marks->items[low + *count].host, host) == 0)
		(*count)++;
	return *count > 0 ? &marks->items[low] : NULL;
}

static const struct ush_mark *
newest_for(const struct ush_marks *marks, const struct ush_host *host)
{
	size_t count;
	const struct ush_mark *mark = ush_marks_of(marks, host->address, &count);

	while (count-- > 0) {
		const char *campaign = mark[count].campaign;

		if (campaign[0] == '\0' || strcmp(campaign, host->campaign) == 0)
			return &mark[count];
	}
	return NULL;
}

/* The row as it was when the mark was made; NULL: there was none. */
static const struct ush_marked *
row_then(const struct ush_mark *mark, const struct ush_host *host)
{
	for (size_t i = 0; i < mark->row_count; i++) {
		const struct ush_marked *row = &mark->rows[i];

		if (row->claimed == host->known.claimed &&
		    strcmp(row->campaign, host->campaign) == 0)
			return row;
	}
	return NULL;
}

/* A proxy stays a RELAY whatever the machines behind it do. */
enum ush_call
ush_case_call(const struct ush_host *host)
{
	const struct ush_verdicts *verdicts = &host->verdicts;
	enum ush_call call = verdicts->items[0].call;

	return verdicts->behind.why != NULL && verdicts->behind.call < call ? verdicts->behind.call
	                                                                    : call;
}

/* Whether another machine than the marked one had the address before the host acted last. Which of the
 * two acted is not asked: the mark must not hide what the other one may have done. */
static bool
was_passed_on(const struct ush_identities *identities, const struct ush_mark *mark,
    const struct ush_host *host)
{
	struct ush_machine marked;

	return host->last_ms > mark->as_of_ms &&
	       ush_identity_of(
	           identities, host->address, mark->as_of_ms, mark->as_of_ms, &marked) &&
	       ush_identity_is_another(
	           identities, host->address, mark->as_of_ms, host->last_ms, marked.hardware);
}

struct ush_case_status
ush_case_of(const struct ush_marks *marks, const struct ush_identities *identities,
    const struct ush_host *host)
{
	struct ush_case_status status = {.mark = newest_for(marks, host)};
	const struct ush_mark *mark = status.mark;
	const struct ush_marked *then;

	if (mark == NULL || mark->state == USH_CASE_OPEN) {
		status.is_open = true;
		return status;
	}
	then = row_then(mark, host);
	if (was_passed_on(identities, mark, host))
		status.reopened = "another machine has had the address since";
	else if (mark->state == USH_CASE_CLEANED && host->last_ms > mark->as_of_ms)
		status.reopened = "it acted after it was cleaned";
	else if (then == NULL)
		status.reopened = "this was not known then";
	else if (ush_case_call(host) < then->call)
		status.reopened = "its call is worse than it was then";
	status.is_open = status.reopened != NULL;
	status.is_settled = !status.is_open && mark->state != USH_CASE_ACKNOWLEDGED;
	return status;
}
