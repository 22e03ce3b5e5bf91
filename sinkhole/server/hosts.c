/* SPDX-License-Identifier: BSD-3-Clause */
#include "sinkhole/server/hosts.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#define BUCKETS 16384

int
ush_hosts_init(struct ush_hosts *hosts, size_t max)
{
	*hosts = (struct ush_hosts){.max = max};
	hosts->buckets = calloc(BUCKETS, sizeof(*hosts->buckets));
	if (hosts->buckets == NULL)
		return -1;
	/* A seed of 0 is a bad one, not a wrong one. */
	(void)!getrandom(&hosts->seed, sizeof(hosts->seed), 0);
	return 0;
}

void
ush_hosts_fini(struct ush_hosts *hosts)
{
	for (size_t i = 0; hosts->buckets != NULL && i < BUCKETS; i++) {
		struct ush_host *host = hosts->buckets[i];

		while (host != NULL) {
			struct ush_host *next = host->next;

			free(host);
			host = next;
		}
	}
	free(hosts->buckets);
	*hosts = (struct ush_hosts){0};
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
bucket_of(const struct ush_hosts *hosts, const struct ush_address *address)
{
	uint64_t half[2];

	memcpy(half, address->octets, sizeof(half));
	return mix(mix(half[0] ^ hosts->seed) ^ half[1] ^ address->family) % BUCKETS;
}

struct ush_host *
ush_hosts_get(struct ush_hosts *hosts, const struct ush_address *address)
{
	struct ush_host **bucket = &hosts->buckets[bucket_of(hosts, address)];
	struct ush_host *host;

	for (host = *bucket; host != NULL; host = host->next) {
		if (ush_address_equal(&host->address, address))
			return host;
	}
	if (hosts->count >= hosts->max || (host = calloc(1, sizeof(*host))) == NULL)
		return &hosts->crowd;
	host->address = *address;
	host->next = *bucket;
	*bucket = host;
	hosts->count++;
	return host;
}

static bool
take(struct ush_host *host, uint64_t now_ms, uint32_t *taken, uint32_t limit)
{
	/* The crowd is many hosts: none of them can be told from the others any more. */
	if (host->address.family == 0)
		return false;
	if (host->second != now_ms / 1000) {
		host->second = now_ms / 1000;
		host->datagrams = host->handshakes = 0;
	}
	if (*taken >= limit)
		return false;
	(*taken)++;
	return true;
}

bool
ush_host_take_datagram(struct ush_host *host, uint64_t now_ms)
{
	return take(host, now_ms, &host->datagrams, USH_HOST_DATAGRAMS);
}

bool
ush_host_take_handshake(struct ush_host *host, uint64_t now_ms)
{
	return take(host, now_ms, &host->handshakes, USH_HOST_HANDSHAKES);
}

void
ush_fold_add(struct ush_fold *fold, uint64_t now_ms, const struct ush_address *destination,
    uint16_t destination_port)
{
	if (fold->count++ == 0) {
		fold->first_ms = now_ms;
		fold->destination = *destination;
		fold->destination_port = destination_port;
	}
	fold->last_ms = now_ms;
}

static void
sweep_fold(struct ush_host *host, bool udp, uint64_t now_ms, bool all, ush_fold_fn *fn, void *arg)
{
	struct ush_fold *fold = udp ? &host->udp : &host->tcp;
	/* A clock that was set back must not keep a fold for ever. */
	bool due = now_ms - fold->first_ms >= USH_FOLD_MS || now_ms < fold->first_ms;

	if (fold->count == 0 || (!due && !all))
		return;
	fn(arg, &host->address, udp, fold);
	*fold = (struct ush_fold){0};
}

static void
sweep_host(struct ush_host *host, uint64_t now_ms, bool all, ush_fold_fn *fn, void *arg)
{
	sweep_fold(host, false, now_ms, all, fn, arg);
	sweep_fold(host, true, now_ms, all, fn, arg);
}

void
ush_hosts_sweep(struct ush_hosts *hosts, uint64_t now_ms, bool all, ush_fold_fn *fn, void *arg)
{
	sweep_host(&hosts->crowd, now_ms, all, fn, arg);
	for (size_t i = 0; i < BUCKETS; i++) {
		struct ush_host **at = &hosts->buckets[i];

		while (*at != NULL) {
			struct ush_host *host = *at;

			sweep_host(host, now_ms, all, fn, arg);
			if (host->connections > 0 || host->tcp.count > 0 || host->udp.count > 0 ||
			    host->second == now_ms / 1000) {
				at = &host->next;
				continue;
			}
			*at = host->next;
			free(host);
			hosts->count--;
		}
	}
}
