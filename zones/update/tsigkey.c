/* SPDX-License-Identifier: BSD-3-Clause */
#include "zones/update/tsig.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define FILE_MAX 8192

static const struct {
	const char *name;
	const char *digest;
} algorithms[] = {
    {"hmac-sha1", "SHA1"},
    {"hmac-sha224", "SHA224"},
    {"hmac-sha256", "SHA256"},
    {"hmac-sha384", "SHA384"},
    {"hmac-sha512", "SHA512"},
};

struct words {
	const char *name;
	const char *algorithm;
	const char *secret;
};

static void
drop_comments(char *text)
{
	for (char *at = text; *at != '\0'; at++) {
		if (*at == '#' || (at[0] == '/' && at[1] == '/' && (at == text || at[-1] == '\n')))
			while (*at != '\n' && *at != '\0')
				*at++ = ' ';
		if (*at == '\0')
			return;
	}
}

/* "hmac-sha256:name:secret" */
static bool
read_joined(char *word, struct words *out)
{
	char *first = strchr(word, ':');
	char *second = first != NULL ? strchr(first + 1, ':') : NULL;

	if (second == NULL || second[1] == '\0')
		return false;
	*first = *second = '\0';
	*out = (struct words){.algorithm = word, .name = first + 1, .secret = second + 1};
	return true;
}

/* Every form has the same words; what stands between differs. */
static void
read_words(char *text, struct words *out)
{
	const char **expected = NULL;
	char *save = NULL;

	for (char *word = strtok_r(text, " \t\r\n\"{};", &save); word != NULL;
	     word = strtok_r(NULL, " \t\r\n\"{};", &save)) {
		size_t len = strlen(word);

		if (strcmp(word, "-") == 0)
			continue;
		if (expected == NULL && strncmp(word, "hmac-", 5) == 0 && read_joined(word, out))
			return;
		if (len > 1 && word[len - 1] == ':')
			word[--len] = '\0';
		if (strcmp(word, "name") == 0 || strcmp(word, "id") == 0 ||
		    strcmp(word, "key") == 0)
			expected = &out->name;
		else if (strcmp(word, "algorithm") == 0)
			expected = &out->algorithm;
		else if (strcmp(word, "secret") == 0)
			expected = &out->secret;
		else if (expected != NULL) {
			*expected = word;
			expected = NULL;
		}
	}
}

static int
decode_secret(struct ush_tsig_key *out, const char *text)
{
	size_t len = strlen(text);
	uint8_t room[USH_TSIG_SECRET_MAX + 4];
	int got;

	if (len == 0 || len % 4 != 0 || len / 4 * 3 > USH_TSIG_SECRET_MAX ||
	    (got = EVP_DecodeBlock(room, (const unsigned char *)text, (int)len)) <= 0)
		return -1;
	/* It counts what the signs for "no more" stand for. */
	out->secret_len = (size_t)got - (text[len - 1] == '=') - (text[len - 2] == '=');
	memcpy(out->secret, room, out->secret_len);
	OPENSSL_cleanse(room, sizeof(room));
	return 0;
}

static int
take_words(
    struct ush_tsig_key *out, const struct words *words, const char *path, struct ush_error *err)
{
	if (words->name == NULL || words->algorithm == NULL || words->secret == NULL)
		return ush_fail(err, path, 0, "is no key: it needs name, algorithm and secret");
	for (size_t i = 0; i < sizeof(algorithms) / sizeof(algorithms[0]); i++) {
		if (strcasecmp(words->algorithm, algorithms[i].name) == 0 &&
		    ush_name_from_text(
		        &out->algorithm, algorithms[i].name, strlen(algorithms[i].name)) == 0)
			out->digest = algorithms[i].digest;
	}
	if (out->digest == NULL)
		return ush_fail(err, path, 0,
		    "has an algorithm that is none of hmac-sha1, -sha224, -sha256, -sha384, -sha512");
	if (ush_name_from_text(&out->name, words->name, strlen(words->name)) != 0)
		return ush_fail(err, path, 0, "has a name that is none");
	if (decode_secret(out, words->secret) != 0)
		return ush_fail(err, path, 0, "has a secret that is no base64 of at most %d bytes",
		    USH_TSIG_SECRET_MAX);
	return 0;
}

int
ush_tsig_key_read(struct ush_tsig_key *out, const char *path, struct ush_error *err)
{
	char text[FILE_MAX];
	struct words words = {0};
	FILE *file = fopen(path, "re");
	size_t len;
	int rc;

	*out = (struct ush_tsig_key){0};
	if (file == NULL)
		return ush_fail_errno(err, path, "cannot open the key");
	len = fread(text, 1, sizeof(text) - 1, file);
	rc = ferror(file) != 0 ? ush_fail_errno(err, path, "cannot read the key") : 0;
	fclose(file);
	text[len] = '\0';
	drop_comments(text);
	if (rc == 0) {
		read_words(text, &words);
		rc = take_words(out, &words, path, err);
	}
	OPENSSL_cleanse(text, sizeof(text));
	return rc;
}
