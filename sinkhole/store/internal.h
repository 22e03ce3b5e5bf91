/* SPDX-License-Identifier: BSD-3-Clause */
/* internal.h - what the files of the store share: the connection and its statements. No one else
 * includes it, nor SQLite. A store is used by one thread. */
#pragma once

#include <sqlite3.h>
#include "sinkhole/store/store.h"

#define USH_SHOWN_PLACES 1009u /* reference numbers kept of one host: the newest in each place */
#define USH_SCHEMA_VERSION 11  /* PRAGMA user_version; a store of another one is rebuilt */

extern const char ush_schema_create[];
extern const char ush_schema_drop[];

/* What the last reading of news.h rested on. */
struct ush_news_state {
	bool is_known;
	bool contacts_work;
	uint64_t version; /* of what other connections wrote */
	uint64_t schema;  /* of the tables */
};

struct ush_store {
	sqlite3 *db;
	char *path; /* ":memory:" for none */
	uint64_t since_ms;
	uint64_t until_ms; /* 0: no end */
	bool is_followed;  /* see changes.h; of the transaction that is under way */
	uint64_t change;   /* the last number given */
	uint64_t
	    hold_ms; /* how long an update keeps others from the store at a time; UINT64_MAX: to
	                      its end */
	struct ush_news_state news;
	struct ush_news_state reading; /* of the reading that is under way */
};

/* Whether something that lasted from first_ms to last_ms belongs into the store: see
 * ush_store_open_window(). */
bool ush_store_wants(const struct ush_store *store, uint64_t first_ms, uint64_t last_ms);

/* For statements that change a row: next_change() (changes.h). */
USH_MUST_CHECK int ush_changes_register(struct ush_store *store, struct ush_error *err);
/* At the begin and before the end of a transaction that changes rows: whether changes are to be
 * followed, and which number was given last. */
USH_MUST_CHECK int ush_changes_begin(
    struct ush_store *store, bool is_followed, struct ush_error *err);
USH_MUST_CHECK int ush_changes_end(struct ush_store *store, struct ush_error *err);

/* Fills err with SQLite's reason. Always -1. */
int ush_store_fail(const struct ush_store *store, struct ush_error *err, const char *doing);
/* Statements without result. */
USH_MUST_CHECK int ush_store_exec(struct ush_store *store, const char *sql, struct ush_error *err);
/* *out is owned by the caller: sqlite3_finalize(). */
USH_MUST_CHECK int ush_store_prepare(
    struct ush_store *store, sqlite3_stmt **out, const char *sql, struct ush_error *err);

/* Column as text, never NULL; borrowed until the next step. */
const char *ush_column_text(sqlite3_stmt *stmt, int column);
uint64_t ush_column_uint(sqlite3_stmt *stmt, int column);
int ush_bind_text(sqlite3_stmt *stmt, int index, const char *text);
int ush_bind_uint(sqlite3_stmt *stmt, int index, uint64_t value);
