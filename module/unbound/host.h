/* SPDX-License-Identifier: BSD-3-Clause */
/* host.h - for the test host (tests/host), which takes Unbound's place around the module: functions of
 * Unbound that the module itself does not call, and whose parameters differ between versions. */
#pragma once

#include "module/unbound/access.h"

/* Store an answer as the iterator does. */
static inline void
ush_host_store(struct module_env *env, struct module_qstate *qstate, struct reply_info *rep)
{
#if USH_STORE_WANTS_VALREC
	(void)dns_cache_store(
	    env, &qstate->qinfo, rep, 0, 0, 0, qstate->region, qstate->query_flags, 0, 0);
#else
	(void)dns_cache_store(
	    env, &qstate->qinfo, rep, 0, 0, 0, qstate->region, qstate->query_flags, 0);
#endif
}

/* A client waits for the state as well. False without memory. */
static inline bool
ush_host_add_reply(struct mesh_state *state, struct edns_data *edns, struct comm_reply *to,
    uint16_t id, const struct query_info *qinfo)
{
#if USH_ADD_REPLY_RETURNS_IT
	struct mesh_reply *added;

	return mesh_state_add_reply(state, edns, to, id, BIT_RD, qinfo, &added) != 0;
#else
	return mesh_state_add_reply(state, edns, to, id, BIT_RD, qinfo) != 0;
#endif
}
