/* SPDX-License-Identifier: BSD-3-Clause */
#include "sinkhole/exchange/pg.h"

#include <errno.h>
#include <inttypes.h>
#include <libpq-fe.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "sinkhole/exchange/target.h"

/* Of an array, and of a row in it: texts of 16 KiB, each octet of which may take four. */
#define ROWS_BYTES (256 * 1024)
#define ROW_BYTES (72 * 1024)
#define ROWS_MAX 2000 /* the other side takes more, but not any number */
/* What PostgreSQL may take for a statement, and a server that says nothing at all. */
#define STATEMENT_TIMEOUT "120s"
#define ANSWER_S 150
#define LOOK_MS 1000

/* As in pg_type.h, which needs the server's headers. */
enum { OID_BOOL = 16, OID_BYTEA = 17, OID_INT8 = 20, OID_INT2 = 21, OID_INT4 = 23 };

struct ush_pg {
	PGconn *conn;
	bool is_silent; /* it did not answer in time: the connection can only be closed */
	const char *rows_sql;
	size_t row_count;
	size_t used;
	char rows[ROWS_BYTES];
};

/* The first line of libpq's message. */
static int
fail(const struct ush_pg *pg, const char *message, const char *doing, struct ush_error *err)
{
	const char *host = PQhost(pg->conn);

	if (strncmp(message, "ERROR:  ", 8) == 0)
		message += 8;
	return ush_fail(err, NULL, 0, "PostgreSQL at %.64s: %s: %.*s",
	    host != NULL && host[0] != '\0' ? host : "?", doing, (int)strcspn(message, "\n"),
	    message);
}

/* Values before the URI are defaults. */
static PGconn *
connect_to(const char *uri, const struct ush_pg_target *target)
{
	static const char *const keywords[] = {"connect_timeout", "keepalives_idle",
	    "keepalives_interval", "keepalives_count", "tcp_user_timeout", "application_name",
	    "client_encoding", "dbname", "sslmode", NULL};
	const char *values[] = {"5", "10", "5", "3", "20000", "unbound-sinkhole", "UTF8", uri,
	    target->is_local || target->has_mode ? NULL : "verify-full", NULL};

	return PQconnectdbParams(keywords, values, 1);
}

static int
pass_over_row(void *arg, const struct ush_cell *cells, size_t count)
{
	(void)arg;
	(void)cells;
	(void)count;
	return 0;
}

/* What the other side does with a statement that takes too long, and with a connection that broke on the
 * way: until it notices, no other push of this machine can begin. */
static int
set_limits(struct ush_pg *pg, struct ush_error *err)
{
	return ush_pg_ask(pg,
	    "SELECT set_config('statement_timeout', '" STATEMENT_TIMEOUT "', false),"
	    " set_config('idle_in_transaction_session_timeout', '" STATEMENT_TIMEOUT "', false),"
	    " set_config('tcp_keepalives_idle', '10', false),"
	    " set_config('tcp_keepalives_interval', '5', false),"
	    " set_config('tcp_keepalives_count', '3', false)",
	    NULL, 0, pass_over_row, NULL, err);
}

int
ush_pg_open(struct ush_pg **out, const char *uri, struct ush_error *err)
{
	struct ush_pg_target target;
	struct ush_pg *pg;

	*out = NULL;
	if (ush_pg_target_read(&target, uri, err) != 0)
		return -1;
	pg = calloc(1, sizeof(*pg));
	if (pg == NULL || (pg->conn = connect_to(uri, &target)) == NULL) {
		free(pg);
		return ush_fail(err, NULL, 0, "out of memory");
	}
	if (PQstatus(pg->conn) != CONNECTION_OK) {
		fail(pg, PQerrorMessage(pg->conn), "no connection", err);
		ush_pg_close(pg);
		return -1;
	}
	if (set_limits(pg, err) != 0) {
		ush_pg_close(pg);
		return -1;
	}
	*out = pg;
	return 0;
}

void
ush_pg_close(struct ush_pg *pg)
{
	if (pg == NULL)
		return;
	PQfinish(pg->conn);
	free(pg);
}

/* What it was asked for is not there as it should be. */
static bool
is_of_another_version(const PGresult *result)
{
	const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);

	return state != NULL && strncmp(state, "42", 2) == 0 &&
	       strcmp(state, "42501") != 0; /* insufficient privilege */
}

/* Ends a result that should have this status. */
static int
finish(const struct ush_pg *pg, PGresult *result, ExecStatusType wanted, struct ush_error *err)
{
	int rc = 0;

	if (pg->is_silent)
		rc = fail(pg, "nothing was heard of it", "no answer", err);
	else if (PQresultStatus(result) != wanted)
		rc = fail(pg,
		    result != NULL ? PQresultErrorMessage(result) : PQerrorMessage(pg->conn),
		    is_of_another_version(result)
		        ? "made with another sinkhole.sql than this version's"
		        : "refused",
		    err);
	PQclear(result);
	return rc;
}

static time_t
monotonic_s(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec;
}

/* As PQgetResult(), which would wait for ever for a server that stands still. It wakes up once a second,
 * so that a watchdog sees that the thread is alive. */
static PGresult *
next_result(struct ush_pg *pg)
{
	time_t until = monotonic_s() + ANSWER_S;

	while (!pg->is_silent && PQisBusy(pg->conn)) {
		struct pollfd fd = {.fd = PQsocket(pg->conn), .events = POLLIN};
		int rc = poll(&fd, 1, LOOK_MS);

		if ((rc == -1 && errno != EINTR) || (rc > 0 && PQconsumeInput(pg->conn) != 1))
			break; /* the result says so */
		pg->is_silent = rc <= 0 && monotonic_s() >= until;
	}
	return pg->is_silent ? NULL : PQgetResult(pg->conn);
}

/* The first result of a statement. */
static PGresult *
result_of(struct ush_pg *pg, const char *sql)
{
	return PQsendQuery(pg->conn, sql) == 1 ? next_result(pg) : NULL;
}

static void
pass_over_results(struct ush_pg *pg)
{
	PGresult *result;

	while ((result = next_result(pg)) != NULL)
		PQclear(result);
}

int
ush_pg_exec(struct ush_pg *pg, const char *sql, struct ush_error *err)
{
	if (finish(pg, result_of(pg, sql), PGRES_COMMAND_OK, err) != 0)
		return -1;
	pass_over_results(pg);
	return 0;
}

/* Numbers come in as many octets as their type has, big-endian. */
static int64_t
number_of(const char *octets, int len)
{
	uint64_t value = 0;

	if (len > 0 && len < 8 && (octets[0] & 0x80) != 0)
		value = UINT64_MAX;
	for (int i = 0; i < len; i++)
		value = value << 8 | (uint8_t)octets[i];
	return (int64_t)value;
}

static struct ush_cell
cell_of(const PGresult *result, int column)
{
	struct ush_cell cell = {0};
	int len = PQgetlength(result, 0, column);

	if (PQgetisnull(result, 0, column))
		return cell;
	cell.text = PQgetvalue(result, 0, column);
	cell.len = (size_t)len;
	switch (PQftype(result, column)) {
	case OID_BOOL:
	case OID_INT2:
	case OID_INT4:
	case OID_INT8:
		cell.kind = USH_CELL_INTEGER;
		cell.number = number_of(cell.text, len);
		break;
	case OID_BYTEA:
		cell.kind = USH_CELL_BLOB;
		break;
	default:
		cell.kind = USH_CELL_TEXT;
		break;
	}
	return cell;
}

static int
give_row(const PGresult *result, ush_pg_row_fn *fn, void *arg)
{
	struct ush_cell cells[USH_SHARED_COLUMNS_MAX];
	int count = PQnfields(result);

	if (count > USH_SHARED_COLUMNS_MAX)
		count = USH_SHARED_COLUMNS_MAX;
	for (int i = 0; i < count; i++)
		cells[i] = cell_of(result, i);
	return fn(arg, cells, (size_t)count);
}

int
ush_pg_ask(struct ush_pg *pg, const char *sql, const char *const *values, size_t count,
    ush_pg_row_fn *fn, void *arg, struct ush_error *err)
{
	PGresult *result;
	int rc = 0;

	if (PQsendQueryParams(pg->conn, sql, (int)count, NULL, values, NULL, NULL, 1) != 1 ||
	    PQsetSingleRowMode(pg->conn) != 1)
		return fail(pg, PQerrorMessage(pg->conn), "cannot be asked", err);
	while ((result = next_result(pg)) != NULL) {
		if (rc != 0)
			PQclear(result);
		else if (PQresultStatus(result) == PGRES_SINGLE_TUPLE) {
			rc = give_row(result, fn, arg);
			PQclear(result);
			if (rc != 0)
				return rc;
		} else {
			rc = finish(pg, result, PGRES_TUPLES_OK, err);
		}
	}
	return rc == 0 && pg->is_silent ? finish(pg, NULL, PGRES_TUPLES_OK, err) : rc;
}

void
ush_pg_rows_begin(struct ush_pg *pg, const char *sql)
{
	pg->rows_sql = sql;
	pg->row_count = 0;
	pg->used = 0;
}

/* There is room for a row of any length. */
static void
put(struct ush_pg *pg, const char *octets, size_t len)
{
	if (len < sizeof(pg->rows) - pg->used) {
		memcpy(pg->rows + pg->used, octets, len);
		pg->used += len;
	}
}

/* A text within a row within an array: each puts backslashes of its own before quotation marks. */
static void
put_text(struct ush_pg *pg, const char *text, size_t len)
{
	put(pg, "\\\"", 2);
	for (size_t i = 0; i < len; i++) {
		if (text[i] == '"')
			put(pg, "\\\\\\\"", 4);
		else if (text[i] == '\\')
			put(pg, "\\\\\\\\", 4);
		else
			put(pg, text + i, 1);
	}
	put(pg, "\\\"", 2);
}

static void
put_cell(struct ush_pg *pg, const struct ush_cell *cell)
{
	char buf[32];
	int len;

	switch (cell->kind) {
	case USH_CELL_NULL:
		return;
	case USH_CELL_INTEGER:
		len = snprintf(buf, sizeof(buf), "%" PRId64, cell->number);
		put(pg, buf, (size_t)len);
		return;
	case USH_CELL_TEXT:
		put_text(pg, cell->text, cell->len);
		return;
	case USH_CELL_BLOB:
		break;
	}
	put(pg, "\\\\\\\\x", 5);
	for (size_t i = 0; i < cell->len; i++) {
		snprintf(buf, sizeof(buf), "%02x", (unsigned)(uint8_t)cell->text[i]);
		put(pg, buf, 2);
	}
}

static int
send_rows(struct ush_pg *pg, struct ush_error *err)
{
	const char *const values[] = {pg->rows};

	put(pg, "}", 2);
	pg->used = 0;
	pg->row_count = 0;
	return ush_pg_ask(pg, pg->rows_sql, values, 1, pass_over_row, NULL, err);
}

static size_t
length_of(const struct ush_cell *cells, size_t count)
{
	size_t len = 0;

	for (size_t i = 0; i < count; i++)
		len += 4 * cells[i].len + 32;
	return len;
}

int
ush_pg_row(struct ush_pg *pg, const struct ush_cell *cells, size_t count, struct ush_error *err)
{
	if (length_of(cells, count) > ROW_BYTES)
		return ush_fail(err, NULL, 0, "a row of the store is too long for PostgreSQL");
	if ((pg->row_count == ROWS_MAX || ROWS_BYTES - pg->used < ROW_BYTES + 16) &&
	    send_rows(pg, err) != 0)
		return -1;
	put(pg, pg->row_count == 0 ? "{\"(" : ",\"(", 3);
	for (size_t i = 0; i < count; i++) {
		if (i > 0)
			put(pg, ",", 1);
		put_cell(pg, &cells[i]);
	}
	put(pg, ")\"", 2);
	pg->row_count++;
	return 0;
}

int
ush_pg_rows_end(struct ush_pg *pg, struct ush_error *err)
{
	return pg->row_count > 0 ? send_rows(pg, err) : 0;
}
