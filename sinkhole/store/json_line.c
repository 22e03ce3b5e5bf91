/* SPDX-License-Identifier: BSD-3-Clause */
#include "sinkhole/store/json_line.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include "common/json.h"
#include "common/number.h"

#define DEPTH_MAX 8
#define DIGITS_MAX 18 /* of a number that fits into 64 bits for certain */
/* Zeros behind the copy of the line: the scanner looks at eight octets at once, and stops at a
 * NUL. */
#define STOP_BYTES 8
#define ROOM_MORE 64

/* A copy of the line, in which strings are decoded where they stand. */
struct scan {
	char *at;
	struct ush_json_line *line;
	unsigned depth;
};

static bool scan_value(struct scan *scan, struct ush_value *value);

/* NULL if there are more values than few. */
static struct ush_value *
add_value(struct scan *scan)
{
	struct ush_json_line *line = scan->line;

	return line->count < USH_VALUES_FEW ? &line->few[line->count++] : NULL;
}

/* A quote, a backslash, a control character, or part of a character of several octets. */
static bool
is_special(unsigned char c)
{
	return c < 0x20 || c >= 0x80 || c == '"' || c == '\\';
}

/* To the first special octet. */
static char *
skip_plain(char *at)
{
	static const uint64_t each = UINT64_C(0x0101010101010101);

	for (;; at += 8) {
		uint64_t x, quote, slash;

		memcpy(&x, at, sizeof(x));
		quote = x ^ (each * '"');
		slash = x ^ (each * '\\');
		if (((x | (x - each * 0x20) | (quote - each) | (slash - each)) & each << 7) != 0)
			break;
	}
	while (!is_special((unsigned char)*at))
		at++;
	return at;
}

/* "1f3d" as UTF-8; NULL: no four digits, or one of a pair of surrogates. */
static char *
put_point(char *to, const char *digits)
{
	unsigned point = 0;

	for (unsigned i = 0; i < 4; i++) {
		int digit = ush_hex_digit(digits[i]);

		if (digit == -1)
			return NULL;
		point = point << 4 | (unsigned)digit;
	}
	if (point >= 0xd800 && point < 0xe000)
		return NULL;
	if (point < 0x80) {
		*to++ = (char)point;
		return to;
	}
	if (point < 0x800) {
		*to++ = (char)(0xc0 | point >> 6);
	} else {
		*to++ = (char)(0xe0 | point >> 12);
		*to++ = (char)(0x80 | (point >> 6 & 0x3f));
	}
	*to++ = (char)(0x80 | (point & 0x3f));
	return to;
}

/* What stands behind a backslash; *at is moved behind it. */
static char *
put_escaped(char *to, char **at)
{
	static const char escapes[] = "\"\\/bfnrt";
	static const char meant[] = "\"\\/\b\f\n\r\t";
	char c = *(*at)++;
	const char *found = c != '\0' ? strchr(escapes, c) : NULL;

	if (found != NULL) {
		*to++ = meant[found - escapes];
		return to;
	}
	if (c != 'u')
		return NULL;
	to = put_point(to, *at);
	*at += 4;
	return to;
}

/* A string that starts at its quote. */
static bool
scan_string(struct scan *scan, char **text, uint32_t *len)
{
	char *start = scan->at + 1;
	bool is_ascii = true;
	char *at, *to;

	if (*scan->at != '"')
		return false;
	at = to = skip_plain(start);
	while (*at != '"') {
		char *plain = at;

		if (*at == '\\') {
			at++;
			to = put_escaped(to, &at);
			is_ascii = false;
			if (to == NULL)
				return false;
			plain = at;
		} else if ((unsigned char)*at >= 0x80) {
			is_ascii = false;
			at++;
		} else {
			return false;
		}
		at = skip_plain(at);
		memmove(to, plain, (size_t)(at - plain));
		to += at - plain;
	}
	*to = '\0';
	*text = start;
	*len = (uint32_t)(to - start);
	scan->at = at + 1;
	return is_ascii || ush_utf8_is_valid(start, *len);
}

static bool
scan_number(struct scan *scan, struct ush_value *value)
{
	bool is_negative = *scan->at == '-';
	char *start = scan->at + is_negative;
	char *at = start;

	value->kind = USH_VALUE_INTEGER;
	value->number = 0;
	for (; *at >= '0' && *at <= '9' && at - start < DIGITS_MAX; at++)
		value->number = value->number * 10 + (*at - '0');
	if (is_negative)
		value->number = -value->number;
	scan->at = at;
	return at > start && (start[0] != '0' || at == start + 1) && *at != '.' && *at != 'e' &&
	       *at != 'E' && (*at < '0' || *at > '9');
}

static bool
scan_word(struct scan *scan, struct ush_value *value, const char *word, enum ush_value_kind kind)
{
	size_t len = strlen(word);

	value->kind = kind;
	if (strncmp(scan->at, word, len) != 0)
		return false;
	scan->at += len;
	return true;
}

/* Whether `object` has two members of the name of this one, its last. *seen: a bit for each name of
 * before. */
static bool
is_twice(const struct ush_value *object, const struct ush_value *member, uint64_t *seen)
{
	size_t len = member->key_len;
	unsigned char first = (unsigned char)member->key[0];
	unsigned char last = (unsigned char)member->key[len > 0 ? len - 1 : 0];
	uint64_t bit = UINT64_C(1) << (first * 5u + last * 3u + len) % 64;
	bool may_be = (*seen & bit) != 0;

	*seen |= bit;
	for (const struct ush_value *other = object + 1; may_be && other < member;
	     other += other->span) {
		if (other->key_len == member->key_len &&
		    memcmp(other->key, member->key, member->key_len) == 0)
			return true;
	}
	return false;
}

/* A key with its colon. */
static bool
scan_key(struct scan *scan, struct ush_value *member)
{
	char *key;

	/* A NUL in a key is refused by jansson. */
	if (!scan_string(scan, &key, &member->key_len) || strlen(key) != member->key_len ||
	    *scan->at != ':')
		return false;
	member->key = key;
	scan->at++;
	return true;
}

/* The values between the brackets of an object or array, which scan->at stands before. */
static bool
scan_inside(struct scan *scan, struct ush_value *value, char closer)
{
	uint64_t seen = 0;

	if (++scan->depth > DEPTH_MAX)
		return false;
	if (*++scan->at == closer) {
		scan->at++;
	} else {
		do {
			struct ush_value *inner = add_value(scan);

			if (inner == NULL)
				return false;
			inner->key = NULL;
			if (closer == '}' &&
			    (!scan_key(scan, inner) || is_twice(value, inner, &seen)))
				return false;
			if (!scan_value(scan, inner))
				return false;
		} while (*scan->at++ == ',');
		if (scan->at[-1] != closer)
			return false;
	}
	scan->depth--;
	value->span = (uint32_t)(&scan->line->few[scan->line->count] - value);
	return true;
}

static bool
scan_value(struct scan *scan, struct ush_value *value)
{
	value->span = 1;
	switch (*scan->at) {
	case '"':
		value->kind = USH_VALUE_STRING;
		return scan_string(scan, &value->text, &value->len);
	case '{':
		value->kind = USH_VALUE_OBJECT;
		return scan_inside(scan, value, '}');
	case '[':
		value->kind = USH_VALUE_ARRAY;
		return scan_inside(scan, value, ']');
	case 't':
		return scan_word(scan, value, "true", USH_VALUE_TRUE);
	case 'f':
		return scan_word(scan, value, "false", USH_VALUE_FALSE);
	case 'n':
		return scan_word(scan, value, "null", USH_VALUE_OTHER);
	default:
		return scan_number(scan, value);
	}
}

/* The block for a line of `len` bytes, all of whose texts fit into as many. */
static int
make_block(struct ush_json_line *out, size_t len)
{
	size_t texts = len + STOP_BYTES;

	out->values = out->few; /* which are large, and not cleared */
	out->count = 0;
	out->room = len + ROOM_MORE;
	out->block = malloc(texts + out->room);
	out->rest = out->block != NULL ? out->block + texts : NULL;
	return out->block != NULL ? 0 : -1;
}

int
ush_json_line_scan(struct ush_json_line *out, const char *line, size_t len)
{
	struct scan scan = {.line = out};
	struct ush_value *root;

	if (len > 0 && line[len - 1] == '\n')
		len--;
	if (len == 0 || line[0] != '{' || make_block(out, len) != 0)
		return -1;
	memcpy(out->block, line, len);
	memset(out->block + len, 0, STOP_BYTES);
	scan.at = out->block;
	root = add_value(&scan);
	root->key = NULL;
	if (scan_value(&scan, root) && scan.at == out->block + len)
		return 0;
	ush_json_line_fini(out);
	return -1;
}

static size_t
count_values(const json_t *json)
{
	size_t count = 1;
	const char *key;
	json_t *inner;
	size_t i;

	json_object_foreach((json_t *)json, key, inner) count += count_values(inner);
	json_array_foreach(json, i, inner) count += count_values(inner);
	return count;
}

struct convert {
	struct ush_value *next;
	char *to;
};

static char *
put_text(struct convert *convert, const char *text, size_t len)
{
	char *start = convert->to;

	memcpy(start, text, len);
	start[len] = '\0';
	convert->to += len + 1;
	return start;
}

static enum ush_value_kind
kind_of(const json_t *json)
{
	switch (json_typeof(json)) {
	case JSON_OBJECT:
		return USH_VALUE_OBJECT;
	case JSON_ARRAY:
		return USH_VALUE_ARRAY;
	case JSON_STRING:
		return USH_VALUE_STRING;
	case JSON_INTEGER:
		return USH_VALUE_INTEGER;
	case JSON_TRUE:
		return USH_VALUE_TRUE;
	case JSON_FALSE:
		return USH_VALUE_FALSE;
	default:
		return USH_VALUE_OTHER;
	}
}

/* jansson bounds how deep values lie in each other. */
static void
convert_value(struct convert *convert, const json_t *json, const char *key)
{
	struct ush_value *value = convert->next++;
	json_t *inner;
	size_t i;

	*value = (struct ush_value){.kind = kind_of(json)};
	if (key != NULL) {
		value->key_len = (uint32_t)strlen(key);
		value->key = put_text(convert, key, value->key_len);
	}
	if (value->kind == USH_VALUE_STRING) {
		value->len = (uint32_t)json_string_length(json);
		value->text = put_text(convert, json_string_value(json), value->len);
	} else if (value->kind == USH_VALUE_INTEGER) {
		value->number = json_integer_value(json);
	}
	json_object_foreach((json_t *)json, key, inner) convert_value(convert, inner, key);
	json_array_foreach(json, i, inner) convert_value(convert, inner, NULL);
	value->span = (uint32_t)(convert->next - value);
}

int
ush_json_line_parse(struct ush_json_line *out, const char *line, size_t len)
{
	/* Writers escape NUL like any other control character: it must not cost the event. */
	json_t *root = json_loadb(line, len, JSON_ALLOW_NUL, NULL);
	struct convert convert;

	if (!json_is_object(root) || make_block(out, len) != 0) {
		json_decref(root);
		return -1;
	}
	out->count = count_values(root);
	if (out->count > USH_VALUES_FEW)
		out->values = calloc(out->count, sizeof(*out->values));
	if (out->values == NULL) {
		json_decref(root);
		ush_json_line_fini(out);
		return -1;
	}
	convert = (struct convert){.next = out->values, .to = out->block};
	convert_value(&convert, root, NULL);
	json_decref(root);
	return 0;
}

int
ush_json_line_read(struct ush_json_line *out, const char *line, size_t len)
{
	if (ush_json_line_scan(out, line, len) == 0)
		return 0;
	return ush_json_line_parse(out, line, len);
}

char *
ush_json_line_keep(struct ush_json_line *line)
{
	char *block = line->block;

	line->block = NULL;
	ush_json_line_fini(line);
	return block;
}

void
ush_json_line_fini(struct ush_json_line *line)
{
	if (line->values != line->few)
		free(line->values);
	free(line->block);
	line->values = NULL;
	line->block = NULL;
}

const char *
ush_json_line_put(struct ush_json_line *line, const char *bytes, size_t len)
{
	char *start = line->rest;

	if (len >= line->room)
		return NULL;
	memcpy(start, bytes, len);
	start[len] = '\0';
	line->rest += len + 1;
	line->room -= len + 1;
	return start;
}

const struct ush_value *
ush_value_at(const struct ush_value *from, const char *path)
{
	while (from != NULL && from->kind == USH_VALUE_OBJECT) {
		const char *dot = strchrnul(path, '.');
		size_t len = (size_t)(dot - path);
		const struct ush_value *end = from + from->span;

		for (from++; from < end; from += from->span) {
			if (from->key_len == len && memcmp(from->key, path, len) == 0)
				break;
		}
		if (from >= end)
			return NULL;
		if (*dot == '\0')
			return from;
		path = dot + 1;
	}
	return NULL;
}
