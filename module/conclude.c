/* SPDX-License-Identifier: BSD-3-Clause */
#include "module/conclude.h"

#include <stdatomic.h>
#include "module/answer.h"
#include "module/generation.h"
#include "module/reply.h"
#include "module/unbound/drop.h"

static void
tell_loopback(struct ush_module *module)
{
	if (!atomic_exchange(&module->reported_loopback, true))
		ush_module_note(NULL, USH_NOTICE_WARNING,
		    "the sinkhole addresses are on loopback, but a client is not: it gets no "
		    "address "
		    "(set sinkhole-addresses to ones that clients can reach)");
}

/* Make our answer, and keep what the reply callbacks need to know of it. NULL without memory. */
static struct ush_query *
make_answer(struct ush_module *module, struct module_qstate *qstate, const struct ush_hit *hit,
    const struct ush_decision *decision, const struct ush_name *qname,
    const struct ush_address *client)
{
	const char *ede_text = hit->generation->settings->module.ede_text;
	struct ush_query *query = ush_query_of(qstate, module->id);

	if (!query)
		return NULL;
	ush_plan_answer(decision, qname, qstate->qinfo.qtype, client, &query->plan);
	query->forged = ush_answer_new(qstate, &query->plan);
	query->decision = ush_decision_keep(decision, qstate->region);
	query->ede_text = ede_text ? regional_strdup(qstate->region, ede_text) : NULL;
	if (query->plan.loopback_withheld)
		tell_loopback(module);
	return query->forged && query->decision ? query : NULL;
}

static void
fail(struct ush_module *module, struct module_qstate *qstate)
{
	qstate->return_msg = NULL;
	qstate->return_rcode = LDNS_RCODE_SERVFAIL;
	qstate->ext_state[module->id] = module_finished;
}

void
ush_conclude_answer(struct ush_module *module, struct module_qstate *qstate,
    const struct ush_hit *hit, const struct ush_decision *decision, const struct ush_name *qname,
    const struct ush_address *client)
{
	struct ush_query *query = make_answer(module, qstate, hit, decision, qname, client);

	if (!query || ush_answer_set(qstate, query->forged) != 0)
		fail(module, qstate);
	else
		qstate->ext_state[module->id] = module_finished;
}

/* Unbound encodes one reply_info for all clients, and calls us before each (reply.c). */
void
ush_conclude_split(struct ush_module *module, struct module_qstate *qstate,
    const struct ush_hit *hit, const struct ush_decision *decision, const struct ush_name *qname,
    const struct ush_address *client)
{
	struct ush_query *query = make_answer(module, qstate, hit, decision, qname, client);

	if (!query) {
		fail(module, qstate);
		return;
	}
	query->shared = qstate->return_msg->rep;
	query->shared->security = sec_status_insecure;
	query->real = *query->shared;
}

void
ush_conclude_drop(struct ush_module *module, struct ush_worker *worker, const struct ush_view *view,
    struct module_qstate *qstate, const struct ush_decision *decision)
{
	for (const struct mesh_reply *r = qstate->mesh_info->reply_list; r; r = r->next)
		ush_record_drop(module, worker, view, decision, qstate, r);
	(void)ush_end_without_reply(qstate, module->id);
}

void
ush_conclude_defer(
    struct ush_module *module, struct ush_worker *worker, struct module_qstate *qstate)
{
	ush_count(&worker->counters, USH_COUNT_DEFERRED, ush_end_without_reply(qstate, module->id));
}
