/* SPDX-License-Identifier: BSD-3-Clause */
#include "module/stats.h"

#include <stdatomic.h>

static const char *const counter_names[USH_COUNTERS] = {
    [USH_COUNT_SINKHOLE] = "sinkhole",
    [USH_COUNT_NXDOMAIN] = "nxdomain",
    [USH_COUNT_NODATA] = "nodata",
    [USH_COUNT_DROP] = "drop",
    [USH_COUNT_MONITOR] = "monitor",
    [USH_COUNT_SHADOWED] = "shadowed",
    [USH_COUNT_LEAKED] = "leaked",
    [USH_COUNT_DEFERRED] = "deferred",
    [USH_COUNT_FOLDED] = "folded",
    [USH_COUNT_OMITTED] = "omitted",
    [USH_COUNT_PASSIVE_LOST] = "passive_lost",
    [USH_COUNT_KEPT_OUT] = "kept_out",
    [USH_COUNT_EVICTED] = "evicted",
    [USH_COUNT_SWAPS] = "swaps",
    [USH_COUNT_REFUSED] = "refused",
};

void
ush_count(struct ush_counters *counters, enum ush_counter counter, uint64_t add)
{
	/* One writer: a load and a store are enough and need no locked instruction. */
	uint64_t value = atomic_load_explicit(&counters->value[counter], memory_order_relaxed);

	atomic_store_explicit(&counters->value[counter], value + add, memory_order_relaxed);
}

uint64_t
ush_counters_sum(const struct ush_counters *const *blocks, size_t count, enum ush_counter counter)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < count; i++)
		sum += atomic_load_explicit(&blocks[i]->value[counter], memory_order_relaxed);
	return sum;
}

uint64_t
ush_counters_total(const struct ush_counters *const *blocks, size_t count)
{
	uint64_t total = 0;

	for (unsigned i = 0; i < USH_COUNTERS; i++)
		total += ush_counters_sum(blocks, count, i);
	return total;
}

void
ush_counters_write(struct ush_json *json, const struct ush_counters *const *blocks, size_t count)
{
	ush_json_object(json, "counters");
	for (unsigned i = 0; i < USH_COUNTERS; i++)
		ush_json_uint(json, counter_names[i], ush_counters_sum(blocks, count, i));
	ush_json_end(json);
}
