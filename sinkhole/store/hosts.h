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
#include "sinkhole/store/few.h"
#include "sinkhole/store/store.h"

/* One host for one campaign. What another host said of it is a row of its own. All is owned. */
struct ush_host {
	char address[USH_ADDRESS_TEXT_MAX];
	char *campaign; /* "" if unknown */
	struct ush_case known;
	struct ush_verdicts verdicts;
	uint64_t dns;      /* questions */
	uint64_t hits;     /* contacts */
	uint64_t profiles; /* different ones in its beacons */
	/* Questions that were answered with the real addresses of a listed name. 0: none is on record,
	 * which does not mean that there was none. */
	uint64_t real;
	struct ush_few real_addresses;
	struct ush_few names;   /* hosts that it names as those it speaks for */
	struct ush_few claimed; /* if known.claimed: hosts that named it */
	struct ush_few pages;   /* origins of web pages that made its browser send a beacon */
	uint64_t first_ms;
	uint64_t last_ms;
};

/* items is malloced and owned by the list. Zeroed: the empty list. */
struct ush_hosts {
	struct ush_host *items;
	size_t count;
};

/* All hosts, or the one at `address` (RFC 5952 text) if that is not NULL; worst call first, then
 * the latest. Connections without a byte and without a campaign, of a host that uses a browser, are
 * no row: browsers open such ones by themselves. The settings give roles and say whether the installation is a drill (then the word
 * drill on an event does not make it a test: everything is). On success *out is to be ended with
 * ush_hosts_fini(). */
USH_MUST_CHECK int ush_hosts_find(struct ush_hosts *out, struct ush_store *store,
    const struct ush_settings *settings, const char *address, struct ush_error *err);
void ush_hosts_fini(struct ush_hosts *hosts);
/* What one row owns. */
void ush_host_fini(struct ush_host *host);

/* What the order of rows rests on; borrowed. */
struct ush_host_key {
	const struct ush_verdicts *verdicts;
	uint64_t last_ms;
	const char *address;
	const char *campaign;
	bool claimed;
};
/* As qsort() wants it: the worst call first, then the latest. Never 0 for two rows of one answer. */
int ush_host_key_compare(const struct ush_host_key *a, const struct ush_host_key *b);

/* The role that the settings give a host: by `roles`, else as a trusted proxy or forwarder. */
enum ush_role_kind ush_host_role(
    const struct ush_settings *settings, const struct ush_address *address);
