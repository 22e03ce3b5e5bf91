/* SPDX-License-Identifier: BSD-3-Clause */
/* siphash.h - SipHash-2-4: a keyed hash of short texts that tells nothing of them, nor of the key, to
 * those who do not have it. (xxHash is faster and promises nothing of the kind.) Any thread. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define USH_SIPHASH_KEY 16

uint64_t ush_siphash(const uint8_t key[USH_SIPHASH_KEY], const uint8_t *bytes, size_t len);
