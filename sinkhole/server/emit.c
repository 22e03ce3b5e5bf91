/* SPDX-License-Identifier: BSD-3-Clause */
/* emit.c - from a contact to its event in the log, or to a fold if a limit is met. */
#include <unistd.h>

#include "common/xxhash_inline.h"
#include "sinkhole/server/connection.h"
#include "sinkhole/server/loop.h"

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

bool
ush_loop_emit_fold(void *arg, const struct ush_address *host, const struct ush_fold *fold)
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
bool
ush_loop_lose_fold(void *arg, const struct ush_address *host, const struct ush_fold *fold)
{
	struct ush_loop *loop = arg;

	(void)host;
	ush_ring_lose(loop->ring, fold->count);
	return true;
}
