/* SPDX-License-Identifier: BSD-3-Clause */
#include "module/state.h"

#include <stdatomic.h>

struct ush_module *
ush_module_of(const struct module_env *env, int id)
{
	const struct dynlibmod_env *dynlib = env->modinfo[id];

	return dynlib ? dynlib->dyn_env : NULL;
}

struct ush_worker *
ush_worker_self(struct ush_module *module)
{
	struct ush_worker *worker = pthread_getspecific(module->worker_key);
	struct ush_reader *reader;
	unsigned i;

	if (worker)
		return worker;
	reader = ush_lists_claim(&module->lists);
	if (!reader) {
		if (!atomic_exchange(&module->reported_threads, true))
			ush_module_note(NULL, USH_NOTICE_WARNING,
			    "more threads than num-threads: the queries of some pass unfiltered");
		return NULL;
	}
	i = atomic_fetch_add(&module->worker_count, 1);
	worker = &module->workers[i];
	worker->reader = reader;
	return pthread_setspecific(module->worker_key, worker) == 0 ? worker : NULL;
}

void
ush_module_note(void *arg, enum ush_notice kind, const char *text)
{
	(void)arg;
	if (kind == USH_NOTICE_WARNING)
		log_warn("unbound-sinkhole: %s", text);
	else
		log_info("unbound-sinkhole: %s", text);
}

struct ush_query *
ush_query_of(struct module_qstate *qstate, int id)
{
	if (!qstate->minfo[id])
		qstate->minfo[id] = regional_alloc_zero(qstate->region, sizeof(struct ush_query));
	return qstate->minfo[id];
}

struct ush_decision *
ush_decision_keep(const struct ush_decision *decision, struct regional *region)
{
	struct ush_decision *kept = regional_alloc_init(region, decision, sizeof(*decision));

	if (!kept)
		return NULL;
	kept->feed = regional_strdup(region, decision->feed);
	kept->campaign = regional_strdup(region, decision->campaign);
	kept->software = regional_strdup(region, decision->software);
	return kept->feed && kept->campaign && kept->software ? kept : NULL;
}

void
ush_query_keep_out(struct module_qstate *qstate, int id, bool for_good)
{
	struct ush_query *query = ush_query_of(qstate, id);

	if (query && !query->is_kept_out) {
		query->store_before = qstate->no_cache_store;
		query->is_kept_out = true;
	}
	qstate->no_cache_store = 1;
	if (!for_good)
		return;
	ush_keep_out_of_dns64(qstate);
	if (query)
		query->is_kept_for_good = true;
}

bool
ush_is_withheld(const struct module_env *env, const struct reply_info *rep, uint16_t query_flags)
{
	return env->need_to_validate && (!(query_flags & BIT_CD) || env->cfg->ignore_cd) &&
	       (rep->security <= sec_status_bogus ||
	           rep->security == sec_status_secure_sentinel_fail);
}

bool
ush_is_internet(uint16_t qclass)
{
	/* A query for any class gets the answers of class IN. */
	return qclass == LDNS_RR_CLASS_IN || qclass == LDNS_RR_CLASS_ANY;
}

struct ush_address
ush_client_address(const struct comm_reply *reply, uint16_t *port)
{
	struct ush_address address = {0};

	*port = 0;
	if (ush_address_from_sockaddr(
	        &address, port, (const struct sockaddr *)&reply->client_addr) != 0)
		address.family = 0;
	return address;
}
