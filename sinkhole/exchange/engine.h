/* SPDX-License-Identifier: BSD-3-Clause */
/* engine.h - brings the store that questions are put to up to date: from the logs here or, with
 * store.pull-from, from what all machines sent to PostgreSQL; and sends what the logs here say there
 * (store.push-to). Both wait for the network, as pg.h says: never from an event loop. */
#pragma once

#include <limits.h>
#include "common/attr.h"
#include "common/error.h"
#include "common/settings.h"
#include "sinkhole/store/store.h"

/* The store that is asked: settings->store.path, or beside it the one that is filled from PostgreSQL.
 * Returns buf. */
const char *ush_engine_store_path(const struct ush_settings *settings, char buf[PATH_MAX]);

/* Opens that one. A store that is filled from PostgreSQL and is of another version is made anew. */
USH_MUST_CHECK int ush_engine_store_open(
    struct ush_store **out, const struct ush_settings *settings, struct ush_error *err);

/* As ush_store_update(), for that one. PostgreSQL that cannot be asked is no error: the answer is as of
 * the last time, and the reason stands in out->unread. */
USH_MUST_CHECK int ush_engine_update(struct ush_store *store, const struct ush_settings *settings,
    struct ush_update *out, struct ush_error *err);

/* Sends, with a connection and a store that stay open. */
struct ush_sender;

/* Returns NULL without memory. Owned by the caller. */
struct ush_sender *ush_sender_new(void);
void ush_sender_free(struct ush_sender *sender); /* NULL is allowed */

/* Reads what is new in the logs here into the store of the logs, and sends what changed. Without
 * store.push-to it does nothing. The store remembers why it failed last. */
USH_MUST_CHECK int ush_sender_send(
    struct ush_sender *sender, const struct ush_settings *settings, struct ush_error *err);
