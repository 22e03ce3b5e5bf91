/* SPDX-License-Identifier: BSD-3-Clause */
/* tls.h - the server's side of TLS with a certificate that no client has a reason to trust,
 * between buffers: sockets are connection.c's. A client that goes on shows what it wanted. Old protocol
 * versions and weak ciphers are taken on purpose, as far as the library has them: nothing of worth
 * is said here. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "common/attr.h"
#include "common/error.h"

#define USH_TLS_ALERT_MAX 32

/* Keys and self-signed certificates, in memory alone. Immutable, counted by its holders, any
 * thread. */
struct ush_tls_identity;

/* Makes new keys: a tenth of a second or so. Returns 0 and *out held by the caller. */
USH_MUST_CHECK int ush_tls_identity_new(struct ush_tls_identity **out, struct ush_error *err);
struct ush_tls_identity *ush_tls_identity_hold(struct ush_tls_identity *identity);
void ush_tls_identity_release(struct ush_tls_identity *identity); /* NULL is allowed */

/* One connection's TLS; belongs to the connection's thread. */
struct ush_tls;

/* How far it went. */
struct ush_tls_outcome {
	bool established;              /* the client has accepted the certificate */
	bool over;                     /* nothing more will come of it */
	char alert[USH_TLS_ALERT_MAX]; /* the client's first, as "unknown_ca"; "" if it sent none */
};

/* Needs the identity no longer than for this call. NULL: no memory. */
struct ush_tls *ush_tls_new(struct ush_tls_identity *identity);
void ush_tls_free(struct ush_tls *tls); /* NULL is allowed */

/* Takes what the client sent; ush_tls_read() then makes something of it. */
USH_MUST_CHECK int ush_tls_feed(struct ush_tls *tls, const uint8_t *data, size_t len);
/* Goes on with the handshake, or decrypts at most `size` bytes. 0: nothing for now. */
size_t ush_tls_read(struct ush_tls *tls, uint8_t *data, size_t size);
/* Encrypts; before the handshake is done nothing is. */
void ush_tls_write(struct ush_tls *tls, const uint8_t *data, size_t len);
/* Says good-bye. */
void ush_tls_close(struct ush_tls *tls);
/* Moves at most `size` bytes of what is to be sent to the client; 0: nothing. */
size_t ush_tls_output(struct ush_tls *tls, uint8_t *data, size_t size);
const struct ush_tls_outcome *ush_tls_outcome(const struct ush_tls *tls);
