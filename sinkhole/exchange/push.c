/* SPDX-License-Identifier: BSD-3-Clause */
#include "sinkhole/exchange/push.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include "common/event.h"
#include "sinkhole/store/changes.h"

#define ROWS 20000 /* of a push, about */
#define ALIVE_MS 60000

struct sending {
	struct ush_pg *pg;
	struct ush_error *err;
};

/* Stops with other than 0 and -1. */
#define STOP 1

static int
send_row(void *arg, const struct ush_cell *cells, size_t count)
{
	struct sending *sending = arg;

	return ush_pg_row(sending->pg, cells, count, sending->err) == 0 ? 0 : STOP;
}

/* A table without any row costs no round trip. */
static int
send_tables(
    struct ush_pg *pg, struct ush_store *store, const struct ush_push *push, struct ush_error *err)
{
	struct sending sending = {.pg = pg, .err = err};
	char sql[64];

	for (unsigned i = 0; i < USH_SHARED_TABLES; i++) {
		enum ush_shared_table table = (enum ush_shared_table)i;

		snprintf(sql, sizeof(sql), "SELECT sinkhole.push_%s($1)", ush_shared_name(table));
		ush_pg_rows_begin(pg, sql);
		if (ush_changes_each(store, table, push, send_row, &sending, err) != 0 ||
		    ush_pg_rows_end(pg, err) != 0)
			return -1;
	}
	return 0;
}

static int
take_number(void *arg, const struct ush_cell *cells, size_t count)
{
	*(int64_t *)arg = count == 1 ? cells[0].number : -1;
	return 0;
}

/* Begins a push there, which holds off any other one of this machine. */
static int
begin(struct ush_pg *pg, const struct ush_push *push, int64_t *number, struct ush_error *err)
{
	const char *const values[] = {push->generation};

	*number = -1;
	if (ush_pg_exec(pg, "BEGIN", err) != 0)
		return -1;
	return ush_pg_ask(
	    pg, "SELECT sinkhole.push_begin($1)", values, 1, take_number, number, err);
}

/* What is to be done now. */
enum next { SEND, AGAIN, NOTHING };

/* The other side has begun a push and has had `number` pushes of this generation. */
static int
compare(struct ush_store *store, const char *generation, int64_t number, enum next *next,
    struct ush_error *err)
{
	struct ush_push push;

	if (ush_changes_state(store, &push, err) != 0)
		return -1;
	*next = AGAIN;
	if (strcmp(push.generation, generation) != 0)
		return 0; /* rebuilt meanwhile */
	if (number >= 0 && (uint64_t)number == push.number + 1)
		return ush_changes_done(store, &push, ush_time_now_ms(), err);
	if (number < 0 || (uint64_t)number != push.number)
		return ush_changes_renew(store, err);
	*next = SEND;
	return 0;
}

/* *refused: rows of this machine for which there is no room. */
static int
send_one(struct ush_pg *pg, struct ush_store *store, enum next *next, int64_t *refused,
    struct ush_error *err)
{
	struct ush_push push;

	if (ush_changes_take(store, ROWS, &push, err) != 0)
		return -1;
	*next = push.is_last ? NOTHING : AGAIN;
	if (send_tables(pg, store, &push, err) != 0)
		return -1;
	if (ush_pg_ask(pg, "SELECT sinkhole.push_end($1)",
	        (const char *const[]){push.is_last ? "true" : "false"}, 1, take_number, refused,
	        err) != 0 ||
	    ush_pg_exec(pg, "COMMIT", err) != 0)
		return -1;
	return ush_changes_done(store, &push, ush_time_now_ms(), err);
}

int
ush_push_all(struct ush_pg *pg, struct ush_store *store, struct ush_error *err)
{
	enum next next = AGAIN;
	int64_t refused = 0;

	while (next == AGAIN) {
		struct ush_push push;
		int64_t number;

		if (ush_changes_state(store, &push, err) != 0)
			return -1;
		if (push.generation[0] == '\0' ||
		    (push.is_empty && ush_time_now_ms() < push.time_ms + ALIVE_MS))
			return 0;
		if (begin(pg, &push, &number, err) != 0 ||
		    compare(store, push.generation, number, &next, err) != 0)
			return -1;
		if (next == SEND) {
			if (send_one(pg, store, &next, &refused, err) != 0)
				return -1;
		} else if (ush_pg_exec(pg, "ROLLBACK", err) != 0) {
			return -1;
		}
	}
	if (refused > 0)
		return ush_fail(err, NULL, 0,
		    "PostgreSQL has no room for more rows of this machine, and refused %" PRId64
		    ": its owner may allow more",
		    refused);
	return 0;
}
