/* SPDX-License-Identifier: BSD-3-Clause */
#include "sinkhole/evidence/received.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_BYTES 1024

void
ush_received_init(struct ush_received *received, size_t max)
{
	*received = (struct ush_received){.max = max};
}

void
ush_received_fini(struct ush_received *received)
{
	EVP_MD_CTX_free(received->hash);
	free(received->data);
	*received = (struct ush_received){0};
}

static bool
grow(struct ush_received *received, size_t need)
{
	size_t size = received->size > 0 ? received->size : FIRST_BYTES;
	uint8_t *data;

	if (need <= received->size)
		return true;
	while (size < need)
		size *= 2;
	if (size > received->max)
		size = received->max;
	data = realloc(received->data, size);
	if (data == NULL)
		return false;
	received->data = data;
	received->size = size;
	return true;
}

/* From the first dropped byte on the hash must run along. */
static bool
start_hash(struct ush_received *received)
{
	if (received->hash != NULL)
		return true;
	received->hash = EVP_MD_CTX_new();
	return received->hash != NULL &&
	       EVP_DigestInit_ex(received->hash, EVP_sha256(), NULL) == 1 &&
	       EVP_DigestUpdate(received->hash, received->data, received->used) == 1;
}

void
ush_received_add(struct ush_received *received, const uint8_t *data, size_t len)
{
	size_t room =
	    received->hash == NULL && !received->failed ? received->max - received->used : 0;
	size_t keep = len < room ? len : room;

	received->total += len;
	if (keep > 0) {
		if (grow(received, received->used + keep)) {
			memcpy(received->data + received->used, data, keep);
			received->used += keep;
		} else {
			received->failed = true;
		}
	}
	if (received->failed || keep == len)
		return;
	if (!start_hash(received) || EVP_DigestUpdate(received->hash, data + keep, len - keep) != 1)
		received->failed = true;
}

void
ush_received_give_back(struct ush_received *received, size_t len)
{
	/* What could not be kept for want of memory has left no trace to take back. */
	received->total -= len;
	received->used = received->used > len ? received->used - len : 0;
	if (received->used > received->total)
		received->used = (size_t)received->total;
}

bool
ush_received_sha256(
    struct ush_received *received, struct ush_digests *digests, uint8_t out[USH_SHA256_BYTES])
{
	if (received->failed)
		return false;
	if (received->hash != NULL)
		return EVP_DigestFinal_ex(received->hash, out, NULL) == 1;
	return ush_digest_sha256(digests, received->data, received->used, out) == 0;
}
