/* SPDX-License-Identifier: BSD-3-Clause */
/* snapshot.h - settings and list as the loops use them: one whole that never changes, counted by
 * its holders. The main thread makes a new one when a file was replaced and shows it to every
 * loop; the old one goes with its last holder. What two snapshots have in common they share. */
#pragma once

#include <stdatomic.h>
#include "common/attr.h"
#include "common/error.h"
#include "sinkhole/evidence/finding.h"
#include "sinkhole/evidence/record.h"
#include "sinkhole/server/tls.h"
#include "zones/policy.h"
#include "zones/shared.h"

struct ush_snapshot {
	_Atomic unsigned holders;
	struct ush_shared_settings *shared_settings; /* held */
	const struct ush_settings *settings;         /* of shared_settings */
	struct ush_shared_list *list;                /* held; NULL: none yet */
	struct ush_policy *policy;                   /* NULL without a list */
	struct ush_watchlist watchlist;
	struct ush_record_context context;
	struct ush_tls_identity *identity; /* held; NULL: no TLS is spoken */
};

/* Holds settings and list (NULL: none yet) itself. `before`: the snapshot that it replaces (NULL:
 * none), whose TLS identity it keeps. Returns 0 and *out held by the caller, or -1. */
USH_MUST_CHECK int ush_snapshot_new(struct ush_snapshot **out, struct ush_shared_settings *settings,
    struct ush_shared_list *list, const struct ush_snapshot *before, struct ush_error *err);

/* Any thread. */
struct ush_snapshot *ush_snapshot_hold(struct ush_snapshot *snapshot);
void ush_snapshot_release(struct ush_snapshot *snapshot); /* NULL is allowed */
