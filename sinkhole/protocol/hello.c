/* SPDX-License-Identifier: BSD-3-Clause */
#include "sinkhole/protocol/hello.h"

#include <string.h>

#include "sinkhole/protocol/cursor.h"

enum { RECORD_HANDSHAKE = 22, RECORD_MAX = 16384, MESSAGE_CLIENT_HELLO = 1 };
enum {
	EXTENSION_SNI = 0,
	EXTENSION_SIGNATURES = 13,
	EXTENSION_ALPN = 16,
	EXTENSION_VERSIONS = 43,
};

/* Joins the fragments of the handshake message until it is whole (RFC 8446 section 5.1). */
static enum ush_hello_result
join_records(struct ush_cursor in, uint8_t message[USH_HELLO_MAX], size_t *len)
{
	size_t used = 0;

	for (;;) {
		struct ush_cursor part;
		uint32_t type = ush_cursor_number(&in, 1);
		uint32_t major = ush_cursor_number(&in, 2) >> 8;
		uint32_t size = ush_cursor_number(&in, 2);

		if (in.failed)
			return USH_HELLO_MORE;
		if (type != RECORD_HANDSHAKE || major != 3 || size == 0 || size > RECORD_MAX)
			return USH_HELLO_BROKEN;
		/* A fragment counts as far as it has come: the message may end inside it. */
		part = ush_cursor_sub(&in, size < in.left ? size : in.left);
		if (part.left > USH_HELLO_MAX - used)
			return USH_HELLO_BROKEN;
		memcpy(message + used, part.at, part.left);
		used += part.left;
		if (used >= 1 && message[0] != MESSAGE_CLIENT_HELLO)
			return USH_HELLO_BROKEN;
		if (used >= 4) {
			*len = (size_t)message[1] << 16 | (size_t)message[2] << 8 | message[3];
			if (*len > USH_HELLO_MAX - 4)
				return USH_HELLO_BROKEN;
			if (used >= *len + 4)
				return USH_HELLO_DONE;
		}
		if (part.left < size)
			return USH_HELLO_MORE;
	}
}

/* A NUL inside would hide what follows it; '.' stands for it (the bytes themselves are in the raw
 * part). */
static void
copy_word(char *to, size_t size, struct ush_cursor word)
{
	size_t len = word.left < size - 1 ? word.left : size - 1;

	for (size_t i = 0; i < len; i++)
		to[i] = word.at[i] != 0 ? (char)word.at[i] : '.';
	to[len] = '\0';
}

/* 0x0a0a, 0x1a1a, ..., 0xfafa: sent so that servers stay used to what they do not know. */
static bool
is_grease(uint32_t code)
{
	return (code & 0x0f0f) == 0x0a0a && code >> 8 == (code & 0xff);
}

static void
add_code(struct ush_hello_codes *codes, uint32_t code)
{
	if (is_grease(code))
		return;
	if (codes->count < USH_HELLO_CODES_MAX)
		codes->items[codes->count] = (uint16_t)code;
	codes->count++;
}

static bool
read_codes(struct ush_hello_codes *out, struct ush_cursor list)
{
	while (!list.failed && list.left > 0) {
		uint32_t code = ush_cursor_number(&list, 2);

		if (!list.failed)
			add_code(out, code);
	}
	return !list.failed;
}

static bool
read_server_name(struct ush_hello *out, struct ush_cursor body)
{
	struct ush_cursor list = ush_cursor_vector(&body, 2);

	while (!list.failed && list.left > 0) {
		uint32_t type = ush_cursor_number(&list, 1);
		struct ush_cursor name = ush_cursor_vector(&list, 2);

		if (!name.failed && type == 0 && out->server_name[0] == '\0')
			copy_word(out->server_name, sizeof(out->server_name), name);
	}
	return !body.failed && !list.failed;
}

static bool
read_alpn(struct ush_hello *out, struct ush_cursor body)
{
	struct ush_cursor list = ush_cursor_vector(&body, 2);

	while (!list.failed && list.left > 0) {
		struct ush_cursor word = ush_cursor_vector(&list, 1);

		if (!word.failed && out->alpn_count == 0 && word.left > 0) {
			out->alpn_ends[0] = word.at[0];
			out->alpn_ends[1] = word.at[word.left - 1];
		}
		if (!word.failed && out->alpn_count < USH_HELLO_LISTED_MAX)
			copy_word(out->alpn[out->alpn_count++], USH_HELLO_WORD_MAX, word);
	}
	return !body.failed && !list.failed;
}

static bool
read_versions(struct ush_hello *out, struct ush_cursor body)
{
	struct ush_cursor list = ush_cursor_vector(&body, 1);

	while (!list.failed && list.left > 0) {
		uint16_t version = (uint16_t)ush_cursor_number(&list, 2);

		/* GREASE values (RFC 8701) are no versions. */
		if (!list.failed && ush_tls_version_text(version) != NULL &&
		    out->version_count < USH_HELLO_LISTED_MAX)
			out->versions[out->version_count++] = version;
	}
	return !body.failed && !list.failed;
}

static bool
read_extension(struct ush_hello *out, uint32_t type, struct ush_cursor body)
{
	switch (type) {
	case EXTENSION_SNI:
		out->named = true;
		return read_server_name(out, body);
	case EXTENSION_ALPN:
		return read_alpn(out, body);
	case EXTENSION_VERSIONS:
		return read_versions(out, body);
	case EXTENSION_SIGNATURES:
		return read_codes(&out->signatures, ush_cursor_vector(&body, 2));
	default:
		return true;
	}
}

static bool
read_extensions(struct ush_hello *out, struct ush_cursor all)
{
	bool sound = true;

	while (!all.failed && all.left > 0) {
		uint32_t type = ush_cursor_number(&all, 2);
		struct ush_cursor body = ush_cursor_vector(&all, 2);

		if (body.failed)
			break;
		add_code(&out->extensions, type);
		out->greased = out->greased || is_grease(type);
		sound = read_extension(out, type, body) && sound;
	}
	return sound && !all.failed;
}

static bool
read_message(struct ush_hello *out, struct ush_cursor in)
{
	out->legacy_version = (uint16_t)ush_cursor_number(&in, 2);
	ush_cursor_take(&in, 32);        /* random */
	(void)ush_cursor_vector(&in, 1); /* session id */
	if (!read_codes(&out->ciphers, ush_cursor_vector(&in, 2)))
		return false;
	(void)ush_cursor_vector(&in, 1); /* compression */
	if (!in.failed && in.left > 0) { /* SSL 3.0 has no extensions */
		struct ush_cursor extensions = ush_cursor_vector(&in, 2);

		if (!read_extensions(out, extensions))
			return false;
	}
	if (out->version_count == 0)
		out->versions[out->version_count++] = out->legacy_version;
	return !in.failed;
}

/* A record of two bytes of length, then type and version: 3.x, or 0.2 from a program that
 * knows nothing newer. */
enum ush_hello_result
ush_hello_is_version2(const uint8_t *data, size_t len)
{
	if ((len > 0 && (data[0] & 0x80) == 0) || (len > 2 && data[2] != MESSAGE_CLIENT_HELLO) ||
	    (len > 3 && data[3] != 3 && data[3] != 0) || (len > 4 && data[3] == 0 && data[4] != 2))
		return USH_HELLO_BROKEN;
	return len > 4 ? USH_HELLO_DONE : USH_HELLO_MORE;
}

/* RFC 5246 appendix E.2. Ciphers have three bytes; the first is 0 in those of TLS. */
static enum ush_hello_result
read_version2(struct ush_hello *out, struct ush_cursor in)
{
	struct ush_cursor body, ciphers;
	uint32_t ciphers_len, session_len, challenge_len;
	uint32_t size = ush_cursor_number(&in, 2) & 0x7fff;

	if (in.failed || in.left < size)
		return USH_HELLO_MORE;
	body = ush_cursor_sub(&in, size);
	(void)ush_cursor_number(&body, 1);
	out->version2 = true;
	out->legacy_version = (uint16_t)ush_cursor_number(&body, 2);
	out->versions[out->version_count++] = out->legacy_version;
	ciphers_len = ush_cursor_number(&body, 2);
	session_len = ush_cursor_number(&body, 2);
	challenge_len = ush_cursor_number(&body, 2);
	ciphers = ush_cursor_sub(&body, ciphers_len);
	while (!ciphers.failed && ciphers.left >= 3) {
		uint32_t code = ush_cursor_number(&ciphers, 3);

		if (code <= 0xffff)
			add_code(&out->ciphers, code);
	}
	ush_cursor_take(&body, (size_t)session_len + challenge_len);
	return body.failed || ciphers.left > 0 ? USH_HELLO_BROKEN : USH_HELLO_DONE;
}

enum ush_hello_result
ush_hello_read(struct ush_hello *out, const uint8_t *data, size_t len)
{
	uint8_t message[USH_HELLO_MAX];
	size_t message_len = 0;
	enum ush_hello_result result;

	memset(out, 0, sizeof(*out));
	if (ush_hello_is_version2(data, len) == USH_HELLO_DONE)
		return read_version2(out, (struct ush_cursor){data, len, false});
	result = join_records((struct ush_cursor){data, len, false}, message, &message_len);
	if (result != USH_HELLO_DONE)
		return result;
	if (!read_message(out, (struct ush_cursor){message + 4, message_len, false}))
		return USH_HELLO_BROKEN;
	return USH_HELLO_DONE;
}

const char *
ush_tls_version_text(uint16_t version)
{
	static const char *const texts[] = {"ssl3", "1.0", "1.1", "1.2", "1.3"};

	if (version == 0x0002)
		return "ssl2";
	return version >= 0x300 && version <= 0x304 ? texts[version - 0x300] : NULL;
}
