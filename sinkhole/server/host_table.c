/* SPDX-License-Identifier: BSD-3-Clause */
#include "sinkhole/server/host_table.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>

#define BUCKETS 16384
/* Of an IPv6 address, those that name the network; the rest is a machine's own choice. */
#define PREFIX_OCTETS 8
/* Most that is owed: one event may be larger than what a low rate makes up for in the whole burst.
 */
#define OWED_MAX_US (2 * USH_PACE_BURST_S * 1000000ull)

int
ush_host_table_init(struct ush_host_table *hosts, size_t max)
{
	*hosts = (struct ush_host_table){.max = max};
	hosts->buckets = calloc(BUCKETS, sizeof(*hosts->buckets));
	if (hosts->buckets == NULL)
		return -1;
	/* A seed of 0 is a bad one, not a wrong one. */
	(void)!getrandom(&hosts->seed, sizeof(hosts->seed), 0);
	return 0;
}

static void
free_aggregates(struct ush_host_entry *host)
{
	while (host->aggregates != NULL) {
		struct ush_aggregate *next = host->aggregates->next;

		free(host->aggregates);
		host->aggregates = next;
	}
}

void
ush_host_table_fini(struct ush_host_table *hosts)
{
	for (size_t i = 0; hosts->buckets != NULL && i < BUCKETS; i++) {
		struct ush_host_entry *host = hosts->buckets[i];

		while (host != NULL) {
			struct ush_host_entry *next = host->next;

			free_aggregates(host);
			free(host);
			host = next;
		}
	}
	free_aggregates(&hosts->overflow);
	free(hosts->buckets);
	*hosts = (struct ush_host_table){0};
}

/* The finalizer of MurmurHash3 over seeded halves: quick, and not to be steered without the seed.
 */
static uint64_t
mix(uint64_t value)
{
	value = (value ^ value >> 33) * 0xff51afd7ed558ccdull;
	value = (value ^ value >> 33) * 0xc4ceb9fe1a85ec53ull;
	return value ^ value >> 33;
}

static size_t
bucket_of(const struct ush_host_table *hosts, const struct ush_address *address)
{
	uint64_t half[2];

	memcpy(half, address->octets, sizeof(half));
	return mix(mix(half[0] ^ hosts->seed) ^ half[1] ^ address->family) % BUCKETS;
}

struct ush_host_entry *
ush_host_table_get(struct ush_host_table *hosts, const struct ush_address *address, bool alone)
{
	bool network = address->family == AF_INET6 && !alone;
	struct ush_address key = *address;
	struct ush_host_entry **bucket;
	struct ush_host_entry *host;

	if (network)
		memset(key.octets + PREFIX_OCTETS, 0, sizeof(key.octets) - PREFIX_OCTETS);
	bucket = &hosts->buckets[bucket_of(hosts, &key)];
	for (host = *bucket; host != NULL; host = host->next) {
		if (host->network == network && ush_address_equal(&host->address, &key))
			return host;
	}
	if (hosts->count >= hosts->max || (host = calloc(1, sizeof(*host))) == NULL)
		return &hosts->overflow;
	host->address = key;
	host->network = network;
	host->next = *bucket;
	*bucket = host;
	hosts->count++;
	return host;
}

bool
ush_host_entry_is_overflow(const struct ush_host_entry *host)
{
	return host->address.family == 0;
}

bool
ush_budget_take(
    struct ush_budget *budget, enum ush_budget_kind kind, uint32_t limit, uint64_t now_ms)
{
	if (budget->second != now_ms / 1000)
		*budget = (struct ush_budget){.second = now_ms / 1000};
	if (budget->taken[kind] >= limit)
		return false;
	budget->taken[kind]++;
	return true;
}

static uint64_t
owed_us(const struct ush_pace *pace, uint64_t now_ms)
{
	uint64_t owed = pace->paid_us > now_ms * 1000 ? pace->paid_us - now_ms * 1000 : 0;

	/* So much is never owed, unless the clock was set back; that must not shut the log. */
	return owed <= OWED_MAX_US ? owed : 0;
}

bool
ush_pace_allows(const struct ush_pace *pace, enum ush_pace_share share, uint64_t now_ms)
{
	return owed_us(pace, now_ms) < USH_PACE_BURST_S * 1000000ull / USH_PACE_QUARTERS * share;
}

void
ush_pace_count(struct ush_pace *pace, size_t bytes, uint32_t rate, uint64_t now_ms)
{
	uint64_t owed = owed_us(pace, now_ms) + bytes * 1000000ull / rate;

	pace->paid_us = now_ms * 1000 + (owed < OWED_MAX_US ? owed : OWED_MAX_US);
}

static bool
is_for(const struct ush_aggregate *aggregate, const struct ush_address *destination, uint16_t port)
{
	return aggregate->destination_port == port &&
	       ush_address_equal(&aggregate->destination, destination);
}

/* The aggregate to count in: the one of this source and destination, a new one, or at last the one
 * for several. */
static struct ush_aggregate *
find_aggregate(struct ush_host_entry *host, bool udp, const struct ush_address *source,
    const struct ush_address *destination, uint16_t port)
{
	static const struct ush_address several;
	struct ush_aggregate *aggregate;
	unsigned count = 0;

	for (aggregate = host->aggregates; aggregate != NULL; aggregate = aggregate->next) {
		if (aggregate->udp == udp && is_for(aggregate, destination, port) &&
		    (destination->family == 0 || ush_address_equal(&aggregate->source, source)))
			return aggregate;
		count += aggregate->destination.family != 0;
	}
	if (count >= USH_HOST_AGGREGATES && destination->family != 0)
		return find_aggregate(host, udp, source, &several, 0);
	aggregate = calloc(1, sizeof(*aggregate));
	if (aggregate == NULL)
		return NULL;
	aggregate->udp = udp;
	aggregate->source = *source;
	aggregate->destination = *destination;
	aggregate->destination_port = port;
	aggregate->next = host->aggregates;
	host->aggregates = aggregate;
	return aggregate;
}

bool
ush_host_entry_count(struct ush_host_entry *host, bool udp, uint64_t now_ms,
    const struct ush_address *source, const struct ush_address *destination,
    uint16_t destination_port)
{
	static const struct ush_address several;
	struct ush_aggregate *aggregate = find_aggregate(host, udp,
	    ush_host_entry_is_overflow(host) ? &several : source, destination, destination_port);

	if (aggregate == NULL)
		return false;
	if (!ush_address_equal(&aggregate->source, source))
		aggregate->source = several;
	if (aggregate->count++ == 0)
		aggregate->first_ms = now_ms;
	aggregate->last_ms = now_ms;
	return true;
}

static void
sweep_aggregates(
    struct ush_host_entry *host, uint64_t now_ms, bool all, ush_aggregate_fn *fn, void *arg)
{
	struct ush_aggregate **at = &host->aggregates;

	while (*at != NULL) {
		struct ush_aggregate *aggregate = *at;
		/* A clock that was set back must not keep an aggregate for ever. */
		bool due = all || now_ms - aggregate->first_ms >= USH_AGGREGATE_MS ||
		           now_ms < aggregate->first_ms;

		if (!due || !fn(arg, host, aggregate)) {
			at = &aggregate->next;
			continue;
		}
		*at = aggregate->next;
		free(aggregate);
	}
}

void
ush_host_table_sweep(
    struct ush_host_table *hosts, uint64_t now_ms, bool all, ush_aggregate_fn *fn, void *arg)
{
	sweep_aggregates(&hosts->overflow, now_ms, all, fn, arg);
	for (size_t i = 0; i < BUCKETS; i++) {
		struct ush_host_entry **at = &hosts->buckets[i];

		while (*at != NULL) {
			struct ush_host_entry *host = *at;

			sweep_aggregates(host, now_ms, all, fn, arg);
			if (host->connections > 0 || host->aggregates != NULL ||
			    host->budget.second == now_ms / 1000 ||
			    owed_us(&host->pace, now_ms) > 0 ||
			    (host->held_ms != 0 && now_ms - host->held_ms < USH_HOST_HOLD_MS)) {
				at = &host->next;
				continue;
			}
			*at = host->next;
			free(host);
			hosts->count--;
		}
	}
}
