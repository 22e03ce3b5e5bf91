/* SPDX-License-Identifier: BSD-3-Clause */
/* state.h - the module's state inside Unbound, and what all files share that know Unbound's
 * structures.
 *
 * One struct ush_module from init() to deinit(), reached through Unbound's dyn_env; there are no
 * globals. Worker threads find their own block by a pthread key made in init(), so that nothing of
 * an earlier life of the library can be mistaken for this one's. The module thread (watcher.h)
 * never touches a query; worker threads never wait for it, except at the end of a worker (cache.h).
 */
#pragma once

#include <pthread.h>
#include <stdbool.h>
#include "module/unbound/access.h"
#include "module/decision.h"
#include "module/events.h"
#include "module/firsts.h"
#include "module/repeats.h"
#include "module/lists.h"
#include "module/passive.h"
#include "module/stats.h"
#include "module/watcher.h"

/* What one worker thread owns. */
struct ush_worker {
	_Alignas(64) struct ush_reader *reader; /* no other thread's block shares its cache lines */
	struct ush_ring *ring;
	uint64_t ring_number;        /* of the event log that the ring belongs to; 0: none */
	struct ush_repeats *repeats; /* NULL: each of its events is written */
	/* For campaigns with `events: count` and `events: first`; NULL: their events are all written. */
	struct ush_repeats *hours;
	struct ush_firsts *firsts;
	bool anchored; /* its anchor state exists (cache.h) */
	/* More answers than these it cannot have put into the message cache. */
	_Atomic uint64_t stores;
	struct ush_counters counters;
};

/* Unbound has a callback for each of these: which one it is that calls. */
enum ush_reply_kind {
	USH_REPLY_MESH,  /* an answer that was just made */
	USH_REPLY_CACHE, /* from the message cache */
	USH_REPLY_LOCAL, /* from a zone of the operator's */
	USH_REPLY_FAILURE,
	USH_REPLY_KINDS
};
struct ush_reply_callback {
	struct ush_module *module;
	enum ush_reply_kind kind;
};

struct ush_module {
	struct module_env *env; /* the daemon's; lives longer than the module */
	int id;
	pthread_key_t worker_key;
	struct ush_lists lists;
	struct ush_watcher *watcher;
	struct ush_cache *cache;     /* cache.c */
	struct ush_passive *passive; /* NULL without memory */
	_Atomic bool reported_loopback;
	_Atomic bool reported_threads;
	_Atomic unsigned anchors;                           /* that exist (cache.h) */
	struct ush_reply_callback replies[USH_REPLY_KINDS]; /* what the callbacks get */
	struct ush_counters own_counters;
	unsigned places; /* workers there are: one for each of Unbound's threads, and our own */
	_Atomic unsigned worker_count;
	struct ush_worker *workers;
	const struct ush_counters **blocks; /* of all workers, and own_counters */
};

/* What we know of one query state: minfo, in the query's region. */
struct ush_query {
	struct ush_worker *anchor_of; /* not NULL: no query at all, see cache.h */
	bool is_kept_out;             /* no_cache_store is ours ... */
	bool is_kept_for_good;        /* ... and stays until the end */
	int store_before;             /* what it was */
	/* Set when we have an answer of our own. */
	struct ush_decision *decision;
	struct ush_plan plan;
	const char *ede_text;
	/* Clients that get the real answer wait beside others: `shared` becomes the one or the
	 * other just before each reply is encoded. NULL: all get the same. */
	struct reply_info *shared;
	struct reply_info real;
	struct reply_info *forged;
};

struct ush_module *ush_module_of(const struct module_env *env, int id);
/* The calling thread's block; NULL if there are more threads than Unbound was configured for: that
 * thread passes all queries through, and the operator gets a warning. */
struct ush_worker *ush_worker_self(struct ush_module *module);
/* One sentence into Unbound's log. */
void ush_module_note(void *arg, enum ush_notice kind, const char *text);

/* This query's block, made if missing; NULL without memory. */
struct ush_query *ush_query_of(struct module_qstate *qstate, int id);
/* A decision that outlives the view it was made from; NULL without memory. */
struct ush_decision *ush_decision_keep(
    const struct ush_decision *decision, struct regional *region);
/* Keep all answers of this query out of the cache. for_good: not only until the next response. */
void ush_query_keep_out(struct module_qstate *qstate, int id, bool for_good);
/* Whether Unbound hands this answer to no client with these query flags, because validation has
 * failed. A spoofed answer must not make clients appear in the log. */
bool ush_is_withheld(
    const struct module_env *env, const struct reply_info *rep, uint16_t query_flags);
/* Classes that hold what the lists are about. */
bool ush_is_internet(uint16_t qclass);

/* The client that a reply is for; family 0 if it has no address. */
struct ush_address ush_client_address(const struct comm_reply *reply, uint16_t *port);
