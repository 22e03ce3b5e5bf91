/* SPDX-License-Identifier: BSD-3-Clause */
#include "common/json.h"

#include <string.h>

static const char hex[] = "0123456789abcdef";

void
ush_json_init(struct ush_json *json, char *buf, size_t size)
{
	*json = (struct ush_json){.buf = buf, .size = size};
}

/* One octet always stays free for the final NUL. */
static void
put(struct ush_json *json, const char *bytes, size_t len)
{
	if (json->failed || json->size - json->used <= len) {
		json->failed = true;
		return;
	}
	memcpy(json->buf + json->used, bytes, len);
	json->used += len;
}

static void
put_quoted(struct ush_json *json, const char *key)
{
	put(json, "\"", 1);
	put(json, key, strlen(key));
	put(json, "\"", 1);
}

/* What stands before every value: comma and key. */
static void
begin_value(struct ush_json *json, const char *key)
{
	bool in_object = json->depth > 0 && json->closer[json->depth - 1] == '}';

	if (in_object != (key != NULL) || (json->depth == 0 && json->used > 0)) {
		json->failed = true;
		return;
	}
	if (json->depth > 0) {
		if (json->need_comma[json->depth - 1])
			put(json, ",", 1);
		json->need_comma[json->depth - 1] = true;
	}
	if (key != NULL) {
		put_quoted(json, key);
		put(json, ":", 1);
	}
}

static void
open_container(struct ush_json *json, const char *key, char opener, char closer)
{
	begin_value(json, key);
	if (json->depth == USH_JSON_DEPTH)
		json->failed = true;
	put(json, &opener, 1);
	if (json->failed)
		return;
	json->closer[json->depth] = closer;
	json->need_comma[json->depth] = false;
	json->depth++;
}

void
ush_json_object(struct ush_json *json, const char *key)
{
	open_container(json, key, '{', '}');
}

void
ush_json_array(struct ush_json *json, const char *key)
{
	open_container(json, key, '[', ']');
}

void
ush_json_end(struct ush_json *json)
{
	if (json->failed || json->depth == 0) {
		json->failed = true;
		return;
	}
	json->depth--;
	put(json, &json->closer[json->depth], 1);
}

/* Decode the UTF-8 sequence that text starts with, len > 0. Sets *point and returns its octets; for
 * an invalid one returns 0 and sets *skip to the octets that one U+FFFD stands for (Unicode 3.9).
 */
static size_t
decode(const uint8_t *text, size_t len, uint32_t *point, size_t *skip)
{
	uint8_t first = text[0];
	uint8_t low = 0x80, high = 0xbf; /* range of the second octet: no overlong, no surrogate */
	size_t octets = first < 0xc2   ? 0
	                : first < 0xe0 ? 2
	                : first < 0xf0 ? 3
	                : first < 0xf5 ? 4
	                               : 0;

	if (first < 0x80) {
		*point = first;
		return 1;
	}
	*skip = 1;
	if (octets == 0)
		return 0;
	if (first == 0xe0)
		low = 0xa0;
	else if (first == 0xed)
		high = 0x9f;
	else if (first == 0xf0)
		low = 0x90;
	else if (first == 0xf4)
		high = 0x8f;
	*point = first & (0x7fu >> octets);
	for (size_t i = 1; i < octets; i++) {
		if (i >= len || text[i] < low || text[i] > high)
			return 0;
		*point = *point << 6 | (text[i] & 0x3fu);
		*skip = i + 1;
		low = 0x80;
		high = 0xbf;
	}
	return octets;
}

/* Control characters and those that reorder or break what a terminal or page shows. */
static bool
is_deceptive(uint32_t point)
{
	return point < 0x20 || (point >= 0x7f && point < 0xa0) || point == 0x61c ||
	       point == 0x200e || point == 0x200f || (point >= 0x2028 && point <= 0x202e) ||
	       (point >= 0x2066 && point <= 0x2069);
}

static void
put_escape(struct ush_json *json, uint32_t point)
{
	char escape[6] = {'\\', 'u', hex[point >> 12 & 15], hex[point >> 8 & 15],
	    hex[point >> 4 & 15], hex[point & 15]};

	put(json, escape, sizeof(escape));
}

static bool
is_plain(uint8_t c)
{
	return c >= 0x20 && c < 0x7f && c != '"' && c != '\\';
}

void
ush_json_text(struct ush_json *json, const char *key, const char *text, size_t len)
{
	const uint8_t *bytes = (const uint8_t *)text;
	size_t i = 0;

	begin_value(json, key);
	put(json, "\"", 1);
	while (i < len && !json->failed) {
		size_t run = i;
		size_t octets, skip;
		uint32_t point;

		while (run < len && is_plain(bytes[run]))
			run++;
		put(json, text + i, run - i);
		if ((i = run) == len)
			break;
		octets = decode(bytes + i, len - i, &point, &skip);
		if (octets == 0) {
			put(json, "\xef\xbf\xbd", 3);
			octets = skip;
		} else if (is_deceptive(point)) {
			put_escape(json, point);
		} else {
			if (point == '"' || point == '\\')
				put(json, "\\", 1);
			put(json, text + i, octets);
		}
		i += octets;
	}
	put(json, "\"", 1);
}

void
ush_json_string(struct ush_json *json, const char *key, const char *text)
{
	if (text != NULL)
		ush_json_text(json, key, text, strlen(text));
}

void
ush_json_uint(struct ush_json *json, const char *key, uint64_t value)
{
	char digits[20];
	size_t start = sizeof(digits);

	do {
		digits[--start] = (char)('0' + value % 10);
		value /= 10;
	} while (value > 0);
	begin_value(json, key);
	put(json, digits + start, sizeof(digits) - start);
}

void
ush_json_int(struct ush_json *json, const char *key, int64_t value)
{
	char digits[20];
	size_t start = sizeof(digits);
	uint64_t rest = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;

	do {
		digits[--start] = (char)('0' + rest % 10);
		rest /= 10;
	} while (rest > 0);
	if (value < 0)
		digits[--start] = '-';
	begin_value(json, key);
	put(json, digits + start, sizeof(digits) - start);
}

void
ush_json_bool(struct ush_json *json, const char *key, bool value)
{
	begin_value(json, key);
	put(json, value ? "true" : "false", value ? 4 : 5);
}

void
ush_json_base64(struct ush_json *json, const char *key, const uint8_t *data, size_t len)
{
	static const char digits[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

	begin_value(json, key);
	put(json, "\"", 1);
	for (size_t i = 0; i < len && !json->failed; i += 3) {
		size_t rest = len - i;
		uint32_t bits = (uint32_t)data[i] << 16;
		char quad[4];

		if (rest > 1)
			bits |= (uint32_t)data[i + 1] << 8;
		if (rest > 2)
			bits |= data[i + 2];
		quad[0] = digits[bits >> 18];
		quad[1] = digits[bits >> 12 & 63];
		quad[2] = rest > 1 ? digits[bits >> 6 & 63] : '=';
		quad[3] = rest > 2 ? digits[bits & 63] : '=';
		put(json, quad, sizeof(quad));
	}
	put(json, "\"", 1);
}

bool
ush_utf8_is_valid(const char *text, size_t len)
{
	const uint8_t *bytes = (const uint8_t *)text;
	uint32_t point;
	size_t skip;

	for (size_t i = 0; i < len;) {
		size_t octets = decode(bytes + i, len - i, &point, &skip);

		if (octets == 0)
			return false;
		i += octets;
	}
	return true;
}

size_t
ush_json_finish(struct ush_json *json)
{
	if (json->depth != 0 || json->used == 0)
		json->failed = true;
	if (json->failed)
		return 0;
	json->buf[json->used] = '\0';
	return json->used;
}
