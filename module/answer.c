/* SPDX-License-Identifier: BSD-3-Clause */
/* answer.c - turns a plan into Unbound's structures. Everything is allocated in the query's region.
 * The answers are not stored in any cache: other clients may have to get another one. */
#include "module/answer.h"

#include <arpa/inet.h>
#include <string.h>
#include "module/unbound/access.h"

/* SOA of a forged zone: placeholder names, and timers that no secondary uses. */
#define SOA_MNAME "\011localhost"
#define SOA_RNAME "\006nobody\007invalid"
#define SOA_NAMES_LEN (sizeof(SOA_MNAME) + sizeof(SOA_RNAME))
#define SOA_RDATA_LEN (SOA_NAMES_LEN + 20)

/* One record set with one record. Owner is borrowed, rdata copied. */
static struct ub_packed_rrset_key *
new_rrset(struct regional *region, uint8_t *owner, size_t owner_len, uint16_t type, uint32_t ttl,
    const uint8_t *rdata, uint16_t rdata_len)
{
	/* Tail of the data: one length, one pointer, one TTL, then the rdata. */
	struct {
		struct packed_rrset_data data;
		size_t len;
		uint8_t *start;
		time_t ttl;
		uint8_t rdata[2 + SOA_RDATA_LEN];
	} *packed = regional_alloc_zero(region, sizeof(*packed));
	struct ub_packed_rrset_key *key = regional_alloc_zero(region, sizeof(*key));

	if (!packed || !key || rdata_len > SOA_RDATA_LEN)
		return NULL;
	packed->rdata[0] = (uint8_t)(rdata_len >> 8);
	packed->rdata[1] = (uint8_t)rdata_len;
	memcpy(packed->rdata + 2, rdata, rdata_len);
	packed->len = 2u + rdata_len;
	packed->start = packed->rdata;
	packed->ttl = ttl;
	packed->data.ttl = ttl;
	packed->data.count = 1;
	packed->data.trust = rrset_trust_none;
	packed->data.security = sec_status_insecure;
	packed->data.rr_len = &packed->len;
	packed->data.rr_data = &packed->start;
	packed->data.rr_ttl = &packed->ttl;
	key->entry.key = key;
	key->entry.data = &packed->data;
	key->rk.dname = owner;
	key->rk.dname_len = owner_len;
	key->rk.type = htons(type);
	key->rk.rrset_class = htons(LDNS_RR_CLASS_IN);
	return key;
}

static void
put32(uint8_t *to, uint32_t value)
{
	value = htonl(value);
	memcpy(to, &value, sizeof(value));
}

static struct ub_packed_rrset_key *
new_soa(struct module_qstate *qstate, const struct ush_plan *plan)
{
	static const uint32_t timers[] = {3600, 1200, 604800};
	uint8_t rdata[SOA_RDATA_LEN], *at = rdata + SOA_NAMES_LEN;
	uint8_t *owner = qstate->qinfo.qname;
	size_t owner_len = qstate->qinfo.qname_len;
	unsigned labels = 0;

	for (const uint8_t *p = owner; *p; p += *p + 1)
		labels++;
	for (; labels > plan->owner_labels; labels--) {
		owner_len -= *owner + 1u;
		owner += *owner + 1;
	}
	memcpy(rdata, SOA_MNAME, sizeof(SOA_MNAME));
	memcpy(rdata + sizeof(SOA_MNAME), SOA_RNAME, sizeof(SOA_RNAME));
	put32(at, plan->serial);
	for (size_t i = 0; i < 3; i++)
		put32(at + 4 + i * 4, timers[i]);
	put32(at + 16, plan->ttl);
	return new_rrset(
	    qstate->region, owner, owner_len, LDNS_RR_TYPE_SOA, plan->ttl, rdata, sizeof(rdata));
}

/* The constructor's arguments differ between versions of Unbound, the members below do not. */
static struct reply_info *
new_reply(struct regional *region, const struct ush_plan *plan)
{
	struct reply_info *rep = regional_alloc_zero(region, sizeof(*rep));

	if (!rep)
		return NULL;
	rep->rrsets = regional_alloc_zero(region, 2 * sizeof(rep->rrsets[0]));
	if (!rep->rrsets)
		return NULL;
	rep->flags = (uint16_t)(BIT_QR | BIT_RA | plan->rcode);
	rep->qdcount = 1;
	rep->ttl = plan->ttl;
	rep->prefetch_ttl = PREFETCH_TTL_CALC(rep->ttl);
	rep->serve_expired_ttl = rep->ttl;
	/* Never "unchecked", which a validator turns into SERVFAIL, and never "secure". */
	rep->security = sec_status_insecure;
	return rep;
}

static int
add(struct reply_info *rep, struct ub_packed_rrset_key *rrset)
{
	if (!rrset)
		return -1;
	rep->rrsets[rep->rrset_count++] = rrset;
	return 0;
}

static int
add_address(struct module_qstate *qstate, struct reply_info *rep, const struct ush_address *address,
    uint32_t ttl)
{
	bool is_v4 = address->family == AF_INET;

	if (address->family == 0)
		return 0;
	rep->an_numrrsets++;
	return add(rep,
	    new_rrset(qstate->region, qstate->qinfo.qname, qstate->qinfo.qname_len,
	        is_v4 ? LDNS_RR_TYPE_A : LDNS_RR_TYPE_AAAA, ttl, address->octets, is_v4 ? 4 : 16));
}

struct reply_info *
ush_answer_new(struct module_qstate *qstate, const struct ush_plan *plan)
{
	struct reply_info *rep = new_reply(qstate->region, plan);

	if (!rep || add_address(qstate, rep, &plan->address4, plan->ttl) != 0 ||
	    add_address(qstate, rep, &plan->address6, plan->ttl) != 0)
		return NULL;
	if (rep->rrset_count == 0) {
		rep->ns_numrrsets = 1;
		if (add(rep, new_soa(qstate, plan)) != 0)
			return NULL;
	}
	return rep;
}

int
ush_answer_set(struct module_qstate *qstate, struct reply_info *rep)
{
	struct dns_msg *msg = regional_alloc_zero(qstate->region, sizeof(*msg));

	if (!msg)
		return -1;
	msg->qinfo = qstate->qinfo;
	msg->rep = rep;
	qstate->return_msg = msg;
	qstate->return_rcode = LDNS_RCODE_NOERROR;
	return 0;
}

/* INFO-CODE "Blocked" (RFC 8914). Unbound sends options only to clients that sent EDNS. Put in
 * front: the rest of the list is shared with other replies. */
int
ush_add_ede(struct edns_option **options, const char *text, struct regional *region)
{
	size_t len = text ? strlen(text) : 0;
	struct edns_option *option = regional_alloc_zero(region, sizeof(*option));
	uint8_t *data = regional_alloc(region, 2 + len);

	if (!option || !data)
		return -1;
	data[0] = 0;
	data[1] = LDNS_EDE_BLOCKED;
	if (len > 0)
		memcpy(data + 2, text, len);
	option->opt_code = LDNS_EDNS_EDE;
	option->opt_len = 2 + len;
	option->opt_data = data;
	option->next = *options;
	*options = option;
	return 0;
}
