/* SPDX-License-Identifier: BSD-3-Clause */
/* drop.h - ends a query without a reply, which every version of Unbound does a little differently. */
#pragma once

#include "module/unbound/access.h"

/* The count of waiting replies: when it says that too many wait, Unbound takes no more clients
 * for running queries. Up to 1.24 it does not count down those of a query that is dropped, later
 * versions count those that are still in the list. */
static inline void
ush_uncount(struct mesh_area *mesh, size_t replies, size_t unlinked)
{
	size_t uncounted = USH_COUNTS_DROPPED ? unlinked : replies;

	mesh->num_reply_addrs -=
	    uncounted < mesh->num_reply_addrs ? uncounted : mesh->num_reply_addrs;
}

static inline void
ush_forget_wait(struct module_qstate *qstate, const struct mesh_reply *reply)
{
#if USH_HAS_WAIT_LIMIT
	infra_wait_limit_dec(
	    qstate->env->infra_cache, (struct comm_reply *)&reply->query_reply, qstate->env->cfg);
#else
	(void)qstate, (void)reply;
#endif
}

static inline bool
ush_waited_before(const struct mesh_reply *reply, const struct mesh_reply *first)
{
	for (; first != reply; first = first->next) {
		if (first->query_reply.c == reply->query_reply.c)
			return true;
	}
	return false;
}

/* Unbound closes the connection of each reply that it drops: a connection on which several replies
 * wait must stand in the list once, or it is closed twice and the list of free connections becomes a
 * circle. Not so with UDP and QUIC, where all clients share a point that is never closed. A stream
 * of HTTP/2 may end later than the query, and must then not look for itself in it. Returns how many
 * replies waited. */
static inline size_t
ush_end_without_reply(struct module_qstate *qstate, int id)
{
	struct mesh_reply **link = &qstate->mesh_info->reply_list;
	size_t count = 0, unlinked = 0;

	while (*link) {
		struct mesh_reply *reply = *link;
		const struct comm_point *point = reply->query_reply.c;

		count++;
		if (point->use_h2)
			reply->h2_stream->mesh_state = NULL;
		if (point->type != comm_udp && !ush_is_quic(point) &&
		    ush_waited_before(reply, qstate->mesh_info->reply_list)) {
			ush_forget_wait(qstate, reply);
			*link = reply->next;
			unlinked++;
		} else {
			link = &reply->next;
		}
	}
	ush_uncount(qstate->env->mesh, count, unlinked);
	qstate->is_drop = 1;
	qstate->ext_state[id] = module_finished;
	return count;
}
