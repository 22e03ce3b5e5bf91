/* SPDX-License-Identifier: BSD-3-Clause */
#include "common/json.h"

#include <string.h>

#include "common/number.h"

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

/* What stands before every value: comma and key. */
static void
begin_value(struct ush_json *json, struct ush_json_key key)
{
	bool in_object = json->depth > 0 && json->closer[json->depth - 1] == '}';
	char *to = json->buf + json->used;
	bool comma = json->depth > 0 && to[-1] != '{' && to[-1] != '[';

	if (json->failed || in_object != (key.text != NULL) ||
	    (json->depth == 0 && json->used > 0) ||
	    json->size - json->used <= comma + (key.text != NULL ? key.len + 3 : 0)) {
		json->failed = true;
		return;
	}
	if (comma)
		*to++ = ',';
	if (key.text != NULL) {
		*to++ = '"';
		memcpy(to, key.text, key.len);
		to += key.len;
		*to++ = '"';
		*to++ = ':';
	}
	json->used = (size_t)(to - json->buf);
}

void
ush_json_put_open(struct ush_json *json, struct ush_json_key key, char opener, char closer)
{
	begin_value(json, key);
	if (json->depth == USH_JSON_DEPTH)
		json->failed = true;
	put(json, &opener, 1);
	if (json->failed)
		return;
	json->closer[json->depth] = closer;
	json->depth++;
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

/* The sign bit of each octet that is zero (and perhaps of some above one that is). */
static uint64_t
zeros(uint64_t octets)
{
	return (octets - UINT64_C(0x0101010101010101)) & ~octets & UINT64_C(0x8080808080808080);
}

/* Whether all eight octets are plain. */
static bool
are_plain(uint64_t octets)
{
	static const uint64_t each = UINT64_C(0x0101010101010101);

	return ((octets | (octets - each * 0x20)) & each << 7) == 0 &&
	       zeros(octets ^ each * '"') == 0 && zeros(octets ^ each * '\\') == 0 &&
	       zeros(octets ^ each * 0x7f) == 0;
}

static uint64_t
eight_octets(const uint8_t *from)
{
	uint64_t octets;

	memcpy(&octets, from, sizeof(octets));
	return octets;
}

/* The first four octets of the text and its last four, which are partly the same. */
static uint64_t
ends_of(const uint8_t *text, size_t len)
{
	uint32_t first, last;

	memcpy(&first, text, sizeof(first));
	memcpy(&last, text + len - sizeof(last), sizeof(last));
	return (uint64_t)first << 32 | last;
}

/* How many octets of the text are plain: nearly always all of them, so eight are looked at at once,
 * some of them twice. */
static size_t
plain_run(const uint8_t *text, size_t len)
{
	size_t run = 0;

	if (len >= 8) {
		while (run + 8 <= len && are_plain(eight_octets(text + run)))
			run += 8;
		if (run + 8 > len && are_plain(eight_octets(text + len - 8)))
			return len;
	} else if (len >= 4 && are_plain(ends_of(text, len))) {
		return len;
	}
	while (run < len && is_plain(text[run]))
		run++;
	return run;
}

void
ush_json_put_text(struct ush_json *json, struct ush_json_key key, const char *text, size_t len)
{
	const uint8_t *bytes = (const uint8_t *)text;
	size_t i = 0;
	char *to;

	begin_value(json, key);
	/* Nearly every text is written as it is. */
	if (!json->failed && json->size - json->used > len + 2 && plain_run(bytes, len) == len) {
		to = json->buf + json->used;
		*to++ = '"';
		memcpy(to, text, len);
		to[len] = '"';
		json->used += len + 2;
		return;
	}
	put(json, "\"", 1);
	while (i < len && !json->failed) {
		size_t run = plain_run(bytes + i, len - i);
		size_t octets, skip;
		uint32_t point;

		put(json, text + i, run);
		if ((i += run) == len)
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
ush_json_put_uint(struct ush_json *json, struct ush_json_key key, uint64_t value)
{
	char digits[USH_DIGITS_MAX];

	begin_value(json, key);
	put(json, digits, (size_t)(ush_put_number(digits, value) - digits));
}

void
ush_json_int(struct ush_json *json, const char *key, int64_t value)
{
	char digits[USH_DIGITS_MAX];
	uint64_t size = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;

	begin_value(json, ush_json_key(key));
	if (value < 0)
		put(json, "-", 1);
	put(json, digits, (size_t)(ush_put_number(digits, size) - digits));
}

void
ush_json_bool(struct ush_json *json, const char *key, bool value)
{
	begin_value(json, ush_json_key(key));
	put(json, value ? "true" : "false", value ? 4 : 5);
}

void
ush_json_base64(struct ush_json *json, const char *key, const uint8_t *data, size_t len)
{
	static const char digits[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

	begin_value(json, ush_json_key(key));
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
ush_utf8_repair(const char *text, size_t len, char *out)
{
	const uint8_t *bytes = (const uint8_t *)text;
	size_t used = 0;
	uint32_t point;
	size_t skip;

	for (size_t i = 0; i < len;) {
		size_t octets = decode(bytes + i, len - i, &point, &skip);

		memcpy(out + used, octets > 0 ? text + i : "\xef\xbf\xbd", octets > 0 ? octets : 3);
		used += octets > 0 ? octets : 3;
		i += octets > 0 ? octets : skip;
	}
	return used;
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
