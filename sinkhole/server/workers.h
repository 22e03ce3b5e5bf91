/* SPDX-License-Identifier: BSD-3-Clause */
/* workers.h - the loops, each on a thread of its own (all signals blocked) with sockets of its own.
 * Made, shown snapshots and ended by the main thread. */
#pragma once

#include <pthread.h>
#include <stdbool.h>
#include "common/attr.h"
#include "common/error.h"
#include "common/eventlog.h"
#include "sinkhole/server/listener.h"
#include "sinkhole/server/run.h"

struct ush_loop_worker {
	struct ush_listeners listeners;
	struct ush_loop *loop;
	pthread_t thread;
	bool started;
};

/* Start with a zeroed struct. */
struct ush_workers {
	struct ush_loop_worker *items;
	unsigned count;
	size_t files; /* most connections that there are files for; set by the main thread */
};

/* Opens the sockets of `sinkhole.loops` workers. */
USH_MUST_CHECK int ush_workers_bind(struct ush_workers *workers,
    const struct ush_sinkhole_settings *settings, const char *file, struct ush_error *err);
/* Makes their loops. */
USH_MUST_CHECK int ush_workers_prepare(
    struct ush_workers *workers, struct ush_snapshot *snapshot, struct ush_error *err);
/* Starts their threads; each takes a ring of the log. */
USH_MUST_CHECK int ush_workers_start(
    struct ush_workers *workers, struct ush_eventlog *log, struct ush_error *err);
void ush_workers_show(struct ush_workers *workers, struct ush_snapshot *snapshot);
/* Drains and ends the threads. */
void ush_workers_stop(struct ush_workers *workers);
void ush_workers_fini(struct ush_workers *workers);

/* Whether each loop has ticked in the last USH_WORKERS_STUCK_MS. Any thread, between prepare and
 * fini. */
#define USH_WORKERS_STUCK_MS 30000
bool ush_workers_are_alive(const struct ush_workers *workers);

/* What all of them have counted. Any thread, between prepare and fini. */
struct ush_totals {
	uint64_t accepted;
	uint64_t datagrams;
	uint64_t events;
	uint64_t aggregates;
	uint64_t folded; /* by whatever limit */
	uint64_t folded_by[USH_LIMITS];
	uint64_t evicted;
	uint64_t open;
	uint64_t probed;
	uint64_t unprobed;
	uint64_t untrusted_accepted;
};
struct ush_totals ush_workers_totals(const struct ush_workers *workers);
