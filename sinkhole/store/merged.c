/* SPDX-License-Identifier: BSD-3-Clause */
#include "sinkhole/store/merged.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "sinkhole/store/internal.h"
#include "sinkhole/store/moments.h"

#define ORIGINS_MAX 10000
#define PROFILE_COLUMNS 5 /* at the end of a sighting's row */
/* Further ahead no clock of a machine may be that is believed. */
#define AHEAD_MS (24ull * 3600 * 1000)

enum { PUT_PROFILE = USH_SHARED_TABLES, PUT_ORIGIN, STATEMENTS };

static const char *const sql[STATEMENTS] = {
    [USH_SHARED_SIGHTING] =
        "INSERT OR REPLACE INTO sighting (host, campaign, claimed, fact, drill, object, detail,"
        " action, marks, mark_words, agent, rule, proxy, other, page, feed_line, first, last, count,"
        " profile) VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,?15,?16,?17,?18,?19,"
        " coalesce((SELECT id FROM profile WHERE family = ?20 AND channel = ?21 AND details = ?22"
        " AND fields = ?23 AND text = ?24), 0))",
    [USH_SHARED_MOMENT] =
        "INSERT OR REPLACE INTO moment (host, campaign, claimed, fact, drill, part, times)"
        " VALUES (?1,?2,?3,?4,?5,?6,?7)",
    [USH_SHARED_CLAIM] =
        "INSERT OR REPLACE INTO claim (claimed, host, campaign, first, last, count)"
        " VALUES (?1,?2,?3,?4,?5,?6)",
    [USH_SHARED_REAL] =
        "INSERT OR REPLACE INTO real (host, campaign, name, addresses, first, last, count)"
        " VALUES (?1,?2,?3,?4,?5,?6,?7)",
    [USH_SHARED_SHOWN] = "INSERT OR REPLACE INTO shown (host, place, reference, time)"
                         " VALUES (?1,?2,?3,?4)",
    [USH_SHARED_RUN] =
        "INSERT OR REPLACE INTO run (start, writer, observer, first, last, last_event, events,"
        " state_time, reason, version, boot_id, clock_synchronised, clock_offset_ms, written, lost,"
        " mode, drill, has_list, list_serial, list_built, list_rules, list_state, list_reason,"
        " settings_reason, figures) VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,?15,"
        " ?16,?17,?18,?19,?20,?21,?22,?23,?24,?25)",
    [USH_SHARED_RING] = "INSERT OR REPLACE INTO ring (start, writer, ring, low, high, seen)"
                        " VALUES (?1,?2,?3,?4,?5,?6)",
    [PUT_PROFILE] = "INSERT OR IGNORE INTO profile (family, channel, details, fields, text)"
                    " VALUES (?20,?21,?22,?23,?24)",
    [PUT_ORIGIN] = "INSERT OR REPLACE INTO origin (name, id, push, time, complete, rows, refused)"
                   " VALUES (?1,?2,?3,?4,?5,?6,?7)",
};

/* Columns with times of what was seen: of a sensor itself they are not, since a clock that is wrong
 * shows by them. */
static const struct {
	unsigned from, to;
} times[USH_SHARED_TABLES] = {
    [USH_SHARED_SIGHTING] = {16, 18},
    [USH_SHARED_CLAIM] = {3, 5},
    [USH_SHARED_REAL] = {4, 6},
    [USH_SHARED_SHOWN] = {3, 4},
};

struct ush_merged {
	struct ush_store *store;
	uint64_t latest_ms;
	sqlite3_stmt *statements[STATEMENTS];
};

int
ush_merged_begin(
    struct ush_merged **out, struct ush_store *store, uint64_t now_ms, struct ush_error *err)
{
	struct ush_merged *merged = calloc(1, sizeof(*merged));

	*out = merged;
	if (merged == NULL)
		return ush_fail(err, NULL, 0, "out of memory");
	merged->store = store;
	merged->latest_ms = now_ms + AHEAD_MS;
	if (ush_store_exec(store, "BEGIN IMMEDIATE", err) != 0)
		return -1;
	for (unsigned i = 0; i < STATEMENTS; i++) {
		if (ush_store_prepare(store, &merged->statements[i], sql[i], err) != 0)
			return -1;
	}
	return 0;
}

int
ush_merged_forget(struct ush_merged *merged, struct ush_error *err)
{
	return ush_store_exec(merged->store, ush_schema_drop, err) == 0
	           ? ush_store_exec(merged->store, ush_schema_create, err)
	           : -1;
}

/* Runs a statement whose values are bound. */
static int
run(struct ush_merged *merged, unsigned which, struct ush_error *err)
{
	sqlite3_stmt *stmt = merged->statements[which];
	int rc = sqlite3_step(stmt);

	sqlite3_reset(stmt);
	return rc == SQLITE_DONE
	           ? 0
	           : ush_store_fail(merged->store, err, "the store cannot be written");
}

static void
bind_cell(sqlite3_stmt *stmt, int index, const struct ush_cell *cell)
{
	switch (cell->kind) {
	case USH_CELL_INTEGER:
		sqlite3_bind_int64(stmt, index, cell->number);
		break;
	case USH_CELL_TEXT:
		sqlite3_bind_text(stmt, index, cell->text, (int)cell->len, SQLITE_STATIC);
		break;
	case USH_CELL_BLOB:
		sqlite3_bind_blob(stmt, index, cell->text, (int)cell->len, SQLITE_STATIC);
		break;
	case USH_CELL_NULL:
		sqlite3_bind_null(stmt, index);
		break;
	}
}

/* What a machine says of times to come would stand above all that others say of the host. */
static struct ush_cell
bounded(const struct ush_merged *merged, enum ush_shared_table table, size_t column,
    const struct ush_cell *cell)
{
	struct ush_cell out = *cell;

	if (column >= times[table].from && column < times[table].to &&
	    out.number > (int64_t)merged->latest_ms)
		out.number = (int64_t)merged->latest_ms;
	return out;
}

/* Moments of one part that several machines saw, as one would have kept them. What belongs to no place
 * of the part, or to times to come, would take another moment's. */
static size_t
merge_moments(const struct ush_merged *merged, const struct ush_cell *part,
    const struct ush_cell *blobs, uint8_t blob[USH_MOMENTS_BLOB_MAX])
{
	struct ush_moments moments = {0};

	for (size_t i = 0; i < blobs->len / USH_MOMENT_OCTETS; i++) {
		uint64_t time_ms = ush_moments_nth((const uint8_t *)blobs->text, blobs->len, i);

		if (time_ms != 0 && time_ms <= merged->latest_ms &&
		    ush_moments_part(time_ms) == part->number)
			ush_moments_add(&moments, time_ms);
	}
	return ush_moments_pack(&moments, blob);
}

/* Rows of hosts have addresses as the store writes them: two texts of one address would be two hosts. */
static bool
is_address(const struct ush_cell *cell)
{
	char text[USH_ADDRESS_TEXT_MAX];
	char again[USH_ADDRESS_TEXT_MAX];
	struct ush_address address;

	if (cell->kind != USH_CELL_TEXT || cell->len >= sizeof(text))
		return false;
	memcpy(text, cell->text, cell->len);
	text[cell->len] = '\0';
	return ush_address_from_text(&address, text) == 0 &&
	       strcmp(ush_address_to_text(&address, again), text) == 0;
}

/* Whether it has all cells that the store needs: only a profile may be missing. */
static bool
is_whole(enum ush_shared_table table, const struct ush_cell *cells, size_t count)
{
	size_t needed = table == USH_SHARED_SIGHTING ? count - PROFILE_COLUMNS : count;

	for (size_t i = 0; i < needed; i++) {
		if (cells[i].kind == USH_CELL_NULL)
			return false;
	}
	return true;
}

/* The column of the host that was seen; -1: the table has none. */
static int
host_column(enum ush_shared_table table)
{
	switch (table) {
	case USH_SHARED_CLAIM:
		return 1;
	case USH_SHARED_RUN:
	case USH_SHARED_RING:
		return -1;
	default:
		return 0;
	}
}

int
ush_merged_put(struct ush_merged *merged, enum ush_shared_table table, const struct ush_cell *cells,
    size_t count, struct ush_error *err)
{
	bool has_profile = table == USH_SHARED_SIGHTING && cells[count - 1].kind != USH_CELL_NULL;
	uint8_t blob[USH_MOMENTS_BLOB_MAX];
	int host = host_column(table);

	if (!is_whole(table, cells, count) || (host >= 0 && !is_address(&cells[host])))
		return 0;
	for (size_t i = 0; i < count; i++) {
		struct ush_cell cell = bounded(merged, table, i, &cells[i]);

		bind_cell(merged->statements[table], (int)i + 1, &cell);
		if (has_profile)
			bind_cell(merged->statements[PUT_PROFILE], (int)i + 1, &cells[i]);
	}
	if (table == USH_SHARED_MOMENT)
		sqlite3_bind_blob(merged->statements[table], (int)count, blob,
		    (int)merge_moments(merged, &cells[count - 2], &cells[count - 1], blob),
		    SQLITE_STATIC);
	if (has_profile && run(merged, PUT_PROFILE, err) != 0)
		return -1;
	return run(merged, table, err);
}

int
ush_merged_origin(struct ush_merged *merged, const struct ush_origin *origin, struct ush_error *err)
{
	sqlite3_stmt *stmt = merged->statements[PUT_ORIGIN];

	ush_bind_text(stmt, 1, origin->name);
	ush_bind_uint(stmt, 2, origin->id);
	ush_bind_uint(stmt, 3, origin->push);
	ush_bind_uint(stmt, 4, origin->time_ms);
	ush_bind_uint(stmt, 5, origin->complete);
	ush_bind_uint(stmt, 6, origin->rows);
	ush_bind_uint(stmt, 7, origin->refused);
	return run(merged, PUT_ORIGIN, err);
}

/* When the other side was asked; 0: it could not be, and `failure` says why. */
static int
note(struct ush_store *store, uint64_t time_ms, const char *failure, struct ush_error *err)
{
	sqlite3_stmt *stmt;
	int rc;

	if (ush_store_prepare(store, &stmt,
	        "INSERT INTO pull (one, time, failure) VALUES (1, ?1, ?2) ON CONFLICT DO UPDATE SET"
	        " time = max(time, excluded.time), failure = excluded.failure",
	        err) != 0)
		return -1;
	ush_bind_uint(stmt, 1, time_ms);
	ush_bind_text(stmt, 2, failure);
	rc = sqlite3_step(stmt);
	sqlite3_finalize(stmt);
	return rc == SQLITE_DONE ? 0 : ush_store_fail(store, err, "the store cannot be written");
}

int
ush_merged_end(struct ush_merged *merged, int rc, uint64_t now_ms, struct ush_error *err)
{
	struct ush_store *store;

	if (merged == NULL)
		return -1;
	store = merged->store;
	for (unsigned i = 0; i < STATEMENTS; i++)
		sqlite3_finalize(merged->statements[i]);
	free(merged);
	if (rc == 0)
		rc = note(store, now_ms, "", err);
	if (rc == 0)
		rc = ush_store_exec(store, "COMMIT", err);
	if (rc != 0)
		sqlite3_exec(store->db, "ROLLBACK", NULL, NULL, NULL);
	return rc == 0 ? 0 : -1;
}

int
ush_merged_failed(struct ush_store *store, const char *reason, struct ush_error *err)
{
	return note(store, 0, reason, err);
}

static int
read_pull(struct ush_origins *out, struct ush_store *store, struct ush_error *err)
{
	sqlite3_stmt *stmt;
	int rc;

	if (ush_store_prepare(store, &stmt, "SELECT time, failure FROM pull", err) != 0)
		return -1;
	rc = sqlite3_step(stmt);
	if (rc == SQLITE_ROW) {
		out->time_ms = ush_column_uint(stmt, 0);
		snprintf(out->failure, sizeof(out->failure), "%s", ush_column_text(stmt, 1));
	}
	sqlite3_finalize(stmt);
	return rc == SQLITE_ROW || rc == SQLITE_DONE
	           ? 0
	           : ush_store_fail(store, err, "the store cannot be read");
}

static int
read_origin(struct ush_origins *out, sqlite3_stmt *stmt)
{
	struct ush_origin *items = reallocarray(out->items, out->count + 1, sizeof(*out->items));
	struct ush_origin *origin;

	if (items == NULL)
		return -1;
	out->items = items;
	origin = &items[out->count++];
	*origin = (struct ush_origin){
	    .id = ush_column_uint(stmt, 1),
	    .push = ush_column_uint(stmt, 2),
	    .time_ms = ush_column_uint(stmt, 3),
	    .complete = ush_column_uint(stmt, 4) != 0,
	    .rows = ush_column_uint(stmt, 5),
	    .refused = ush_column_uint(stmt, 6),
	};
	snprintf(origin->name, sizeof(origin->name), "%s", ush_column_text(stmt, 0));
	return 0;
}

int
ush_origins_load(struct ush_origins *out, struct ush_store *store, struct ush_error *err)
{
	sqlite3_stmt *stmt;
	int rc;

	*out = (struct ush_origins){0};
	if (read_pull(out, store, err) != 0 ||
	    ush_store_prepare(store, &stmt,
	        "SELECT name, id, push, time, complete, rows, refused FROM origin ORDER BY name",
	        err) != 0)
		return -1;
	while ((rc = sqlite3_step(stmt)) == SQLITE_ROW && out->count < ORIGINS_MAX) {
		if (read_origin(out, stmt) != 0) {
			rc = SQLITE_NOMEM;
			break;
		}
	}
	sqlite3_finalize(stmt);
	if (rc == SQLITE_DONE || rc == SQLITE_ROW)
		return 0;
	ush_origins_fini(out);
	return ush_store_fail(store, err, "the store cannot be read");
}

void
ush_origins_fini(struct ush_origins *origins)
{
	free(origins->items);
	*origins = (struct ush_origins){0};
}
