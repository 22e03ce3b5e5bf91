/* SPDX-License-Identifier: BSD-3-Clause */
#include "common/terminal.h"

#include <langinfo.h>
#include <locale.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#define ESCAPE_MAX 10 /* \U0010ffff */

static bool is_utf8; /* of the terminal, set once at start */

void
ush_terminal_init(void)
{
	setlocale(LC_CTYPE, "");
	is_utf8 = strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
	/* Of no language: in Turkish, "I" is no "i" to strcasecmp(). */
	setlocale(LC_CTYPE, is_utf8 ? "C.UTF-8" : "C");
}

void
ush_terminal_init_utf8(void)
{
	is_utf8 = setlocale(LC_CTYPE, "C.UTF-8") != NULL;
}

/* The character at *text, moving on; -1 for a byte that begins none (RFC 3629). */
static int32_t
next_character(const unsigned char **text)
{
	static const int32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	const unsigned char *at = *text;
	unsigned count = at[0] < 0x80             ? 1
	                 : (at[0] & 0xe0) == 0xc0 ? 2
	                 : (at[0] & 0xf0) == 0xe0 ? 3
	                 : (at[0] & 0xf8) == 0xf0 ? 4
	                                          : 0;
	int32_t value = count == 1 ? at[0] : at[0] & (0x7f >> count);

	(*text)++;
	if (count == 0)
		return -1;
	for (unsigned i = 1; i < count; i++) {
		if ((at[i] & 0xc0) != 0x80)
			return -1;
		value = value << 6 | (at[i] & 0x3f);
	}
	if (value < least[count] || value > 0x10ffff || (value >= 0xd800 && value <= 0xdfff))
		return -1;
	*text = at + count;
	return value;
}

/* Columns of a character that may be shown as it is; 0 if it must be escaped. What has no width of
 * its own (format characters, joiners, bidirectional marks) is never shown. */
static unsigned
width_of(int32_t c)
{
	int width;

	if (c < 0x80)
		return c >= 0x20 && c != 0x7f ? 1 : 0;
	if (!is_utf8 || c == 0x061c || (c >= 0x2000 && c <= 0x200f) ||
	    (c >= 0x2028 && c <= 0x202f) || (c >= 0x205f && c <= 0x206f) || c == 0x3000 ||
	    c == 0xfeff)
		return 0;
	width = wcwidth((wchar_t)c);
	return width > 0 ? (unsigned)width : 0;
}

static size_t
escape(char *to, const unsigned char *at, int32_t c)
{
	if (c < 0)
		return (size_t)snprintf(to, ESCAPE_MAX + 1, "\\x%02x", *at);
	if (c < 0x80)
		return (size_t)snprintf(to, ESCAPE_MAX + 1, "\\x%02x", (unsigned)c);
	return (size_t)snprintf(
	    to, ESCAPE_MAX + 1, c > 0xffff ? "\\U%08x" : "\\u%04x", (unsigned)c);
}

char *
ush_terminal_text(const char *text)
{
	const unsigned char *at = (const unsigned char *)text;
	char *out = malloc(strlen(text) * ESCAPE_MAX + 1);
	char *to = out;

	if (out == NULL)
		return NULL;
	while (*at != '\0') {
		const unsigned char *begin = at;
		int32_t c = next_character(&at);

		if (c >= 0 && width_of(c) > 0) {
			memcpy(to, begin, (size_t)(at - begin));
			to += at - begin;
		} else {
			to += escape(to, begin, c);
		}
	}
	*to = '\0';
	return out;
}

void
ush_terminal_put(FILE *to, const char *text)
{
	char *safe = ush_terminal_text(text);

	if (safe != NULL)
		fputs(safe, to);
	free(safe);
}

size_t
ush_terminal_width(const char *safe)
{
	const unsigned char *at = (const unsigned char *)safe;
	size_t width = 0;

	while (*at != '\0')
		width += width_of(next_character(&at));
	return width;
}

/* Bytes of the longest beginning that takes at most `width` columns. */
static size_t
head_bytes(const char *safe, size_t width)
{
	const unsigned char *at = (const unsigned char *)safe;

	while (*at != '\0') {
		const unsigned char *begin = at;
		unsigned columns = width_of(next_character(&at));

		if (columns > width)
			return (size_t)(begin - (const unsigned char *)safe);
		width -= columns;
	}
	return strlen(safe);
}

char *
ush_terminal_fit(const char *safe, size_t width, enum ush_elide elide)
{
	const char *mark = is_utf8 ? "…" : "~";
	size_t total = ush_terminal_width(safe);
	size_t tail;
	size_t bytes;
	char *out;

	if (total <= width || elide == USH_ELIDE_NEVER || width == 0)
		return strdup(safe);
	tail = elide == USH_ELIDE_MIDDLE ? (width - 1) / 2 : 0;
	bytes = head_bytes(safe, width - 1 - tail);
	/* Wide characters can leave a column over: the table pads. */
	if (asprintf(&out, "%.*s%s%s", (int)bytes, safe, mark,
	        safe + head_bytes(safe, total - tail)) == -1)
		return NULL;
	return out;
}

size_t
ush_terminal_break(const char *safe, size_t width)
{
	size_t bytes = head_bytes(safe, width);
	size_t blank = bytes;

	if (safe[bytes] == '\0')
		return bytes;
	while (blank > 0 && safe[blank] != ' ')
		blank--;
	return blank > 0 ? blank : bytes;
}
