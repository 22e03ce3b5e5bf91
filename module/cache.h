/* SPDX-License-Identifier: BSD-3-Clause */
/* cache.h - removes from Unbound's caches what a list forbids: answers, and record sets that answers
 * are made from.
 *
 * The walk runs on the watcher's thread, in slices of some 100 µs: it copies keys under the locks of
 * a few bins, releases the locks and removes the entries. Two things make that safe:
 *
 * - On a reload with other cache sizes Unbound deletes the caches before it calls deinit(). But
 *   first it deletes every worker with all of its query states. So each worker gets one query state
 *   that never runs and never ends, its anchor, with the first query that it sees (replies from
 *   the cache that were inspected before aside, while there is any anchor). When the anchors
 *   are deleted, the caches are about to be deleted too: Unbound calls clear() for each on its main
 *   thread; the call for the last one waits for the slice that is running, and no other begins.
 * - Without any anchor nothing is walked and a list stays pending. That is so until the first query,
 *   but not during init(), when no worker runs; a cache that was empty at init() has no entries then.
 *
 * Reply callbacks hold a lock of the entry and must not remove it. They queue what should not have
 * been in the cache; the next query or tick removes it. */
#pragma once

#include <stdbool.h>
#include "common/attr.h"

struct module_env;
struct module_qstate;
struct query_info;
struct reply_info;
struct ush_eviction;
struct ush_module;
struct ush_view;
struct ush_worker;

/* During init, when no worker runs: makes module->cache. 0, or -1 without memory. */
USH_MUST_CHECK int ush_cache_open(struct ush_module *module);
/* Init is over. */
void ush_cache_in_service(struct ush_module *module);
/* The watcher has ended. */
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
