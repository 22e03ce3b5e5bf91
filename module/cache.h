/* SPDX-License-Identifier: BSD-3-Clause */
/* cache.h - takes out of Unbound's caches what a list forbids: answers, and record sets that
 * answers are made from.
 *
 * The walk runs on the module's own thread, in slices of some 100 µs: keys are collected under the
 * locks of a few bins, the locks are let go, the entries removed. Two things make that safe:
 *
 * - On a reload with other cache sizes Unbound deletes the cache before it tells the module. But
 * first it deletes every worker with all of its query states. So each worker gets one query state
 * that is never run and never ends, its anchor, with the first query that it sees. When the anchors
 * go, the cache is about to go too: Unbound calls clear() for each on its main thread; for the last
 * it waits for the slice that is running, and no other begins.
 * - Without any anchor nothing is walked and a list stays pending. That is the time in init (the
 *   caller's thread walks), and the time until a first query; a cache that was empty at init has
 * nothing in it then.
 *
 * Answers that slipped through are queued by the callbacks (they hold a lock of the entry, and may
 * not remove) and taken out by the next query or tick. */
#pragma once

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct module_env;
struct module_qstate;
struct query_info;
struct reply_info;
struct ush_eviction;
struct ush_module;
struct ush_view;
struct ush_worker;

#define USH_LEAKS_MAX 64

/* A cache entry to be removed. */
struct ush_leak {
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
	struct ush_leak leaks[USH_LEAKS_MAX];
};

/* During init, when no worker runs. */
void ush_cache_open(struct ush_module *module);
/* Init is over. */
void ush_cache_in_service(struct ush_module *module);
void ush_cache_close(struct ush_module *module);

/* Walk both caches. 0 when all of it is clean, -1 if that is not possible now. */
int ush_cache_evict(struct ush_module *module, const _Atomic bool *stop, struct ush_eviction *done);

/* A list is about to come in force: walk the caches once more in a second. A response may have been
 * looked at before the list was there, and stored after the walk had passed. */
void ush_cache_evict_later(struct ush_module *module);

/* On a worker, which `env` belongs to: give it its anchor if it has none. */
void ush_cache_anchor(struct ush_module *module, struct ush_worker *worker, struct module_env *env);
/* An anchor is being deleted. */
void ush_cache_anchor_gone(struct ush_module *module, struct ush_worker *worker);

/* Remove what the answers of this query may have left under its names. Not from a reply callback.
 */
void ush_cache_forget(struct module_qstate *qstate, const struct ush_view *view);
/* From a reply callback: remember an entry for removal. Never waits. */
void ush_cache_leaked(struct ush_module *module, const struct query_info *qinfo);
/* On a worker, when a query begins, when a response came, when a query is done: what is stored
 * between these is ours to have seen. */
void ush_cache_may_store(struct ush_worker *worker);
/* On the module's thread: walk the caches once more if something slipped through, or if there is
 * more in them than workers can have stored. */
void ush_cache_walk_again(struct ush_module *module, const _Atomic bool *stop);
/* Not from a reply callback: remove what was remembered. */
void ush_cache_mend(struct ush_module *module);
