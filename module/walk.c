/* SPDX-License-Identifier: BSD-3-Clause */
#include "module/walk.h"

#include <arpa/inet.h>
#include <string.h>
#include <time.h>
#include "module/chain.h"
#include "module/inspected.h"

/* A worker whose caches are about to go waits for one slice. */
#define SLICE_NS 100000
#define BATCH 64
/* Bins that are locked and looked at together. */
#define GROUP 16
#define CACHE_LINE 64

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

struct slab_walk;

/* What differs between the two caches. */
struct kind {
	struct slabhash *(*table)(const struct module_env *env);
	/* What of an entry lies elsewhere in memory. */
	const void *(*name)(const struct lruhash_entry *entry);
	/* Look at an entry, which is locked, and remember it if it has to go. */
	void (*look)(const struct slab_walk *walk, const struct ush_view *view,
	    const struct lruhash_entry *entry);
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
	bool notes; /* what nothing listed is in */
};

static int64_t
now_ns(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* The record sets are locked. What is looked at is what reply.c looks at when a client gets the answer,
 * so that it need not look again. This thread is the one that changes the lists' number. */
static bool
is_forbidden_inside(const struct slab_walk *walk, const struct ush_view *view,
    const struct query_info *qinfo, const struct ush_name *qname, struct reply_info *rep)
{
	struct ush_met met;
	struct ush_hit hit;
	uint32_t key;

	if (ush_find_in_answer(view, qname, qinfo->qtype, rep, &hit, &met))
		return ush_hit_forbids(&hit);
	if (!walk->notes || (ush_inspects_additional(qinfo->qtype) &&
	                        ush_find_in_additional(view, rep, &hit, &met)))
		return false;
	key = ush_inspection_key(&walk->module->lists, qinfo, rep);
	if (key != 0 && !ush_is_inspected(rep, key))
		ush_set_inspected(rep, key);
	return false;
}

static bool
is_forbidden(const struct slab_walk *walk, const struct ush_view *view,
    const struct query_info *qinfo, struct reply_info *rep)
{
	struct ush_name qname;
	struct ush_hit hit;
	bool found;

	if (!ush_is_internet(qinfo->qclass) ||
	    ush_name_from_wire(&qname, qinfo->qname, qinfo->qname_len) != 0)
		return false;
	if (ush_find_name(view, &qname, qinfo->qtype, true, &hit) && ush_hit_forbids(&hit))
		return true;
	/* Record sets have locks of their own; those that are gone make the answer useless anyway.
	 */
	if ((rep->an_numrrsets == 0 && !walk->notes) ||
	    !rrset_array_lock(rep->ref, rep->rrset_count, 0))
		return false;
	found = is_forbidden_inside(walk, view, qinfo, &qname, rep);
	rrset_array_unlock(rep->ref, rep->rrset_count);
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
look_at_message(
    const struct slab_walk *walk, const struct ush_view *view, const struct lruhash_entry *entry)
{
	const struct query_info *qinfo = &((const struct msgreply_entry *)entry->key)->key;
	struct batch *batch = walk->batch;
	struct found *found = &batch->found[batch->count];

	if (qinfo->qname_len > sizeof(found->name) || !is_forbidden(walk, view, qinfo, entry->data))
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
look_at_rrset(
    const struct slab_walk *walk, const struct ush_view *view, const struct lruhash_entry *entry)
{
	const struct ub_packed_rrset_key *rrset = entry->key;
	struct batch *batch = walk->batch;
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
		walk->kind->look(walk, view, e);
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

bool
ush_may_walk(const struct ush_module *module)
{
	return atomic_load(&module->cache->is_open) || atomic_load(&module->anchors) > 0;
}

void
ush_remove_leaks(struct ush_module *module)
{
	struct ush_cache *cache = module->cache;
	struct ush_leak leaks[USH_LEAKS_MAX];
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
	if (ush_may_walk(module)) {
		ush_remove_leaks(module);
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
		if (ush_may_walk(module)) {
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
ush_walk(struct ush_module *module, struct ush_reader *reader, const _Atomic bool *stop, bool notes,
    struct ush_eviction *done)
{
	struct batch batch;
	struct slab_walk walk = {
	    .module = module, .reader = reader, .done = done, .batch = &batch, .notes = notes};

	/* Record sets first: of those that are left no answer can be made anew. */
	if (walk_table(&walk, &rrsets, stop) != 0)
		return -1;
	return walk_table(&walk, &messages, stop);
}
