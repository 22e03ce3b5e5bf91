/* SPDX-License-Identifier: BSD-3-Clause */
/* host_moments.h - the moments of one host, campaign and fact, gathered from the blobs of moments.h
 * for a rhythm. Values only, any thread may call. */
#pragma once

#include "sinkhole/store/moments.h"

/* Those of a drill lie beside the others: two in one place at most. Zeroed: none. */
struct ush_host_moments {
	size_t count;
	uint64_t times[2 * USH_RHYTHM_PLACES];
};

/* In the order of places; what is more than they can hold is left out. */
void ush_host_moments_add(struct ush_host_moments *moments, const uint8_t *blob, size_t len);
/* The rhythm of all that were added; then there are none. */
void ush_host_moments_finish(struct ush_host_moments *moments, struct ush_rhythm *out);
