/* SPDX-License-Identifier: BSD-3-Clause */
/* hash.h - the file's hashes. */
#pragma once

#include "common/xxhash_inline.h"
#include "zones/database/format.h"

/* The two parts of a fingerprint are independent hashes, each keyed with its own secret: the second
 * is only needed where the first has met a rule, and together they are as good as they are long. */
static inline uint64_t
ush_db_hash_high(const struct ush_db_header *header, const void *data, size_t len)
{
	return XXH3_64bits_withSecret(data, len, header->secret[0], USH_DB_SECRET_BYTES);
}

static inline uint32_t
ush_db_hash_low(const struct ush_db_header *header, const void *data, size_t len)
{
	return (uint32_t)XXH3_64bits_withSecret(data, len, header->secret[1], USH_DB_SECRET_BYTES);
}

static inline struct ush_db_fingerprint
ush_db_fingerprint(const struct ush_db_header *header, const void *data, size_t len)
{
	return (struct ush_db_fingerprint){
	    .high = ush_db_hash_high(header, data, len),
	    .low = ush_db_hash_low(header, data, len),
	};
}

static inline struct ush_db_checksum
ush_db_checksum_of(XXH128_hash_t hash)
{
	return (struct ush_db_checksum){.low = hash.low64, .high = hash.high64};
}

static inline bool
ush_db_checksum_equal(struct ush_db_checksum a, struct ush_db_checksum b)
{
	return a.low == b.low && a.high == b.high;
}
