/* SPDX-License-Identifier: BSD-3-Clause */
/* digest.h - the two hash functions of events, looked up once: OpenSSL's own shortcuts look them up
 * for each message, which costs more than the hashing. Belongs to one thread. */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include "common/attr.h"

#define USH_SHA256_BYTES 32
#define USH_SHA1_BYTES 20

struct ush_digests;

/* NULL: no memory. */
struct ush_digests *ush_digests_new(void);
void ush_digests_free(struct ush_digests *digests); /* NULL is allowed */

/* -1 if it cannot be made. */
USH_MUST_CHECK int ush_digest_sha256(
    struct ush_digests *digests, const void *data, size_t len, uint8_t out[USH_SHA256_BYTES]);
USH_MUST_CHECK int ush_digest_sha1(
    struct ush_digests *digests, const void *data, size_t len, uint8_t out[USH_SHA1_BYTES]);
