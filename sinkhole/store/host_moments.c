/* SPDX-License-Identifier: BSD-3-Clause */
#include "sinkhole/store/host_moments.h"

#include <stdlib.h>
#include <string.h>

static int
by_time(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a;
	uint64_t y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

/* Sorting takes most of the time of a large table. They come by place, so those of one round of
 * places are in order already. */
#define ROUND_MS ((uint64_t)USH_RHYTHM_SLOT_MS * USH_RHYTHM_PLACES)
#define ROUNDS 8

static void
sort_times(uint64_t *times, size_t count)
{
	uint64_t sorted[2 * USH_RHYTHM_PLACES];
	uint64_t oldest = UINT64_MAX, newest = 0;
	size_t used = 0;

	for (size_t i = 0; i < count; i++) {
		oldest = times[i] < oldest ? times[i] : oldest;
		newest = times[i] > newest ? times[i] : newest;
	}
	if (newest / ROUND_MS - oldest / ROUND_MS >= ROUNDS) {
		qsort(times, count, sizeof(*times), by_time);
		return;
	}
	for (uint64_t round = oldest / ROUND_MS; used < count; round++) {
		for (size_t i = 0; i < count; i++) {
			if (times[i] / ROUND_MS == round)
				sorted[used++] = times[i];
		}
	}
	memcpy(times, sorted, count * sizeof(*times));
	for (size_t i = 1; i < count; i++) {
		if (times[i] < times[i - 1]) { /* a drill's lie among them */
			qsort(times, count, sizeof(*times), by_time);
			return;
		}
	}
}

void
ush_host_moments_add(struct ush_host_moments *moments, const uint8_t *blob, size_t len)
{
	size_t room = sizeof(moments->times) / sizeof(moments->times[0]);
	uint64_t time_ms;

	for (size_t i = 0; moments->count < room; i++) {
		time_ms = ush_moments_nth(blob, len, i);
		if (time_ms == 0)
			return;
		moments->times[moments->count++] = time_ms;
	}
}

void
ush_host_moments_finish(struct ush_host_moments *moments, struct ush_rhythm *out)
{
	size_t count = moments->count;
	size_t from = count > USH_RHYTHM_PLACES ? count - USH_RHYTHM_PLACES : 0;

	sort_times(moments->times, count);
	ush_rhythm_make(out, moments->times + from, count - from);
	moments->count = 0;
}
