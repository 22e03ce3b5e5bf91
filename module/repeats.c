/* SPDX-License-Identifier: BSD-3-Clause */
#include "module/repeats.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include "common/attr.h"
#include "common/xxhash_inline.h"

#define WAYS 4
/* Feeds and campaigns have short names. An event with longer texts is written each time. */
#define TEXT_MAX 128

/* One kind of event. */
struct slot {
	uint64_t hash;
	uint64_t period;
	uint64_t used; /* by the table's clock: the one not used for longest makes room */
	uint32_t written;
};

/* The first event of a slot that was counted only, with all that it points to; event.repeat 0:
 * none. */
struct kept_event {
	struct ush_dns_event event;
	struct ush_decision decision;
	struct ush_name qname;
	char feed[TEXT_MAX];
	char campaign[TEXT_MAX];
	char software[TEXT_MAX];
};

struct ush_repeats {
	_Atomic bool in_use;
	_Atomic unsigned waiting; /* slots with a count */
	_Atomic uint64_t flushed; /* the only period that counts are left of; 0: not known */
	uint64_t clock;
	uint32_t period_ms;
	unsigned sets;
	struct slot (*slots)[WAYS];
	struct kept_event (*kept)[WAYS];
};

struct ush_repeats *
ush_repeats_new(uint32_t period_ms, unsigned sets)
{
	struct ush_repeats *repeats = calloc(1, sizeof(*repeats));

	if (!repeats)
		return NULL;
	repeats->period_ms = period_ms;
	repeats->sets = sets;
	repeats->slots = calloc(sets, sizeof(*repeats->slots));
	repeats->kept = calloc(sets, sizeof(*repeats->kept));
	if (!repeats->slots || !repeats->kept) {
		ush_repeats_free(repeats);
		return NULL;
	}
	return repeats;
}

void
ush_repeats_free(struct ush_repeats *repeats)
{
	if (!repeats)
		return;
	free(repeats->slots);
	free(repeats->kept);
	free(repeats);
}

static uint64_t
hash_of(const struct ush_dns_event *event)
{
	const struct ush_decision *decision = event->decision;
	const uint32_t words[] = {event->qtype, event->qclass, event->outcome, event->carrier,
	    event->cached, (uint32_t)event->rcode, decision->action, decision->trigger,
	    decision->serial};
	uint64_t hash = XXH3_64bits(event->qname->wire, event->qname->len);

	hash = XXH3_64bits_withSeed(event->client.octets, sizeof(event->client.octets), hash);
	hash = XXH3_64bits_withSeed(event->server.octets, 16, hash ^ event->server_port);
	hash = XXH3_64bits_withSeed(event->claimed.base.octets, 16, hash ^ event->claimed.bits);
	hash = XXH3_64bits_withSeed(event->claimed_id, strlen(event->claimed_id), hash);
	return XXH3_64bits_withSeed(words, sizeof(words), hash);
}

static bool
same_network(const struct ush_network *a, const struct ush_network *b)
{
	return ush_address_equal(&a->base, &b->base) && a->bits == b->bits;
}

static bool
same_rule(const struct ush_decision *a, const struct ush_decision *b)
{
	if (a->trigger != b->trigger || a->action != b->action || a->serial != b->serial ||
	    a->drill != b->drill || strcmp(a->feed, b->feed) != 0 ||
	    strcmp(a->campaign, b->campaign) != 0 || strcmp(a->software, b->software) != 0 ||
	    !ush_address_equal(&a->address4, &b->address4) ||
	    !ush_address_equal(&a->address6, &b->address6))
		return false;
	if (a->trigger == USH_TRIGGER_RESPONSE_IP)
		return same_network(&a->rule_network, &b->rule_network);
	return ush_name_equal(&a->rule_name, &b->rule_name);
}

static bool
same_answer(const struct ush_dns_event *a, const struct ush_dns_event *b)
{
	for (size_t i = 0; i < USH_RESOLVED_MAX; i++) {
		if (!ush_address_equal(&a->resolved[i], &b->resolved[i]))
			return false;
	}
	return true;
}

/* Whether the lines would differ in time and port alone. */
static bool
same_kind(const struct ush_dns_event *a, const struct ush_dns_event *b)
{
	return ush_address_equal(&a->client, &b->client) && ush_name_equal(a->qname, b->qname) &&
	       a->qtype == b->qtype && a->qclass == b->qclass && a->outcome == b->outcome &&
	       a->carrier == b->carrier && a->rcode == b->rcode && a->cached == b->cached &&
	       same_answer(a, b) && ush_address_equal(&a->server, &b->server) &&
	       a->server_port == b->server_port && same_network(&a->claimed, &b->claimed) &&
	       strcmp(a->claimed_id, b->claimed_id) == 0 && same_rule(a->decision, b->decision);
}

static bool
copy_text(char to[TEXT_MAX], const char **from)
{
	size_t len = strlen(*from);

	if (len >= TEXT_MAX)
		return false;
	memcpy(to, *from, len + 1);
	*from = to;
	return true;
}

/* False if a text is too long. */
static bool
keep(struct ush_repeats *repeats, struct kept_event *kept, const struct ush_dns_event *event)
{
	kept->decision = *event->decision;
	if (!copy_text(kept->feed, &kept->decision.feed) ||
	    !copy_text(kept->campaign, &kept->decision.campaign) ||
	    !copy_text(kept->software, &kept->decision.software))
		return false;
	kept->qname = *event->qname;
	kept->event = *event;
	kept->event.decision = &kept->decision;
	kept->event.qname = &kept->qname;
	kept->event.client_port = 0;
	kept->event.repeat = 1;
	kept->event.last_ms = event->time_ms;
	atomic_fetch_add_explicit(&repeats->waiting, 1, memory_order_relaxed);
	return true;
}

/* Writes out the count, if there is one. False if there is no room for it. */
static bool
release(struct ush_repeats *repeats, struct kept_event *kept, const struct ush_sink *to)
{
	if (kept->event.repeat == 0)
		return true;
	if (!ush_ring_has_room(to->ring, USH_DNS_EVENT_MAX))
		return false;
	(void)ush_dns_event_write(to->ring, &kept->event, to->observer, to->drill);
	kept->event.repeat = 0;
	atomic_fetch_sub_explicit(&repeats->waiting, 1, memory_order_relaxed);
	return true;
}

/* The slot of this hash, or the one that makes room for it. */
static size_t
find_way(const struct slot slots[WAYS], uint64_t hash)
{
	size_t oldest = 0;

	for (size_t i = 0; i < WAYS; i++) {
		if (slots[i].hash == hash)
			return i;
		if (slots[i].used < slots[oldest].used)
			oldest = i;
	}
	return oldest;
}

/* Whether the event is counted only. */
static bool
count(struct ush_repeats *repeats, const struct ush_sink *to, const struct ush_dns_event *event,
    uint32_t limit)
{
	uint64_t hash = hash_of(event), period = event->time_ms / repeats->period_ms;
	size_t set = hash % repeats->sets;
	size_t way = find_way(repeats->slots[set], hash);
	struct slot *slot = &repeats->slots[set][way];
	struct kept_event *kept = &repeats->kept[set][way];

	if (slot->hash != hash || slot->period != period) {
		if (!release(repeats, kept, to))
			return false;
		*slot = (struct slot){.hash = hash, .period = period};
	}
	slot->used = ++repeats->clock;
	if (slot->written < limit) {
		slot->written++;
		return false;
	}
	if (kept->event.repeat == 0) {
		if (period != atomic_load(&repeats->flushed))
			atomic_store(&repeats->flushed, 0);
		return keep(repeats, kept, event);
	}
	if (!same_kind(&kept->event, event))
		return false;
	kept->event.repeat++;
	kept->event.last_ms = event->time_ms;
	return true;
}

static bool
enter(struct ush_repeats *repeats)
{
	return !atomic_exchange_explicit(&repeats->in_use, true, memory_order_acquire);
}

static void
leave(struct ush_repeats *repeats)
{
	atomic_store_explicit(&repeats->in_use, false, memory_order_release);
}

bool
ush_repeats_write(struct ush_repeats *repeats, const struct ush_sink *to,
    const struct ush_dns_event *event, uint32_t limit)
{
	bool counted = false;

	if (repeats && limit > 0 && enter(repeats)) {
		counted = count(repeats, to, event, limit);
		leave(repeats);
	}
	if (!counted)
		(void)ush_dns_event_write(to->ring, event, to->observer, to->drill);
	return counted;
}

bool
ush_repeats_are_waiting(const struct ush_repeats *repeats)
{
	return repeats && atomic_load_explicit(&repeats->waiting, memory_order_relaxed) > 0;
}

/* False if something is left that is to be written out. */
static bool
flush_set(struct ush_repeats *repeats, size_t set, const struct ush_sink *to, uint64_t period)
{
	bool is_done = true;

	if (!enter(repeats))
		return false;
	for (size_t i = 0; i < WAYS; i++) {
		if (repeats->slots[set][i].written > 0 && repeats->slots[set][i].period != period)
			is_done = release(repeats, &repeats->kept[set][i], to) && is_done;
	}
	leave(repeats);
	return is_done;
}

void
ush_repeats_flush(struct ush_repeats *repeats, const struct ush_sink *to, uint64_t now_ms)
{
	uint64_t period;

	if (!ush_repeats_are_waiting(repeats))
		return;
	period = now_ms / repeats->period_ms;
	if (atomic_load(&repeats->flushed) == period)
		return;
	/* Before the first set: what a worker counts behind this thread takes it back. */
	atomic_store(&repeats->flushed, period);
	/* Set by set: the worker that finds its table in use writes its event. */
	for (size_t set = 0; set < repeats->sets; set++) {
		if (!flush_set(repeats, set, to, period))
			atomic_store(&repeats->flushed, 0);
	}
}
