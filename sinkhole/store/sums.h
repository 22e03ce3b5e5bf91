/* SPDX-License-Identifier: BSD-3-Clause */
/* sums.h - the sums over all that the store holds (statistics.h), made once: with many hosts they take
 * seconds. Immutable, and shared by all that show them. */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "common/attr.h"
#include "common/error.h"
#include "common/settings.h"
#include "sinkhole/store/statistics.h"
#include "sinkhole/store/store.h"

struct ush_sums {
	atomic_uint references; /* see ush_sums_free() */
	uint64_t made_ms;       /* by the monotonic clock */
	uint64_t made_in_ms;
	struct ush_reaches reaches;
	struct ush_store_size size;
	struct ush_hits *rules; /* most hits first; the texts are owned */
	size_t rule_count;
};

/* Returns 0 and *out owned by the caller. */
USH_MUST_CHECK int ush_sums_make(struct ush_sums **out, struct ush_store *store,
    const struct ush_settings *settings, struct ush_error *err);
/* Whether they are still good enough for a store that has changed: where making them takes long, it
 * takes a twentieth of the time at most. */
bool ush_sums_are_good(const struct ush_sums *sums);
/* One more owner, any thread: each calls ush_sums_free(), and the last one frees them. */
struct ush_sums *ush_sums_share(struct ush_sums *sums);
void ush_sums_free(struct ush_sums *sums); /* NULL is allowed */
