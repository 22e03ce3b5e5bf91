/* SPDX-License-Identifier: BSD-3-Clause */
/* keep.h - takes a feed from the previous list over into the next one, for when what came this time
 * is not fit to replace it. One thread. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include "common/attr.h"
#include "common/error.h"
#include "zones/blocklist.h"
#include "zones/compile/builder.h"

struct ush_kept {
	uint64_t indicators; /* that the feed had */
	uint64_t rules;      /* that were taken over */
	uint64_t notes;
	uint64_t expired; /* that were not, by now */
};

/* The number of the feed with that name; -1 if `list` has none, or if its rules are never-block
 * ones and should not be, or the other way round. */
int64_t ush_keep_find(const struct ush_blocklist *list, const char *name, bool never_block);

/* All rules and notes of a feed, as the builder's next feed. `list` was opened with USH_PART_ALL.
 * `today` is YYYY-MM-DD; NULL: what has expired stays, too. */
USH_MUST_CHECK int ush_keep_feed(struct ush_builder *builder, const struct ush_blocklist *list,
    uint32_t feed, bool never_block, const char *today, struct ush_kept *out,
    struct ush_error *err);
