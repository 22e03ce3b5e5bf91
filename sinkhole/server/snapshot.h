/* SPDX-License-Identifier: BSD-3-Clause */
/* snapshot.h - settings and list as the loops use them: one whole that never changes, counted by
 * its holders. The main thread makes a new one when a file was replaced and shows it to every
 * loop; the old one goes with its last holder. What two snapshots have in common they share. */
#pragma once

#include <stdatomic.h>
#include "common/attr.h"
#include "common/error.h"
#include "common/settings.h"
#include "sinkhole/evidence/finding.h"
#include "sinkhole/evidence/record.h"
#include "sinkhole/server/tls.h"
#include "zones/blocklist.h"
#include "zones/policy.h"

struct ush_snapshot {
	_Atomic unsigned holders;
	struct ush_part *settings_part;
	struct ush_part *list_part;
	const struct ush_settings *settings;
	const struct ush_blocklist *list; /* NULL: none yet */
	struct ush_policy *policy;
	struct ush_blocklist_info info; /* of the list */
	struct ush_watchlist watchlist;
	struct ush_record_context context;
	struct ush_tls_identity *identity; /* held; NULL: no TLS is spoken */
};

/* A snapshot of these settings and this list, which it takes over; NULL: those of the one before
 * (which may be NULL when there is no list yet). Returns 0 and *out held by the caller, or -1: the
 * caller still owns both then. */
USH_MUST_CHECK int ush_snapshot_new(struct ush_snapshot **out, const struct ush_snapshot *before,
    struct ush_settings *settings, struct ush_blocklist *list, struct ush_error *err);

/* Any thread. */
struct ush_snapshot *ush_snapshot_hold(struct ush_snapshot *snapshot);
void ush_snapshot_release(struct ush_snapshot *snapshot); /* NULL is allowed */
