/* SPDX-License-Identifier: BSD-3-Clause */
#include "sinkhole/server/limits.h"

#include <sys/socket.h>

#include "common/xxhash_inline.h"

/* Of all loops; each costs some ten KiB. Beyond it clients are observed only. */
#define PROBES_MAX 1024
#define HANDSHAKES_MAX 500 /* a second */
#define HOLDS_MAX 64       /* answers that are kept back at once */

static bool
is_proxy(const struct ush_loop *loop, const struct ush_address *address)
{
	return ush_networks_contain(&loop->snapshot->settings->sinkhole.trusted_proxies, address);
}

static bool
is_many(const struct ush_loop *loop, const struct ush_host_entry *host)
{
	return ush_host_entry_is_overflow(host) ||
	       (!host->network && is_proxy(loop, &host->address));
}

struct ush_host_entry *
ush_limits_host(struct ush_loop *loop, const struct ush_address *address)
{
	return ush_host_table_get(
	    &loop->hosts, address, address->family == AF_INET6 && is_proxy(loop, address));
}

bool
ush_limits_connection(const struct ush_loop *loop, const struct ush_host_entry *host)
{
	return host->connections < loop->snapshot->settings->sinkhole.max_connections_per_host ||
	       is_many(loop, host);
}

bool
ush_limits_handshake(struct ush_loop *loop, struct ush_host_entry *host)
{
	bool many = is_many(loop, host);
	uint64_t now = ush_time_now_ms();

	if (loop->probe_count * loop->share >= PROBES_MAX ||
	    (host->probes >= USH_HOST_PROBES && !many))
		return false;
	/* A handshake costs more than anything else that a host can ask for. */
	if (!many &&
	    !ush_budget_take(&host->budget, USH_BUDGET_HANDSHAKES, USH_HOST_HANDSHAKES, now))
		return false;
	return ush_budget_take(
	    &loop->budget, USH_BUDGET_HANDSHAKES, HANDSHAKES_MAX / (uint32_t)loop->share + 1, now);
}

bool
ush_limits_hold(const struct ush_loop *loop, const struct ush_host_entry *host)
{
	return !is_many(loop, host) && loop->held_count * loop->share < HOLDS_MAX &&
	       ush_time_now_ms() - host->held_ms >= USH_HOST_HOLD_MS;
}

/* What each of the loops may have of a limit. */
static uint32_t
share_of(const struct ush_loop *loop, uint32_t limit)
{
	uint32_t share = limit / (uint32_t)loop->share;

	return share > 0 ? share : 1;
}

uint64_t
ush_limits_profile(const struct ush_finding *finding)
{
	return finding->beacon.family != NULL
	           ? XXH3_64bits(finding->beacon.profile, finding->beacon.profile_len)
	           : 0;
}

/* What is worth a place that floods cannot take: a profile that the host has not shown just before,
 * and a person's request, whose page has a number that must be found again. */
static bool
has_priority(const struct ush_finding *finding, const struct ush_host_entry *host)
{
	return finding->navigation ||
	       (finding->beacon.family != NULL && ush_limits_profile(finding) != host->profile);
}

/* The sender of a datagram may be forged: a flood of them leaves half for the others. */
static bool
has_bytes(const struct ush_loop *loop, const struct ush_host_entry *host, bool udp,
    enum ush_pace_share share, uint64_t now, enum ush_limit *limit)
{
	*limit = USH_LIMIT_HOST_BYTES;
	if (!ush_host_entry_is_overflow(host) && !ush_pace_allows(&host->pace, share, now))
		return false;
	*limit = USH_LIMIT_BYTES;
	return ush_pace_allows(&loop->pace, share, now) &&
	       (!udp || ush_pace_allows(&loop->datagram_pace, share, now));
}

bool
ush_limits_event(struct ush_loop *loop, struct ush_host_entry *host,
    const struct ush_contact *contact, const struct ush_finding *finding, enum ush_limit *limit)
{
	const struct ush_sinkhole_settings *settings = &loop->snapshot->settings->sinkhole;
	uint32_t all = share_of(loop, settings->max_events);
	bool udp = ush_contact_is_udp(contact);
	uint64_t now = ush_time_now_ms();

	if (has_priority(finding, host) &&
	    has_bytes(loop, host, udp, USH_PACE_PRIORITY, now, limit) &&
	    ush_budget_take(&host->budget, USH_BUDGET_PRIORITY, USH_HOST_PRIORITY, now) &&
	    ush_budget_take(&loop->budget, USH_BUDGET_PRIORITY, all / 10 + 1, now))
		return true;
	if (!has_bytes(loop, host, udp, USH_PACE_ORDINARY, now, limit))
		return false;
	*limit = USH_LIMIT_HOST_EVENTS;
	if (!ush_host_entry_is_overflow(host) &&
	    !ush_budget_take(&host->budget, USH_BUDGET_EVENTS, settings->max_events_per_host, now))
		return false;
	*limit = USH_LIMIT_EVENTS;
	if (udp && !ush_budget_take(&loop->budget, USH_BUDGET_DATAGRAMS, all / 2, now))
		return false;
	return ush_budget_take(&loop->budget, USH_BUDGET_EVENTS, all, now);
}

bool
ush_limits_aggregate(const struct ush_loop *loop)
{
	/* At the stop there is no later. */
	return loop->drain_ms != 0 ||
	       ush_pace_allows(&loop->pace, USH_PACE_PRIORITY, ush_time_now_ms());
}

void
ush_limits_written(struct ush_loop *loop, struct ush_host_entry *host, bool udp, size_t bytes)
{
	const struct ush_sinkhole_settings *settings = &loop->snapshot->settings->sinkhole;
	uint32_t rate = share_of(loop, settings->max_bytes);
	uint64_t now = ush_time_now_ms();

	ush_pace_count(&loop->pace, bytes, rate, now);
	if (udp)
		ush_pace_count(&loop->datagram_pace, bytes, rate / 2 + 1, now);
	if (host != NULL && !ush_host_entry_is_overflow(host))
		ush_pace_count(&host->pace, bytes, settings->max_bytes_per_host, now);
}
