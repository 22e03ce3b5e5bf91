/* SPDX-License-Identifier: BSD-3-Clause */
#include "sinkhole/sinkwatch/access/passwords.h"

#include <crypt.h>
#include <errno.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define USERS_MAX 10000
#define LINE_MAX_BYTES 1024
#define RIGHT_KEPT 64
#define DIGEST 32

struct user {
	char name[USH_USER_MAX];
	char *hash; /* owned */
};

struct ush_passwords {
	struct user *users;
	size_t count;
	unsigned char key[DIGEST]; /* of the memory, random */
	unsigned char right[RIGHT_KEPT][DIGEST];
	size_t right_count; /* ever */
};

static int
check_line(const struct ush_passwords *passwords, const char *name, size_t name_len,
    const char *hash, const char *path, unsigned line, struct ush_error *err)
{
	if (name_len == 0 || name_len >= USH_USER_MAX)
		return ush_fail(err, path, line, "expected user:hash");
	if (crypt_checksalt(hash) != CRYPT_SALT_OK)
		return ush_fail(err, path, line,
		    "this hash is none of crypt(5), or of a method that is tried out too quickly "
		    "(take htpasswd -B or mkpasswd)");
	for (size_t i = 0; i < passwords->count; i++) {
		if (strlen(passwords->users[i].name) == name_len &&
		    memcmp(passwords->users[i].name, name, name_len) == 0)
			return ush_fail(err, path, line, "this user has a line before already");
	}
	return 0;
}

static int
add_line(struct ush_passwords *passwords, char *text, const char *path, unsigned line,
    struct ush_error *err)
{
	const char *colon;
	struct user *user;

	text[strcspn(text, "\r\n")] = '\0';
	if (text[0] == '\0' || text[0] == '#')
		return 0;
	colon = strchr(text, ':');
	if (colon == NULL)
		return ush_fail(err, path, line, "expected user:hash");
	if (check_line(passwords, text, (size_t)(colon - text), colon + 1, path, line, err) != 0)
		return -1;
	if (passwords->count == USERS_MAX)
		return ush_fail(err, path, line, "more than %d users", USERS_MAX);
	user = &passwords->users[passwords->count];
	memcpy(user->name, text, (size_t)(colon - text));
	user->hash = strdup(colon + 1);
	if (user->hash == NULL)
		return ush_fail(err, NULL, 0, "out of memory");
	passwords->count++;
	return 0;
}

static int
read_lines(struct ush_passwords *passwords, FILE *from, const char *path, struct ush_error *err)
{
	char text[LINE_MAX_BYTES];
	unsigned line = 0;
	struct stat st;

	if (fstat(fileno(from), &st) != 0 || !S_ISREG(st.st_mode) || (st.st_mode & S_IROTH) != 0)
		return ush_fail(
		    err, path, 0, "a file of passwords must be one that not everyone may read");
	while (fgets(text, sizeof(text), from) != NULL) {
		line++;
		if (strchr(text, '\n') == NULL && !feof(from))
			return ush_fail(err, path, line, "this line is too long");
		if (add_line(passwords, text, path, line, err) != 0)
			return -1;
	}
	if (ferror(from))
		return ush_fail(err, path, line, "%s", strerror(errno));
	return passwords->count > 0 ? 0 : ush_fail(err, path, 0, "there is no user in it");
}

int
ush_passwords_load(struct ush_passwords **out, const char *path, struct ush_error *err)
{
	struct ush_passwords *passwords = calloc(1, sizeof(*passwords));
	FILE *from = fopen(path, "re");
	int rc = -1;

	*out = NULL;
	if (passwords != NULL)
		passwords->users = calloc(USERS_MAX, sizeof(*passwords->users));
	if (from == NULL)
		ush_fail(err, path, 0, "%s", strerror(errno));
	else if (passwords == NULL || passwords->users == NULL ||
	         RAND_bytes(passwords->key, DIGEST) != 1)
		ush_fail(err, NULL, 0, "out of memory");
	else
		rc = read_lines(passwords, from, path, err);
	if (from != NULL)
		fclose(from);
	if (rc == 0)
		*out = passwords;
	else
		ush_passwords_free(passwords);
	return rc;
}

void
ush_passwords_free(struct ush_passwords *passwords)
{
	if (passwords == NULL)
		return;
	for (size_t i = 0; i < passwords->count; i++)
		free(passwords->users[i].hash);
	free(passwords->users);
	explicit_bzero(passwords, sizeof(*passwords));
	free(passwords);
}

/* What is remembered of a pair: useless without the key. False without memory. */
static bool
digest_of(const struct ush_passwords *passwords, const char *user, const char *password,
    unsigned char out[DIGEST])
{
	char pair[USH_USER_MAX + LINE_MAX_BYTES];
	int len = snprintf(pair, sizeof(pair), "%s:%s", user, password);
	bool is_made = len > 0 && (size_t)len < sizeof(pair) &&
	               HMAC(EVP_sha256(), passwords->key, DIGEST, (const unsigned char *)pair,
	                   (size_t)len, out, NULL) != NULL;

	explicit_bzero(pair, sizeof(pair));
	return is_made;
}

bool
ush_passwords_remember(
    const struct ush_passwords *passwords, const char *user, const char *password)
{
	size_t count = passwords->right_count < RIGHT_KEPT ? passwords->right_count : RIGHT_KEPT;
	unsigned char digest[DIGEST];
	bool is_right = false;

	if (!digest_of(passwords, user, password, digest))
		return false;
	for (size_t i = 0; i < count; i++)
		is_right = CRYPTO_memcmp(passwords->right[i], digest, DIGEST) == 0 || is_right;
	return is_right;
}

bool
ush_passwords_check(struct ush_passwords *passwords, const char *user, const char *password)
{
	const char *hash = NULL;
	struct crypt_data *data = calloc(1, sizeof(*data));
	unsigned char digest[DIGEST];
	const char *made;
	bool is_right = false;

	for (size_t i = 0; i < passwords->count; i++) {
		if (strcmp(passwords->users[i].name, user) == 0)
			hash = passwords->users[i].hash;
	}
	/* For an unknown user another one's hash, so that the answer takes as long. */
	made = data != NULL
	           ? crypt_r(password, hash != NULL ? hash : passwords->users[0].hash, data)
	           : NULL;
	if (made != NULL && hash != NULL && strlen(made) == strlen(hash))
		is_right = CRYPTO_memcmp(made, hash, strlen(hash)) == 0;
	if (is_right && digest_of(passwords, user, password, digest))
		memcpy(passwords->right[passwords->right_count++ % RIGHT_KEPT], digest, DIGEST);
	if (data != NULL)
		explicit_bzero(data, sizeof(*data));
	free(data);
	return is_right;
}
