/* SPDX-License-Identifier: BSD-3-Clause */
/* conclude.h - the four ways in which we end a query in place of the resolver. Each sets what
 * Unbound needs to go on: the query's result and our module's state. */
#pragma once

#include "module/decision.h"
#include "module/state.h"

/* All clients get our answer. `client` is the one that it is made for; NULL: no client waits. Without
 * memory they get SERVFAIL. */
void ush_conclude_answer(struct ush_module *module, struct module_qstate *qstate,
    const struct ush_hit *hit, const struct ush_decision *decision, const struct ush_name *qname,
    const struct ush_address *client);

/* Ordinary clients get our answer, the others the real one. Unbound marks both as insecure: the AD
 * bit is the same for all. */
void ush_conclude_split(struct ush_module *module, struct module_qstate *qstate,
    const struct ush_hit *hit, const struct ush_decision *decision, const struct ush_name *qname,
    const struct ush_address *client);

/* No client gets an answer; each is recorded. */
void ush_conclude_drop(struct ush_module *module, struct ush_worker *worker,
    const struct ush_view *view, struct module_qstate *qstate, const struct ush_decision *decision);

/* No client gets an answer, because one answer cannot be right for all. They are counted, not
 * recorded: they ask again, and do not meet in one query then. */
void ush_conclude_defer(
    struct ush_module *module, struct ush_worker *worker, struct module_qstate *qstate);
