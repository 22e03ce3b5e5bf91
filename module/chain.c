/* SPDX-License-Identifier: BSD-3-Clause */
/* chain.c - looks through an answer: the alias chain and the addresses at its end. */
#include "module/chain.h"

#include <arpa/inet.h>
#include <string.h>
#include "module/unbound/access.h"

/* Of a name that stands for all that it has: one that no rule leaves alone. */
#define ANY_TYPE USH_TYPE_A

uint16_t
ush_rrset_type(const struct ub_packed_rrset_key *rrset)
{
	return ntohs(rrset->rk.type);
}

/* Record data starts with its length. */
bool
ush_alias_target(const struct packed_rrset_data *data, struct ush_name *target)
{
	return data->count > 0 && data->rr_len[0] > 2 &&
	       ush_name_from_wire(target, data->rr_data[0] + 2, data->rr_len[0] - 2) == 0;
}

/* The address, or the one that DNS64 made it of. */
static bool
find_address(const struct ush_view *view, struct ush_address *address, struct ush_hit *hit)
{
	struct ush_address behind;

	if (ush_find_address(view, address, hit))
		return true;
	if (address->family != AF_INET6 || !ush_address_behind_dns64(view, address, &behind) ||
	    !ush_find_address(view, &behind, hit))
		return false;
	*address = behind;
	return true;
}

/* The n-th address of a set of A or AAAA records. False if it is malformed. */
static bool
read_address(const struct ub_packed_rrset_key *rrset, size_t n, struct ush_address *out)
{
	const struct packed_rrset_data *data = rrset->entry.data;
	bool is_v4 = ush_rrset_type(rrset) == LDNS_RR_TYPE_A;
	size_t len = is_v4 ? 4 : 16;

	if (data->rr_len[n] != len + 2)
		return false;
	*out = (struct ush_address){.family = is_v4 ? AF_INET : AF_INET6};
	memcpy(out->octets, data->rr_data[n] + 2, len);
	return true;
}

static bool
find_in_addresses(const struct ush_view *view, const struct ub_packed_rrset_key *rrset,
    struct ush_hit *hit, struct ush_met *met)
{
	const struct packed_rrset_data *data = rrset->entry.data;

	for (size_t i = 0; i < data->count; i++) {
		if (!read_address(rrset, i, &met->address))
			continue;
		if (find_address(view, &met->address, hit)) {
			met->name.len = 0;
			return true;
		}
	}
	return false;
}

/* Letter case aside, of which there is none in most names. */
static bool
is_surely(const struct ush_name *name, const struct ub_packed_rrset_key *rrset)
{
	return name->len == rrset->rk.dname_len &&
	       memcmp(name->wire, rrset->rk.dname, name->len) == 0;
}

static bool
find_forbidden_name(const struct ush_view *view, const struct ush_name *name, struct ush_hit *hit)
{
	return ush_find_name(view, name, ANY_TYPE, false, hit) && ush_hit_forbids(hit);
}

/* An alias comes with whatever type is asked for, and is then followed for addresses as well: that
 * of a listed name must not be learned by asking for a type that its rule leaves alone. */
static bool
find_alias_owner(const struct ush_view *view, uint16_t qtype,
    const struct ub_packed_rrset_key *rrset, struct ush_hit *hit, struct ush_met *met)
{
	return ush_is_for_validators(qtype) &&
	       ush_name_from_wire(&met->name, rrset->rk.dname, rrset->rk.dname_len) == 0 &&
	       find_forbidden_name(view, &met->name, hit);
}

/* met->name is what the record set before led to, or empty. */
static bool
find_in_rrset(const struct ush_view *view, const struct ush_name *qname, uint16_t qtype,
    const struct ub_packed_rrset_key *rrset, struct ush_hit *hit, struct ush_met *met)
{
	switch (ush_rrset_type(rrset)) {
	case LDNS_RR_TYPE_CNAME:
		return find_alias_owner(view, qtype, rrset, hit, met) ||
		       (ush_alias_target(rrset->entry.data, &met->name) &&
		           ush_find_name(view, &met->name, qtype, false, hit));
	case LDNS_RR_TYPE_DNAME:
		/* Leads to names below its target; the CNAME that was made of it says to which. */
		return false;
	case LDNS_RR_TYPE_A:
	case LDNS_RR_TYPE_AAAA:
		if (ush_view_has_networks(view) && find_in_addresses(view, rrset, hit, met))
			return true;
		break;
	default:
		break;
	}
	/* An owner that no alias led to: of a stranger's answer, or of a chain that was cut. */
	if (is_surely(qname, rrset) || is_surely(&met->name, rrset))
		return false;
	return ush_name_from_wire(&met->name, rrset->rk.dname, rrset->rk.dname_len) == 0 &&
	       !ush_name_equal(&met->name, qname) &&
	       ush_find_name(view, &met->name, qtype, false, hit);
}

/* A record set by itself, in no answer that leads to it. */
static bool
find_forbidden_rrset(const struct ush_view *view, const struct ub_packed_rrset_key *rrset,
    struct ush_hit *hit, struct ush_met *met)
{
	switch (ush_rrset_type(rrset)) {
	case LDNS_RR_TYPE_CNAME:
		if (ush_alias_target(rrset->entry.data, &met->name) &&
		    find_forbidden_name(view, &met->name, hit))
			return true;
		break;
	case LDNS_RR_TYPE_A:
	case LDNS_RR_TYPE_AAAA:
		if (ush_view_has_networks(view) && find_in_addresses(view, rrset, hit, met) &&
		    ush_hit_forbids(hit))
			return true;
		break;
	default:
		return false;
	}
	return ush_name_from_wire(&met->name, rrset->rk.dname, rrset->rk.dname_len) == 0 &&
	       find_forbidden_name(view, &met->name, hit);
}

bool
ush_rrset_is_forbidden(const struct ush_view *view, const struct ub_packed_rrset_key *rrset)
{
	struct ush_met met;
	struct ush_hit hit;

	return find_forbidden_rrset(view, rrset, &hit, &met);
}

bool
ush_find_in_additional(const struct ush_view *view, const struct reply_info *rep,
    struct ush_hit *hit, struct ush_met *met)
{
	if (rep->an_numrrsets == 0)
		return false;
	for (size_t i = rep->an_numrrsets + rep->ns_numrrsets; i < rep->rrset_count; i++) {
		if (find_forbidden_rrset(view, rep->rrsets[i], hit, met))
			return true;
	}
	return false;
}

void
ush_strip_additional(const struct ush_view *view, struct reply_info *rep)
{
	size_t kept = rep->an_numrrsets + rep->ns_numrrsets;

	if (rep->an_numrrsets == 0)
		return;
	for (size_t i = kept; i < rep->rrset_count; i++) {
		if (!ush_rrset_is_forbidden(view, rep->rrsets[i]))
			rep->rrsets[kept++] = rep->rrsets[i];
	}
	rep->ar_numrrsets -= rep->rrset_count - kept;
	rep->rrset_count = kept;
}

const struct iter_qstate *
ush_iterator_of(const struct module_qstate *qstate)
{
	int id = modstack_find(&qstate->env->mesh->mods, "iterator");

	return id < 0 ? NULL : qstate->minfo[id];
}

/* A search along an answer: `met` and `hit` are what was found, `led_to` what the record set before
 * led to. */
struct chain_search {
	const struct ush_view *view;
	const struct ush_name *qname;
	uint16_t qtype;
	struct ush_hit *hit;
	struct ush_met *met;
	struct ush_met led_to;
	bool found;
	struct ush_hit passthru; /* what comes after it in precedence is ended by it */
	bool passes;
	bool is_over;
};

/* QNAME first, and what forbids it is the end. A passthru ends all later triggers but those of
 * feeds that come before its own; never-block saves the whole answer; and a rule to record only
 * gives way to one that forbids. */
static void
take_hit(struct chain_search *search, const struct ush_hit *hit, const struct ush_met *met)
{
	if (search->passes && !ush_hit_precedes(search->view, hit, &search->passthru))
		return;
	if (hit->action == USH_ACTION_PASSTHRU) {
		search->passthru = *hit;
		search->passes = true;
	}
	if (!search->found || ush_hit_forbids(hit) || search->hit->action == USH_ACTION_PASSTHRU) {
		*search->hit = *hit;
		*search->met = *met;
		search->found = true;
	}
	search->is_over = ush_hit_forbids(hit);
}

static void
begin_search(struct chain_search *search, const struct ush_view *view, const struct ush_name *qname,
    uint16_t qtype, struct ush_hit *hit, struct ush_met *met)
{
	struct ush_hit first;

	search->view = view;
	search->qname = qname;
	search->qtype = qtype;
	search->hit = hit;
	search->met = met;
	search->led_to.name.len = 0;
	search->found = search->passes = search->is_over = false;
	if (!ush_find_name(view, qname, qtype, true, &first))
		return;
	met->name = *qname;
	take_hit(search, &first, met);
}

static void
search_rrset(struct chain_search *search, const struct ub_packed_rrset_key *rrset)
{
	struct ush_hit hit;

	if (!find_in_rrset(
	        search->view, search->qname, search->qtype, rrset, &hit, &search->led_to))
		return;
	if (!search->found && ush_is_never_blocked(search->view, search->qname))
		search->is_over = true;
	else
		take_hit(search, &hit, &search->led_to);
}

static void
search_answer(struct chain_search *search, const struct reply_info *rep)
{
	for (size_t i = 0; i < rep->an_numrrsets && !search->is_over; i++)
		search_rrset(search, rep->rrsets[i]);
}

static void
search_followed(struct chain_search *search, const struct module_qstate *qstate)
{
	const struct iter_qstate *iterator = ush_iterator_of(qstate);
	const struct iter_prep_list *p = iterator ? iterator->an_prepend_list : NULL;

	for (; p && !search->is_over; p = p->next)
		search_rrset(search, p->rrset);
}

bool
ush_find_in_answer(const struct ush_view *view, const struct ush_name *qname, uint16_t qtype,
    const struct reply_info *rep, struct ush_hit *hit, struct ush_met *met)
{
	struct chain_search search;

	begin_search(&search, view, qname, qtype, hit, met);
	if (rep)
		search_answer(&search, rep);
	return search.found;
}

bool
ush_find_in_outcome(const struct ush_view *view, const struct ush_name *qname, uint16_t qtype,
    const struct reply_info *rep, const struct module_qstate *qstate, struct ush_hit *hit,
    struct ush_met *met)
{
	struct chain_search search;

	begin_search(&search, view, qname, qtype, hit, met);
	if (rep && rep->an_numrrsets > 0)
		search_answer(&search, rep);
	else if (qstate)
		search_followed(&search, qstate);
	return search.found;
}

void
ush_addresses_of(const struct reply_info *rep, struct ush_address out[USH_RESOLVED_MAX])
{
	struct ush_address address;

	for (size_t i = 0; i < rep->an_numrrsets; i++) {
		const struct ub_packed_rrset_key *rrset = rep->rrsets[i];
		const struct packed_rrset_data *data = rrset->entry.data;
		uint16_t type = ush_rrset_type(rrset);

		if (type != LDNS_RR_TYPE_A && type != LDNS_RR_TYPE_AAAA)
			continue;
		for (size_t n = 0; n < data->count; n++) {
			if (read_address(rrset, n, &address))
				ush_resolved_add(out, &address);
		}
	}
}

bool
ush_followed_forbidden(const struct ush_view *view, const struct module_qstate *qstate)
{
	const struct iter_qstate *iterator = ush_iterator_of(qstate);
	const struct iter_prep_list *p = iterator ? iterator->an_prepend_list : NULL;

	while (p && !ush_rrset_is_forbidden(view, p->rrset))
		p = p->next;
	return p != NULL;
}

void
ush_decision_of_met(
    const struct ush_hit *hit, const struct ush_met *met, struct ush_decision *decision)
{
	ush_decision_of(hit, &met->name, &met->address, decision);
}
