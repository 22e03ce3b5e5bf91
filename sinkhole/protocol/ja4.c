/* SPDX-License-Identifier: BSD-3-Clause */
/* As FoxIO's technical details of JA4 describe it. */
#include "sinkhole/protocol/ja4.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { EXTENSION_SNI = 0, EXTENSION_ALPN = 16 };

#define HASH_CHARS 12

static const char digits[] = "0123456789abcdef";

/* "002f,0035,..." */
struct listing {
	char text[2 * USH_HELLO_CODES_MAX * 5];
	size_t len;
};

static void
add_character(struct listing *listing, char character)
{
	listing->text[listing->len++] = character;
}

static void
add_codes(struct listing *listing, const uint16_t *codes, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (i > 0)
			add_character(listing, ',');
		for (int shift = 12; shift >= 0; shift -= 4)
			add_character(listing, digits[codes[i] >> shift & 15]);
	}
}

static int
compare_codes(const void *a, const void *b)
{
	return (int)*(const uint16_t *)a - (int)*(const uint16_t *)b;
}

static int
add_hash(char *out, const struct listing *listing, struct ush_digests *digests)
{
	uint8_t hash[USH_SHA256_BYTES];

	if (listing->len == 0) {
		memcpy(out, "000000000000", HASH_CHARS + 1);
		return 0;
	}
	if (ush_digest_sha256(digests, listing->text, listing->len, hash) != 0)
		return -1;
	for (size_t i = 0; i < HASH_CHARS; i++)
		out[i] = digits[i % 2 == 0 ? hash[i / 2] >> 4 : hash[i / 2] & 15];
	out[HASH_CHARS] = '\0';
	return 0;
}

static const char *
version_text(const struct ush_hello *hello)
{
	uint16_t version = hello->versions[0];

	for (size_t i = 1; i < hello->version_count; i++)
		version = hello->versions[i] > version ? hello->versions[i] : version;
	switch (version) {
	case 0x0304:
		return "13";
	case 0x0303:
		return "12";
	case 0x0302:
		return "11";
	case 0x0301:
		return "10";
	case 0x0300:
		return "s3";
	default:
		return "00";
	}
}

static bool
is_alphanumeric(uint8_t byte)
{
	return (byte >= '0' && byte <= '9') || (byte >= 'A' && byte <= 'Z') ||
	       (byte >= 'a' && byte <= 'z');
}

/* Of a word with other bytes, the first and the last of its hexadecimal digits. */
static void
write_alpn(char out[3], const struct ush_hello *hello)
{
	const uint8_t *ends = hello->alpn_ends;

	if (hello->alpn_count == 0)
		snprintf(out, 3, "00");
	else if (is_alphanumeric(ends[0]) && is_alphanumeric(ends[1]))
		snprintf(out, 3, "%c%c", ends[0], ends[1]);
	else
		snprintf(out, 3, "%x%x", ends[0] >> 4 & 15u, ends[1] & 15u);
}

static int
add_ciphers(char *out, const struct ush_hello *hello, struct ush_digests *digests)
{
	struct ush_hello_codes sorted = hello->ciphers;
	struct listing listing;

	listing.len = 0; /* the text need not be cleared */
	qsort(sorted.items, sorted.count, sizeof(sorted.items[0]), compare_codes);
	add_codes(&listing, sorted.items, sorted.count);
	return add_hash(out, &listing, digests);
}

/* SNI and ALPN are in the first part already. */
static int
add_extensions(char *out, const struct ush_hello *hello, struct ush_digests *digests)
{
	struct ush_hello_codes sorted;
	struct listing listing;

	sorted.count = listing.len = 0;
	for (size_t i = 0; i < hello->extensions.count; i++) {
		uint16_t code = hello->extensions.items[i];

		if (code != EXTENSION_SNI && code != EXTENSION_ALPN)
			sorted.items[sorted.count++] = code;
	}
	qsort(sorted.items, sorted.count, sizeof(sorted.items[0]), compare_codes);
	add_codes(&listing, sorted.items, sorted.count);
	if (hello->signatures.count > 0) {
		add_character(&listing, '_');
		add_codes(&listing, hello->signatures.items, hello->signatures.count);
	}
	return add_hash(out, &listing, digests);
}

/* Two digits, for there is room for no more. */
static char *
put_count(char *to, size_t count)
{
	count = count < 99 ? count : 99;
	*to++ = (char)('0' + count / 10);
	*to++ = (char)('0' + count % 10);
	return to;
}

int
ush_ja4_make(char out[USH_JA4_MAX], const struct ush_hello *hello, struct ush_digests *digests)
{
	char ciphers[HASH_CHARS + 1];
	char extensions[HASH_CHARS + 1];
	char alpn[3];
	char *to = out;

	if (hello->version2 || hello->ciphers.count > USH_HELLO_CODES_MAX ||
	    hello->extensions.count > USH_HELLO_CODES_MAX ||
	    hello->signatures.count >= USH_HELLO_CODES_MAX ||
	    add_ciphers(ciphers, hello, digests) != 0 ||
	    add_extensions(extensions, hello, digests) != 0)
		return -1;
	write_alpn(alpn, hello);
	*to++ = 't';
	to = stpcpy(to, version_text(hello));
	*to++ = hello->named ? 'd' : 'i';
	to = put_count(to, hello->ciphers.count);
	to = put_count(to, hello->extensions.count);
	to = stpcpy(stpcpy(to, alpn), "_");
	(void)stpcpy(stpcpy(stpcpy(to, ciphers), "_"), extensions);
	return 0;
}
