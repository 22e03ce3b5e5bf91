/* SPDX-License-Identifier: BSD-3-Clause */
/* tsig.h - transactions that are signed with a shared key (RFC 8945), as the client of a zone transfer
 * needs it: one signed query, then answers of which the first, the last and at least every hundredth are
 * signed. One owner, one thread. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "common/attr.h"
#include "common/error.h"
#include "common/name.h"

#define USH_TSIG_MAC_MAX 64 /* SHA-512 */
#define USH_TSIG_SECRET_MAX 256
#define USH_TSIG_ROOM (2 * USH_NAME_MAX + 26 + USH_TSIG_MAC_MAX) /* bytes of a record at most */

struct ush_tsig_key {
	struct ush_name name;
	struct ush_name algorithm;
	const char *digest; /* as OpenSSL calls it */
	uint8_t secret[USH_TSIG_SECRET_MAX];
	size_t secret_len;
};

/* Read a key as tsig-keygen writes it (BIND), as NSD and Knot have it in their configuration, or
 * "hmac-sha256:name:secret". */
USH_MUST_CHECK int ush_tsig_key_read(
    struct ush_tsig_key *out, const char *path, struct ush_error *err);

/* A query and the answers to it. */
struct ush_tsig {
	const struct ush_tsig_key *key;
	uint8_t mac[USH_TSIG_MAC_MAX]; /* of the query, then of the last signed answer */
	size_t mac_len;
	bool answered;      /* the first answer was checked */
	unsigned unsigned_; /* answers since the last signed one */
	void *digest;       /* of what has come since then */
};

/* Sign message[0..*len), which has room for USH_TSIG_ROOM bytes more. Wants its fini. */
USH_MUST_CHECK int ush_tsig_sign(struct ush_tsig *out, const struct ush_tsig_key *key,
    uint8_t *message, size_t *len, uint64_t now_s, struct ush_error *err);

/* Check an answer, whose record for that begins at `record` (0: it has none). `last`: it must have
 * one. */
USH_MUST_CHECK int ush_tsig_check(struct ush_tsig *tsig, const uint8_t *message, size_t len,
    size_t record, bool last, uint64_t now_s, struct ush_error *err);

void ush_tsig_fini(struct ush_tsig *tsig);
