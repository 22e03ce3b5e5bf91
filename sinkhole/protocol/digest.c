/* SPDX-License-Identifier: BSD-3-Clause */
#include "sinkhole/protocol/digest.h"

#include <openssl/evp.h>
#include <stdlib.h>

struct ush_digests {
	EVP_MD_CTX *context;
	EVP_MD *sha256;
	EVP_MD *sha1;
};

struct ush_digests *
ush_digests_new(void)
{
	struct ush_digests *digests = calloc(1, sizeof(*digests));

	if (digests == NULL)
		return NULL;
	digests->context = EVP_MD_CTX_new();
	digests->sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
	digests->sha1 = EVP_MD_fetch(NULL, "SHA1", NULL);
	if (digests->context != NULL && digests->sha256 != NULL && digests->sha1 != NULL)
		return digests;
	ush_digests_free(digests);
	return NULL;
}

void
ush_digests_free(struct ush_digests *digests)
{
	if (digests == NULL)
		return;
	EVP_MD_CTX_free(digests->context);
	EVP_MD_free(digests->sha256);
	EVP_MD_free(digests->sha1);
	free(digests);
}

static int
make(struct ush_digests *digests, const EVP_MD *kind, const void *data, size_t len, uint8_t *out)
{
	return EVP_DigestInit_ex2(digests->context, kind, NULL) == 1 &&
	               EVP_DigestUpdate(digests->context, data, len) == 1 &&
	               EVP_DigestFinal_ex(digests->context, out, NULL) == 1
	           ? 0
	           : -1;
}

int
ush_digest_sha256(
    struct ush_digests *digests, const void *data, size_t len, uint8_t out[USH_SHA256_BYTES])
{
	return make(digests, digests->sha256, data, len, out);
}

int
ush_digest_sha1(
    struct ush_digests *digests, const void *data, size_t len, uint8_t out[USH_SHA1_BYTES])
{
	return make(digests, digests->sha1, data, len, out);
}
