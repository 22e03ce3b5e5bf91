/* SPDX-License-Identifier: BSD-3-Clause */
/* hosts.h - the question that the store is for: which hosts, for which campaigns, how sure.
 * Used by the store's thread; results belong to the caller and do not refer to the store. */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include "common/address.h"
#include "common/attr.h"
#include "common/error.h"
#include "common/settings.h"
#include "sinkhole/store/calls.h"
#include "sinkhole/store/store.h"

/* One host for one campaign. */
struct ush_host {
	char address[USH_ADDRESS_TEXT_MAX];
	char *campaign; /* "" if unknown; owned */
	struct ush_case known;
	struct ush_verdict verdict;
	uint64_t dns;  /* questions */
	uint64_t hits; /* contacts */
	uint64_t first_ms;
	uint64_t last_ms;
};

/* items is malloced and owned by the list. Zeroed: the empty list. */
struct ush_hosts {
	struct ush_host *items;
	size_t count;
};

/* All hosts, or the one at `address` (RFC 5952 text) if that is not NULL; worst call first, then
 * the latest. The settings give roles and say whether the installation is a drill (then the word
 * drill on an event does not make it a test: everything is). On success *out is to be ended with
 * ush_hosts_fini(). */
USH_MUST_CHECK int ush_hosts_find(struct ush_hosts *out, struct ush_store *store,
    const struct ush_settings *settings, const char *address, struct ush_error *err);
void ush_hosts_fini(struct ush_hosts *hosts);
