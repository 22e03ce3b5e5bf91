/* SPDX-License-Identifier: BSD-3-Clause */
/* holdings.h - leases over time, kept in the records: the files that daemons write say little of
 * what was before. Part of identity.c. Used by one thread. */
#pragma once

#include <stddef.h>
#include "sinkhole/store/leases.h"
#include "sinkhole/store/records.h"

/* By address, then by time; a later one of an address ends an earlier one. */
struct ush_holdings {
	struct ush_lease *items; /* malloced */
	size_t count;
	size_t room;
};

USH_MUST_CHECK int ush_holdings_add(struct ush_holdings *holdings, const struct ush_lease *lease);
/* Makes one of those that say the same, and sorts them. */
void ush_holdings_fold(struct ush_holdings *holdings);
void ush_holdings_fini(struct ush_holdings *holdings);

/* Adds what is kept. `records` NULL: nothing is. */
USH_MUST_CHECK int ush_holdings_read(
    struct ush_holdings *holdings, struct ush_records *records, struct ush_error *err);
/* Adds what is kept, folds, and keeps the whole, but for what ended before forget_ms: in one
 * transaction. */
USH_MUST_CHECK int ush_holdings_keep(struct ush_holdings *holdings, struct ush_records *records,
    uint64_t forget_ms, struct ush_error *err);
