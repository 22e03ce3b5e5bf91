/* SPDX-License-Identifier: BSD-3-Clause */
#include "sinkhole/store/moments.h"

static uint64_t
slot_of(uint64_t time_ms)
{
	return time_ms / USH_RHYTHM_SLOT_MS;
}

unsigned
ush_moments_part(uint64_t time_ms)
{
	return (unsigned)(slot_of(time_ms) % USH_RHYTHM_PLACES / USH_MOMENTS_PART);
}

void
ush_moments_add(struct ush_moments *moments, uint64_t time_ms)
{
	uint64_t *place = &moments->times[slot_of(time_ms) % USH_RHYTHM_PLACES % USH_MOMENTS_PART];

	if (*place == 0 || slot_of(time_ms) > slot_of(*place) ||
	    (slot_of(time_ms) == slot_of(*place) && time_ms < *place))
		*place = time_ms;
}

size_t
ush_moments_pack(const struct ush_moments *moments, uint8_t blob[USH_MOMENTS_BLOB_MAX])
{
	size_t len = 0;

	for (unsigned i = 0; i < USH_MOMENTS_PART; i++) {
		if (moments->times[i] == 0)
			continue;
		for (unsigned shift = USH_MOMENT_OCTETS * 8; shift > 0; shift -= 8)
			blob[len++] = (uint8_t)(moments->times[i] >> (shift - 8));
	}
	return len;
}

uint64_t
ush_moments_nth(const uint8_t *blob, size_t len, size_t n)
{
	uint64_t time_ms = 0;

	if (n >= len / USH_MOMENT_OCTETS)
		return 0;
	for (unsigned i = 0; i < USH_MOMENT_OCTETS; i++)
		time_ms = time_ms << 8 | blob[n * USH_MOMENT_OCTETS + i];
	return time_ms;
}
