/* SPDX-License-Identifier: BSD-3-Clause */
#include "sinkhole/server/workers.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>

#include "common/event.h"
#include "sinkhole/server/inherited.h"

static int
bind_all(struct ush_workers *workers, struct ush_inherited *inherited,
    const struct ush_sinkhole_settings *settings, const char *file, struct ush_error *err)
{
	char left[128];

	for (unsigned i = 0; i < workers->count; i++) {
		struct ush_listeners *listeners = &workers->items[i].listeners;

		if (ush_listeners_plan(listeners, settings, file, err) != 0 ||
		    ush_listeners_open(listeners, i, workers->count, inherited, file, err) != 0)
			return -1;
	}
	if (ush_inherited_left(inherited, left, sizeof(left)) > 0)
		return ush_fail(err, file, 0,
		    "a socket was handed over that no entry of listen asks for: %s", left);
	return 0;
}

int
ush_workers_bind(struct ush_workers *workers, const struct ush_sinkhole_settings *settings,
    const char *file, struct ush_error *err)
{
	struct ush_inherited inherited;
	int rc;

	workers->items = calloc(settings->loops, sizeof(*workers->items));
	if (workers->items == NULL)
		return ush_fail(err, NULL, 0, "out of memory");
	workers->count = settings->loops;
	if (ush_inherited_find(&inherited, err) != 0)
		return -1;
	/* Each loop needs sockets of its own, and there is one of each kind. */
	if (inherited.count > 0 && settings->loops > 1)
		rc = ush_fail(err, file, 0, "with sockets that are handed over, loops must be 1");
	else
		rc = bind_all(workers, &inherited, settings, file, err);
	ush_inherited_fini(&inherited);
	return rc;
}

int
ush_workers_prepare(
    struct ush_workers *workers, struct ush_snapshot *snapshot, struct ush_error *err)
{
	for (unsigned i = 0; i < workers->count; i++) {
		struct ush_loop_worker *worker = &workers->items[i];

		if (ush_loop_new(&worker->loop, snapshot, &worker->listeners, workers->count,
		        workers->files, err) != 0)
			return -1;
	}
	return 0;
}

static void *
run(void *arg)
{
	struct ush_loop_worker *worker = arg;

	ush_loop_run(worker->loop);
	return NULL;
}

int
ush_workers_start(struct ush_workers *workers, struct ush_eventlog *log, struct ush_error *err)
{
	sigset_t all, before;
	int error = 0;

	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &before);
	for (unsigned i = 0; i < workers->count && error == 0; i++) {
		struct ush_loop_worker *worker = &workers->items[i];

		worker->loop->ring = ush_eventlog_claim(log);
		error = pthread_create(&worker->thread, NULL, run, worker);
		worker->started = error == 0;
	}
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (error == 0)
		return 0;
	errno = error;
	return ush_fail_errno(err, NULL, "cannot start a thread");
}

void
ush_workers_show(struct ush_workers *workers, struct ush_snapshot *snapshot)
{
	for (unsigned i = 0; i < workers->count; i++)
		ush_loop_show(workers->items[i].loop, snapshot);
}

void
ush_workers_stop(struct ush_workers *workers)
{
	for (unsigned i = 0; i < workers->count; i++) {
		if (workers->items[i].started)
			ush_loop_stop(workers->items[i].loop);
	}
	for (unsigned i = 0; i < workers->count; i++) {
		if (workers->items[i].started)
			(void)pthread_join(workers->items[i].thread, NULL);
		workers->items[i].started = false;
	}
}

void
ush_workers_fini(struct ush_workers *workers)
{
	for (unsigned i = 0; i < workers->count; i++) {
		ush_loop_free(workers->items[i].loop);
		ush_listeners_fini(&workers->items[i].listeners);
	}
	free(workers->items);
	*workers = (struct ush_workers){0};
}

bool
ush_workers_are_alive(const struct ush_workers *workers)
{
	uint64_t now = ush_monotonic_ms();

	for (unsigned i = 0; i < workers->count; i++) {
		if (workers->items[i].loop->counters.ticked_ms + USH_WORKERS_STUCK_MS < now)
			return false;
	}
	return true;
}

struct ush_totals
ush_workers_totals(const struct ush_workers *workers)
{
	struct ush_totals totals = {0};

	for (unsigned i = 0; i < workers->count; i++) {
		const struct ush_loop_counters *counters = &workers->items[i].loop->counters;

		totals.accepted += counters->accepted;
		totals.datagrams += counters->datagrams;
		totals.events += counters->events;
		totals.aggregates += counters->aggregates;
		totals.evicted += counters->evicted;
		for (size_t j = 0; j < USH_LIMITS; j++) {
			totals.folded_by[j] += counters->folded[j];
			totals.folded += counters->folded[j];
		}
		totals.open += counters->open;
		totals.probed += counters->probed;
		totals.unprobed += counters->unprobed;
		totals.untrusted_accepted += counters->untrusted_accepted;
	}
	return totals;
}
