/* SPDX-License-Identifier: BSD-3-Clause */
/* glue.h - the module's state inside Unbound, shared by the few files that know Unbound's
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
#include "module/unbound.h"
#include "module/cache.h"
#include "module/decision.h"
#include "module/events.h"
#include "module/folds.h"
#include "module/lists.h"
#include "module/stats.h"
#include "module/watcher.h"

/* What one worker thread owns. */
struct ush_worker {
	_Alignas(64) struct ush_reader *reader; /* no other thread's block shares its cache lines */
	struct ush_ring *ring;
	uint64_t ring_number;    /* of the event log that the ring belongs to; 0: none */
	struct ush_folds *folds; /* NULL: its events are not folded */
	bool anchored;           /* its anchor state exists (cache.h) */
	/* More answers than these it cannot have put into the message cache. */
	_Atomic uint64_t stores;
	struct ush_counters counters;
};

struct ush_module {
	struct module_env *env; /* the daemon's; lives longer than the module */
	int id;
	pthread_key_t worker_key;
	struct ush_lists lists;
	struct ush_watcher *watcher;
	struct ush_cache cache;
	_Atomic bool told_loopback;
	_Atomic bool told_threads;
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
	struct ush_verdict *verdict;
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
/* A verdict that outlives the view it was made from; NULL without memory. */
struct ush_verdict *ush_verdict_keep(const struct ush_verdict *verdict, struct regional *region);
/* Keep all answers of this query out of the cache. for_good: not only until the next response. */
void ush_query_keep_out(struct module_qstate *qstate, int id, bool for_good);
/* Whether Unbound hands this answer to no client with these query flags, because validation has
 * failed: whoever spoofed it would otherwise make clients appear in the log. */
bool ush_is_withheld(
    const struct module_env *env, const struct reply_info *rep, uint16_t query_flags);
/* Classes that hold what the lists are about. */
bool ush_is_internet(uint16_t qclass);

/* chain.c: whether something in this answer, QNAME first, met a rule: the first such in order, or
 * the first that forbids if those before it only record. `rep` may be NULL. `met` gets what gave
 * the hit: the name, or with name.len 0 the address. */
struct ush_met {
	struct ush_name name;
	struct ush_address address;
};
bool ush_find_in_answer(const struct ush_view *view, const struct ush_name *qname, uint16_t qtype,
    const struct reply_info *rep, struct ush_hit *hit, struct ush_met *met);
/* The same for what a query came to. Without an answer (dead servers behind an alias) the aliases
 * that the iterator has followed count. `qstate` may be NULL. */
bool ush_find_in_outcome(const struct ush_view *view, const struct ush_name *qname, uint16_t qtype,
    const struct reply_info *rep, const struct module_qstate *qstate, struct ush_hit *hit,
    struct ush_met *met);
/* Whether these aliases, from responses or from the cache, met a rule that forbids. */
bool ush_followed_forbidden(const struct ush_view *view, const struct module_qstate *qstate);
/* What stands beside an answer, the addresses of name servers and mail hosts: the first that a rule
 * forbids, and taking all of them out. A delegation has no answer and needs its addresses. */
bool ush_find_in_additional(const struct ush_view *view, const struct reply_info *rep,
    struct ush_hit *hit, struct ush_met *met);
void ush_strip_additional(const struct ush_view *view, struct reply_info *rep);
/* What the iterator knows of this query; NULL if it has not begun. */
const struct iter_qstate *ush_iterator_of(const struct module_qstate *qstate);
void ush_verdict_of_met(
    const struct ush_hit *hit, const struct ush_met *met, struct ush_verdict *verdict);
/* Whether no answer may be made from this record set: by its owner, its target or its addresses. */
bool ush_rrset_is_forbidden(const struct ush_view *view, const struct ub_packed_rrset_key *rrset);
uint16_t ush_rrset_type(const struct ub_packed_rrset_key *rrset);
/* The name that a CNAME points to. */
bool ush_alias_target(const struct packed_rrset_data *data, struct ush_name *target);

/* stamp.c: the stamp for an answer that tells nothing, looked at under the lists as they are now:
 * taken before they are entered. `rrsets` of its record sets were looked at. 0: it cannot be
 * stamped, nor asked for its stamp. */
uint32_t ush_stamp_of(const struct ush_lists *lists, const struct ush_name *qname, uint16_t qtype,
    struct reply_info *rep, size_t rrsets);
bool ush_is_stamped(struct reply_info *rep, uint32_t stamp);
void ush_stamp(struct reply_info *rep, uint32_t stamp);

/* answer.c: the planned answer, in the query's region; NULL without memory. */
struct reply_info *ush_forge(struct module_qstate *qstate, const struct ush_plan *plan);
/* Make it the query's result. 0, or -1 without memory. */
int ush_answer(struct module_qstate *qstate, struct reply_info *rep);
/* Put an Extended DNS Error before `options`. `text` may be NULL. 0, or -1 without memory. */
int ush_add_ede(struct edns_option **options, const char *text, struct regional *region);

/* reply.c: the callbacks, and the events that they do not write. */
int ush_callbacks_register(struct ush_module *module);
void ush_callbacks_delete(struct ush_module *module);
void ush_record_drop(struct ush_module *module, struct ush_worker *worker,
    const struct ush_view *view, const struct ush_verdict *verdict,
    const struct module_qstate *qstate, const struct mesh_reply *reply);
/* On the module's thread: what workers have counted only in seconds that are over. */
void ush_record_repeats(struct ush_module *module);
/* The rest, when no other thread runs any more. */
void ush_record_last_repeats(struct ush_module *module);
struct ush_address ush_client_address(const struct comm_reply *reply, uint16_t *port);

/* response.c: Unbound's callbacks for responses from servers. `arg` is the module. */
int ush_on_query_response(
    struct module_qstate *qstate, struct dns_msg *response, int id, void *arg);
int ush_on_edns_back_parsed(struct module_qstate *qstate, int id, void *arg);

/* query.c: what happens when a query begins and when its answer is there. */
void ush_query_operate(
    struct ush_module *module, struct module_qstate *qstate, enum module_ev event);
