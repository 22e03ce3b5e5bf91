/* SPDX-License-Identifier: BSD-3-Clause */
/* json.h - writes one bounded JSON text into the caller's buffer; never allocates.
 * The error is sticky: after an overflow or a nesting mistake every call does nothing and
 * ush_json_finish() says 0, so callers check once. One writer belongs to one thread. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "common/attr.h"

#define USH_JSON_DEPTH 16

struct ush_json {
	char *buf;
	size_t size; /* 0 after an error */
	size_t used; /* with the comma after the last value, which what follows replaces or keeps */
	unsigned depth;
	/* '}' or ']' of each open object or array. The first is of the text as a whole: it takes one
	 * value without a key, as an array would, then nothing: NUL. */
	char closer[1 + USH_JSON_DEPTH];
};

/* buf is borrowed until ush_json_finish(). */
void ush_json_init(struct ush_json *json, char *buf, size_t size);

/* What the functions below are made of: a key, then a value. Keys are the caller's own constants,
 * so that a few instructions copy them: this is done some fifty times for each answer. */
void ush_json_fail(struct ush_json *json);
void ush_json_put_open(struct ush_json *json, char opener, char closer);
void ush_json_put_text(struct ush_json *json, const char *text, size_t len);
void ush_json_put_uint(struct ush_json *json, uint64_t value);

USH_INLINE void
ush_json_put_key(struct ush_json *json, const char *key)
{
	size_t len = key != NULL ? __builtin_strlen(key) : 0;
	size_t need = key != NULL ? len + 3 : 0;
	char *to = json->buf + json->used;

	if (json->closer[json->depth] != (key != NULL ? '}' : ']') ||
	    json->size - json->used < need) {
		ush_json_fail(json);
		return;
	}
	json->closer[0] = '\0';
	if (key == NULL)
		return;
	to[0] = '"';
	__builtin_memcpy(to + 1, key, len);
	to[len + 1] = '"';
	to[len + 2] = ':';
	json->used += need;
}

/* `key` is NULL inside an array and for the outermost value. */
USH_INLINE void
ush_json_object(struct ush_json *json, const char *key)
{
	ush_json_put_key(json, key);
	ush_json_put_open(json, '{', '}');
}

USH_INLINE void
ush_json_array(struct ush_json *json, const char *key)
{
	ush_json_put_key(json, key);
	ush_json_put_open(json, '[', ']');
}

void ush_json_end(struct ush_json *json); /* closes the innermost object or array */

/* Text of unknown origin: invalid UTF-8 becomes U+FFFD; C0, DEL, C1, U+2028/2029 and the
 * bidirectional marks (U+061C, U+200E/F, U+202A-E, U+2066-9) are written as \u escapes. */
USH_INLINE void
ush_json_text(struct ush_json *json, const char *key, const char *text, size_t len)
{
	ush_json_put_key(json, key);
	ush_json_put_text(json, text, len);
}

/* NUL-terminated; NULL: nothing is written. */
USH_INLINE void
ush_json_string(struct ush_json *json, const char *key, const char *text)
{
	if (text != NULL)
		ush_json_text(json, key, text, __builtin_strlen(text));
}

USH_INLINE void
ush_json_uint(struct ush_json *json, const char *key, uint64_t value)
{
	ush_json_put_key(json, key);
	ush_json_put_uint(json, value);
}

void ush_json_int(struct ush_json *json, const char *key, int64_t value);
void ush_json_bool(struct ush_json *json, const char *key, bool value);
void ush_json_base64(struct ush_json *json, const char *key, const uint8_t *data, size_t len);

/* True if text[0..len) is valid UTF-8, so that nothing is lost by ush_json_text(). */
bool ush_utf8_is_valid(const char *text, size_t len);

/* The text with U+FFFD for what is invalid, as ush_json_text() has it, into `out`, which has room
 * for USH_UTF8_REPAIRED_MAX(len) octets. Returns its length; no NUL is added. */
#define USH_UTF8_REPAIRED_MAX(len) ((len)*3 + 1)
size_t ush_utf8_repair(const char *text, size_t len, char *out);

/* Ends the text (all objects must be closed). Returns its length without NUL (a NUL follows),
 * or 0 if it did not fit or was malformed. */
size_t ush_json_finish(struct ush_json *json);
