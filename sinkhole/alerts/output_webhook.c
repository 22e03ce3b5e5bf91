/* SPDX-License-Identifier: BSD-3-Clause */
/* HTTP POST of JSON, signed as Standard Webhooks (standardwebhooks.com) has it: the receiver knows who sent
 * it, when, and that it is the same message as before if it comes twice. */
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "sinkhole/alerts/draft.h"
#include "sinkhole/alerts/transfer.h"

#define SECRET_MAX 1024
#define SECRET_PREFIX "whsec_"
#define TIMESTAMP_MAX 24

struct secret {
	unsigned char bytes[SECRET_MAX];
	size_t len;
};

/* "whsec_" and Base64, or any line of text. */
static int
decode_secret(struct secret *secret, const char *path, char *text, struct ush_error *err)
{
	size_t prefix = strlen(SECRET_PREFIX);
	size_t len;
	int decoded;

	if (strncmp(text, SECRET_PREFIX, prefix) != 0) {
		secret->len = strlen(text);
		memcpy(secret->bytes, text, secret->len);
		return secret->len > 0 ? 0 : ush_fail(err, path, 0, "the secret is empty");
	}
	text += prefix;
	len = strlen(text);
	decoded = EVP_DecodeBlock(secret->bytes, (const unsigned char *)text, (int)len);
	if (len == 0 || decoded < 0)
		return ush_fail(err, path, 0, "behind whsec_ the secret is no Base64");
	secret->len = (size_t)decoded - (text[len - 1] == '=') - (len > 1 && text[len - 2] == '=');
	return 0;
}

/* The first line of a file that not everybody may read, without its end. `what` it is, for messages. */
static int
read_private(char text[SECRET_MAX], const char *path, const char *what, struct ush_error *err)
{
	FILE *file = fopen(path, "re");
	struct stat st;
	int rc = -1;

	text[0] = '\0';
	if (file == NULL)
		return ush_fail_errno(err, path, "the %s cannot be read", what);
	if (fstat(fileno(file), &st) != 0 || !S_ISREG(st.st_mode) || (st.st_mode & S_IROTH) != 0)
		ush_fail(err, path, 0, "the %s: this is no file that only some may read", what);
	else if (fgets(text, SECRET_MAX, file) == NULL && ferror(file))
		ush_fail_errno(err, path, "the %s cannot be read", what);
	else if (strlen(text) == SECRET_MAX - 1)
		ush_fail(err, path, 0, "the %s is longer than %d bytes", what, SECRET_MAX - 2);
	else
		rc = 0;
	fclose(file);
	text[strcspn(text, "\r\n")] = '\0';
	return rc;
}

static int
read_secret(struct secret *secret, const char *path, struct ush_error *err)
{
	char text[SECRET_MAX];
	int rc = read_private(text, path, "secret", err);

	if (rc == 0)
		rc = decode_secret(secret, path, text, err);
	OPENSSL_cleanse(text, sizeof(text));
	return rc;
}

static int
read_address(char text[SECRET_MAX], const char *path, struct ush_error *err)
{
	if (read_private(text, path, "address", err) != 0)
		return -1;
	if (strncmp(text, "https://", 8) != 0 && strncmp(text, "http://", 7) != 0)
		return ush_fail(
		    err, path, 0, "the first line does not begin with https:// or http://");
	return 0;
}

/* "webhook-signature: v1,<Base64>", malloced; NULL without memory. */
static char *
signature_of(const struct secret *secret, const char *id, const char *timestamp, const char *body)
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned char base64[2 * EVP_MAX_MD_SIZE];
	unsigned digest_len = 0;
	char *header = NULL;
	char *content;

	if (asprintf(&content, "%s.%s.%s", id, timestamp, body) == -1)
		return NULL;
	if (HMAC(EVP_sha256(), secret->bytes, (int)secret->len, (const unsigned char *)content,
	        strlen(content), digest, &digest_len) != NULL) {
		EVP_EncodeBlock(base64, digest, (int)digest_len);
		if (asprintf(&header, "webhook-signature: v1,%s", base64) == -1)
			header = NULL;
	}
	free(content);
	return header;
}

/* Adds a copy. False without memory; the list stays. */
static bool
add_header(struct curl_slist **headers, const char *header)
{
	struct curl_slist *longer = header != NULL ? curl_slist_append(*headers, header) : NULL;

	if (longer != NULL)
		*headers = longer;
	return longer != NULL;
}

static int
add_headers(struct curl_slist **headers, const struct ush_alert_output *output,
    const struct ush_outgoing *outgoing, const char *body, struct ush_error *err)
{
	const char *id = ush_outgoing_text(outgoing, "id");
	char timestamp[TIMESTAMP_MAX];
	char line[128];
	struct secret secret = {.len = 0};
	char *signature = NULL;
	bool is_good;

	snprintf(
	    timestamp, sizeof(timestamp), "%llu", (unsigned long long)(outgoing->now_ms / 1000));
	snprintf(line, sizeof(line), "webhook-id: %.64s", id);
	is_good = add_header(headers, "Content-Type: application/json") &&
	          add_header(headers, "Expect:") && add_header(headers, line);
	snprintf(line, sizeof(line), "webhook-timestamp: %s", timestamp);
	is_good = is_good && add_header(headers, line);
	if (is_good && output->secret_file != NULL) {
		if (read_secret(&secret, output->secret_file, err) != 0)
			return -1;
		signature = signature_of(&secret, id, timestamp, body);
		OPENSSL_cleanse(&secret, sizeof(secret));
		is_good = add_header(headers, signature);
		free(signature);
	}
	return is_good ? 0 : ush_fail(err, NULL, 0, "out of memory");
}

/* Chats give a meaning to some characters: in a block of code they have none, and what they take for a
 * tag is escaped as they ask for. */
static void
put_block(FILE *to, const char *text)
{
	fputs("```\n", to);
	for (; *text != '\0'; text++) {
		if (*text == '&')
			fputs("&amp;", to);
		else if (*text == '<')
			fputs("&lt;", to);
		else if (*text == '>')
			fputs("&gt;", to);
		else
			fputc(*text == '`' ? '\'' : *text, to);
	}
	fputs("```\n", to);
}

/* {"text": "..."}, malloced; NULL without memory. */
static char *
chat_body(const struct ush_outgoing *outgoing)
{
	struct ush_draft draft;
	json_t *object;
	char *body;

	if (ush_draft_begin(&draft) != 0)
		return NULL;
	put_block(draft.to, ush_outgoing_text(outgoing, "text"));
	fputs(ush_outgoing_text(outgoing, "url"), draft.to);
	object = json_pack("{s:s}", "text", ush_draft_end(&draft));
	body = json_dumps(object, JSON_COMPACT);
	json_decref(object);
	ush_draft_fini(&draft);
	return body;
}

static int
post(const struct ush_alert_output *output, const struct ush_outgoing *outgoing, const char *body,
    const struct curl_slist *headers, struct ush_error *err)
{
	char address[SECRET_MAX];
	CURL *transfer;
	long status = 0;
	int rc;

	if (output->webhook_file != NULL && read_address(address, output->webhook_file, err) != 0)
		return -1;
	transfer = ush_transfer_new(output->webhook != NULL ? output->webhook : address,
	    output->timeout, outgoing->is_stopping);
	if (transfer == NULL)
		return ush_fail(err, NULL, 0, "out of memory");
	curl_easy_setopt(transfer, CURLOPT_POSTFIELDS, body);
	curl_easy_setopt(transfer, CURLOPT_HTTPHEADER, headers);
	if (output->ca_file != NULL) { /* and no other: Debian's directory would count beside it */
		curl_easy_setopt(transfer, CURLOPT_CAINFO, output->ca_file);
		curl_easy_setopt(transfer, CURLOPT_CAPATH, NULL);
	}
	rc = ush_transfer_run(transfer, err);
	/* The status is the answer. What follows may be cut off, as by servers that end TLS without a
	 * word: a message that was taken would come again and again. */
	curl_easy_getinfo(transfer, CURLINFO_RESPONSE_CODE, &status);
	if (status >= 200 && status <= 299)
		rc = 0;
	else if (status >= 300 || rc == 0)
		rc = ush_fail(err, NULL, 0, "the receiver answered with status %ld", status);
	curl_easy_cleanup(transfer);
	return rc;
}

int
ush_output_webhook(const struct ush_alert_output *output, const struct ush_outgoing *outgoing,
    struct ush_error *err)
{
	bool is_chat = output->body == USH_WEBHOOK_TEXT;
	char *chat = is_chat ? chat_body(outgoing) : NULL;
	const char *body = is_chat ? chat : outgoing->body;
	struct curl_slist *headers = NULL;
	int rc = body == NULL ? ush_fail(err, NULL, 0, "out of memory") : 0;

	if (rc == 0)
		rc = add_headers(&headers, output, outgoing, body, err);
	if (rc == 0)
		rc = post(output, outgoing, body, headers, err);
	curl_slist_free_all(headers);
	free(chat);
	return rc;
}
