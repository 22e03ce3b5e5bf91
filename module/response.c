/* SPDX-License-Identifier: BSD-3-Clause */
/* response.c - keeps what the lists forbid out of the cache: looks at each response from a server
 * before Unbound stores it. */
#include "module/glue.h"

/* Follow the alias chain in a response from `query->chased` on. */
static void
chase(const struct reply_info *rep, struct ush_query *query)
{
	struct ush_name owner;

	for (size_t i = 0; i < rep->an_numrrsets; i++) {
		const struct ub_packed_rrset_key *rrset = rep->rrsets[i];

		if (ush_rrset_type(rrset) == LDNS_RR_TYPE_CNAME &&
		    ush_name_from_wire(&owner, rrset->rk.dname, rrset->rk.dname_len) == 0 &&
		    ush_name_equal(&owner, &query->chased))
			(void)ush_alias_target(rrset->entry.data, &query->chased);
	}
}

static bool
has_alias(const struct reply_info *rep)
{
	for (size_t i = 0; i < rep->an_numrrsets; i++) {
		if (ush_rrset_type(rep->rrsets[i]) == LDNS_RR_TYPE_CNAME)
			return true;
	}
	return false;
}

static void
check_response(struct ush_module *module, struct ush_worker *worker, const struct ush_view *view,
    struct module_qstate *qstate, const struct dns_msg *response)
{
	struct ush_query *query = qstate->minfo[module->id];
	bool met_rule, forbidden, is_probe;
	struct ush_name asked;
	struct ush_met met;
	struct ush_hit hit;

	if (ush_name_from_wire(&asked, response->qinfo.qname, response->qinfo.qname_len) != 0)
		return;
	met_rule = ush_find_in_answer(view, &asked, response->rep, &hit, &met);
	forbidden = met_rule && ush_hit_forbids(&hit);
	/* The common case: nothing listed, nothing to remember. */
	if (!met_rule && !query && !has_alias(response->rep))
		return;
	query = ush_query_of(qstate, module->id);
	if (!query) {
		qstate->no_cache_store |= forbidden;
		return;
	}
	if (query->chased.len == 0 &&
	    ush_name_from_wire(&query->chased, qstate->qinfo.qname, qstate->qinfo.qname_len) != 0)
		return;
	is_probe = !ush_name_equal(&asked, &query->chased);
	if (!is_probe) {
		chase(response->rep, query);
		if (met_rule && query->alias.len == 0)
			query->alias = met.name;
	}
	if (forbidden) {
		ush_query_keep_out(qstate, module->id, !is_probe);
		ush_count(&worker->counters, USH_COUNT_KEPT_OUT, 1);
	}
}

/* What a probe of QNAME minimisation met says nothing about the name that is wanted. */
static void
end_probe(struct ush_module *module, struct module_qstate *qstate)
{
	struct ush_query *query = qstate->minfo[module->id];

	if (query && query->is_kept_out && !query->is_kept_for_good) {
		qstate->no_cache_store = query->store_before;
		query->is_kept_out = false;
	}
}

/* Errors are stored under QNAME. Queries that begin inside Unbound are not seen before this. */
static void
check_qname(struct ush_module *module, const struct ush_view *view, struct module_qstate *qstate)
{
	struct ush_name qname;
	struct ush_hit hit;

	if (ush_name_from_wire(&qname, qstate->qinfo.qname, qstate->qinfo.qname_len) != 0 ||
	    !ush_find_name(view, &qname, true, &hit) || !ush_hit_forbids(&hit))
		return;
	ush_query_keep_out(qstate, module->id, true);
}

/* Before a response is stored. NULL: none came. */
int
ush_on_query_response(struct module_qstate *qstate, struct dns_msg *response, int id, void *arg)
{
	struct ush_module *module = arg;
	struct ush_worker *worker = ush_worker_self(module);
	const struct ush_query *query = qstate->minfo[module->id];
	struct ush_view view;

	(void)id;
	/* subnetcache has taken it back before the query went out. */
	if (query && query->is_kept_for_good)
		qstate->no_cache_store = 1;
	if (!worker || !ush_is_internet(qstate->qinfo.qclass))
		return 1;
	end_probe(module, qstate);
	ush_lists_enter(&module->lists, worker->reader, &view);
	if (ush_view_enforces(&view)) {
		if (response && response->rep)
			check_response(module, worker, &view, qstate, response);
		else
			check_qname(module, &view, qstate);
	}
	ush_lists_leave(worker->reader);
	return 1;
}

/* Comes before the above and before subnetcache's own, which may set no_cache_store for its
 * reasons: so ours is taken back here already. */
int
ush_on_edns_back_parsed(struct module_qstate *qstate, int id, void *arg)
{
	(void)id;
	end_probe(arg, qstate);
	return 1;
}
