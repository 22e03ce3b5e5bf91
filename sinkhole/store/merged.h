/* SPDX-License-Identifier: BSD-3-Clause */
/* merged.h - a store that is filled with rows that other machines sent (changes.h), instead of from
 * logs: with the same tables, so that all questions are the same. It has one row for each thing seen,
 * whoever saw it; who adds rows up is on the other side. Belongs to one thread. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "common/attr.h"
#include "common/error.h"
#include "sinkhole/store/shared_rows.h"
#include "sinkhole/store/store.h"

/* Longer ones are refused. */
#define USH_ORIGIN_NAME_MAX 64

/* One machine that sends rows. */
struct ush_origin {
	char name[USH_ORIGIN_NAME_MAX];
	uint64_t id;      /* of the other side */
	uint64_t push;    /* its last push whose rows are here */
	uint64_t time_ms; /* when it last sent something, by the clock here */
	bool
	    complete; /* all of its rows are here: it is not sending its store for the first time */
	uint64_t rows;    /* that it has there */
	uint64_t refused; /* for so many there was no room; 0: for all */
};

/* items is malloced and owned by the list, in the order of names. Zeroed: the empty list. */
struct ush_origins {
	struct ush_origin *items;
	size_t count;
	uint64_t time_ms;  /* when the other side was last asked; 0: never */
	char failure[384]; /* of the last attempt; "": it did not fail */
};

USH_MUST_CHECK int ush_origins_load(
    struct ush_origins *out, struct ush_store *store, struct ush_error *err);
void ush_origins_fini(struct ush_origins *origins);

struct ush_merged;

/* Begins to write, in one transaction, which holds off others that would. *out is owned by the caller:
 * ush_merged_end(). */
USH_MUST_CHECK int ush_merged_begin(
    struct ush_merged **out, struct ush_store *store, uint64_t now_ms, struct ush_error *err);
/* Nothing of before stays. */
USH_MUST_CHECK int ush_merged_forget(struct ush_merged *merged, struct ush_error *err);
/* A row in the columns of its table; it replaces the one with its key. `times` of a moment may be
 * those of several machines, one behind the other. A row whose host is no address is left out, and so are
 * moments more than a day ahead of now_ms; other times of what was seen are at most that. */
USH_MUST_CHECK int ush_merged_put(struct ush_merged *merged, enum ush_shared_table table,
    const struct ush_cell *cells, size_t count, struct ush_error *err);
USH_MUST_CHECK int ush_merged_origin(
    struct ush_merged *merged, const struct ush_origin *origin, struct ush_error *err);
/* Keeps what was put, if rc is 0, and ends it. NULL is allowed. Returns 0, or -1 if nothing changed:
 * then rc was not 0, or err is filled. */
int ush_merged_end(struct ush_merged *merged, int rc, uint64_t now_ms, struct ush_error *err);

/* The other side could not be asked. */
USH_MUST_CHECK int ush_merged_failed(
    struct ush_store *store, const char *reason, struct ush_error *err);
