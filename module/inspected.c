/* SPDX-License-Identifier: BSD-3-Clause */
/* inspected.c - an answer in the cache that was inspected once and holds nothing listed is not
 * inspected again.
 *
 * The key is a hash of all that the inspection depends on: the lists, name and type, and the
 * records, which Unbound replaces under an answer that it keeps (others at the same address, with
 * the same expiry, count as the same). Unbound does not use the bytes of the answer where the key
 * is, and does not clear them: an old value there is the right one once in four billion
 * inspections. Names can be made that have one key (the hash is not keyed): that hides an event at
 * most, where one answer takes another's memory. What is removed never depends on a key. */
#include "module/inspected.h"

#include <string.h>
#include "module/unbound/access.h"

static const uint64_t odd = 0x9e3779b97f4a7c15;

bool
ush_inspects_additional(uint16_t qtype)
{
	return qtype != LDNS_RR_TYPE_A && qtype != LDNS_RR_TYPE_AAAA;
}

/* A hash of few instructions: this is done for every reply from the cache. */
static uint64_t
mix(uint64_t hash, uint64_t word)
{
	hash = (hash ^ word) * odd;
	return hash ^ hash >> 32;
}

/* In lower case, some signs too; the length of a label is below 0x40. */
static uint64_t
read_eight(const uint8_t *from)
{
	uint64_t octets;

	memcpy(&octets, from, sizeof(octets));
	return octets | (octets & 0x4040404040404040) >> 1;
}

/* The last eight octets with some of those before. */
static uint64_t
mix_name(uint64_t hash, const uint8_t *wire, size_t len)
{
	size_t at = 0;

	for (; at + 8 < len; at += 8)
		hash = mix(hash, read_eight(wire + at));
	if (len >= 8)
		return mix(hash, read_eight(wire + len - 8));
	for (; at < len; at++)
		hash = mix(hash, wire[at] | (wire[at] & 0x40) >> 1);
	return hash;
}

__attribute__((hot)) uint32_t
ush_inspection_key(
    const struct ush_lists *lists, const struct query_info *qinfo, struct reply_info *rep)
{
	size_t rrsets =
	    ush_inspects_additional(qinfo->qtype) ? rep->rrset_count : rep->an_numrrsets;
	uint64_t hash;

	if (!ush_spare_word(rep))
		return 0;
	hash = mix(ush_lists_number(lists), (uint64_t)qinfo->qtype << 32 | qinfo->qname_len);
	for (size_t i = 0; i < rrsets; i++) {
		const struct packed_rrset_data *data = rep->rrsets[i]->entry.data;

		hash = mix(hash, (uintptr_t)data ^ (uint64_t)data->ttl * odd);
	}
	hash = mix_name(hash, qinfo->qname, qinfo->qname_len);
	return (uint32_t)hash != 0 ? (uint32_t)hash : 1;
}

/* Several workers may give the same answer at the same time. */
bool
ush_is_inspected(struct reply_info *rep, uint32_t key)
{
	return __atomic_load_n(ush_spare_word(rep), __ATOMIC_RELAXED) == key;
}

void
ush_set_inspected(struct reply_info *rep, uint32_t key)
{
	__atomic_store_n(ush_spare_word(rep), key, __ATOMIC_RELAXED);
}
