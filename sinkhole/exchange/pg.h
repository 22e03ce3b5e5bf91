/* SPDX-License-Identifier: BSD-3-Clause */
/* pg.h - a connection to PostgreSQL, for rows in and out. Only this and target.h know libpq. Calls wait
 * for the network: half a minute at most for one that is broken, two and a half minutes for an answer.
 * Never from an event loop. One thread at a time. */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include "common/attr.h"
#include "common/error.h"
#include "sinkhole/store/shared_rows.h"

struct ush_pg;

/* Connects by a postgresql:// URI; what it leaves out, the password above all, libpq finds in its own
 * ways. A host that is not this machine must prove with a certificate who it is. Errors name the host,
 * never the password. Returns 0 and *out owned by the caller. */
USH_MUST_CHECK int ush_pg_open(struct ush_pg **out, const char *uri, struct ush_error *err);
void ush_pg_close(struct ush_pg *pg); /* NULL is allowed */

/* A statement without parameters and rows. */
USH_MUST_CHECK int ush_pg_exec(struct ush_pg *pg, const char *sql, struct ush_error *err);

/* A question with text parameters ($1 ...). Calls fn for each row until it returns other than 0, and
 * returns that: the connection can then only be closed. -1 with err if it fails. */
typedef int ush_pg_row_fn(void *arg, const struct ush_cell *cells, size_t count);
USH_MUST_CHECK int ush_pg_ask(struct ush_pg *pg, const char *sql, const char *const *values,
    size_t count, ush_pg_row_fn *fn, void *arg, struct ush_error *err);

/* Rows for a statement whose $1 is an array of them: begin, any number of rows, end. It is called for as
 * many rows at a time as there is room for here. `sql` is borrowed until the end. */
void ush_pg_rows_begin(struct ush_pg *pg, const char *sql);
USH_MUST_CHECK int ush_pg_row(
    struct ush_pg *pg, const struct ush_cell *cells, size_t count, struct ush_error *err);
USH_MUST_CHECK int ush_pg_rows_end(struct ush_pg *pg, struct ush_error *err);
