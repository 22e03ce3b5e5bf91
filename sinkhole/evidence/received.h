/* SPDX-License-Identifier: BSD-3-Clause */
/* received.h - the first bytes of what was received, and the count and SHA-256 of all of it.
 * Memory is taken as bytes come in, never more than `max`. Belongs to one thread; the bytes and the
 * hash state belong to the struct. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "common/attr.h"
#include "sinkhole/protocol/digest.h"

struct ush_received {
	uint8_t *data;
	size_t used;    /* bytes kept */
	size_t size;    /* bytes allocated */
	size_t max;     /* most that will be kept; may be raised until bytes were dropped */
	uint64_t total; /* bytes received */
	void *hash;     /* EVP_MD_CTX, only once bytes were dropped */
	bool failed;    /* no memory: later bytes are counted and no longer hashed */
};

void ush_received_init(struct ush_received *received, size_t max);
void ush_received_fini(struct ush_received *received);
void ush_received_add(struct ush_received *received, const uint8_t *data, size_t len);
/* Takes back the last `len` bytes added; nothing may have been dropped. */
void ush_received_give_back(struct ush_received *received, size_t len);
/* False if it cannot be known (no memory was left). May be called once, at the end. */
USH_MUST_CHECK bool ush_received_sha256(
    struct ush_received *received, struct ush_digests *digests, uint8_t out[USH_SHA256_BYTES]);
