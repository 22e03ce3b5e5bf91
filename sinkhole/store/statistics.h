/* SPDX-License-Identifier: BSD-3-Clause */
/* statistics.h - sums over all that the store holds, tests left out: which rules fire, and from
 * which networks hosts are sent to the sinkhole but never come. Used by the store's thread. */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include "common/address.h"
#include "common/attr.h"
#include "common/error.h"
#include "common/settings.h"
#include "sinkhole/store/store.h"
#include "sinkhole/store/timeline.h"

/* A rule as the events name it ("feed/example.jp"), most hits first. Its strings are borrowed for
 * the call; a callback that returns other than 0 ends the walk. */
struct ush_hits {
	const char *rule;
	const char *campaign;
	uint64_t hosts;
	struct ush_span span;
};
typedef int ush_hits_fn(void *arg, const struct ush_hits *hits);
USH_MUST_CHECK int ush_hits_each(
    struct ush_store *store, ush_hits_fn *fn, void *arg, struct ush_error *err);

/* The hosts of one network, a /24 or /64, that asked for an address and were given the sinkhole's.
 */
struct ush_reach {
	struct ush_network network;
	uint64_t asked;   /* questions */
	uint64_t hosts;   /* that asked */
	uint64_t arrived; /* of these: were ever seen at the sinkhole */
	uint64_t last_ms; /* the last question */
};

/* items is malloced and owned by the list; most questions first. */
struct ush_reaches {
	struct ush_reach *items;
	size_t count;
};

/* Hosts that the settings give a role are left out: they ask for others. On success *out is to be
 * ended with ush_reaches_fini(). */
USH_MUST_CHECK int ush_reaches_find(struct ush_reaches *out, struct ush_store *store,
    const struct ush_settings *settings, struct ush_error *err);
void ush_reaches_fini(struct ush_reaches *reaches);
