/* SPDX-License-Identifier: BSD-3-Clause */
/* hosts.h - who is connected, and what a host does beyond its limits, folded into one event with a
 * count. Of what a host does within its limits every contact is an event of its own. The table is
 * bounded: when it is full, hosts that are not in it are folded together. It belongs to one loop.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "common/address.h"
#include "common/attr.h"

/* Datagrams of one host in one second that are events of their own. */
#define USH_HOST_DATAGRAMS 50
/* TLS handshakes of one host in one second that are gone on with. */
#define USH_HOST_HANDSHAKES 10
/* A fold is written this long after its first contact. */
#define USH_FOLD_MS 10000

/* Contacts that were not heard one by one. */
struct ush_fold {
	uint64_t count; /* 0: nothing folded */
	uint64_t first_ms;
	uint64_t last_ms;
	struct ush_address destination; /* of the first */
	uint16_t destination_port;
};

struct ush_host {
	struct ush_host *next;
	struct ush_address address;
	uint32_t connections; /* open now */
	uint32_t datagrams;   /* in this second */
	uint32_t handshakes;  /* in this second */
	uint64_t second;
	struct ush_fold tcp;
	struct ush_fold udp;
};

struct ush_hosts {
	struct ush_host **buckets;
	size_t count;
	size_t max;
	uint64_t seed;         /* so that nobody can choose addresses that share a bucket */
	struct ush_host crowd; /* folds of hosts that had no room; address family 0 */
};

USH_MUST_CHECK int ush_hosts_init(struct ush_hosts *hosts, size_t max);
void ush_hosts_fini(struct ush_hosts *hosts);

/* The host's entry, made if need be; the crowd's if there is no room. Valid until a sweep finds it
 * idle. */
struct ush_host *ush_hosts_get(struct ush_hosts *hosts, const struct ush_address *address);

/* Counts a datagram. False if it is beyond the limit and must be folded. */
bool ush_host_take_datagram(struct ush_host *host, uint64_t now_ms);
/* The same for a handshake; beyond the limit it is left undone. */
bool ush_host_take_handshake(struct ush_host *host, uint64_t now_ms);

void ush_fold_add(struct ush_fold *fold, uint64_t now_ms, const struct ush_address *destination,
    uint16_t destination_port);

/* Called for every fold that is due. */
typedef void ush_fold_fn(
    void *arg, const struct ush_address *host, bool udp, const struct ush_fold *fold);

/* Hands over folds that are old enough (all of them if `all`) and forgets hosts without
 * connections. */
void ush_hosts_sweep(
    struct ush_hosts *hosts, uint64_t now_ms, bool all, ush_fold_fn *fn, void *arg);
