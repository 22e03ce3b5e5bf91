/* SPDX-License-Identifier: BSD-3-Clause */
/* pending.h - what events say of hosts, gathered until it is worth a statement: sightings, moments
 * (rhythm.h), claimed and real addresses. What stands in the store afterwards depends neither on the order
 * of the events nor on when they were written. Used within one transaction by one thread. */
#pragma once

#include <stdbool.h>
#include "sinkhole/store/event_read.h"
#include "sinkhole/store/facts.h"
#include "sinkhole/store/store.h"

struct ush_pending;

/* The store is borrowed and must live longer. Returns 0 and *out owned by the caller. */
USH_MUST_CHECK int ush_pending_open(
    struct ush_pending **out, struct ush_store *store, struct ush_error *err);
void ush_pending_close(struct ush_pending *pending); /* NULL is allowed; what waits is dropped */

/* Whom an event is a sighting of, and what it proves. */
struct ush_subject {
	const char *host;
	const char *campaign;
	bool claimed;      /* another host named this one */
	const char *other; /* that host; of one that names another: the named one; "" */
	enum ush_fact fact;
	unsigned drill; /* as in sightings.c */
};

/* `profile`: row of the decoded profile, 0: none. */
USH_MUST_CHECK int ush_pending_sighting(struct ush_pending *pending, const struct ush_event *event,
    const struct ush_subject *of, uint64_t profile, struct ush_error *err);
/* The address claimed[0..len) that the event's host named. */
USH_MUST_CHECK int ush_pending_claim(struct ush_pending *pending, const struct ush_event *event,
    const char *claimed, size_t len, const char *campaign, struct ush_error *err);

/* The real addresses of a listed name that the event's host was given. */
USH_MUST_CHECK int ush_pending_real(struct ush_pending *pending, const struct ush_event *event,
    const char *campaign, struct ush_error *err);

/* Writes all that waits. The functions above do it as well, when it is much. */
USH_MUST_CHECK int ush_pending_write(struct ush_pending *pending, struct ush_error *err);
