/* SPDX-License-Identifier: BSD-3-Clause */
#include "zones/extract/plain.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include "zones/extract/runes.h"

#define GAP_MAX 3 /* blanks inside "example [.] com" */

static bool
is_alnum(char c)
{
	return isalnum((unsigned char)c) && (unsigned char)c < 0x80;
}

/* What cannot be seen, and would part a name in two. */
static bool
is_invisible(uint32_t c)
{
	return c == 0xad || c == 0x61c || c == 0x180e || (c >= 0x200b && c <= 0x200f) ||
	       (c >= 0x202a && c <= 0x202e) || (c >= 0x2060 && c <= 0x2069) || c == 0xfeff ||
	       (c >= 0xfe00 && c <= 0xfe0f) || c == '\r' || c == 0;
}

/* The character of ASCII that looks like this one; 0: none does. */
static char
ascii_of(uint32_t c)
{
	static const struct {
		uint32_t wide;
		char plain;
	} others[] = {{0xa0, ' '}, {0x3000, ' '}, {0x202f, ' '}, {0x205f, ' '}, {'\f', ' '},
	    {'\v', ' '}, {0x2010, '-'}, {0x2011, '-'}, {0x2024, '.'}, {0xfe52, '.'}, {0x2018, '\''},
	    {0x2019, '\''}, {0x201c, '"'}, {0x201d, '"'}, {0x2044, '/'}, {0x2215, '/'},
	    {0x2236, ':'}, {0xa789, ':'}, {0x300c, '"'}, {0x300d, '"'}, {0x300e, '"'},
	    {0x300f, '"'}};

	if (c >= 0xff01 && c <= 0xff5e)
		return (char)(c - 0xfee0);
	if (c >= 0x2000 && c <= 0x200a)
		return ' ';
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		if (others[i].wide == c)
			return others[i].plain;
	}
	return 0;
}

/* A wide dot inside a name: written so that it is no link. Elsewhere some end a sentence. */
static bool
is_dot_between(uint32_t c, const char *out, size_t used, const char *next, const char *end)
{
	uint32_t after = next < end ? ush_rune_next(&next, end) : 0;

	if (c != 0x3002 && c != 0xff61 && c != 0xff0e && c != 0xfe52 && c != 0x2024)
		return false;
	if (ascii_of(after) != 0)
		after = (unsigned char)ascii_of(after);
	return used > 0 && is_alnum(out[used - 1]) && after < 0x80 && is_alnum((char)after);
}

/* First pass: characters. */
static size_t
make_visible(const char *text, size_t len, char *out)
{
	const char *end = text + len;
	size_t used = 0;

	while (text < end) {
		const char *begin = text;
		uint32_t c = ush_rune_next(&text, end);

		if (is_invisible(c))
			continue;
		if (is_dot_between(c, out, used, text, end)) {
			memcpy(out + used, USH_PLAIN_DOT, sizeof(USH_PLAIN_DOT) - 1);
			used += sizeof(USH_PLAIN_DOT) - 1;
		} else if (ascii_of(c) != 0) {
			out[used++] = ascii_of(c);
		} else {
			memcpy(out + used, begin, (size_t)(text - begin));
			used += (size_t)(text - begin);
		}
	}
	out[used] = '\0';
	return used;
}

static const char *
skip_blanks(const char *at)
{
	for (unsigned i = 0; i < GAP_MAX && *at == ' '; i++)
		at++;
	return at;
}

/* What stands in brackets instead of a sign. */
static const struct {
	const char *inside;
	const char *plain;
} marks[] = {
    {".", USH_PLAIN_DOT},
    {"dot", USH_PLAIN_DOT},
    {"d0t", USH_PLAIN_DOT},
    {"ドット", USH_PLAIN_DOT},
    {"。", USH_PLAIN_DOT},
    {"://", USH_PLAIN_COLON "//"},
    {":", USH_PLAIN_COLON},
    {"@", USH_PLAIN_AT},
    {"at", USH_PLAIN_AT},
    {"/", "/"},
    {"//", "//"},
    {"-", "-"},
};

/* "[.]", "(dot)", "{ . }", "<at>": its end and what it stands for; NULL: it is none. */
static const char *
read_mark(const char *at, const char **plain)
{
	static const char openers[] = "[({<";
	static const char closers[] = "])}>";
	const char *opener = *at != '\0' ? strchr(openers, *at) : NULL;
	const char *inside;

	if (opener == NULL)
		return NULL;
	inside = skip_blanks(at + 1);
	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
		size_t len = strlen(marks[i].inside);
		const char *behind;

		if (strncasecmp(inside, marks[i].inside, len) != 0)
			continue;
		behind = skip_blanks(inside + len);
		if (*behind == closers[opener - openers]) {
			*plain = marks[i].plain;
			return behind + 1;
		}
	}
	/* "example[.com": half of one. */
	if ((*at == '[' || *at == '(') && at[1] == '.' && is_alnum(at[2])) {
		*plain = USH_PLAIN_DOT;
		return at + 2;
	}
	return NULL;
}

/* "example dot com": a word, unless it belongs to the sentence as in "the dot com years". */
static const char *
read_word_dot(const char *at, const char *out, size_t used)
{
	static const char *const articles[] = {
	    "the", "a", "this", "each", "every", "red", "and", "of"};
	size_t word = 0;

	if (strncasecmp(at, " dot ", 5) != 0 || !is_alnum(at[5]) || used == 0)
		return NULL;
	while (word < used &&
	       (is_alnum(out[used - word - 1]) || strchr("-_.[]", out[used - word - 1]) != NULL))
		word++;
	for (size_t i = 0; i < sizeof(articles) / sizeof(articles[0]); i++) {
		if (word == strlen(articles[i]) &&
		    strncasecmp(out + used - word, articles[i], word) == 0)
			return NULL;
	}
	return word >= 2 ? at + 5 : NULL;
}

/* ":", "[:]", " : " and then "//" in any dress. *defanged is set if it is not just "://". */
static const char *
read_separator(const char *at, bool *defanged)
{
	static const char *const slashes[] = {"//", "\\\\", "/ /", "[//]", "[/][/]", "(//)"};
	const char *plain;
	const char *behind;

	if (strncmp(at, "://", 3) == 0)
		return at + 3;
	*defanged = true;
	if (strncmp(at, "[://]", 5) == 0 || strncmp(at, "(://)", 5) == 0)
		return at + 5;
	at = skip_blanks(at);
	if (*at == ':')
		at++;
	else if ((behind = read_mark(at, &plain)) != NULL && plain[1] == ':')
		at = behind;
	else
		return NULL;
	at = skip_blanks(at);
	for (size_t i = 0; i < sizeof(slashes) / sizeof(slashes[0]); i++) {
		if (strncmp(at, slashes[i], strlen(slashes[i])) == 0)
			return skip_blanks(at + strlen(slashes[i]));
	}
	return NULL;
}

/* "[http://]" */
static const char *
read_bracketed_scheme(const char *at, const char **plain)
{
	if (strncasecmp(at, "[http://]", 9) == 0 || strncasecmp(at, "[hxxp://]", 9) == 0) {
		*plain = "hxxp://";
		return at + 9;
	}
	if (strncasecmp(at, "[https://]", 10) == 0 || strncasecmp(at, "[hxxps://]", 10) == 0) {
		*plain = "hxxps://";
		return at + 10;
	}
	return NULL;
}

/* "hxxp://", "h**ps[:]//", "ttp://" and plain "http : //". */
static const char *
read_scheme(const char *at, const char **plain)
{
	if (*at == '[')
		return read_bracketed_scheme(at, plain);
	static const char *const names[] = {"http", "hxxp", "h**p", "h__p", "h--p", "h++p", "htxp",
	    "hxtp", "httx", "hxxx", "h..p", "meow", "ttp", "hp"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		size_t len = strlen(names[i]);
		bool defanged = i > 0;
		bool secure;
		const char *behind;

		if (strncasecmp(at, names[i], len) != 0)
			continue;
		secure = at[len] == 's' || at[len] == 'S';
		if ((behind = read_separator(at + len + secure, &defanged)) == NULL)
			continue;
		if (!defanged)
			*plain = secure ? "https://" : "http://";
		else
			*plain = secure ? "hxxps://" : "hxxp://";
		return behind;
	}
	return NULL;
}

/* Second pass: all that stands for a sign. */
static void
make_uniform(const char *from, char *out)
{
	size_t used = 0;

	while (*from != '\0') {
		bool word_starts = used == 0 || !is_alnum(out[used - 1]);
		bool has_word = used > 0 && (is_alnum(out[used - 1]) || (out[used - 1] & 0x80));
		const char *plain = NULL;
		const char *behind = NULL;
		const char *mark = skip_blanks(from);

		if (word_starts && (behind = read_scheme(from, &plain)) != NULL)
			;
		else if (has_word && (behind = read_mark(mark, &plain)) != NULL) {
			/* "that [.] is": blanks are part of it on both sides, or on none. */
			if (mark > from && *skip_blanks(behind) != '\0')
				behind = skip_blanks(behind);
		} else if ((behind = read_word_dot(from, out, used)) != NULL) {
			plain = USH_PLAIN_DOT;
		} else if (has_word && from[0] == '.' && from[1] == ']' && is_alnum(from[2])) {
			behind = from + 2; /* "example.]com" */
			plain = USH_PLAIN_DOT;
		} else if (has_word && from[0] == '\\' && from[1] == '.') {
			behind = from + 2;
			plain = USH_PLAIN_DOT;
		}
		if (behind == NULL) {
			out[used++] = *from++;
			continue;
		}
		memcpy(out + used, plain, strlen(plain));
		used += strlen(plain);
		from = behind;
	}
	out[used] = '\0';
}

char *
ush_plain_line(const char *text, size_t len)
{
	char *visible = calloc(1, len + 1);
	char *out = calloc(1, len * 3 + 8);

	if (visible == NULL || out == NULL) {
		free(visible);
		free(out);
		return NULL;
	}
	make_visible(text, len, visible);
	make_uniform(visible, out);
	free(visible);
	return out;
}
