/* SPDX-License-Identifier: BSD-3-Clause */
/* inspected.c - an answer in the cache that was inspected once and holds nothing listed is not
 * inspected again.
 *
 * The key is a hash of all that the inspection depends on: the lists, name and type, and the
 * records, which Unbound replaces under an answer that it keeps (others at the same address, with
 * the same expiry, count as the same). Unbound does not use the bytes of the answer where the key
 * is, and does not clear them: an old value there is the right one once in four billion
 * inspections. */
#include "module/inspected.h"

#include <stddef.h>
#include "common/xxhash_inline.h"
#include "module/unbound/access.h"

#define RRSETS_MAX 8 /* answers of more are looked at each time */

bool
ush_inspects_additional(uint16_t qtype)
{
	return qtype != LDNS_RR_TYPE_A && qtype != LDNS_RR_TYPE_AAAA;
}

uint32_t
ush_inspection_key(const struct ush_lists *lists, const struct ush_name *qname, uint16_t qtype,
    struct reply_info *rep)
{
	size_t rrsets = ush_inspects_additional(qtype) ? rep->rrset_count : rep->an_numrrsets;
	struct {
		uint64_t lists;
		uint64_t name;
		uint64_t type;
		struct {
			const void *data;
			time_t ttl;
		} records[RRSETS_MAX];
	} basis;
	uint32_t key;

	if (rrsets > RRSETS_MAX || !ush_spare_word(rep))
		return 0;
	basis.lists = ush_lists_number(lists);
	basis.name = XXH3_64bits(qname->wire, qname->len);
	basis.type = qtype;
	for (size_t i = 0; i < rrsets; i++) {
		const struct packed_rrset_data *data = rep->rrsets[i]->entry.data;

		basis.records[i].data = data;
		basis.records[i].ttl = data->ttl;
	}
	key = (uint32_t)XXH3_64bits(&basis, offsetof(__typeof__(basis), records[rrsets]));
	return key != 0 ? key : 1;
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
