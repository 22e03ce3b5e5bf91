/* SPDX-License-Identifier: BSD-3-Clause */
/* moments.h - the moments of rhythm.h as they lie in the store: those of USH_MOMENTS_PART places
 * beside each other in one short blob, six octets (big-endian, ms since 1970) for each place that is
 * taken, in the order of places. Values only, any thread may call. */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include "sinkhole/store/rhythm.h"

#define USH_MOMENTS_PART 64u
#define USH_MOMENTS_PARTS ((USH_RHYTHM_PLACES + USH_MOMENTS_PART - 1) / USH_MOMENTS_PART)
#define USH_MOMENT_OCTETS 6 /* enough until the year 10889 */
#define USH_MOMENTS_BLOB_MAX (USH_MOMENTS_PART * USH_MOMENT_OCTETS)

/* One part, by place; 0: not taken. */
struct ush_moments {
	uint64_t times[USH_MOMENTS_PART];
};

/* The part that a moment belongs to. */
unsigned ush_moments_part(uint64_t time_ms);
/* Puts it into its place, unless a newer one stands there, or an earlier one of the same slot. */
void ush_moments_add(struct ush_moments *moments, uint64_t time_ms);

/* Returns the length of the blob. */
size_t ush_moments_pack(const struct ush_moments *moments, uint8_t blob[USH_MOMENTS_BLOB_MAX]);
/* The n-th moment of a blob of `len` octets; 0 behind the last. */
uint64_t ush_moments_nth(const uint8_t *blob, size_t len, size_t n);
