/* SPDX-License-Identifier: BSD-3-Clause */
#include "zones/update/tsig.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <string.h>

#define HEADER_LEN 12
#define TYPE_TSIG 250
#define CLASS_ANY 255
#define FUDGE_S 300
#define UNSIGNED_MAX 99 /* RFC 8945, section 5.3.1 */

static void
put16(uint8_t *to, unsigned value)
{
	to[0] = (uint8_t)(value >> 8);
	to[1] = (uint8_t)value;
}

static unsigned
get16(const uint8_t *from)
{
	return (unsigned)from[0] << 8 | from[1];
}

static uint64_t
get48(const uint8_t *from)
{
	uint64_t value = 0;

	for (unsigned i = 0; i < 6; i++)
		value = value << 8 | from[i];
	return value;
}

static void
put48(uint8_t *to, uint64_t value)
{
	for (unsigned i = 0; i < 6; i++)
		to[i] = (uint8_t)(value >> (40 - 8 * i));
}

static EVP_MAC_CTX *
digest_new(const struct ush_tsig_key *key)
{
	EVP_MAC *mac = EVP_MAC_fetch(NULL, "HMAC", NULL);
	EVP_MAC_CTX *digest = mac != NULL ? EVP_MAC_CTX_new(mac) : NULL;
	char name[16];
	OSSL_PARAM params[2] = {OSSL_PARAM_construct_end(), OSSL_PARAM_construct_end()};

	strncpy(name, key->digest, sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	params[0] = OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, name, 0);
	EVP_MAC_free(mac);
	if (digest != NULL && EVP_MAC_init(digest, key->secret, key->secret_len, params) == 1)
		return digest;
	EVP_MAC_CTX_free(digest);
	return NULL;
}

static bool
add(EVP_MAC_CTX *digest, const void *data, size_t len)
{
	return EVP_MAC_update(digest, data, len) == 1;
}

/* The MAC before, with its length: what chains the answers to the query. */
static bool
add_mac(EVP_MAC_CTX *digest, const struct ush_tsig *tsig)
{
	uint8_t len[2];

	put16(len, (unsigned)tsig->mac_len);
	return add(digest, len, sizeof(len)) && add(digest, tsig->mac, tsig->mac_len);
}

/* Time, fudge, error and other data as they stand in the record. */
struct variables {
	uint8_t timers[8];
	uint8_t rest[4 + 6]; /* error, length of other data, other data (a time) */
	size_t rest_len;
};

static bool
add_variables(
    EVP_MAC_CTX *digest, const struct ush_tsig_key *key, const struct variables *variables)
{
	static const uint8_t any[6] = {0, CLASS_ANY, 0, 0, 0, 0}; /* class and TTL */

	return add(digest, key->name.wire, key->name.len) && add(digest, any, sizeof(any)) &&
	       add(digest, key->algorithm.wire, key->algorithm.len) &&
	       add(digest, variables->timers, sizeof(variables->timers)) &&
	       add(digest, variables->rest, variables->rest_len);
}

static size_t
append(uint8_t *to, const struct ush_tsig *tsig, const struct variables *variables, unsigned id)
{
	const struct ush_tsig_key *key = tsig->key;
	uint8_t *at = to;

	memcpy(at, key->name.wire, key->name.len);
	at += key->name.len;
	put16(at, TYPE_TSIG);
	put16(at + 2, CLASS_ANY);
	memset(at + 4, 0, 4);
	put16(at + 8, (unsigned)(key->algorithm.len + tsig->mac_len + 16));
	at += 10;
	memcpy(at, key->algorithm.wire, key->algorithm.len);
	at += key->algorithm.len;
	memcpy(at, variables->timers, sizeof(variables->timers));
	at += sizeof(variables->timers);
	put16(at, (unsigned)tsig->mac_len);
	memcpy(at + 2, tsig->mac, tsig->mac_len);
	at += 2 + tsig->mac_len;
	put16(at, id);
	memcpy(at + 2, variables->rest, 4);
	return (size_t)(at + 6 - to);
}

int
ush_tsig_sign(struct ush_tsig *out, const struct ush_tsig_key *key, uint8_t *message, size_t *len,
    uint64_t now_s, struct ush_error *err)
{
	struct variables variables = {.rest_len = 4};
	EVP_MAC_CTX *digest = digest_new(key);
	bool good;

	*out = (struct ush_tsig){.key = key};
	put48(variables.timers, now_s);
	put16(variables.timers + 6, FUDGE_S);
	good = digest != NULL && add(digest, message, *len) &&
	       add_variables(digest, key, &variables) &&
	       EVP_MAC_final(digest, out->mac, &out->mac_len, sizeof(out->mac)) == 1;
	EVP_MAC_CTX_free(digest);
	if (!good)
		return ush_fail(err, NULL, 0, "cannot sign the query");
	*len += append(message + *len, out, &variables, get16(message));
	put16(message + 10, get16(message + 10) + 1);
	return 0;
}

struct record {
	struct variables variables;
	const uint8_t *mac;
	size_t mac_len;
	unsigned id;
	unsigned error;
};

/* The record at the end of an answer. -1: it is none that this key can have made. */
static int
read_record(struct record *out, const struct ush_tsig_key *key, const uint8_t *at, size_t len)
{
	struct ush_name name;
	size_t other;

	if (ush_name_from_wire(&name, at, len) != 0 || !ush_name_equal(&name, &key->name))
		return -1;
	at += name.len;
	len -= name.len;
	if (len < 10 || get16(at) != TYPE_TSIG || get16(at + 2) != CLASS_ANY ||
	    get16(at + 8) != len - 10)
		return -1;
	at += 10;
	len -= 10;
	if (ush_name_from_wire(&name, at, len) != 0 || !ush_name_equal(&name, &key->algorithm) ||
	    len - name.len < 10)
		return -1;
	at += name.len;
	len -= name.len;
	memcpy(out->variables.timers, at, 8);
	out->mac_len = get16(at + 8);
	out->mac = at + 10;
	if (len - 10 < out->mac_len + 6)
		return -1;
	at += 10 + out->mac_len;
	len -= 10 + out->mac_len;
	out->id = get16(at);
	out->error = get16(at + 2);
	other = get16(at + 4);
	if (other != len - 6 || (other != 0 && other != 6))
		return -1;
	out->variables.rest_len = 4 + other;
	memcpy(out->variables.rest, at + 2, out->variables.rest_len);
	return 0;
}

static int
fail_error(unsigned code, struct ush_error *err)
{
	const char *name = code == 16   ? "BADSIG: it has another secret"
	                   : code == 17 ? "BADKEY: it does not know this key"
	                   : code == 18 ? "BADTIME: the clocks differ"
	                                : "an error of TSIG";

	return ush_fail(err, NULL, 0, "the server refuses the key: %s", name);
}

/* The message as it was when it was signed: with the first identifier and without the record. */
static bool
add_message(EVP_MAC_CTX *digest, const uint8_t *message, size_t record, unsigned id)
{
	uint8_t header[HEADER_LEN];

	memcpy(header, message, sizeof(header));
	put16(header, id);
	put16(header + 10, get16(header + 10) - 1);
	return add(digest, header, sizeof(header)) &&
	       add(digest, message + sizeof(header), record - sizeof(header));
}

static bool
verify(struct ush_tsig *tsig, const uint8_t *message, size_t record, const struct record *signature)
{
	uint8_t mac[USH_TSIG_MAC_MAX];
	size_t mac_len = 0;
	bool good = add_message(tsig->digest, message, record, signature->id);

	good = good &&
	       (tsig->answered ? add(tsig->digest, signature->variables.timers, 8)
	                       : add_variables(tsig->digest, tsig->key, &signature->variables));
	good = good && EVP_MAC_final(tsig->digest, mac, &mac_len, sizeof(mac)) == 1 &&
	       mac_len == signature->mac_len && CRYPTO_memcmp(mac, signature->mac, mac_len) == 0;
	ush_tsig_fini(tsig);
	if (good) {
		memcpy(tsig->mac, mac, mac_len);
		tsig->mac_len = mac_len;
	}
	return good;
}

int
ush_tsig_check(struct ush_tsig *tsig, const uint8_t *message, size_t len, size_t record, bool last,
    uint64_t now_s, struct ush_error *err)
{
	struct record signature;
	uint64_t signed_s;

	if (tsig->digest == NULL) {
		tsig->digest = digest_new(tsig->key);
		if (tsig->digest == NULL || !add_mac(tsig->digest, tsig))
			return ush_fail(err, NULL, 0, "cannot check the signature");
	}
	if (record == 0) {
		if (last || !tsig->answered || ++tsig->unsigned_ > UNSIGNED_MAX ||
		    !add(tsig->digest, message, len))
			return ush_fail(err, NULL, 0, "the server's answer is not signed");
		return 0;
	}
	if (read_record(&signature, tsig->key, message + record, len - record) != 0)
		return ush_fail(err, NULL, 0, "the server's answer is signed with another key");
	if (signature.error != 0)
		return fail_error(signature.error, err);
	if (!verify(tsig, message, record, &signature))
		return ush_fail(err, NULL, 0, "the signature of the server's answer is wrong");
	signed_s = get48(signature.variables.timers);
	if (signed_s > now_s + FUDGE_S || now_s > signed_s + FUDGE_S)
		return ush_fail(err, NULL, 0,
		    "the server's answer is signed at another time: do the "
		    "clocks differ?");
	tsig->answered = true;
	tsig->unsigned_ = 0;
	return 0;
}

void
ush_tsig_fini(struct ush_tsig *tsig)
{
	EVP_MAC_CTX_free(tsig->digest);
	tsig->digest = NULL;
}
