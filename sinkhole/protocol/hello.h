/* SPDX-License-Identifier: BSD-3-Clause */
/* hello.h - what a TLS ClientHello says in the clear. No TLS library takes part: nothing is
 * negotiated, and what a library would refuse is read as far as it goes. Pure, any thread may call.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* More than this is no ClientHello that anything sends (post-quantum ones are below 2 KiB). */
#define USH_HELLO_MAX 16384
#define USH_HELLO_LISTED_MAX 8
#define USH_HELLO_WORD_MAX 32
#define USH_HELLO_CODES_MAX 256

/* Numbers that stand for something, in the order sent, without GREASE (RFC 8701). */
struct ush_hello_codes {
	uint16_t items[USH_HELLO_CODES_MAX];
	size_t count; /* may be more than items[] holds */
};

struct ush_hello {
	uint16_t legacy_version;
	char server_name[256]; /* SNI; any bytes but NUL, "" if there was none */
	char alpn[USH_HELLO_LISTED_MAX][USH_HELLO_WORD_MAX]; /* the first ones, any bytes but NUL */
	size_t alpn_count;
	uint16_t versions[USH_HELLO_LISTED_MAX]; /* supported_versions without GREASE, else the
	                                            legacy one */
	size_t version_count;
	bool version2; /* framed as SSL 2 did, as Windows XP still asks for TLS: it names no host */
	bool named;    /* it has the extension for a server name */
	bool greased;  /* GREASE is among its extensions */
	uint8_t alpn_ends[2]; /* first and last byte of the first ALPN word */
	struct ush_hello_codes ciphers;
	struct ush_hello_codes extensions;
	struct ush_hello_codes signatures; /* signature algorithms */
};

enum ush_hello_result { USH_HELLO_MORE, USH_HELLO_DONE, USH_HELLO_BROKEN };

/* Whether it begins as a ClientHello in the framing of SSL 2, as far as it is there. */
enum ush_hello_result ush_hello_is_version2(const uint8_t *data, size_t len);

/* Read the TLS records at data[0..len), over which the handshake message may be spread, or the one
 * message in the framing of SSL 2. */
enum ush_hello_result ush_hello_read(struct ush_hello *out, const uint8_t *data, size_t len);

/* "1.3", "1.2", ..., "ssl3", "ssl2"; NULL if it is none of them. */
const char *ush_tls_version_text(uint16_t version);
