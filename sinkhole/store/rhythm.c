/* SPDX-License-Identifier: BSD-3-Clause */
#include "sinkhole/store/rhythm.h"

#define HOUR_MS UINT64_C(3600000)
/* Eight times in a row that are alike: people who click come at times that differ tenfold. */
#define STEADY_TIMES 8
#define STEADY_MS (4 * HOUR_MS)
#define ALIKE 3 /* the longest of them is at most so many times the shortest */
/* A person sleeps, eats and goes home. */
#define PAUSE_MS (3 * HOUR_MS)
#define STRETCH_VISITS 13
#define STRETCH_MS (13 * HOUR_MS)

/* The middle one of the values in the order of their size (C. A. R. Hoare's selection: sorting all of
 * them takes most of the time of a long table). Changes their order. */
static uint64_t
median(uint64_t *values, size_t count)
{
	size_t low = 0, high = count - 1, middle = count / 2;

	while (low < high) {
		uint64_t pivot = values[low + (high - low) / 2];
		size_t i = low, j = high;

		for (;; i++, j--) {
			uint64_t value;

			while (values[i] < pivot)
				i++;
			while (values[j] > pivot)
				j--;
			if (i >= j)
				break;
			value = values[i];
			values[i] = values[j];
			values[j] = value;
		}
		if (middle <= j)
			high = j;
		else
			low = j + 1;
	}
	return values[middle];
}

/* Starts of visits into starts[]; returns their number. */
static size_t
find_visits(uint64_t *starts, const uint64_t *moments, size_t count)
{
	size_t visits = 0;

	for (size_t i = 0; i < count; i++) {
		if (visits == 0 || moments[i] - starts[visits - 1] >= USH_RHYTHM_SLOT_MS / 2)
			starts[visits++] = moments[i];
	}
	return visits;
}

static void
find_steady(struct ush_rhythm *out, const uint64_t *gaps, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		uint64_t least = gaps[i];
		uint64_t most = gaps[i];
		uint64_t sum = 0;
		size_t end = i;

		for (; end < count; end++) {
			least = gaps[end] < least ? gaps[end] : least;
			most = gaps[end] > most ? gaps[end] : most;
			if (most > ALIKE * least)
				break;
			sum += gaps[end];
		}
		if (end - i >= STEADY_TIMES ? sum > out->steady_ms || out->steady < STEADY_TIMES
		                            : end - i > out->steady) {
			out->steady = end - i;
			out->steady_ms = sum;
		}
		if (end == count)
			return;
	}
}

static void
find_stretch(struct ush_rhythm *out, const uint64_t *gaps, size_t count)
{
	uint64_t visits = 1;
	uint64_t sum = 0;

	for (size_t i = 0; i < count; i++) {
		visits = gaps[i] > PAUSE_MS ? 1 : visits + 1;
		sum = gaps[i] > PAUSE_MS ? 0 : sum + gaps[i];
		if (sum > out->stretch_ms) {
			out->stretch = visits;
			out->stretch_ms = sum;
		}
	}
}

void
ush_rhythm_make(struct ush_rhythm *out, const uint64_t *moments, size_t count)
{
	uint64_t times[USH_RHYTHM_PLACES];
	size_t gaps = 0;

	*out = (struct ush_rhythm){0};
	if (count > USH_RHYTHM_PLACES)
		count = USH_RHYTHM_PLACES;
	for (size_t i = 0; i < count; i++)
		out->hours |= UINT32_C(1) << (moments[i] / HOUR_MS % 24);
	out->visits = find_visits(times, moments, count);
	for (; gaps + 1 < out->visits; gaps++)
		times[gaps] = times[gaps + 1] - times[gaps];
	if (gaps == 0)
		return;
	find_steady(out, times, gaps);
	find_stretch(out, times, gaps);
	out->period_ms = median(times, gaps);
	for (size_t i = 0; i < gaps; i++)
		times[i] = times[i] > out->period_ms ? times[i] - out->period_ms
		                                     : out->period_ms - times[i];
	out->deviation_ms = median(times, gaps);
}

bool
ush_rhythm_is_clock(const struct ush_rhythm *rhythm)
{
	return (rhythm->steady >= STEADY_TIMES && rhythm->steady_ms >= STEADY_MS) ||
	       (rhythm->stretch >= STRETCH_VISITS && rhythm->stretch_ms >= STRETCH_MS);
}

unsigned
ush_rhythm_hours(const struct ush_rhythm *rhythm)
{
	return (unsigned)__builtin_popcount(rhythm->hours);
}
