/* SPDX-License-Identifier: BSD-3-Clause */
#include "sinkhole/server/loop.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "sinkhole/server/connection.h"

/* Hosts that are known at once beyond those with open connections. */
#define HOSTS_MAX 65536
/* At the stop: how long the log may take to make room. */
#define DRAIN_MS 5000
/* Wake-ups that a listener gets then. */
#define DRAIN_ROUNDS 128

uint64_t
ush_monotonic_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

const char *
ush_loop_date(struct ush_loop *loop)
{
	time_t now = time(NULL);
	struct tm utc;

	/* strftime() with the C locale's names, which the program never changes. */
	if (now != loop->date_s && gmtime_r(&now, &utc) != NULL) {
		strftime(loop->date, sizeof(loop->date), "%a, %d %b %Y %H:%M:%S GMT", &utc);
		loop->date_s = now;
	}
	return loop->date;
}

static void
count(_Atomic uint64_t *counter)
{
	atomic_fetch_add_explicit(counter, 1, memory_order_relaxed);
}

/* At the stop nobody is kept waiting by our waiting. */
static bool
has_room(const struct ush_loop *loop, size_t bytes)
{
	while (!ush_ring_has_room(loop->ring, bytes)) {
		if (loop->drain_ms == 0 || ush_monotonic_ms() > loop->drain_ms)
			return false;
		usleep(1000);
	}
	return true;
}

static bool
write_event(struct ush_loop *loop, const struct ush_contact *contact)
{
	char id[USH_EVENT_ID_MAX];
	uint64_t sequence;
	char *room;

	ush_record_prepare(&loop->record, contact, &loop->finding, &loop->view->context);
	if (!has_room(loop, loop->record.room))
		return false;
	room = ush_ring_reserve(loop->ring, loop->record.room);
	if (room == NULL)
		return false;
	sequence = ush_ring_event_id(loop->ring, id);
	ush_ring_commit(loop->ring, ush_record_write(&loop->record, room, id, sequence));
	return true;
}

static uint64_t
profile_of(const struct ush_finding *finding)
{
	return finding->beacon.family != NULL
	           ? XXH3_64bits(finding->beacon.profile, finding->beacon.profile_len)
	           : 0;
}

/* What is worth a place that floods cannot take: a profile that the host has not shown just before,
 * and a person's request, whose page has a number that must be found again. */
static bool
is_precious(const struct ush_finding *finding, const struct ush_host *host)
{
	return finding->navigation ||
	       (finding->beacon.family != NULL && profile_of(finding) != host->profile);
}

/* False, and why, if the contact must be folded. */
static bool
may_record(struct ush_loop *loop, struct ush_host *host, const struct ush_contact *contact,
    enum ush_fold_reason *reason)
{
	const struct ush_sinkhole_settings *settings = &loop->view->settings->sinkhole;
	uint32_t share = settings->max_events / (uint32_t)loop->share;
	uint32_t all = share > 0 ? share : 1;
	uint64_t now = ush_time_now_ms();

	if (is_precious(&loop->finding, host) &&
	    ush_budget_take(&host->budget, USH_RATION_PRECIOUS, USH_HOST_PRECIOUS, now) &&
	    ush_budget_take(&loop->budget, USH_RATION_PRECIOUS, all / 10 + 1, now))
		return true;
	*reason = USH_FOLD_HOST_EVENTS;
	if (!ush_host_is_crowd(host) &&
	    !ush_budget_take(&host->budget, USH_RATION_EVENTS, settings->max_events_per_host, now))
		return false;
	*reason = USH_FOLD_EVENTS;
	/* The sender of a datagram may be forged: a flood of them leaves half for the others. */
	if (ush_contact_is_udp(contact) &&
	    !ush_budget_take(&loop->budget, USH_RATION_DATAGRAMS, all / 2, now))
		return false;
	return ush_budget_take(&loop->budget, USH_RATION_EVENTS, all, now);
}

void
ush_loop_fold(struct ush_loop *loop, struct ush_host *host, enum ush_fold_reason reason, bool udp,
    const struct ush_endpoints *ends)
{
	if (ush_host_fold(host, udp, ush_time_now_ms(), &ends->destination, ends->destination_port))
		count(&loop->counters.folded[reason]);
	else
		ush_ring_lose(loop->ring, 1);
}

bool
ush_loop_record(struct ush_loop *loop, const struct ush_contact *contact)
{
	struct ush_host *host = ush_hosts_get(&loop->hosts, &contact->from.source);
	const struct ush_endpoints ends = {
	    .destination = contact->destination, .destination_port = contact->destination_port};
	enum ush_fold_reason reason;

	if (may_record(loop, host, contact, &reason)) {
		if (write_event(loop, contact)) {
			count(&loop->counters.events);
			if (loop->finding.beacon.family != NULL)
				host->profile = profile_of(&loop->finding);
			return true;
		}
		reason = USH_FOLD_LOG;
	}
	ush_loop_fold(loop, host, reason, ush_contact_is_udp(contact), &ends);
	return false;
}

void
ush_loop_emit(struct ush_loop *loop, const struct ush_contact *contact)
{
	ush_finding_make(&loop->finding, contact, &loop->view->watchlist);
	(void)ush_loop_record(loop, contact);
}

static bool
emit_fold(void *arg, const struct ush_address *host, const struct ush_fold *fold)
{
	struct ush_loop *loop = arg;
	struct ush_contact contact = {
	    .kind = fold->udp ? USH_CONTACT_UDP_FOLDED : USH_CONTACT_TCP_FOLDED,
	    .time_ms = fold->first_ms,
	    .last_ms = fold->last_ms,
	    .repeat = fold->count,
	    .peer = *host,
	    .from = {.source = *host},
	    .destination = fold->destination,
	    .destination_port = fold->destination_port,
	};

	ush_finding_make(&loop->finding, &contact, &loop->view->watchlist);
	if (!write_event(loop, &contact))
		return false;
	count(&loop->counters.folds);
	return true;
}

/* At the very end there is no later any more. */
static bool
lose_fold(void *arg, const struct ush_address *host, const struct ush_fold *fold)
{
	struct ush_loop *loop = arg;

	(void)host;
	ush_ring_lose(loop->ring, fold->count);
	return true;
}

/* Once a second: folds that are due. */
static void
on_tick(evutil_socket_t fd, short what, void *arg)
{
	struct ush_loop *loop = arg;

	(void)fd;
	(void)what;
	ush_hosts_sweep(&loop->hosts, ush_time_now_ms(), false, emit_fold, loop);
}

static void
on_wake(evutil_socket_t fd, short what, void *arg)
{
	struct ush_loop *loop = arg;
	struct ush_view *view = atomic_exchange(&loop->shown, NULL);
	eventfd_t count;

	(void)what;
	(void)eventfd_read(fd, &count);
	if (view != NULL) {
		ush_view_release(loop->view);
		loop->view = view;
	}
	if (atomic_load(&loop->stop))
		event_base_loopbreak(loop->base);
}

void
ush_loop_show(struct ush_loop *loop, struct ush_view *view)
{
	ush_view_release(atomic_exchange(&loop->shown, ush_view_hold(view)));
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
ush_loop_new(struct ush_loop **out, struct ush_view *view, const struct ush_listeners *listeners,
    size_t share, size_t files, struct ush_error *err)
{
	struct ush_loop *loop = calloc(1, sizeof(*loop));
	size_t hosts = HOSTS_MAX + view->settings->sinkhole.max_connections;

	if (loop == NULL)
		return ush_fail(err, NULL, 0, "out of memory");
	TAILQ_INIT(&loop->connections);
	loop->view = ush_view_hold(view);
	loop->share = share;
	loop->files = files;
	loop->wake_fd = -1;
	loop->spare_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	loop->base = event_base_new();
	loop->record.digests = ush_digests_new();
	if (loop->base == NULL || loop->record.digests == NULL ||
	    watch_listeners(loop, listeners) != 0 || watch_rest(loop) != 0 ||
	    ush_hosts_init(&loop->hosts, hosts / share + 1) != 0) {
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
	ush_hosts_sweep(&loop->hosts, ush_time_now_ms(), true, emit_fold, loop);
	ush_hosts_sweep(&loop->hosts, ush_time_now_ms(), true, lose_fold, loop);
}

void
ush_loop_free(struct ush_loop *loop)
{
	if (loop == NULL)
		return;
	ush_hosts_fini(&loop->hosts);
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
	ush_view_release(atomic_load(&loop->shown));
	ush_view_release(loop->view);
	free(loop->watches);
	if (loop->base != NULL)
		event_base_free(loop->base);
	free(loop);
}
