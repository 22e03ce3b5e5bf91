/* SPDX-License-Identifier: BSD-3-Clause */
/* unbound.h - the parts of Unbound that the glue uses, and what differs between its versions.
 * Only the glue (the sources that include glue.h) includes this file; all headers
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

/* dns64 stores whatever is done, unless its own note of the query says that no_cache_store was set
 * before; behind another module it makes none. In this form (dns64.c) just known of 1.17. */
static inline void
ush_keep_out_of_dns64(struct module_qstate *qstate)
{
#if USH_UNBOUND_MINOR == 17
	struct dns64_note {
		enum { DNS64_NEW_QUERY = 1 } state;
		int started_no_cache_store;
	} * note;
	int id = modstack_find(&qstate->env->mesh->mods, "dns64");

	if (id < 0)
		return;
	if (!qstate->minfo[id]) {
		note = regional_alloc(qstate->region, sizeof(*note));
		if (!note)
			return;
		note->state = DNS64_NEW_QUERY;
		qstate->minfo[id] = note;
	}
	note = qstate->minfo[id];
	note->started_no_cache_store = 1;
#else
	(void)qstate;
#endif
}
