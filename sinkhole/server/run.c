/* SPDX-License-Identifier: BSD-3-Clause */
#include "sinkhole/server/run.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "sinkhole/server/accept.h"
#include "sinkhole/server/connection.h"
#include "sinkhole/server/emit.h"
#include "sinkhole/server/udp.h"

/* Hosts that are known at once beyond those with open connections. */
#define HOSTS_MAX 65536
/* At the stop: how long the log may take to make room. */
#define DRAIN_MS 5000
/* Wake-ups that a listener gets then. */
#define DRAIN_ROUNDS 128

/* Once a second: a sign of life, and aggregates that are due. */
static void
on_tick(evutil_socket_t fd, short what, void *arg)
{
	struct ush_loop *loop = arg;

	(void)fd;
	(void)what;
	atomic_store_explicit(&loop->counters.ticked_ms, ush_monotonic_ms(), memory_order_relaxed);
	ush_host_table_sweep(&loop->hosts, ush_time_now_ms(), false, ush_emit_aggregate, loop);
}

static void
on_wake(evutil_socket_t fd, short what, void *arg)
{
	struct ush_loop *loop = arg;
	struct ush_snapshot *snapshot;
	eventfd_t count;

	(void)what;
	/* First: what is shown from here on wakes the loop once more. */
	(void)eventfd_read(fd, &count);
	snapshot = atomic_exchange(&loop->shown, NULL);
	if (snapshot != NULL) {
		ush_snapshot_release(loop->snapshot);
		loop->snapshot = snapshot;
		ush_connections_release(loop);
	}
	if (atomic_load(&loop->stop))
		event_base_loopbreak(loop->base);
}

void
ush_loop_show(struct ush_loop *loop, struct ush_snapshot *snapshot)
{
	ush_snapshot_release(atomic_exchange(&loop->shown, ush_snapshot_hold(snapshot)));
	(void)eventfd_write(loop->wake_fd, 1);
}

void
ush_loop_stop(struct ush_loop *loop)
{
	atomic_store(&loop->stop, true);
	(void)eventfd_write(loop->wake_fd, 1);
}

void
ush_loop_run(struct ush_loop *loop)
{
	event_base_dispatch(loop->base);
	ush_loop_drain(loop);
}

static int
watch_listeners(struct ush_loop *loop, const struct ush_listeners *listeners)
{
	loop->watches = calloc(listeners->count, sizeof(*loop->watches));
	if (loop->watches == NULL)
		return -1;
	for (size_t i = 0; i < listeners->count; i++) {
		struct ush_watch *watch = &loop->watches[i];

		watch->loop = loop;
		watch->listener = &listeners->items[i];
		if (event_assign(&watch->event, loop->base, watch->listener->fd,
		        EV_READ | EV_PERSIST,
		        watch->listener->udp ? ush_udp_ready : ush_accept_ready, watch) != 0 ||
		    event_add(&watch->event, NULL) != 0)
			return -1;
		loop->watch_count++;
	}
	return evtimer_assign(&loop->resume, loop->base, ush_accept_resume, loop);
}

static int
watch_rest(struct ush_loop *loop)
{
	const struct timeval second = {.tv_sec = 1};

	loop->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (loop->wake_fd == -1 ||
	    event_assign(
	        &loop->wake, loop->base, loop->wake_fd, EV_READ | EV_PERSIST, on_wake, loop) != 0 ||
	    event_add(&loop->wake, NULL) != 0 ||
	    event_assign(&loop->tick, loop->base, -1, EV_PERSIST, on_tick, loop) != 0)
		return -1;
	return event_add(&loop->tick, &second);
}

int
ush_loop_new(struct ush_loop **out, struct ush_snapshot *snapshot,
    const struct ush_listeners *listeners, size_t share, size_t files, struct ush_error *err)
{
	struct ush_loop *loop = calloc(1, sizeof(*loop));
	size_t hosts = HOSTS_MAX + snapshot->settings->sinkhole.max_connections;

	if (loop == NULL)
		return ush_fail(err, NULL, 0, "out of memory");
	TAILQ_INIT(&loop->connections);
	loop->snapshot = ush_snapshot_hold(snapshot);
	loop->share = share;
	loop->files = files;
	loop->wake_fd = -1;
	loop->counters.ticked_ms = ush_monotonic_ms();
	loop->spare_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	loop->base = event_base_new();
	loop->record.digests = ush_digests_new();
	if (loop->base == NULL || loop->record.digests == NULL ||
	    watch_listeners(loop, listeners) != 0 || watch_rest(loop) != 0 ||
	    ush_host_table_init(&loop->hosts, hosts / share + 1) != 0) {
		ush_loop_free(loop);
		return ush_fail(err, NULL, 0, "cannot start an event loop");
	}
	*out = loop;
	return 0;
}

/* What reached the kernel before the stop was sent to us too; a flood must not put the stop off. */
static void
drain_listener(struct ush_watch *watch)
{
	const struct ush_loop_counters *counters = &watch->loop->counters;

	for (unsigned i = 0; i < DRAIN_ROUNDS; i++) {
		uint64_t before = counters->accepted + counters->datagrams;

		if (watch->listener->udp)
			ush_udp_ready(watch->listener->fd, EV_READ, watch);
		else
			ush_accept_ready(watch->listener->fd, EV_READ, watch);
		if (counters->accepted + counters->datagrams == before)
			break;
	}
	event_del(&watch->event);
}

void
ush_loop_drain(struct ush_loop *loop)
{
	struct ush_connection *connection;

	loop->drain_ms = ush_monotonic_ms() + DRAIN_MS;
	for (size_t i = 0; i < loop->watch_count; i++)
		drain_listener(&loop->watches[i]);
	while ((connection = TAILQ_FIRST(&loop->connections)) != NULL)
		ush_connection_finish(connection);
	ush_host_table_sweep(&loop->hosts, ush_time_now_ms(), true, ush_emit_aggregate, loop);
	ush_host_table_sweep(&loop->hosts, ush_time_now_ms(), true, ush_emit_lost_aggregate, loop);
}

void
ush_loop_free(struct ush_loop *loop)
{
	if (loop == NULL)
		return;
	ush_host_table_fini(&loop->hosts);
	ush_digests_free(loop->record.digests);
	if (loop->spare_fd != -1)
		close(loop->spare_fd);
	for (size_t i = 0; i < loop->watch_count; i++)
		event_del(&loop->watches[i].event);
	if (event_initialized(&loop->resume))
		event_del(&loop->resume);
	if (event_initialized(&loop->wake))
		event_del(&loop->wake);
	if (event_initialized(&loop->tick))
		event_del(&loop->tick);
	if (loop->wake_fd != -1)
		close(loop->wake_fd);
	ush_snapshot_release(atomic_load(&loop->shown));
	ush_snapshot_release(loop->snapshot);
	free(loop->watches);
	if (loop->base != NULL)
		event_base_free(loop->base);
	free(loop);
}
