/* SPDX-License-Identifier: BSD-3-Clause */
#include "common/uuid.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>

const char *
ush_uuid(char buf[USH_UUID_TEXT_MAX], const char *kind, const char *text)
{
	static const unsigned char space[16] = {0x6f, 0x0e, 0x1f, 0x5e, 0x5b, 0x0f, 0x4f, 0x4c,
	    0x9d, 0x0e, 0x2a, 0x6a, 0x0e, 0x6b, 0x7c, 0x11};
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	unsigned char digest[EVP_MAX_MD_SIZE] = {0};

	if (context != NULL && EVP_DigestInit_ex(context, EVP_sha1(), NULL) == 1 &&
	    EVP_DigestUpdate(context, space, sizeof(space)) == 1 &&
	    EVP_DigestUpdate(context, kind, strlen(kind) + 1) == 1 &&
	    EVP_DigestUpdate(context, text, strlen(text)) == 1)
		(void)EVP_DigestFinal_ex(context, digest, NULL);
	EVP_MD_CTX_free(context);
	digest[6] = (unsigned char)((digest[6] & 0x0f) | 0x50);
	digest[8] = (unsigned char)((digest[8] & 0x3f) | 0x80);
	snprintf(buf, USH_UUID_TEXT_MAX,
	    "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", digest[0],
	    digest[1], digest[2], digest[3], digest[4], digest[5], digest[6], digest[7], digest[8],
	    digest[9], digest[10], digest[11], digest[12], digest[13], digest[14], digest[15]);
	return buf;
}
