/* SPDX-License-Identifier: BSD-3-Clause */
/* host_table.h - which hosts are connected, what each may have of our time and of the log, and what
 * it does beyond that, aggregated into events with a count. Of what a host does within its limits
 * every contact is an event of its own. An IPv6 /64 is one host here: a machine has as many
 * addresses of it as it likes. The table is bounded: when it is full, hosts that are not in it share
 * one entry, the overflow entry. It belongs to one loop. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "common/address.h"
#include "common/attr.h"

/* In one second: datagrams of one host that are events of their own, TLS handshakes that are gone
 * on with, and events that are written past its other limits. */
#define USH_HOST_DATAGRAMS 50
#define USH_HOST_HANDSHAKES 10
#define USH_HOST_PRIORITY 20
/* Of one host at once: connections with TLS. */
#define USH_HOST_PROBES 32
/* An aggregate is written this long after its first contact. */
#define USH_AGGREGATE_MS 10000
/* Aggregates of one host at once: what else it calls goes into one more, without a destination. */
#define USH_HOST_AGGREGATES 8
/* So long after an answer to a host was kept back none is. */
#define USH_HOST_HOLD_MS 3600000

/* What a budget limits in a second. */
enum ush_budget_kind {
	USH_BUDGET_EVENTS,
	USH_BUDGET_DATAGRAMS,
	USH_BUDGET_HANDSHAKES,
	USH_BUDGET_PRIORITY,
	USH_BUDGET_KINDS
};

struct ush_budget {
	uint64_t second;
	uint32_t taken[USH_BUDGET_KINDS];
};

/* Takes one. False if `limit` of this second are gone. */
bool ush_budget_take(
    struct ush_budget *budget, enum ush_budget_kind kind, uint32_t limit, uint64_t now_ms);

/* How long bytes that were written still count against their rate. A host that was quiet may write
 * USH_PACE_BURST_S seconds' worth of bytes at once. */
struct ush_pace {
	uint64_t paid_us; /* wall clock: when the rate has made up for all that was written */
};

#define USH_PACE_BURST_S 256

/* How much of the burst there may be owed for another event to be written: the last quarter is for
 * events with priority (limits.c). */
enum ush_pace_share { USH_PACE_ORDINARY = 3, USH_PACE_PRIORITY = 4, USH_PACE_QUARTERS = 4 };

/* Whether more may be written now. */
bool ush_pace_allows(const struct ush_pace *pace, enum ush_pace_share share, uint64_t now_ms);
/* Counts what was written, at `rate` bytes a second. */
void ush_pace_count(struct ush_pace *pace, size_t bytes, uint32_t rate, uint64_t now_ms);

/* Contacts that were not recorded one by one. */
struct ush_aggregate {
	struct ush_aggregate *next;
	bool udp;
	struct ush_address source;      /* family 0: several of the host's, or several hosts */
	struct ush_address destination; /* family 0: several */
	uint16_t destination_port;
	uint64_t count;
	uint64_t first_ms;
	uint64_t last_ms;
};

struct ush_host_entry {
	struct ush_host_entry *next;
	struct ush_address address; /* family 0: the overflow entry */
	bool network;               /* it stands for the /64 that begins there */
	uint32_t connections;       /* open now */
	uint32_t probes;            /* of these, with TLS */
	struct ush_budget budget;
	struct ush_pace pace;
	uint64_t profile; /* hash of the last beacon's; 0: none */
	uint64_t held_ms; /* wall clock: when an answer to it was last kept back; 0: never */
	struct ush_aggregate *aggregates;
};

struct ush_host_table {
	struct ush_host_entry **buckets;
	size_t count;
	size_t max;
	uint64_t seed; /* so that addresses that share a bucket cannot be chosen */
	struct ush_host_entry overflow;
};

USH_MUST_CHECK int ush_host_table_init(struct ush_host_table *hosts, size_t max);
void ush_host_table_fini(struct ush_host_table *hosts);

/* The host's entry, made if need be; the overflow entry if there is no room. Valid until a sweep
 * finds it idle. `alone`: an IPv6 address that is a host of its own, whatever else its /64 does. */
struct ush_host_entry *ush_host_table_get(
    struct ush_host_table *hosts, const struct ush_address *address, bool alone);
bool ush_host_entry_is_overflow(const struct ush_host_entry *host);

/* Counts a contact that gets no event of its own, apart from those with another source or
 * destination. False if there is no memory for it. */
USH_MUST_CHECK bool ush_host_entry_count(struct ush_host_entry *host, bool udp, uint64_t now_ms,
    const struct ush_address *source, const struct ush_address *destination,
    uint16_t destination_port);

/* Called for every aggregate that is due; false if it could not be written and must be kept. */
typedef bool ush_aggregate_fn(
    void *arg, const struct ush_host_entry *host, const struct ush_aggregate *aggregate);

/* Hands over aggregates that are old enough (all of them if `all`) and forgets hosts of which
 * nothing is open and nothing counts any more. */
void ush_host_table_sweep(
    struct ush_host_table *hosts, uint64_t now_ms, bool all, ush_aggregate_fn *fn, void *arg);
