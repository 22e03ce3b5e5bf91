/* SPDX-License-Identifier: BSD-3-Clause */
/* ingest.h - events into tables, inside the caller's transaction. Belongs to the store's thread. */
#pragma once

#include "common/attr.h"
#include "common/error.h"
#include "common/settings.h"
#include "sinkhole/store/event_read.h"
#include "sinkhole/store/store.h"

struct ush_ingest;

/* Both are borrowed and must live longer. Returns 0 and *out owned by the caller. */
USH_MUST_CHECK int ush_ingest_open(struct ush_ingest **out, struct ush_store *store,
    const struct ush_settings *settings, struct ush_error *err);

/* `writer` ("dns", "contacts"): whose log the event stands in. */
USH_MUST_CHECK int ush_ingest_event(struct ush_ingest *ingest, const struct ush_event *event,
    const char *writer, struct ush_error *err);

/* Writes what was counted on the way. */
USH_MUST_CHECK int ush_ingest_finish(struct ush_ingest *ingest, struct ush_error *err);
void ush_ingest_close(struct ush_ingest *ingest); /* NULL is allowed */
