/* SPDX-License-Identifier: BSD-3-Clause */
/* response.c - keeps what the lists forbid out of the cache: looks at each response from a server
 * before Unbound stores it. */
#include "module/response.h"

#include "module/cache.h"
#include "module/chain.h"
#include "module/state.h"

/* A probe of QNAME minimisation asks for an ancestor of what the iterator is after. */
static bool
is_probe(const struct module_qstate *qstate, const struct ush_name *asked)
{
	const struct iter_qstate *iterator = ush_iterator_of(qstate);
	const struct query_info *wanted = iterator ? &iterator->qchase : &qstate->qinfo;
	struct ush_name name;

	return ush_name_from_wire(&name, wanted->qname, wanted->qname_len) == 0 &&
	       !ush_name_equal(asked, &name);
}

static void
check_response(struct ush_module *module, struct ush_worker *worker, const struct ush_view *view,
    struct module_qstate *qstate, const struct dns_msg *response)
{
	bool for_good = ush_followed_forbidden(view, qstate);
	struct ush_name asked;
	struct ush_met met;
	struct ush_hit hit;
	bool forbidden;

	if (ush_name_from_wire(&asked, response->qinfo.qname, response->qinfo.qname_len) != 0)
		return;
	/* Priming needs the addresses of the root servers that it has got. */
	if (!qstate->is_priming)
		ush_strip_additional(view, response->rep);
	forbidden =
	    ush_find_in_answer(view, &asked, response->qinfo.qtype, response->rep, &hit, &met) &&
	    ush_hit_forbids(&hit);
	if (!forbidden && !for_good)
		return;
	ush_query_keep_out(qstate, module->id, for_good || !is_probe(qstate, &asked));
	ush_count(&worker->counters, USH_COUNT_KEPT_OUT, 1);
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
	    !ush_find_name(view, &qname, qstate->qinfo.qtype, true, &hit) || !ush_hit_forbids(&hit))
		return;
	ush_query_keep_out(qstate, module->id, true);
}

/* Before a response is stored. NULL: none came. */
static int
on_query_response(struct module_qstate *qstate, struct dns_msg *response, int id, void *arg)
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
	ush_cache_may_store(worker);
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
static int
on_edns_back_parsed(struct module_qstate *qstate, int id, void *arg)
{
	(void)id;
	end_probe(arg, qstate);
	return 1;
}

static const struct {
	enum inplace_cb_list_type list;
	void *callback;
} callbacks[] = {
    {inplace_cb_query_response, (void *)on_query_response},
    {inplace_cb_edns_back_parsed, (void *)on_edns_back_parsed},
};
#define CALLBACKS (sizeof(callbacks) / sizeof(callbacks[0]))

int
ush_response_register(struct ush_module *module)
{
	const struct dynlibmod_env *dynlib = module->env->modinfo[module->id];

	for (size_t i = 0; i < CALLBACKS; i++) {
		if (!dynlib->inplace_cb_register_wrapped(
		        callbacks[i].callback, callbacks[i].list, module, module->env, module->id))
			return -1;
	}
	return 0;
}

void
ush_response_unregister(struct ush_module *module)
{
	const struct dynlibmod_env *dynlib = module->env->modinfo[module->id];

	for (size_t i = 0; i < CALLBACKS; i++)
		dynlib->inplace_cb_delete_wrapped(module->env, callbacks[i].list, module->id);
}
