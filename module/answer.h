/* SPDX-License-Identifier: BSD-3-Clause */
/* answer.h - turns a plan into Unbound's structures. */
#pragma once

#include "module/decision.h"

struct edns_option;
struct module_qstate;
struct regional;
struct reply_info;

/* The planned answer, in the query's region; NULL without memory. */
struct reply_info *ush_answer_new(struct module_qstate *qstate, const struct ush_plan *plan);
/* Make it the query's result. 0, or -1 without memory. */
int ush_answer_set(struct module_qstate *qstate, struct reply_info *rep);
/* Put an Extended DNS Error before `options`. `text` may be NULL. 0, or -1 without memory. */
int ush_add_ede(struct edns_option **options, const char *text, struct regional *region);
