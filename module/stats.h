/* SPDX-License-Identifier: BSD-3-Clause */
/* stats.h - the module's counters. Each worker thread adds to its own block and never waits; any
 * thread may sum them up. A sum is a snapshot: single counters are exact, not their relation. */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include "common/json.h"

enum ush_counter {
	USH_COUNT_SINKHOLE, /* replies to clients, by effective action */
	USH_COUNT_NXDOMAIN,
	USH_COUNT_NODATA,
	USH_COUNT_DROP,
	USH_COUNT_MONITOR,
	USH_COUNT_SHADOWED, /* a listed name that the operator's own zones answered first */
	USH_COUNT_LEAKED,   /* a listed name that came from the cache all the same */
	USH_COUNT_DEFERRED, /* queries dropped because their waiting clients want different answers
	                     */
	USH_COUNT_FOLDED,   /* events that are only counted, in one with a number */
	USH_COUNT_OMITTED,  /* events that are not written: `events: first` */
	USH_COUNT_PASSIVE_LOST, /* of the passive record: no room */
	USH_COUNT_KEPT_OUT,     /* answers kept out of the cache */
	USH_COUNT_EVICTED,      /* answers taken out of the cache */
	USH_COUNT_SWAPS,        /* lists or settings that came in force */
	USH_COUNT_REFUSED,      /* files that were not taken */
	USH_COUNTERS
};

/* One thread's counters, apart from those of other threads in memory. Zeroed is ready. */
struct ush_counters {
	_Alignas(64) _Atomic uint64_t value[USH_COUNTERS];
};

/* Only the owning thread calls it. */
void ush_count(struct ush_counters *counters, enum ush_counter counter, uint64_t add);

uint64_t ush_counters_sum(
    const struct ush_counters *const *blocks, size_t count, enum ush_counter counter);

/* A number that is another when any counter of any block is. */
uint64_t ush_counters_total(const struct ush_counters *const *blocks, size_t count);

/* "counters": {"sinkhole": 12, ...} with the sums of all blocks. */
void ush_counters_write(
    struct ush_json *json, const struct ush_counters *const *blocks, size_t count);
