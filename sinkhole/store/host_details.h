/* SPDX-License-Identifier: BSD-3-Clause */
/* host_details.h - what hosts.c adds to counted facts before it judges, and to rows afterwards.
 * Part of hosts.c; used by the store's thread. */
#pragma once

#include "sinkhole/store/hosts.h"

/* Both take rows in the order of host, campaign, claimed. `address` NULL: of all hosts. Both return
 * -1 and fill err if the store cannot be read. */

/* Rhythms and numbers of profiles. `is_drill`: see ush_hosts_find(). */
USH_MUST_CHECK int ush_host_details_count(struct ush_hosts *hosts, struct ush_store *store,
    bool is_drill, const char *address, struct ush_error *err);
/* Addresses and pages. */
USH_MUST_CHECK int ush_host_details_name(
    struct ush_hosts *hosts, struct ush_store *store, struct ush_error *err);
void ush_host_details_fini(struct ush_host *host);
