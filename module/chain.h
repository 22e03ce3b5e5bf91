/* SPDX-License-Identifier: BSD-3-Clause */
/* chain.h - looks through an answer: the alias chain, the addresses at its end, and what stands
 * beside it. Any thread that is inside the lists (lists.h). */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include "module/decision.h"
#include "module/events.h"

struct iter_qstate;
struct module_qstate;
struct packed_rrset_data;
struct reply_info;
struct ub_packed_rrset_key;

/* What gave a hit: the name, or with name.len 0 the address. */
struct ush_met {
	struct ush_name name;
	struct ush_address address;
};
/* Whether something in this answer, QNAME first, met a rule: the first such in order, or the first
 * that forbids if those before it only record. `rep` may be NULL: QNAME alone. */
bool ush_find_in_answer(const struct ush_view *view, const struct ush_name *qname, uint16_t qtype,
    const struct reply_info *rep, struct ush_hit *hit, struct ush_met *met);
/* The same for what a query came to. Without an answer (dead servers behind an alias) the aliases
 * that the iterator has followed count. `qstate` may be NULL. */
bool ush_find_in_outcome(const struct ush_view *view, const struct ush_name *qname, uint16_t qtype,
    const struct reply_info *rep, const struct module_qstate *qstate, struct ush_hit *hit,
    struct ush_met *met);
/* Adds the addresses in an answer (ush_resolved_add()). */
void ush_addresses_of(const struct reply_info *rep, struct ush_address out[USH_RESOLVED_MAX]);
/* Whether these aliases, from responses or from the cache, met a rule that forbids. */
bool ush_followed_forbidden(const struct ush_view *view, const struct module_qstate *qstate);
/* What stands beside an answer, the addresses of name servers and mail hosts: the first that a rule
 * forbids, and taking all of them out. A delegation has no answer and needs its addresses. */
bool ush_find_in_additional(const struct ush_view *view, const struct reply_info *rep,
    struct ush_hit *hit, struct ush_met *met);
void ush_strip_additional(const struct ush_view *view, struct reply_info *rep);
/* What the iterator knows of this query; NULL if it has not begun. */
const struct iter_qstate *ush_iterator_of(const struct module_qstate *qstate);
void ush_decision_of_met(
    const struct ush_hit *hit, const struct ush_met *met, struct ush_decision *decision);
/* Whether no answer may be made from this record set: by its owner, its target or its addresses. */
bool ush_rrset_is_forbidden(const struct ush_view *view, const struct ub_packed_rrset_key *rrset);
uint16_t ush_rrset_type(const struct ub_packed_rrset_key *rrset);
/* The name that a CNAME points to. */
bool ush_alias_target(const struct packed_rrset_data *data, struct ush_name *target);
