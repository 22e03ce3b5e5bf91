/* SPDX-License-Identifier: BSD-3-Clause */
#include "module/cache.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "module/chain.h"
#include "module/state.h"

/* A worker whose caches are about to go waits for one slice. */
#define SLICE_NS 100000
#define AFTERWARDS_NS 1000000000
#define BATCH 64
/* Bins that are locked and looked at together. */
#define GROUP 16
#define CACHE_LINE 64

/* A query that no client can ask: priming and validator's recursion at once, for a private type. */
#define ANCHOR_TYPE 65280

#define LEAKS_MAX 64

/* A cache entry to be removed. */
struct leak {
	uint8_t name[255];
	uint8_t name_len;
	uint16_t type;
	uint16_t class;
};

struct ush_cache {
	/* Held for one slice, and to take the last anchor away. Never waited for where an entry is
	 * locked: a slice waits for entries. Adding an anchor needs no lock. */
	pthread_mutex_t walk_lock;
	_Atomic unsigned anchors;
	_Atomic bool had_anchor;
	_Atomic bool is_open; /* in init: no worker runs yet, the thread is the caller's own */
	bool was_empty;       /* at init */
	_Atomic bool walk_again;
	int64_t walk_due; /* when, in ns; 0: not at all. The module's thread alone */
	/* When the module's thread looked last: answers in the cache, and what workers can have
	 * put there. */
	size_t seen_entries;
	uint64_t seen_stores;
	_Atomic unsigned leak_count;
	pthread_mutex_t leak_lock;
	struct leak leaks[LEAKS_MAX];
};

/* Keys of entries to be removed, copied so that the lock can be let go. */
struct batch {
	size_t count;
	struct found {
		hashvalue_type hash;
		union {
			struct query_info message;
			struct ub_packed_rrset_key rrset;
		} key;
		uint8_t name[LDNS_MAX_DOMAINLEN];
	} found[BATCH];
};

/* What differs between the two caches. */
struct kind {
	struct slabhash *(*table)(const struct module_env *env);
	/* What of an entry lies elsewhere in memory. */
	const void *(*name)(const struct lruhash_entry *entry);
	/* Look at an entry, which is locked, and remember it if it has to go. */
	void (*look)(
	    struct batch *batch, const struct ush_view *view, const struct lruhash_entry *entry);
};

/* A walk through one slab. */
struct slab_walk {
	struct ush_module *module;
	struct ush_reader *reader;
	const struct kind *kind;
	struct lruhash *slab;
	size_t bin;
	size_t bins; /* when it began: a slab that has grown is walked anew */
	struct ush_eviction *done;
	struct batch *batch;
};

static int64_t
now_ns(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static bool
is_forbidden(
    const struct ush_view *view, const struct query_info *qinfo, const struct reply_info *rep)
{
	struct rrset_ref *ref = (struct rrset_ref *)rep->ref;
	struct ush_name qname;
	struct ush_met met;
	struct ush_hit hit;
	bool found;

	if (!ush_is_internet(qinfo->qclass) ||
	    ush_name_from_wire(&qname, qinfo->qname, qinfo->qname_len) != 0)
		return false;
	if (ush_find_name(view, &qname, qinfo->qtype, true, &hit) && ush_hit_forbids(&hit))
		return true;
	/* Record sets have locks of their own; those that are gone make the answer useless anyway.
	 */
	if (rep->an_numrrsets == 0 || !rrset_array_lock(ref, rep->rrset_count, 0))
		return false;
	found = ush_find_in_answer(view, &qname, qinfo->qtype, rep, &hit, &met) &&
	        ush_hit_forbids(&hit);
	rrset_array_unlock(ref, rep->rrset_count);
	return found;
}

static struct slabhash *
message_table(const struct module_env *env)
{
	return env->msg_cache;
}

static const void *
message_name(const struct lruhash_entry *entry)
{
	return ((const struct msgreply_entry *)entry->key)->key.qname;
}

static void
look_at_message(struct batch *batch, const struct ush_view *view, const struct lruhash_entry *entry)
{
	const struct query_info *qinfo = &((const struct msgreply_entry *)entry->key)->key;
	struct found *found = &batch->found[batch->count];

	if (qinfo->qname_len > sizeof(found->name) || !is_forbidden(view, qinfo, entry->data))
		return;
	memcpy(found->name, qinfo->qname, qinfo->qname_len);
	found->key.message = *qinfo;
	found->key.message.qname = found->name;
	found->key.message.local_alias = NULL;
	found->hash = entry->hash;
	batch->count++;
}

static const struct kind messages = {message_table, message_name, look_at_message};

static struct slabhash *
rrset_table(const struct module_env *env)
{
	return &env->rrset_cache->table;
}

static const void *
rrset_name(const struct lruhash_entry *entry)
{
	return ((const struct ub_packed_rrset_key *)entry->key)->rk.dname;
}

static void
look_at_rrset(struct batch *batch, const struct ush_view *view, const struct lruhash_entry *entry)
{
	const struct ub_packed_rrset_key *rrset = entry->key;
	struct found *found = &batch->found[batch->count];

	if (rrset->rk.dname_len > sizeof(found->name) ||
	    !ush_is_internet(ntohs(rrset->rk.rrset_class)) || !ush_rrset_is_forbidden(view, rrset))
		return;
	memcpy(found->name, rrset->rk.dname, rrset->rk.dname_len);
	found->key.rrset.rk = rrset->rk;
	found->key.rrset.rk.dname = found->name;
	found->hash = entry->hash;
	batch->count++;
}

static const struct kind rrsets = {rrset_table, rrset_name, look_at_rrset};

static void
prefetch_entry(const struct lruhash_entry *entry)
{
	__builtin_prefetch(entry);
	__builtin_prefetch((const char *)entry + CACHE_LINE);
	__builtin_prefetch((const char *)entry + 2 * CACHE_LINE);
}

/* Lock the bins that are next; returns how many. Workers spin for the table's lock, and one that
 * wakes up on this core while it is held spins until its time slice is over: so it is held just for
 * the first bin, as Unbound's own lookup does it. While a bin is locked the table cannot be
 * replaced by a larger one, which takes the lock of each. */
static size_t
lock_group(struct slab_walk *walk, struct lruhash_bin **bins)
{
	struct lruhash *slab = walk->slab;
	size_t count;

	lock_quick_lock(&slab->lock);
	if (slab->size != walk->bins) {
		walk->bins = slab->size;
		walk->bin = 0;
	}
	*bins = &slab->array[walk->bin];
	lock_quick_lock(&(*bins)[0].lock);
	lock_quick_unlock(&slab->lock);
	count = walk->bins - walk->bin < GROUP ? walk->bins - walk->bin : GROUP;
	for (size_t i = 1; i < count; i++)
		lock_quick_lock(&(*bins)[i].lock);
	return count;
}

/* A cache of a million answers lies in no processor's cache: call for all that the group needs, one
 * step after the other. */
static void
call_for_group(const struct kind *kind, const struct lruhash_bin *bins, size_t count)
{
	const struct lruhash_entry *entry;

	for (size_t i = 0; i < count; i++)
		prefetch_entry(bins[i].overflow_list);
	for (size_t i = 0; i < count; i++)
		if (bins[i].overflow_list)
			prefetch_entry(bins[i].overflow_list->overflow_next);
	for (size_t i = 0; i < count; i++)
		for (entry = bins[i].overflow_list; entry; entry = entry->overflow_next) {
			__builtin_prefetch(kind->name(entry));
			__builtin_prefetch(entry->data);
		}
	for (size_t i = 0; i < GROUP; i += CACHE_LINE / sizeof(bins[0]))
		__builtin_prefetch((const char *)bins + (count + i) * sizeof(bins[0]));
}

/* All entries of one bin. False if there was no room for what was found: it is looked at again. */
static bool
look_at_bin(struct slab_walk *walk, const struct ush_view *view, const struct lruhash_bin *bin)
{
	for (struct lruhash_entry *e = bin->overflow_list; e; e = e->overflow_next) {
		if (walk->batch->count == BATCH)
			return false;
		lock_rw_rdlock(&e->lock);
		walk->done->seen++;
		walk->kind->look(walk->batch, view, e);
		lock_rw_unlock(&e->lock);
	}
	return true;
}

/* False if the batch is full. */
static bool
look_at_group(struct slab_walk *walk, const struct ush_view *view)
{
	struct lruhash_bin *bins;
	size_t count = lock_group(walk, &bins);
	bool room = true;

	call_for_group(walk->kind, bins, count);
	for (size_t i = 0; i < count; i++) {
		room = room && look_at_bin(walk, view, &bins[i]);
		walk->bin += room;
		lock_quick_unlock(&bins[i].lock);
	}
	return room;
}

/* Groups until the time or the batch is used up. */
static void
look_at_slice(struct slab_walk *walk)
{
	int64_t end = now_ns() + SLICE_NS;
	struct ush_view view;

	ush_lists_enter(&walk->module->lists, walk->reader, &view);
	while (look_at_group(walk, &view) && walk->bin < walk->bins && now_ns() < end)
		;
	ush_lists_leave(walk->reader);
}

/* Whether the cache is certain to stay for one slice. The caller holds walk_lock. */
static bool
may_walk(const struct ush_module *module)
{
	return atomic_load(&module->cache->is_open) || atomic_load(&module->cache->anchors) > 0;
}

/* What was seen to leak goes first. The caller holds walk_lock and may walk. */
static void
remove_leaks(struct ush_module *module)
{
	struct ush_cache *cache = module->cache;
	struct leak leaks[LEAKS_MAX];
	unsigned count;

	if (atomic_load_explicit(&cache->leak_count, memory_order_relaxed) == 0 ||
	    pthread_mutex_trylock(&cache->leak_lock) != 0)
		return;
	count = atomic_exchange(&cache->leak_count, 0);
	memcpy(leaks, cache->leaks, count * sizeof(leaks[0]));
	(void)pthread_mutex_unlock(&cache->leak_lock);
	for (unsigned i = 0; i < count; i++) {
		/* AAAA answers hash differently with CD. */
		msg_cache_remove(module->env, leaks[i].name, leaks[i].name_len, leaks[i].type,
		    leaks[i].class, 0);
		msg_cache_remove(module->env, leaks[i].name, leaks[i].name_len, leaks[i].type,
		    leaks[i].class, BIT_CD);
	}
}

/* What is taken out and put in again has to be noticed. */
static void
expect_fewer(struct ush_cache *cache, size_t evicted)
{
	cache->seen_entries -= evicted < cache->seen_entries ? evicted : cache->seen_entries;
}

static int
walk_slice(struct slab_walk *walk)
{
	struct ush_module *module = walk->module;
	int rc = -1;

	walk->batch->count = 0;
	(void)pthread_mutex_lock(&module->cache->walk_lock);
	if (may_walk(module)) {
		remove_leaks(module);
		look_at_slice(walk);
		for (size_t i = 0; i < walk->batch->count; i++)
			slabhash_remove(walk->kind->table(module->env), walk->batch->found[i].hash,
			    &walk->batch->found[i].key);
		walk->done->evicted += walk->batch->count;
		if (walk->kind == &messages)
			expect_fewer(module->cache, walk->batch->count);
		rc = 0;
	}
	(void)pthread_mutex_unlock(&module->cache->walk_lock);
	return rc;
}

static int
walk_slab(struct slab_walk *walk, const _Atomic bool *stop)
{
	walk->bin = 0;
	walk->bins = 0;
	do {
		if (atomic_load(stop) || walk_slice(walk) != 0)
			return -1;
	} while (walk->bin < walk->bins);
	return 0;
}

/* All slabs of one cache. */
static int
walk_table(struct slab_walk *walk, const struct kind *kind, const _Atomic bool *stop)
{
	struct ush_module *module = walk->module;
	size_t slabs = 1;

	walk->kind = kind;
	for (size_t i = 0; i < slabs; i++) {
		walk->slab = NULL;
		(void)pthread_mutex_lock(&module->cache->walk_lock);
		if (may_walk(module)) {
			slabs = kind->table(module->env)->size;
			walk->slab = kind->table(module->env)->array[i];
		}
		(void)pthread_mutex_unlock(&module->cache->walk_lock);
		if (!walk->slab || walk_slab(walk, stop) != 0)
			return -1;
	}
	return 0;
}

int
ush_cache_evict(struct ush_module *module, const _Atomic bool *stop, struct ush_eviction *done)
{
	struct ush_cache *cache = module->cache;
	struct ush_worker *self = ush_worker_self(module);
	struct batch batch;
	struct slab_walk walk = {.module = module, .done = done, .batch = &batch};

	if (!self)
		return -1;
	walk.reader = self->reader;
	if (cache->was_empty && !atomic_load(&cache->is_open) && !atomic_load(&cache->had_anchor))
		return 0;
	/* Record sets first: of those that are left no answer can be made anew. */
	if (walk_table(&walk, &rrsets, stop) != 0)
		return -1;
	return walk_table(&walk, &messages, stop);
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
	atomic_fetch_add(&module->cache->anchors, 1);
}

void
ush_cache_anchor_gone(struct ush_module *module, struct ush_worker *worker)
{
	/* With others left the caches stay, and so may the slice that is under way. The last one
	 * takes the right to begin another, and waits for that one. */
	if (atomic_fetch_sub(&module->cache->anchors, 1) == 1) {
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
	if (count < LEAKS_MAX) {
		struct leak *leak = &cache->leaks[count];

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
	possible = may_walk(module);
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
	module->cache->walk_due = now_ns() + AFTERWARDS_NS;
}

static bool
is_due(struct ush_cache *cache)
{
	if (cache->walk_due == 0 || now_ns() < cache->walk_due)
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
	if (may_walk(module))
		remove_leaks(module);
	(void)pthread_mutex_unlock(&cache->walk_lock);
}
