/* SPDX-License-Identifier: BSD-3-Clause */
#include "module/cache.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include "module/chain.h"
#include "module/walk.h"

#define AFTERWARDS_MS 1000

/* A query that no client can ask: priming and validator's recursion at once, for a private type. */
#define ANCHOR_TYPE 65280

int
ush_cache_evict(struct ush_module *module, const _Atomic bool *stop, struct ush_eviction *done)
{
	struct ush_cache *cache = module->cache;
	struct ush_worker *self = ush_worker_self(module);

	if (!self)
		return -1;
	if (cache->was_empty && !atomic_load(&cache->is_open) && !atomic_load(&cache->had_anchor))
		return 0;
	/* With other lists in a moment what is noted now would be void then. */
	return ush_walk(module, self->reader, stop, !ush_lists_pending(&module->lists), done);
}

int
ush_cache_open(struct ush_module *module)
{
	struct ush_cache *cache = calloc(1, sizeof(*cache));

	if (!cache)
		return -1;
	module->cache = cache;
	(void)pthread_mutex_init(&cache->walk_lock, NULL);
	(void)pthread_mutex_init(&cache->leak_lock, NULL);
	atomic_store(&cache->is_open, true);
	cache->seen_entries = count_slabhash_entries(module->env->msg_cache);
	cache->was_empty = count_slabhash_entries(module->env->msg_cache) == 0 &&
	                   count_slabhash_entries(&module->env->rrset_cache->table) == 0;
	return 0;
}

void
ush_cache_in_service(struct ush_module *module)
{
	/* Whatever the watcher's thread does from here on is safe with workers beside it. */
	(void)pthread_mutex_lock(&module->cache->walk_lock);
	atomic_store(&module->cache->is_open, false);
	(void)pthread_mutex_unlock(&module->cache->walk_lock);
}

void
ush_cache_close(struct ush_module *module)
{
	if (!module->cache)
		return;
	(void)pthread_mutex_destroy(&module->cache->walk_lock);
	(void)pthread_mutex_destroy(&module->cache->leak_lock);
	free(module->cache);
	module->cache = NULL;
}

void
ush_cache_anchor(struct ush_module *module, struct ush_worker *worker, struct module_env *env)
{
	static uint8_t root[] = {0};
	struct query_info qinfo = {.qname = root,
	    .qname_len = sizeof(root),
	    .qtype = ANCHOR_TYPE,
	    .qclass = LDNS_RR_CLASS_IN};
	struct mesh_state *state;
	struct ush_query *query;

	if (worker->anchored)
		return;
	worker->anchored = true;
	state = mesh_state_create(env, &qinfo, NULL, 0, 1, 1);
	if (!state)
		return;
	query = ush_query_of(&state->s, module->id);
	if (!query || !rbtree_insert(&env->mesh->all, &state->node)) {
		alloc_reg_release(env->alloc, state->s.region);
		return;
	}
	env->mesh->num_detached_states++;
	state->s.ext_state[module->id] = module_wait_reply;
	query->anchor_of = worker;
	atomic_store(&module->cache->had_anchor, true);
	atomic_fetch_add(&module->anchors, 1);
}

void
ush_cache_anchor_gone(struct ush_module *module, struct ush_worker *worker)
{
	/* With others left the caches stay, and so may the slice that is under way. The last one
	 * takes the right to begin another, and waits for that one. */
	if (atomic_fetch_sub(&module->anchors, 1) == 1) {
		(void)pthread_mutex_lock(&module->cache->walk_lock);
		(void)pthread_mutex_unlock(&module->cache->walk_lock);
	}
	worker->anchored = false;
}

static void
forget_rrset(const struct module_qstate *qstate, const struct ush_view *view,
    const struct ub_packed_rrset_key *rrset)
{
	const struct packed_rrset_key *key = &rrset->rk;

	msg_cache_remove(qstate->env, key->dname, key->dname_len, qstate->qinfo.qtype,
	    qstate->qinfo.qclass, qstate->query_flags);
	if (ush_rrset_is_forbidden(view, rrset))
		rrset_cache_remove(qstate->env->rrset_cache, key->dname, key->dname_len,
		    ntohs(key->type), ntohs(key->rrset_class), key->flags);
}

void
ush_cache_forget(struct module_qstate *qstate, const struct ush_view *view)
{
	const struct reply_info *rep = qstate->return_msg ? qstate->return_msg->rep : NULL;
	const struct iter_qstate *iterator = ush_iterator_of(qstate);
	const struct query_info *qinfo = &qstate->qinfo;

	msg_cache_remove(qstate->env, qinfo->qname, qinfo->qname_len, qinfo->qtype, qinfo->qclass,
	    qstate->query_flags);
	for (size_t i = 0; rep && i < rep->an_numrrsets; i++)
		forget_rrset(qstate, view, rep->rrsets[i]);
	/* An answer has these in front; without one they are all that was met. */
	for (const struct iter_prep_list *p = iterator ? iterator->an_prepend_list : NULL;
	     p && !rep; p = p->next)
		forget_rrset(qstate, view, p->rrset);
}

void
ush_cache_leaked(struct ush_module *module, const struct query_info *qinfo)
{
	struct ush_cache *cache = module->cache;
	unsigned count;

	if (!atomic_exchange(&cache->walk_again, true))
		ush_watcher_wake(module->watcher);
	if (qinfo->qname_len > sizeof(cache->leaks[0].name) ||
	    pthread_mutex_trylock(&cache->leak_lock) != 0)
		return; /* it is found again when it leaks again */
	count = atomic_load(&cache->leak_count);
	if (count < USH_LEAKS_MAX) {
		struct ush_leak *leak = &cache->leaks[count];

		memcpy(leak->name, qinfo->qname, qinfo->qname_len);
		leak->name_len = (uint8_t)qinfo->qname_len;
		leak->type = qinfo->qtype;
		leak->class = qinfo->qclass;
		atomic_store(&cache->leak_count, count + 1);
	}
	(void)pthread_mutex_unlock(&cache->leak_lock);
}

void
ush_cache_may_store(struct ush_worker *worker)
{
	/* A response is stored under its own question and, behind aliases, under QNAME. */
	uint64_t stores = atomic_load_explicit(&worker->stores, memory_order_relaxed);

	atomic_store_explicit(&worker->stores, stores + 2, memory_order_relaxed);
}

static uint64_t
count_stores(struct ush_module *module)
{
	uint64_t stores = 0;

	for (unsigned i = 0; i < atomic_load(&module->worker_count); i++)
		stores += atomic_load(&module->workers[i].stores);
	return stores;
}

/* Whether answers came into the cache by another way than through workers: load_cache. */
static bool
has_grown_by_itself(struct ush_module *module)
{
	struct ush_cache *cache = module->cache;
	uint64_t stores_before = count_stores(module);
	bool possible, has_grown;
	size_t entries = 0;

	(void)pthread_mutex_lock(&cache->walk_lock);
	possible = ush_may_walk(module);
	if (possible)
		entries = count_slabhash_entries(module->env->msg_cache);
	(void)pthread_mutex_unlock(&cache->walk_lock);
	if (!possible)
		return false;
	has_grown = entries > cache->seen_entries + (count_stores(module) - cache->seen_stores);
	cache->seen_entries = entries;
	cache->seen_stores = stores_before;
	return has_grown;
}

static bool
may_forbid(struct ush_module *module)
{
	struct ush_view view = {
	    .pending = ush_lists_pending(&module->lists),
	    .current = ush_lists_current(&module->lists),
	};

	return ush_view_enforces(&view);
}

void
ush_cache_evict_later(struct ush_module *module)
{
	module->cache->walk_due = ush_monotonic_ms() + AFTERWARDS_MS;
}

static bool
is_due(struct ush_cache *cache)
{
	if (cache->walk_due == 0 || ush_monotonic_ms() < cache->walk_due)
		return false;
	cache->walk_due = 0;
	return true;
}

void
ush_cache_walk_again(struct ush_module *module, const _Atomic bool *stop)
{
	struct ush_eviction done = {0};

	if (is_due(module->cache) || (has_grown_by_itself(module) && may_forbid(module)))
		atomic_store(&module->cache->walk_again, true);
	if (!atomic_exchange(&module->cache->walk_again, false))
		return;
	if (ush_cache_evict(module, stop, &done) != 0)
		atomic_store(&module->cache->walk_again, true);
	ush_count(&module->own_counters, USH_COUNT_EVICTED, done.evicted);
}

/* On a worker the cache is there; on the module's thread it is while there is an anchor. A walk
 * does this itself. */
void
ush_cache_mend(struct ush_module *module)
{
	struct ush_cache *cache = module->cache;

	if (atomic_load_explicit(&cache->leak_count, memory_order_relaxed) == 0 ||
	    pthread_mutex_trylock(&cache->walk_lock) != 0)
		return;
	if (ush_may_walk(module))
		ush_remove_leaks(module);
	(void)pthread_mutex_unlock(&cache->walk_lock);
}
