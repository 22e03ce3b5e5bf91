/* SPDX-License-Identifier: BSD-3-Clause */
#include "sinkhole/store/risen.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "sinkhole/store/own_file.h"

#define KEPT_MS (31ull * 86400 * 1000)

struct ush_risen {
	struct ush_store base;
	struct ush_row_call *known; /* by key */
	size_t count;
};

static const char schema[] =
    "CREATE TABLE IF NOT EXISTS known (key INTEGER PRIMARY KEY, call INTEGER NOT NULL) STRICT;"
    "CREATE TABLE IF NOT EXISTS changed ("
    "  key INTEGER NOT NULL, at INTEGER NOT NULL, before INTEGER NOT NULL"
    ") STRICT;"
    "CREATE INDEX IF NOT EXISTS changed_at ON changed (at);";

static const struct ush_own_file kind = {.what = "calls", .schema = schema, .version = 1};

uint64_t
ush_row_key(const char *address, const char *campaign, bool is_claimed)
{
	const char *const texts[] = {address, campaign, is_claimed ? "1" : "0"};
	uint64_t key = 0xcbf29ce484222325ull; /* FNV-1a */

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		size_t len = strlen(texts[i]) + 1; /* with its end */

		for (size_t j = 0; j < len; j++)
			key = (key ^ (unsigned char)texts[i][j]) * 0x100000001b3ull;
	}
	return key >> 1; /* SQLite's numbers have a sign */
}

static int
compare_keys(const void *left, const void *right)
{
	const struct ush_row_call *a = left, *b = right;

	return (a->key > b->key) - (a->key < b->key);
}

/* The rows of the statement (key, call); finalizes it. */
static int
read_rows(struct ush_risen *risen, sqlite3_stmt *stmt, struct ush_row_call **out, size_t *count,
    struct ush_error *err)
{
	size_t room = 0;
	int rc;

	*out = NULL;
	*count = 0;
	while ((rc = sqlite3_step(stmt)) == SQLITE_ROW) {
		uint64_t call = ush_column_uint(stmt, 1);

		if (*count == room) {
			size_t more = room > 0 ? 2 * room : 64;
			struct ush_row_call *rows = realloc(*out, more * sizeof(*rows));

			if (rows == NULL) {
				rc = SQLITE_NOMEM;
				break;
			}
			*out = rows;
			room = more;
		}
		if (call < USH_CALLS)
			(*out)[(*count)++] =
			    (struct ush_row_call){ush_column_uint(stmt, 0), (enum ush_call)call};
	}
	sqlite3_finalize(stmt);
	if (rc == SQLITE_DONE)
		return 0;
	free(*out);
	*out = NULL;
	*count = 0;
	return ush_store_fail(&risen->base, err, "the calls cannot be read");
}

static int
load_known(struct ush_risen *risen, struct ush_error *err)
{
	sqlite3_stmt *stmt;

	if (ush_store_prepare(
	        &risen->base, &stmt, "SELECT key, call FROM known ORDER BY key", err) != 0)
		return -1;
	return read_rows(risen, stmt, &risen->known, &risen->count, err);
}

int
ush_risen_open(struct ush_risen **out, const struct ush_settings *settings, bool writable,
    struct ush_error *err)
{
	struct ush_risen *risen = calloc(1, sizeof(*risen));
	const char *store = settings->store.path;
	const char *slash = strrchr(store, '/');
	char *path;
	int rc;

	*out = NULL;
	if (risen == NULL || asprintf(&path, "%.*scalls.db",
	                         slash != NULL ? (int)(slash - store) + 1 : 0, store) == -1) {
		free(risen);
		return ush_fail(err, NULL, 0, "out of memory");
	}
	rc = ush_own_file_open(&risen->base, path, &kind, writable, err);
	if (rc == 0 && writable)
		rc = load_known(risen, err);
	if (rc != 0)
		ush_risen_close(risen);
	else
		*out = risen;
	return rc < 0 ? -1 : 0;
}

void
ush_risen_close(struct ush_risen *risen)
{
	if (risen == NULL)
		return;
	ush_own_file_close(&risen->base);
	free(risen->known);
	free(risen);
}

const struct ush_row_call *
ush_row_call_find(const struct ush_row_call *rows, size_t count, uint64_t key)
{
	const struct ush_row_call wanted = {.key = key};

	return count > 0 ? bsearch(&wanted, rows, count, sizeof(*rows), compare_keys) : NULL;
}

/* What is written of a row that is new or has changed. */
struct writing {
	struct ush_risen *risen;
	sqlite3_stmt *know;
	sqlite3_stmt *change;
	uint64_t now_ms;
};

static int
step_once(struct ush_risen *risen, sqlite3_stmt *stmt, struct ush_error *err)
{
	int rc = sqlite3_step(stmt);

	sqlite3_reset(stmt);
	return rc == SQLITE_DONE ? 0
	                         : ush_store_fail(&risen->base, err, "the calls cannot be written");
}

static int
write_row(const struct writing *writing, const struct ush_row_call *row,
    const struct ush_row_call *known, struct ush_error *err)
{
	ush_bind_uint(writing->know, 1, row->key);
	ush_bind_uint(writing->know, 2, (uint64_t)row->call);
	if (step_once(writing->risen, writing->know, err) != 0)
		return -1;
	if (known == NULL)
		return 0;
	ush_bind_uint(writing->change, 1, row->key);
	ush_bind_uint(writing->change, 2, writing->now_ms);
	ush_bind_uint(writing->change, 3, (uint64_t)known->call);
	return step_once(writing->risen, writing->change, err);
}

/* Those that are not as they were known, in one transaction. */
static int
write_rows(const struct writing *writing, const struct ush_row_call *rows, size_t count,
    struct ush_error *err)
{
	struct ush_risen *risen = writing->risen;
	char forget[80];
	int rc = ush_store_exec(&risen->base, "BEGIN IMMEDIATE", err);

	if (rc != 0)
		return -1;
	snprintf(forget, sizeof(forget), "DELETE FROM changed WHERE at < %llu",
	    (unsigned long long)(writing->now_ms > KEPT_MS ? writing->now_ms - KEPT_MS : 0));
	rc = ush_store_exec(&risen->base, forget, err);
	for (size_t i = 0; rc == 0 && i < count; i++) {
		const struct ush_row_call *known =
		    ush_row_call_find(risen->known, risen->count, rows[i].key);

		if (known == NULL || known->call != rows[i].call)
			rc = write_row(writing, &rows[i], known, err);
	}
	if (rc == 0)
		rc = ush_store_exec(&risen->base, "COMMIT", err);
	if (rc != 0 && ush_store_exec(&risen->base, "ROLLBACK", NULL) != 0)
		return -1; /* there was none to take back */
	return rc;
}

static bool
is_as_known(const struct ush_risen *risen, const struct ush_row_call *rows, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct ush_row_call *known =
		    ush_row_call_find(risen->known, risen->count, rows[i].key);

		if (known == NULL || known->call != rows[i].call)
			return false;
	}
	return true;
}

/* What is known and these rows, which count more; malloced. A row that is not there now stays: it may be
 * there again when another log is read. */
static struct ush_row_call *
merge(const struct ush_risen *risen, const struct ush_row_call *rows, size_t count, size_t *merged)
{
	struct ush_row_call *all = malloc((risen->count + count + 1) * sizeof(*all));
	size_t known = 0;
	size_t i = 0;

	*merged = 0;
	while (all != NULL && (known < risen->count || i < count)) {
		bool is_row =
		    known == risen->count || (i < count && rows[i].key <= risen->known[known].key);

		if (is_row && known < risen->count && rows[i].key == risen->known[known].key)
			known++;
		all[(*merged)++] = is_row ? rows[i++] : risen->known[known++];
	}
	return all;
}

int
ush_risen_note(struct ush_risen *risen, struct ush_row_call *rows, size_t count, uint64_t now_ms,
    struct ush_error *err)
{
	struct writing writing = {.risen = risen, .now_ms = now_ms};
	struct ush_row_call *known;
	size_t known_count;
	int rc = -1;

	if (is_as_known(risen, rows, count))
		return 0;
	qsort(rows, count, sizeof(*rows), compare_keys);
	known = merge(risen, rows, count, &known_count);
	if (known == NULL)
		return ush_fail(err, NULL, 0, "out of memory");
	if (ush_store_prepare(&risen->base, &writing.know,
	        "INSERT INTO known VALUES (?1, ?2)"
	        " ON CONFLICT (key) DO UPDATE SET call = excluded.call",
	        err) == 0 &&
	    ush_store_prepare(&risen->base, &writing.change,
	        "INSERT INTO changed (key, at, before) VALUES (?1, ?2, ?3)", err) == 0)
		rc = write_rows(&writing, rows, count, err);
	sqlite3_finalize(writing.know);
	sqlite3_finalize(writing.change);
	if (rc != 0) {
		free(known);
		return -1;
	}
	free(risen->known);
	risen->known = known;
	risen->count = known_count;
	return 0;
}

int
ush_risen_since(struct ush_risen *risen, uint64_t since_ms, struct ush_row_call **out,
    size_t *count, struct ush_error *err)
{
	sqlite3_stmt *stmt;

	*out = NULL;
	*count = 0;
	/* Of each row the first change since then, as SQLite gives the other columns of min(). */
	if (ush_store_prepare(&risen->base, &stmt,
	        "SELECT key, before, min(at) FROM changed WHERE at >= ?1 GROUP BY key ORDER BY key",
	        err) != 0)
		return -1;
	ush_bind_uint(stmt, 1, since_ms);
	return read_rows(risen, stmt, out, count, err);
}
