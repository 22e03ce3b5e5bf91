/* SPDX-License-Identifier: BSD-3-Clause */
/* sightings.h - what one event says of hosts, put into the store: sightings, decoded profiles,
 * claimed addresses, moments (rhythm.h), reference numbers. What is put does not depend on the
 * order of the events. Used within one transaction by one thread. */
#pragma once

#include "common/settings.h"
#include "sinkhole/store/event_read.h"
#include "sinkhole/store/store.h"

struct ush_sightings;

/* Both are borrowed and must live longer. Returns 0 and *out owned by the caller. */
USH_MUST_CHECK int ush_sightings_open(struct ush_sightings **out, struct ush_store *store,
    const struct ush_settings *settings, struct ush_error *err);
void ush_sightings_close(struct ush_sightings *sightings); /* NULL is allowed */

/* A DNS event or a contact; one that has no host changes nothing. */
USH_MUST_CHECK int ush_sightings_put(
    struct ush_sightings *sightings, const struct ush_event *event, struct ush_error *err);
/* Writes what was put. */
USH_MUST_CHECK int ush_sightings_finish(struct ush_sightings *sightings, struct ush_error *err);
