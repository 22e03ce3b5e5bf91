/* SPDX-License-Identifier: BSD-3-Clause */
/* response.h - keeps what the lists forbid out of the cache. */
#pragma once

struct dns_msg;
struct module_qstate;

/* Unbound's callbacks for responses from servers. `arg` is the module. */
int ush_on_query_response(
    struct module_qstate *qstate, struct dns_msg *response, int id, void *arg);
int ush_on_edns_back_parsed(struct module_qstate *qstate, int id, void *arg);
