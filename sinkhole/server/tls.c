/* SPDX-License-Identifier: BSD-3-Clause */
#include "sinkhole/server/tls.h"

#include <ctype.h>
#include <openssl/err.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdatomic.h>
#include <stdlib.h>

#define VALID_DAYS 397 /* what public ones have at most; renewed at each start */
#define DAY_S 86400L

struct ush_tls_identity {
	_Atomic unsigned holders;
	SSL_CTX *context;
};

struct ush_tls {
	SSL *ssl;
	struct ush_tls_outcome outcome;
};

/* "unknown CA" -> "unknown_ca" */
static void
name_alert(char out[USH_TLS_ALERT_MAX], int alert)
{
	size_t len = 0;

	for (const char *c = SSL_alert_desc_string_long(alert);
	     *c != '\0' && len + 1 < USH_TLS_ALERT_MAX; c++)
		out[len++] = (char)(*c == ' ' ? '_' : tolower((unsigned char)*c));
	out[len] = '\0';
}

static void
on_info(const SSL *ssl, int where, int value)
{
	struct ush_tls *tls = SSL_get_app_data(ssl);

	if ((where & SSL_CB_READ_ALERT) == SSL_CB_READ_ALERT && tls->outcome.alert[0] == '\0')
		name_alert(tls->outcome.alert, value);
	else if ((where & SSL_CB_HANDSHAKE_DONE) != 0)
		tls->outcome.established = true;
}

/* HTTP/1 is what is read here. */
static int
choose_protocol(SSL *ssl, const unsigned char **out, unsigned char *out_len,
    const unsigned char *offered, unsigned len, void *arg)
{
	static const unsigned char ours[] = "\x08http/1.1\x08http/1.0";

	(void)ssl;
	(void)arg;
	return SSL_select_next_proto((unsigned char **)(uintptr_t)out, out_len, ours,
	           sizeof(ours) - 1, offered, len) == OPENSSL_NPN_NEGOTIATED
	           ? SSL_TLSEXT_ERR_OK
	           : SSL_TLSEXT_ERR_NOACK;
}

static bool
fill_certificate(X509 *certificate, EVP_PKEY *key)
{
	X509_NAME *name = X509_get_subject_name(certificate);
	uint64_t serial;

	return RAND_bytes((unsigned char *)&serial, sizeof(serial)) == 1 &&
	       ASN1_INTEGER_set_uint64(X509_get_serialNumber(certificate), serial >> 1) == 1 &&
	       X509_set_version(certificate, X509_VERSION_3) == 1 &&
	       X509_gmtime_adj(X509_getm_notBefore(certificate), -DAY_S) != NULL &&
	       X509_gmtime_adj(X509_getm_notAfter(certificate), VALID_DAYS * DAY_S) != NULL &&
	       X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
	           (const unsigned char *)"sinkhole.invalid", -1, -1, 0) == 1 &&
	       X509_set_issuer_name(certificate, name) == 1 &&
	       X509_set_pubkey(certificate, key) == 1 &&
	       X509_sign(certificate, key, EVP_sha256()) > 0;
}

/* Takes the key, whatever comes of it. */
static bool
use_key(SSL_CTX *context, EVP_PKEY *key)
{
	X509 *certificate = X509_new();
	bool done = key != NULL && certificate != NULL && fill_certificate(certificate, key) &&
	            SSL_CTX_use_certificate(context, certificate) == 1 &&
	            SSL_CTX_use_PrivateKey(context, key) == 1;

	X509_free(certificate);
	EVP_PKEY_free(key);
	return done;
}

static bool
prepare(SSL_CTX *context)
{
	SSL_CTX_set_security_level(context, 0);
	SSL_CTX_set_options(context, SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION |
	                                 SSL_OP_NO_COMPRESSION | SSL_OP_IGNORE_UNEXPECTED_EOF);
	SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
	SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_info_callback(context, on_info);
	SSL_CTX_set_alpn_select_cb(context, choose_protocol, NULL);
	SSL_CTX_set_max_send_fragment(context, 4096);
	/* Old malware knows no elliptic curves. */
	return SSL_CTX_set_num_tickets(context, 0) == 1 &&
	       SSL_CTX_set_min_proto_version(context, 0) == 1 &&
	       SSL_CTX_set_cipher_list(context, "DEFAULT:@SECLEVEL=0") == 1 &&
	       use_key(context, EVP_RSA_gen(2048)) && use_key(context, EVP_EC_gen("P-256"));
}

int
ush_tls_identity_new(struct ush_tls_identity **out, struct ush_error *err)
{
	struct ush_tls_identity *identity = calloc(1, sizeof(*identity));

	if (identity == NULL)
		return ush_fail(err, NULL, 0, "out of memory");
	identity->holders = 1;
	identity->context = SSL_CTX_new(TLS_server_method());
	if (identity->context == NULL || !prepare(identity->context)) {
		ush_tls_identity_release(identity);
		ERR_clear_error();
		return ush_fail(err, NULL, 0, "cannot make keys and certificates for tls: probe");
	}
	*out = identity;
	return 0;
}

struct ush_tls_identity *
ush_tls_identity_hold(struct ush_tls_identity *identity)
{
	atomic_fetch_add(&identity->holders, 1);
	return identity;
}

void
ush_tls_identity_release(struct ush_tls_identity *identity)
{
	if (identity == NULL || atomic_fetch_sub(&identity->holders, 1) != 1)
		return;
	SSL_CTX_free(identity->context);
	free(identity);
}

struct ush_tls *
ush_tls_new(struct ush_tls_identity *identity)
{
	struct ush_tls *tls = calloc(1, sizeof(*tls));
	BIO *in = BIO_new(BIO_s_mem());
	BIO *out = BIO_new(BIO_s_mem());

	if (tls != NULL)
		tls->ssl = SSL_new(identity->context);
	if (tls == NULL || tls->ssl == NULL || in == NULL || out == NULL) {
		BIO_free(in);
		BIO_free(out);
		ush_tls_free(tls);
		return NULL;
	}
	SSL_set_bio(tls->ssl, in, out);
	SSL_set_app_data(tls->ssl, tls);
	SSL_set_accept_state(tls->ssl);
	return tls;
}

void
ush_tls_free(struct ush_tls *tls)
{
	if (tls == NULL)
		return;
	SSL_free(tls->ssl);
	free(tls);
}

int
ush_tls_feed(struct ush_tls *tls, const uint8_t *data, size_t len)
{
	size_t written;

	return BIO_write_ex(SSL_get_rbio(tls->ssl), data, len, &written) == 1 && written == len
	           ? 0
	           : -1;
}

size_t
ush_tls_read(struct ush_tls *tls, uint8_t *data, size_t size)
{
	size_t got = 0;
	int result;

	if (tls->outcome.over)
		return 0;
	ERR_clear_error();
	result = SSL_read_ex(tls->ssl, data, size, &got);
	if (result == 1)
		return got;
	if (SSL_get_error(tls->ssl, result) != SSL_ERROR_WANT_READ)
		tls->outcome.over = true;
	ERR_clear_error();
	return 0;
}

void
ush_tls_write(struct ush_tls *tls, const uint8_t *data, size_t len)
{
	size_t written;

	/* Into memory, so all of it or nothing. */
	if (tls->outcome.established && SSL_write_ex(tls->ssl, data, len, &written) != 1)
		tls->outcome.over = true;
	ERR_clear_error();
}

void
ush_tls_close(struct ush_tls *tls)
{
	if (tls->outcome.established)
		(void)SSL_shutdown(tls->ssl);
	ERR_clear_error();
}

size_t
ush_tls_output(struct ush_tls *tls, uint8_t *data, size_t size)
{
	size_t got = 0;

	return BIO_read_ex(SSL_get_wbio(tls->ssl), data, size, &got) == 1 ? got : 0;
}

const struct ush_tls_outcome *
ush_tls_outcome(const struct ush_tls *tls)
{
	return &tls->outcome;
}
