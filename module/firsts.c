/* SPDX-License-Identifier: BSD-3-Clause */
#include "module/firsts.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include "common/xxhash_inline.h"

#define HOUR_MS 3600000u
#define SETS 8192
#define WAYS 8

struct ush_firsts {
	uint64_t seed;             /* no client can tell which of its questions share a tag */
	uint64_t tags[SETS][WAYS]; /* of host, name, rule and hour; 0: free */
	uint8_t next[SETS];        /* the way that is overwritten next */
};

struct ush_firsts *
ush_firsts_new(void)
{
	struct ush_firsts *firsts = calloc(1, sizeof(*firsts));

	if (firsts)
		(void)!getrandom(&firsts->seed, sizeof(firsts->seed), GRND_NONBLOCK);
	return firsts;
}

void
ush_firsts_free(struct ush_firsts *firsts)
{
	free(firsts);
}

static uint64_t
tag_of(const struct ush_firsts *firsts, const struct ush_dns_event *event)
{
	const struct ush_decision *decision = event->decision;
	const uint64_t words[] = {event->time_ms / HOUR_MS, event->outcome, decision->action,
	    decision->drill, event->claimed.bits};
	uint64_t hash = XXH3_64bits_withSeed(event->qname->wire, event->qname->len, firsts->seed);

	hash = XXH3_64bits_withSeed(event->client.octets, sizeof(event->client.octets), hash);
	hash = XXH3_64bits_withSeed(event->claimed.base.octets, 16, hash);
	hash = XXH3_64bits_withSeed(event->claimed_id, strlen(event->claimed_id), hash);
	hash = XXH3_64bits_withSeed(decision->campaign, strlen(decision->campaign), hash);
	if (decision->trigger == USH_TRIGGER_RESPONSE_IP)
		hash = XXH3_64bits_withSeed(
		    decision->rule_network.base.octets, 16, hash ^ decision->rule_network.bits);
	else
		hash =
		    XXH3_64bits_withSeed(decision->rule_name.wire, decision->rule_name.len, hash);
	hash = XXH3_64bits_withSeed(words, sizeof(words), hash);
	return hash != 0 ? hash : 1;
}

bool
ush_firsts_add(struct ush_firsts *firsts, const struct ush_dns_event *event, bool has_room)
{
	uint64_t tag;
	size_t set;

	if (!firsts)
		return true;
	tag = tag_of(firsts, event);
	set = tag % SETS;
	for (size_t i = 0; i < WAYS; i++) {
		if (firsts->tags[set][i] == tag)
			return false;
	}
	if (!has_room)
		return true;
	firsts->tags[set][firsts->next[set]] = tag;
	firsts->next[set] = (uint8_t)((firsts->next[set] + 1) % WAYS);
	return true;
}
