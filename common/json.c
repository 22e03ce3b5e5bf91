/* SPDX-License-Identifier: BSD-3-Clause */
#include "common/json.h"

#include <string.h>

#include "common/number.h"
#include "common/octets.h"

static const char hex[] = "0123456789abcdef";

void
ush_json_init(struct ush_json *json, char *buf, size_t size)
{
	*json = (struct ush_json){.buf = buf, .size = size, .closer = {']'}};
}

/* Nothing fits any more. */
void
ush_json_fail(struct ush_json *json)
{
	json->size = 0;
	json->used = 0;
}

static void
put(struct ush_json *json, const char *bytes, size_t len)
{
	if (json->size - json->used < len) {
		ush_json_fail(json);
		return;
	}
	memcpy(json->buf + json->used, bytes, len);
	json->used += len;
}

void
ush_json_put_open(struct ush_json *json, char opener, char closer)
{
	if (json->depth == USH_JSON_DEPTH || json->size == json->used) {
		ush_json_fail(json);
		return;
	}
	json->buf[json->used++] = opener;
	json->closer[++json->depth] = closer;
}

void
ush_json_end(struct ush_json *json)
{
	size_t used = json->used;

	if (json->depth == 0 || used == 0) {
		ush_json_fail(json);
		return;
	}
	if (json->buf[used - 1] == ',')
		used--;
	if (json->size - used < 2) {
		ush_json_fail(json);
		return;
	}
	json->buf[used] = json->closer[json->depth--];
	json->buf[used + 1] = ',';
	json->used = used + 2;
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

static ush_octets
plain(ush_octets text)
{
	return (text > 0x1f) & (text != 0x7f) & (text != '"') & (text != '\\');
}

/* Not inline: this has more to keep than its caller, who seldom needs it. */
__attribute__((noinline)) static void
put_escaped(struct ush_json *json, const char *text, size_t len)
{
	const uint8_t *bytes = (const uint8_t *)text;

	put(json, "\"", 1);
	for (size_t i = 0; i < len && json->size > 0;) {
		char *to = json->buf + json->used;
		uint32_t point;
		size_t skip, octets;

		/* A long text is not done octet by octet for the sake of one. */
		if (len - i >= 8 && json->size - json->used >= 8 &&
		    ush_octets_copy(to, text + i, 8, plain)) {
			json->used += 8;
			i += 8;
			continue;
		}
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
	put(json, "\",", 2);
}

void
ush_json_put_text(struct ush_json *json, const char *text, size_t len)
{
	char *to = json->buf + json->used;

	/* Nearly every text is written as it is. */
	if (json->size - json->used >= len + 3 && ush_octets_copy(to + 1, text, len, plain)) {
		to[0] = '"';
		to[len + 1] = '"';
		to[len + 2] = ',';
		json->used += len + 3;
		return;
	}
	put_escaped(json, text, len);
}

void
ush_json_put_uint(struct ush_json *json, uint64_t value)
{
	char digits[USH_DIGITS_MAX + 1], *end = ush_put_number(digits, value);

	*end++ = ',';
	put(json, digits, (size_t)(end - digits));
}

void
ush_json_int(struct ush_json *json, const char *key, int64_t value)
{
	uint64_t size = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;

	ush_json_put_key(json, key);
	if (value < 0)
		put(json, "-", 1);
	ush_json_put_uint(json, size);
}

void
ush_json_bool(struct ush_json *json, const char *key, bool value)
{
	ush_json_put_key(json, key);
	put(json, value ? "true," : "false,", value ? 5 : 6);
}

void
ush_json_base64(struct ush_json *json, const char *key, const uint8_t *data, size_t len)
{
	static const char digits[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

	ush_json_put_key(json, key);
	put(json, "\"", 1);
	for (size_t i = 0; i < len && json->size > 0; i += 3) {
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
	put(json, "\",", 2);
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
		return 0;
	json->used--; /* the comma after the outermost value */
	json->buf[json->used] = '\0';
	return json->used;
}
