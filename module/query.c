/* SPDX-License-Identifier: BSD-3-Clause */
/* query.c - what happens to a query state: decided when it begins, checked again when it is done.
 */
#include "module/query.h"

#include <stdatomic.h>
#include <string.h>
#include "module/cache.h"
#include "module/chain.h"
#include "module/conclude.h"
#include "module/generation.h"

/* Clients that are treated differently must not share an answer. No other
 * client finds a unique state; legal only while it is new and nothing refers to it by its place in the tree. */
static void
make_unique(struct module_qstate *qstate)
{
	struct mesh_state *state = qstate->mesh_info;
	struct mesh_area *mesh = qstate->env->mesh;

	if (ush_state_is_unique(state) || state->super_set.count || state->sub_set.count)
		return;
	if (!rbtree_delete(&mesh->all, state))
		return;
	mesh_state_make_unique(state);
	(void)rbtree_insert(&mesh->all, &state->node);
}

/* Whether Unbound itself waits for it. */
static bool
is_wanted_inside(const struct mesh_state *state)
{
	return state->cb_list || state->super_set.count > 0;
}

static void
begin(struct ush_module *module, struct ush_worker *worker, const struct ush_view *view,
    struct module_qstate *qstate)
{
	const struct mesh_state *state = qstate->mesh_info;
	const struct mesh_reply *reply = state->reply_list;
	struct ush_address client = {0};
	bool special = false;
	struct ush_decision decision;
	struct ush_name qname;
	struct ush_hit hit;
	uint16_t port;

	if (ush_name_from_wire(&qname, qstate->qinfo.qname, qstate->qinfo.qname_len) != 0)
		return;
	if (reply) {
		client = ush_client_address(&reply->query_reply, &port);
		special = ush_client_of(view, &client) != USH_CLIENT_NORMAL;
	}
	/* Also when QNAME is not listed: its alias may be, which is not known yet. */
	if (special && ush_view_enforces(view))
		make_unique(qstate);
	if (!ush_find_name(view, &qname, qstate->qinfo.qtype, true, &hit) || !ush_hit_forbids(&hit))
		return;
	if (special || is_wanted_inside(state)) {
		/* Someone inside Unbound, or a client that may have it, needs the real answer. */
		make_unique(qstate);
		ush_query_keep_out(qstate, module->id, true);
		return;
	}
	ush_decision_of(&hit, &qname, NULL, &decision);
	if (hit.action == USH_ACTION_DROP)
		ush_conclude_drop(module, worker, view, qstate, &decision);
	else
		ush_conclude_answer(
		    module, qstate, &hit, &decision, &qname, reply ? &client : NULL);
}

/* Count the clients that wait for this answer. `client` gets one that it can be made for: not one on
 * loopback if there is another. */
static struct ush_waiting
count_waiting(
    const struct ush_view *view, const struct module_qstate *qstate, struct ush_address *client)
{
	const struct mesh_state *state = qstate->mesh_info;
	struct ush_waiting waiting = {.inside = is_wanted_inside(state)};

	memset(client, 0, sizeof(*client));
	for (const struct mesh_reply *r = state->reply_list; r; r = r->next) {
		uint16_t port;
		struct ush_address address = ush_client_address(&r->query_reply, &port);

		if (ush_client_of(view, &address) != USH_CLIENT_NORMAL) {
			waiting.special++;
			continue;
		}
		if (waiting.normal++ == 0 || ush_address_is_loopback(client))
			*client = address;
	}
	return waiting;
}

/* dns64 makes IPv6 addresses of these, for queries that wait for the same name, and stores them. */
static void
keep_out_synthesized(struct module_qstate *qstate)
{
	const struct query_info *sub = &qstate->qinfo;
	const struct mesh_state_ref *ref;

	if (sub->qtype != LDNS_RR_TYPE_A)
		return;
	RBTREE_FOR(ref, const struct mesh_state_ref *, &qstate->mesh_info->super_set)
	{
		if (ref->s->s.qinfo.qtype == LDNS_RR_TYPE_AAAA &&
		    query_dname_compare(ref->s->s.qinfo.qname, sub->qname) == 0)
			ush_keep_out_of_dns64(&ref->s->s);
	}
}

static bool
is_by_qname(const struct ush_met *met, const struct ush_name *qname)
{
	return met->name.len > 0 && ush_name_equal(&met->name, qname);
}

/* The answer is there. Only now is it known what it leads to; and lists may have changed meanwhile.
 */
static void
finish(struct ush_module *module, struct ush_worker *worker, const struct ush_view *view,
    struct module_qstate *qstate)
{
	struct reply_info *rep = qstate->return_msg ? qstate->return_msg->rep : NULL;
	struct ush_waiting waiting;
	struct ush_decision decision;
	struct ush_address client;
	struct ush_name qname;
	struct ush_met met;
	struct ush_hit hit;

	if (!ush_view_enforces(view) ||
	    ush_name_from_wire(&qname, qstate->qinfo.qname, qstate->qinfo.qname_len) != 0)
		return;
	if (rep && !is_wanted_inside(qstate->mesh_info))
		ush_strip_additional(view, rep);
	if (!ush_find_in_outcome(view, &qname, qstate->qinfo.qtype, rep, qstate, &hit, &met) ||
	    !ush_hit_forbids(&hit))
		return;
	ush_cache_forget(qstate, view);
	keep_out_synthesized(qstate);
	/* The client gets SERVFAIL. Anyone can have written what is in a bogus answer: it must not
	 * lead a client to the sinkhole, and it is no evidence. */
	if (rep && ush_is_withheld(qstate->env, rep, qstate->query_flags) &&
	    !is_by_qname(&met, &qname))
		return;
	waiting = count_waiting(view, qstate, &client);
	waiting.same_for_all =
	    !rep || hit.action == USH_ACTION_DROP || rep->security == sec_status_bogus;
	ush_decision_of_met(&hit, &met, &decision);
	switch (ush_settle(&waiting)) {
	case USH_SETTLE_LEAVE:
		break;
	case USH_SETTLE_DEFER:
		ush_conclude_defer(module, worker, qstate);
		break;
	case USH_SETTLE_SPLIT:
		ush_conclude_split(module, qstate, &hit, &decision, &qname, &client);
		break;
	case USH_SETTLE_ANSWER:
		if (hit.action == USH_ACTION_DROP)
			ush_conclude_drop(module, worker, view, qstate, &decision);
		else
			ush_conclude_answer(module, qstate, &hit, &decision, &qname, &client);
		break;
	}
}

void
ush_query_operate(struct ush_module *module, struct module_qstate *qstate, enum module_ev event)
{
	bool begins = event == module_event_new || event == module_event_pass;
	struct ush_worker *worker;
	struct ush_view view;

	if (!begins && event != module_event_moddone)
		return;
	worker = ush_worker_self(module);
	if (!worker || !ush_is_internet(qstate->qinfo.qclass))
		return;
	ush_cache_anchor(module, worker, qstate->env);
	ush_cache_mend(module);
	ush_cache_may_store(worker);
	ush_lists_enter(&module->lists, worker->reader, &view);
	if (ush_view_active(&view)) {
		if (begins)
			begin(module, worker, &view, qstate);
		else
			finish(module, worker, &view, qstate);
	}
	ush_lists_leave(worker->reader);
}
