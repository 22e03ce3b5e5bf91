/* SPDX-License-Identifier: BSD-3-Clause */
/* unbound.h - the parts of Unbound that the glue uses, and what differs between its versions.
 * Only the glue (the sources that include glue.h) includes this file; all headers
 * come from the tree that the module is built for, whose build-id is compiled in. */
#pragma once

/* Unbound's config.h comes first: its structures depend on it. */
#include <config.h>
#include <daemon/worker.h>
#include <dynlibmod/dynlibmod.h>
#include <services/cache/dns.h>
#include <services/cache/rrset.h>
#include <services/mesh.h>
#include <sldns/rrdef.h>
#include <util/alloc.h>
#include <util/config_file.h>
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
