/* SPDX-License-Identifier: BSD-3-Clause */
/* lokibot.c - Loki-Bot 1.x. Each POST has a body of little-endian numbers and texts without any
 * encryption:
 *
 *   version (2 bytes, 18 is 1.8), type (2: 0x27 stolen logins, 0x28 asks for commands)
 *   four texts, each a width (2), its bytes (4) and the text: the build's name (width 0: bytes),
 *     user, computer and domain (width 1: UTF-16)
 *   screen width and height (4 each); local administrator, built-in administrator, 64 bit (2 each)
 *   Windows: major, minor, product type, a quirk (2 each)
 *   type 0x27: sent before, compressed (2 each), three fillers (2 each), size (4)
 *   a text of width 1: the machine's number, 24 hexadecimal digits
 *   type 0x27: the stolen logins, which nothing here reads or keeps
 *
 * Published by R. Pantazopoulos ("Loki-Bot: Information Stealer, Keylogger, & More!", SANS Institute
 * 2017, and his loki-parse); the layout agrees to the byte with the request of 176 bytes in the
 * public collection c2db. Every number is checked, so that no ordinary upload is taken for it. */
#include "sinkhole/evidence/beacon.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define TEXT_BYTES 256 /* most that a name has on the wire */
#define NUMBER_DIGITS 24

enum type { STOLEN = 0x27, ASKS = 0x28 };

/* What is left of the body. After the first thing that is missing or wrong, all is. */
struct cursor {
	const uint8_t *at;
	size_t left;
	bool failed;
};

/* A name as UTF-8. */
struct name {
	char text[TEXT_BYTES * 2 + 1]; /* one byte becomes two at most, a pair of bytes three */
	size_t len;
};

static const uint8_t *
take(struct cursor *cursor, size_t len)
{
	const uint8_t *at = cursor->at;

	if (cursor->failed || len > cursor->left) {
		cursor->failed = true;
		return NULL;
	}
	cursor->at += len;
	cursor->left -= len;
	return at;
}

/* 0 if it is not within the bounds. */
static uint32_t
take_number(struct cursor *cursor, size_t len, uint32_t least, uint32_t most)
{
	const uint8_t *at = take(cursor, len);
	uint32_t value = 0;

	for (size_t i = len; at != NULL && i-- > 0;)
		value = value << 8 | at[i];
	if (value < least || value > most)
		cursor->failed = true;
	return cursor->failed ? 0 : value;
}

static void
put_character(struct name *out, uint32_t c)
{
	char *to = out->text + out->len;

	if (c < 0x80) {
		out->len += 1;
		to[0] = (char)c;
	} else if (c < 0x800) {
		out->len += 2;
		to[0] = (char)(0xc0 | c >> 6);
		to[1] = (char)(0x80 | (c & 0x3f));
	} else {
		out->len += 3;
		to[0] = (char)(0xe0 | c >> 12);
		to[1] = (char)(0x80 | (c >> 6 & 0x3f));
		to[2] = (char)(0x80 | (c & 0x3f));
	}
}

/* A text of the width that must be (1: two bytes a character). No control character and no half of
 * a pair: Windows allows neither in these names, and rarer signs than those of one unit are none of
 * a name. */
static void
take_name(struct cursor *cursor, struct name *out, uint32_t width)
{
	size_t step = width + 1;
	uint32_t bytes;
	const uint8_t *at;

	out->len = 0;
	take_number(cursor, 2, width, width);
	bytes = take_number(cursor, 4, 0, TEXT_BYTES);
	at = take(cursor, bytes);
	if (at == NULL || bytes % step != 0) {
		cursor->failed = true;
		return;
	}
	for (size_t i = 0; i < bytes; i += step) {
		uint32_t c = width == 0 ? at[i] : (uint32_t)at[i] | (uint32_t)at[i + 1] << 8;

		if (c < 0x20 || (c >= 0x7f && c < 0xa0) || (c >= 0xd800 && c < 0xe000))
			cursor->failed = true;
		else
			put_character(out, c);
	}
	out->text[out->len] = '\0';
}

static bool
is_machine_number(const struct name *name)
{
	return name->len == NUMBER_DIGITS &&
	       strspn(name->text, "0123456789ABCDEF") == NUMBER_DIGITS;
}

static void
add_name(struct ush_beacon *out, const char *key, const struct name *name)
{
	ush_beacon_add(out, key, "", ush_text_of(name->text, name->len));
}

static void
add_numbers(struct ush_beacon *out, const char *key, const char *prefix, uint32_t a, char between,
    uint32_t b)
{
	char text[32];

	snprintf(text, sizeof(text), "%u%c%u", a, between, b);
	ush_beacon_add(out, key, prefix, ush_text(text));
}

/* What identifies the machine, as one line. */
static void
set_profile(struct ush_beacon *out, const struct name *number)
{
	int len = snprintf(out->profile, sizeof(out->profile),
	    "BUILD: %s | USER: %s | PC: %s | DOMAIN: %s | %s | ID: %s",
	    ush_beacon_value(out, "build"), ush_beacon_value(out, "user"),
	    ush_beacon_value(out, "computer"), ush_beacon_value(out, "domain"),
	    ush_beacon_value(out, "os"), number->text);

	out->profile_len =
	    (size_t)len < sizeof(out->profile) ? (size_t)len : sizeof(out->profile) - 1;
}

/* From the screen to the number of the machine. */
static void
take_system(struct cursor *cursor, struct ush_beacon *out, uint32_t type, struct name *number)
{
	uint32_t width = take_number(cursor, 4, 1, 65535);
	uint32_t height = take_number(cursor, 4, 1, 65535);
	uint32_t major, minor;

	for (unsigned i = 0; i < 3; i++)
		take_number(cursor, 2, 0, 1);
	major = take_number(cursor, 2, 5, 11);
	minor = take_number(cursor, 2, 0, 3);
	take_number(cursor, 2, 1, 3);
	take(cursor, 2);
	if (type == STOLEN) {
		take_number(cursor, 2, 0, 1);
		take_number(cursor, 2, 0, 1);
		take(cursor, 3 * 2 + 4);
	}
	take_name(cursor, number, 1);
	add_numbers(out, "os", "NT ", major, '.', minor);
	add_numbers(out, "screen", "", width, 'x', height);
	add_name(out, "machine_id", number);
}

bool
ush_lokibot_read(struct ush_beacon *out, struct ush_text text)
{
	static const char *const keys[] = {"build", "user", "computer", "domain"};
	struct cursor cursor = {(const uint8_t *)text.at, text.len, false};
	uint32_t version = take_number(&cursor, 2, 10, 29);
	uint32_t type = take_number(&cursor, 2, STOLEN, ASKS);
	struct name name;

	if (cursor.failed)
		return false;
	add_numbers(out, "version", "", version / 10, '.', version % 10);
	for (uint32_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		take_name(&cursor, &name, i > 0);
		if (!cursor.failed)
			add_name(out, keys[i], &name);
	}
	if (!cursor.failed)
		take_system(&cursor, out, type, &name);
	if (cursor.failed || !is_machine_number(&name))
		return false;
	out->family = "LokiBot";
	out->rest = ush_text_from(text, text.len - cursor.left);
	set_profile(out, &name);
	return true;
}
