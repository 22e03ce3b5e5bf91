/* SPDX-License-Identifier: BSD-3-Clause */
/* changes.h - which rows of a store changed since they were last sent to another place, with their
 * whole values: sending a row twice changes nothing there.
 *
 * While the settings have store.push-to, each change of a row gives it the next number, in the column
 * `changed`; 0: it was sent. A store begins with all of its rows as changed, and with a random
 * generation, by which the other side knows that an older store's rows are to be replaced.
 *
 * A store belongs to one thread; several processes may send from one file: what is done with a push
 * that another one has finished meanwhile changes nothing. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include "common/attr.h"
#include "common/error.h"
#include "sinkhole/store/shared_rows.h"
#include "sinkhole/store/store.h"

#define USH_GENERATION_MAX 33

/* How far the sending is. */
struct ush_push {
	char generation[USH_GENERATION_MAX]; /* "": nothing is to be sent */
	uint64_t number;                     /* of the last push that is known to have arrived */
	uint64_t upto;     /* the last change in the push after it, if it was begun */
	uint64_t time_ms;  /* when that one arrived; 0: none did */
	bool is_last;      /* ush_changes_take(): nothing is left behind this push */
	bool is_empty;     /* there is nothing to send */
	char failure[384]; /* of the last attempt; "": it did not fail */
};

USH_MUST_CHECK int ush_changes_state(
    struct ush_store *store, struct ush_push *out, struct ush_error *err);

/* Begins the next push: about `rows` rows, those that changed first. */
USH_MUST_CHECK int ush_changes_take(
    struct ush_store *store, uint64_t rows, struct ush_push *out, struct ush_error *err);

/* Calls fn for each row of the table in the push, as it is now, until it returns other than 0, and
 * returns that. -1 if the store fails. A row that changed again meanwhile is in a later push. */
typedef int ush_cells_fn(void *arg, const struct ush_cell *cells, size_t count);
USH_MUST_CHECK int ush_changes_each(struct ush_store *store, enum ush_shared_table table,
    const struct ush_push *push, ush_cells_fn *fn, void *arg, struct ush_error *err);

/* The push after push->number arrived, with the changes up to push->upto. */
USH_MUST_CHECK int ush_changes_done(
    struct ush_store *store, const struct ush_push *push, uint64_t now_ms, struct ush_error *err);
/* The attempt failed. */
USH_MUST_CHECK int ush_changes_failed(
    struct ush_store *store, const char *reason, struct ush_error *err);
/* Begins anew with another generation and all rows: the other side has lost some, or has some that
 * this store does not know. */
USH_MUST_CHECK int ush_changes_renew(struct ush_store *store, struct ush_error *err);
