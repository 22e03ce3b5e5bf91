/* SPDX-License-Identifier: BSD-3-Clause */
/* store.h - conclusions, kept in SQLite and made from the event logs (docs/store.md).
 *
 * The logs are the truth; the store is a shorter form of them, read up to a remembered place in
 * each file. It can be deleted at any time: the next update makes it anew from the logs that are
 * still there.
 *
 * A store is opened, brought up to date and asked by one thread of one process; several processes
 * may use one file. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include "common/attr.h"
#include "common/error.h"
#include "common/settings.h"

struct ush_store;

/* Opens or creates the store at `path`; NULL: in memory, for this process alone.
 * Returns 0 and *out owned by the caller; USH_STORE_OTHER if it is no store or one of another version;
 * -1 if it cannot be written. */
#define USH_STORE_OTHER (-2)
USH_MUST_CHECK int ush_store_open(struct ush_store **out, const char *path, struct ush_error *err);
void ush_store_close(struct ush_store *store); /* NULL is allowed */

/* A store of its own, in memory, of what was seen from since_ms on and before until_ms (0: until
 * now). ush_store_update() fills it from the logs. Returns 0 and *out owned by the caller. */
USH_MUST_CHECK int ush_store_open_window(
    struct ush_store **out, uint64_t since_ms, uint64_t until_ms, struct ush_error *err);

/* From when on the logs, from which `window` was filled, are there for all sensors that `store`
 * knows; 0: from the window's beginning. */
USH_MUST_CHECK int ush_store_window_begins(
    struct ush_store *window, struct ush_store *store, uint64_t *begins_ms, struct ush_error *err);

/* Logs that could not be read: the first few with the reason. */
#define USH_UNREAD_MAX 8
struct ush_unread {
	struct ush_error items[USH_UNREAD_MAX];
	size_t count; /* may be more than there are items */
};
void ush_unread_add(struct ush_unread *unread, const struct ush_error *err);

/* What one update read. */
struct ush_update {
	uint64_t lines;
	uint64_t broken; /* lines that were no events */
	unsigned files;  /* that had something new */
	struct ush_unread unread;
};

/* Reads what is new in settings->store.logs. Where that takes long, it is written in several
 * transactions, each with how far the logs were read, so that others can have the store in between: on
 * an error, or when the process is killed, what was written stays, and the next update goes on there.
 * A log that does not exist is no error. What cannot be read is named in out->unread; the rest is
 * read all the same. */
USH_MUST_CHECK int ush_store_update(struct ush_store *store, const struct ush_settings *settings,
    struct ush_update *out, struct ush_error *err);

/* How much the store knows. */
struct ush_store_size {
	uint64_t events;
	uint64_t sightings;
	uint64_t first_ms; /* oldest event; 0: none */
};
USH_MUST_CHECK int ush_store_size(
    struct ush_store *store, struct ush_store_size *out, struct ush_error *err);

/* Forgets everything and reads all logs anew, in one transaction. If the logs no longer reach back
 * as far as the store does, or one cannot be read, that is refused (the store keeps what it had)
 * unless `force`. */
USH_MUST_CHECK int ush_store_rebuild(struct ush_store *store, const struct ush_settings *settings,
    bool force, struct ush_update *out, struct ush_error *err);

/* Removes the files of a store that cannot be opened. */
USH_MUST_CHECK int ush_store_remove(const char *path, struct ush_error *err);
