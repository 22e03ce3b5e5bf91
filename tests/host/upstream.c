/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/host/upstream.h"

#include <arpa/inet.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define TTL 300

static void *
need(void *memory)
{
	if (!memory)
		abort();
	return memory;
}

static struct ub_packed_rrset_key *
new_rrset(struct regional *region, uint8_t *owner, size_t owner_len, uint16_t type,
    const uint8_t *rdata, size_t rdata_len)
{
	struct packed_rrset_data *data = need(regional_alloc_zero(region,
	    sizeof(*data) + sizeof(size_t) + sizeof(uint8_t *) + sizeof(time_t) + 2 + rdata_len));
	struct ub_packed_rrset_key *key = need(regional_alloc_zero(region, sizeof(*key)));

	data->ttl = TTL;
	data->count = 1;
	data->trust = rrset_trust_ans_AA;
	data->rr_len = (size_t *)(void *)(data + 1);
	data->rr_len[0] = 2 + rdata_len;
	packed_rrset_ptr_fixup(data);
	data->rr_ttl[0] = TTL;
	data->rr_data[0][0] = (uint8_t)(rdata_len >> 8);
	data->rr_data[0][1] = (uint8_t)rdata_len;
	memcpy(data->rr_data[0] + 2, rdata, rdata_len);
	key->rk.dname = owner;
	key->rk.dname_len = owner_len;
	key->rk.type = htons(type);
	key->rk.rrset_class = htons(LDNS_RR_CLASS_IN);
	key->entry.key = key;
	key->entry.data = data;
	key->entry.hash = rrset_key_hash(&key->rk);
	return key;
}

struct dns_msg *
upstream_answer(
    struct regional *region, const struct query_info *qinfo, uint8_t *target, size_t target_len)
{
	static const uint8_t address[] = {192, 0, 2, 1};
	struct dns_msg *msg = need(regional_alloc_zero(region, sizeof(*msg)));
	struct reply_info *rep = need(regional_alloc_zero(region, sizeof(*rep)));
	bool is_alias = qinfo->qname[0] == 5 && memcmp(qinfo->qname + 1, "alias", 5) == 0;
	uint8_t *owner = is_alias ? target : qinfo->qname;
	size_t owner_len = is_alias ? target_len : qinfo->qname_len;

	rep->flags = BIT_QR | BIT_RA;
	rep->qdcount = 1;
	rep->ttl = TTL;
	rep->prefetch_ttl = TTL;
	rep->serve_expired_ttl = TTL;
	rep->rrsets = need(regional_alloc_zero(region, 2 * sizeof(rep->rrsets[0])));
	if (is_alias)
		rep->rrsets[rep->rrset_count++] = new_rrset(
		    region, qinfo->qname, qinfo->qname_len, LDNS_RR_TYPE_CNAME, target, target_len);
	rep->rrsets[rep->rrset_count++] =
	    new_rrset(region, owner, owner_len, LDNS_RR_TYPE_A, address, sizeof(address));
	rep->an_numrrsets = rep->rrset_count;
	msg->qinfo = *qinfo;
	msg->rep = rep;
	return msg;
}
