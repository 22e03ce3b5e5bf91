/* SPDX-License-Identifier: BSD-3-Clause */
/* As its authors describe it: Aumasson and Bernstein, "SipHash: a fast short-input PRF" (2012). */
#include "common/siphash.h"

static uint64_t
rotate(uint64_t word, unsigned bits)
{
	return word << bits | word >> (64 - bits);
}

static uint64_t
read_word(const uint8_t *bytes, size_t len)
{
	uint64_t word = 0;

	for (size_t i = 0; i < len; i++)
		word |= (uint64_t)bytes[i] << 8 * i;
	return word;
}

static void
mix(uint64_t v[4], unsigned rounds)
{
	while (rounds-- > 0) {
		v[0] += v[1];
		v[2] += v[3];
		v[1] = rotate(v[1], 13) ^ v[0];
		v[3] = rotate(v[3], 16) ^ v[2];
		v[0] = rotate(v[0], 32);
		v[2] += v[1];
		v[0] += v[3];
		v[1] = rotate(v[1], 17) ^ v[2];
		v[3] = rotate(v[3], 21) ^ v[0];
		v[2] = rotate(v[2], 32);
	}
}

static void
take(uint64_t v[4], uint64_t word)
{
	v[3] ^= word;
	mix(v, 2);
	v[0] ^= word;
}

uint64_t
ush_siphash(const uint8_t key[USH_SIPHASH_KEY], const uint8_t *bytes, size_t len)
{
	uint64_t k0 = read_word(key, 8), k1 = read_word(key + 8, 8);
	uint64_t v[4] = {k0 ^ 0x736f6d6570736575, k1 ^ 0x646f72616e646f6d, k0 ^ 0x6c7967656e657261,
	    k1 ^ 0x7465646279746573};
	size_t at = 0;

	for (; len - at >= 8; at += 8)
		take(v, read_word(bytes + at, 8));
	take(v, read_word(bytes + at, len - at) | (uint64_t)len << 56);
	v[2] ^= 0xff;
	mix(v, 4);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}
