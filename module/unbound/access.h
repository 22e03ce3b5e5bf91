/* SPDX-License-Identifier: BSD-3-Clause */
/* access.h - the parts of Unbound that the module uses, and access to those that differ between its
 * versions. The headers come from the tree that the module is built for, whose build-id is compiled
 * in; features.h says what was found there. Beside drop.h this is the only place that knows of
 * versions. */
#pragma once

/* Unbound's config.h comes first: its structures depend on it. */
#include <config.h>
#include <netdb.h>
#include <stdbool.h>
#include <stdint.h>
#include <daemon/worker.h>
#include <dynlibmod/dynlibmod.h>
#include <iterator/iterator.h>
#include <services/cache/dns.h>
#include <services/cache/infra.h>
#include <services/cache/rrset.h>
#include <services/listen_dnsport.h>
#include <services/mesh.h>
#include <services/modstack.h>
#include <sldns/rrdef.h>
#include <util/alloc.h>
#include <util/config_file.h>
#include <util/data/dname.h>
#include <util/data/msgencode.h>
#include <util/data/msgparse.h>
#include <util/data/msgreply.h>
#include <util/data/packed_rrset.h>
#include <util/log.h>
#include <util/module.h>
#include <util/net_help.h>
#include <util/netevent.h>
#include <util/regional.h>
#include <util/storage/slabhash.h>

#include "module/unbound/features.h"

/* One client's state is found by no other client. */
static inline bool
ush_state_is_unique(const struct mesh_state *state)
{
	return state->unique != NULL;
}

/* The address that Unbound listens on; NULL if it is not known. */
static inline const struct sockaddr *
ush_listening_address(const struct comm_point *point)
{
	if (!point->socket || !point->socket->addr)
		return NULL;
#if USH_SOCKET_HAS_ADDRINFO
	return point->socket->addr->ai_addr;
#else
	return point->socket->addr;
#endif
}

/* DNS over QUIC: all clients share one point, as with UDP. */
static inline bool
ush_is_quic(const struct comm_point *point)
{
#if USH_HAS_QUIC
	return point->type == comm_doq;
#else
	(void)point;
	return false;
#endif
}

/* What the module goes without in a version that is newer than all that were looked at, as a
 * sentence for the log; NULL in a known one. */
static inline const char *
ush_unknown_version(void)
{
#if USH_IS_KNOWN
	return NULL;
#else
	return "this Unbound is newer than " USH_UNBOUND_KNOWN_MAX
	       ", the newest that this module knows: it looks through each answer again whenever "
	       "it comes from the cache, and dns64 is not told what to keep out of the cache";
#endif
}

/* Four bytes of an answer that Unbound neither reads nor writes (msgreply.h calls them padding), nor
 * sets when it makes one. NULL in a version that is not known. */
static inline uint32_t *
ush_spare_word(struct reply_info *rep)
{
#if USH_HAS_SPARE_WORD && USH_IS_KNOWN
	return &rep->padding;
#else
	(void)rep;
	return NULL;
#endif
}

/* What dns64 notes of a query, in its own form (dns64.c). */
struct ush_dns64_note {
	enum { USH_DNS64_NEW_QUERY = 1 } state;
	int started_no_cache_store;
};

/* Made if missing; NULL if dns64 is not there, without memory, and in a version that is not known. */
static inline struct ush_dns64_note *
ush_dns64_note(struct module_qstate *qstate)
{
#if USH_IS_KNOWN
	int id = modstack_find(&qstate->env->mesh->mods, "dns64");
	struct ush_dns64_note *note;

	if (id < 0)
		return NULL;
	if (qstate->minfo[id])
		return qstate->minfo[id];
	note = regional_alloc(qstate->region, sizeof(*note));
	if (note) {
		note->state = USH_DNS64_NEW_QUERY;
		note->started_no_cache_store = qstate->no_cache_store;
		qstate->minfo[id] = note;
	}
	return note;
#else
	(void)qstate;
	return NULL;
#endif
}

/* dns64 makes its note of queries that are new when it sees them. Right behind us it would see none
 * of a client as new, and neither turn around its addresses (PTR) nor heed dns64-synthall. */
static inline void
ush_announce_to_dns64(struct module_qstate *qstate, int id)
{
	if (modstack_find(&qstate->env->mesh->mods, "dns64") == id + 1)
		(void)ush_dns64_note(qstate);
}

/* It stores whatever is done unless its note says that no_cache_store was set before. */
static inline void
ush_keep_out_of_dns64(struct module_qstate *qstate)
{
	struct ush_dns64_note *note = ush_dns64_note(qstate);

	if (note)
		note->started_no_cache_store = 1;
}
