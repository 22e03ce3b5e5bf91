/* SPDX-License-Identifier: BSD-3-Clause */
#include "sinkhole/server/emit.h"

#include <unistd.h>

#include "sinkhole/server/limits.h"

static void
count(_Atomic uint64_t *counter)
{
	atomic_fetch_add_explicit(counter, 1, memory_order_relaxed);
}

/* Only at the stop: no contact waits behind this one then. */
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

/* Returns the length of the line; 0: the log has no room. */
static size_t
write_event(struct ush_loop *loop, const struct ush_contact *contact)
{
	char id[USH_EVENT_ID_MAX];
	uint64_t sequence;
	char *room;
	size_t len;

	ush_record_prepare(&loop->record, contact, &loop->finding, &loop->snapshot->context);
	if (!has_room(loop, loop->record.room))
		return 0;
	room = ush_ring_reserve(loop->ring, loop->record.room);
	if (room == NULL)
		return 0;
	sequence = ush_ring_event_id(loop->ring, id);
	len = ush_record_write(&loop->record, room, id, sequence);
	ush_ring_commit(loop->ring, len);
	return len;
}

void
ush_emit_counted(struct ush_loop *loop, struct ush_host_entry *host, enum ush_limit limit, bool udp,
    const struct ush_endpoints *ends)
{
	if (ush_host_entry_count(host, udp, ush_time_now_ms(), &ends->peer, &ends->destination,
	        ends->destination_port))
		count(&loop->counters.folded[limit]);
	else
		ush_ring_lose(loop->ring, 1);
}

bool
ush_emit_judged(struct ush_loop *loop, const struct ush_contact *contact)
{
	struct ush_host_entry *host = ush_limits_host(loop, &contact->from.source);
	const struct ush_endpoints ends = {.peer = contact->from.source,
	    .destination = contact->destination,
	    .destination_port = contact->destination_port};
	bool udp = ush_contact_is_udp(contact);
	enum ush_limit limit;
	size_t len;

	if (ush_limits_event(loop, host, contact, &loop->finding, &limit)) {
		if ((len = write_event(loop, contact)) > 0) {
			ush_limits_written(loop, host, udp, len);
			count(&loop->counters.events);
			if (loop->finding.beacon.family != NULL)
				host->profile = ush_limits_profile(&loop->finding);
			return true;
		}
		limit = USH_LIMIT_LOG;
	}
	ush_emit_counted(loop, host, limit, udp, &ends);
	return false;
}

void
ush_emit_contact(struct ush_loop *loop, const struct ush_contact *contact)
{
	ush_finding_make(&loop->finding, contact, &loop->snapshot->watchlist);
	(void)ush_emit_judged(loop, contact);
}

bool
ush_emit_aggregate(
    void *arg, const struct ush_host_entry *host, const struct ush_aggregate *aggregate)
{
	struct ush_loop *loop = arg;
	struct ush_contact contact = {
	    .kind = aggregate->udp ? USH_CONTACT_UDP_FOLDED : USH_CONTACT_TCP_FOLDED,
	    .time_ms = aggregate->first_ms,
	    .last_ms = aggregate->last_ms,
	    .repeat = aggregate->count,
	    .peer = aggregate->source,
	    .from = {.source = aggregate->source},
	    .destination = aggregate->destination,
	    .destination_port = aggregate->destination_port,
	};
	size_t len;

	if (host->network && aggregate->source.family == 0)
		contact.network = host->address;
	if (!ush_limits_aggregate(loop))
		return false;
	ush_finding_make(&loop->finding, &contact, &loop->snapshot->watchlist);
	if ((len = write_event(loop, &contact)) == 0)
		return false;
	ush_limits_written(loop, NULL, false, len);
	count(&loop->counters.aggregates);
	return true;
}

/* At the very end there is no later any more. */
bool
ush_emit_lost_aggregate(
    void *arg, const struct ush_host_entry *host, const struct ush_aggregate *aggregate)
{
	struct ush_loop *loop = arg;

	(void)host;
	ush_ring_lose(loop->ring, aggregate->count);
	return true;
}
