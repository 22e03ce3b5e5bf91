/* SPDX-License-Identifier: BSD-3-Clause */
#include "sinkhole/sinkwatch/access/aliases.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define KEY_BYTES 32
#define LETTERS 10 /* of 30 each: 49 bits */

/* Without letters and digits that are mistaken for others (0 and o, 1, i and l) or make words. */
static const char alphabet[] = "23456789abcdefghjkmnpqrstvwxyz";
#define ALPHABET (sizeof(alphabet) - 1)

static const char *const prefixes[USH_ALIASES] = {
    [USH_ALIAS_HOST] = "host-",
    [USH_ALIAS_NETWORK] = "network-",
    [USH_ALIAS_NAME] = "name-",
    [USH_ALIAS_HARDWARE] = "hardware-",
    [USH_ALIAS_PERSON] = "person-",
    [USH_ALIAS_PLACE] = "place-",
    [USH_ALIAS_ASSET] = "asset-",
};

struct ush_aliases {
	EVP_MAC_CTX *mac; /* has the key */
};

/* 0, or -1 and the reason; 1: there is no such file. */
static int
read_key(unsigned char key[KEY_BYTES], const char *path, struct ush_error *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	struct stat st;
	ssize_t len;

	if (fd == -1 && errno == ENOENT)
		return 1;
	if (fd == -1)
		return ush_fail(err, path, 0, "%s", strerror(errno));
	len = read(fd, key, KEY_BYTES);
	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) || (st.st_mode & 077) != 0) {
		close(fd);
		return ush_fail(err, path, 0,
		    "the key of the pseudonyms must be a file that only its user may read");
	}
	close(fd);
	if (len != KEY_BYTES)
		return ush_fail(err, path, 0, "the key of the pseudonyms has %d bytes", KEY_BYTES);
	return 0;
}

/* Under another name first, so that a half key never stands there. */
static int
make_key(unsigned char key[KEY_BYTES], const char *path, struct ush_error *err)
{
	char *temporary;
	bool is_made = false;
	int saved;
	int fd;

	if (asprintf(&temporary, "%s.XXXXXX", path) == -1)
		return ush_fail(err, NULL, 0, "out of memory");
	fd = mkostemp(temporary, O_CLOEXEC); /* with mode 0600 */
	saved = errno;
	if (fd != -1) {
		is_made = RAND_bytes(key, KEY_BYTES) == 1 &&
		          write(fd, key, KEY_BYTES) == KEY_BYTES && fsync(fd) == 0;
		is_made = close(fd) == 0 && is_made && link(temporary, path) == 0;
		saved = errno;
		(void)unlink(temporary);
	}
	free(temporary);
	return is_made ? 0
	               : ush_fail(err, path, 0, "the key of the pseudonyms cannot be made: %s",
	                     strerror(saved));
}

static EVP_MAC_CTX *
mac_with(const unsigned char key[KEY_BYTES])
{
	char digest[] = "SHA256";
	const OSSL_PARAM params[] = {
	    OSSL_PARAM_utf8_string("digest", digest, sizeof(digest) - 1), OSSL_PARAM_END};
	EVP_MAC *hmac = EVP_MAC_fetch(NULL, "HMAC", NULL);
	EVP_MAC_CTX *mac = hmac != NULL ? EVP_MAC_CTX_new(hmac) : NULL;

	EVP_MAC_free(hmac);
	if (mac != NULL && EVP_MAC_init(mac, key, KEY_BYTES, params) != 1) {
		EVP_MAC_CTX_free(mac);
		return NULL;
	}
	return mac;
}

int
ush_aliases_open(struct ush_aliases **out, const char *key_path, struct ush_error *err)
{
	struct ush_aliases *aliases;
	unsigned char key[KEY_BYTES];
	int rc = read_key(key, key_path, err);

	*out = NULL;
	if (rc == 1)
		rc = make_key(key, key_path, err);
	if (rc != 0)
		return -1;
	aliases = calloc(1, sizeof(*aliases));
	if (aliases != NULL)
		aliases->mac = mac_with(key);
	explicit_bzero(key, sizeof(key));
	if (aliases == NULL || aliases->mac == NULL) {
		ush_aliases_close(aliases);
		return ush_fail(err, NULL, 0, "out of memory");
	}
	*out = aliases;
	return 0;
}

void
ush_aliases_close(struct ush_aliases *aliases)
{
	if (aliases == NULL)
		return;
	EVP_MAC_CTX_free(aliases->mac);
	free(aliases);
}

const char *
ush_alias_of(const struct ush_aliases *aliases, enum ush_alias_kind kind, const char *text,
    char buf[USH_ALIAS_MAX])
{
	const char *prefix = prefixes[kind];
	unsigned char digest[32] = {0};
	size_t used = strlen(prefix);
	uint64_t bits = 0;
	size_t len;

	buf[0] = '\0';
	if (text[0] == '\0')
		return buf;
	/* The kind goes in: a machine and its owner of the same name have nothing in common. */
	if (EVP_MAC_init(aliases->mac, NULL, 0, NULL) != 1 ||
	    EVP_MAC_update(aliases->mac, (const unsigned char *)prefix, used) != 1 ||
	    EVP_MAC_update(aliases->mac, (const unsigned char *)text, strlen(text)) != 1 ||
	    EVP_MAC_final(aliases->mac, digest, &len, sizeof(digest)) != 1)
		memset(digest, 0, sizeof(digest)); /* hidden, though not told apart */
	memcpy(&bits, digest, sizeof(bits));
	memcpy(buf, prefix, used);
	for (size_t i = 0; i < LETTERS; i++) {
		buf[used++] = alphabet[bits % ALPHABET];
		bits /= ALPHABET;
	}
	buf[used] = '\0';
	return buf;
}

bool
ush_alias_is(enum ush_alias_kind kind, const char *text)
{
	size_t len = strlen(prefixes[kind]);

	return strncmp(text, prefixes[kind], len) == 0 && strlen(text + len) == LETTERS &&
	       strspn(text + len, alphabet) == LETTERS;
}
