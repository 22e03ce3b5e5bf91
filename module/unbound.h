/* SPDX-License-Identifier: BSD-3-Clause */
/* unbound.h - the parts of Unbound that the glue uses, and what differs between its versions.
 * Only the glue (the sources of the module's own target) includes this file; all headers
 * come from the tree that the module is built for, whose build-id is compiled in. */
#pragma once

/* Unbound's config.h comes first: its structures depend on it. */
#include <config.h>
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

/* 1.17 does not count down the replies of a query that is dropped, and takes no more clients for
 * running queries once it believes that too many wait. A later version has to be looked at before
 * this is said of it: counted down twice the number would wrap. */
static inline void
ush_uncount_dropped(struct mesh_area *mesh, size_t replies)
{
#if USH_UNBOUND_MINOR <= 17
	mesh->num_reply_addrs -= replies < mesh->num_reply_addrs ? replies : mesh->num_reply_addrs;
#else
	(void)mesh;
	(void)replies;
#endif
}

/* Four bytes of an answer that 1.17 neither reads nor writes (msgreply.h calls them padding), nor
 * sets when it makes one. NULL where that was not looked at. */
static inline uint32_t *
ush_spare_word(struct reply_info *rep)
{
#if USH_UNBOUND_MINOR == 17
	return &rep->padding;
#else
	(void)rep;
	return NULL;
#endif
}

/* What dns64 notes of a query. In this form (dns64.c) just known of 1.17. */
struct ush_dns64_note {
	enum { USH_DNS64_NEW_QUERY = 1 } state;
	int started_no_cache_store;
};

/* Made if missing; NULL if dns64 is not there, and without memory. */
static inline struct ush_dns64_note *
ush_dns64_note(struct module_qstate *qstate)
{
#if USH_UNBOUND_MINOR == 17
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
