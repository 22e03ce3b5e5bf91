/* SPDX-License-Identifier: BSD-3-Clause */
#include "zones/extract/tokens.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>
#include "zones/extract/files.h"
#include "zones/extract/plain.h"
#include "zones/extract/runes.h"

#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define CJK_MAX 64    /* letters of one label */
#define LOOK_BACK 256 /* bytes of a line for what a token stands in */

static bool
is_redaction(uint32_t c)
{
	return c == 0x2026 || c == 0x25cf || c == 0x25a0 || c == 0x25a1 || c == 0x2588 ||
	       c == 0x25cb || c == 0x3007 || c == 0x25b2 || c == 0x25b3 || c == 0xd7;
}

static bool
starts(const char *at, const char *text)
{
	return strncmp(at, text, strlen(text)) == 0;
}

/* The end of a mark of plain.h. */
static const char *
skip_mark(const char *at)
{
	static const char *const marks[] = {USH_PLAIN_DOT, USH_PLAIN_COLON, USH_PLAIN_AT};

	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
		if (starts(at, marks[i]))
			return at + strlen(marks[i]);
	}
	return NULL;
}

/* "[2001:db8::1]" */
static const char *
skip_address(const char *at)
{
	size_t len = *at == '[' ? strspn(at + 1, "0123456789abcdefABCDEF:.") : 0;

	return len > 2 && at[1 + len] == ']' && memchr(at + 1, ':', len) != NULL ? at + len + 2
	                                                                         : NULL;
}

/* Of a run of letters of a script that has no blanks between words: only what touches a defanged dot
 * belongs to a name, since reports write names into such sentences without a blank. */
static const char *
skip_cjk(const char *from, const char *begin, const char *end)
{
	const char *at = from;
	const char *next = from;

	for (unsigned i = 0;
	     i < CJK_MAX && next < end && ush_rune_is_cjk(ush_rune_next(&next, end)); i++)
		at = next;
	if (at == from)
		return NULL;
	if (starts(at, USH_PLAIN_DOT) || (from > begin && from[-1] == ']' && at > from) ||
	    (from - begin > 3 && starts(from - 3, "://")))
		return at;
	return NULL;
}

/* The end of one character, or mark, of a token; NULL: `at` ends it. */
static const char *
skip_one(const char *at, const char *begin, const char *end)
{
	const char *next = at;
	uint32_t c;

	if (at >= end)
		return NULL;
	if ((next = skip_mark(at)) != NULL || (next = skip_address(at)) != NULL)
		return next;
	next = at;
	c = ush_rune_next(&next, end);
	if (c < 0x80)
		return isalnum((int)c) || strchr("-._~:/?#@!$&+=%*", (int)c) != NULL ? next : NULL;
	if (ush_rune_is_spaced_letter(c) || c >= 0x1f000)
		return next;
	if (is_redaction(c))
		return at > begin || *next == '.' || starts(next, USH_PLAIN_DOT) ||
		               (next < end && is_redaction(ush_rune_next(&next, end)))
		           ? next
		           : NULL;
	return skip_cjk(at, begin, end);
}

/* Emphasis of Markdown, what ends a sentence, what stands between a label and its value. */
static void
trim(struct ush_token *token)
{
	while (token->len > 0 && strchr("-._~:?#@!$&+=%", token->text[0]) != NULL) {
		token->text++;
		token->len--;
	}
	if (token->len > 1 && token->text[0] == '/' &&
	    memchr(token->text + 1, '/', token->len - 1) == NULL) {
		token->text++; /* "this/that" */
		token->len--;
	}
	while (token->len > 1 && token->text[0] == '*' && token->text[1] != '.') {
		size_t stars = strspn(token->text, "*");

		if (stars > 2 || token->text[stars] == '.' || token->text[stars] == '[')
			break; /* "***.example.com" */
		token->text += stars;
		token->len -= stars;
	}
	while (token->len > 0 && strchr("-._~:?#@!$&+=%*", token->text[token->len - 1]) != NULL &&
	       !(token->len > 2 && memcmp(token->text + token->len - 3, "***", 3) == 0))
		token->len--;
}

/* "domain=example.com", "C2:example.com": what is in front is the name of a value. */
static void
drop_label(struct ush_token *token)
{
	size_t i = 0;

	while (i < token->len && (isalnum((unsigned char)token->text[i]) != 0 ||
	                             strchr("-_", token->text[i]) != NULL))
		i++;
	if (i == 0 || i + 1 >= token->len)
		return;
	if (token->text[i] == '=' ||
	    (token->text[i] == ':' && !starts(token->text + i, "://") &&
	        (isdigit((unsigned char)token->text[i + 1]) == 0 ||
	            memchr(token->text + i, '.', token->len - i) != NULL || token->len - i > 32) &&
	        memchr(token->text + i + 1, ':', token->len - i - 1) == NULL)) {
		token->text += i + 1;
		token->len -= i + 1;
		trim(token);
	} else if (token->text[i] == ':' && !starts(token->text + i, "://") &&
	           memmem(token->text + i + 1, token->len - i - 1, "://", 3) != NULL) {
		token->text += i + 1; /* "url:http://..." */
		token->len -= i + 1;
	}
}

/* Where the cell of a table begins. Two blanks part columns. */
static const char *
cell_start(const char *line, const char *at)
{
	const char *start = at - line > LOOK_BACK ? at - LOOK_BACK : line;

	while (at > start && at[-1] != '|' && at[-1] != '\t' && at[-1] != ',' && at[-1] != ';' &&
	       !(at[-1] == ' ' && at - 1 > start && at[-2] == ' '))
		at--;
	return at;
}

/* Nothing, a bullet, a number, quotes, or a label that ends with a colon. */
static bool
is_bullet(const char *from, const char *to)
{
	size_t digits;

	while (from < to && strchr(" -*+>('\"`[<#", *from) != NULL)
		from++;
	if ((digits = strspn(from, "0123456789")) <= 3 && from + digits < to)
		from += digits;
	while (from < to && strchr(" .)]:'\"`(<*-", *from) != NULL)
		from++;
	while (from < to) {
		const char *next = from;
		uint32_t c = ush_rune_next(&next, to);

		if (c < 0x80 || ush_rune_is_cjk(c) || ush_rune_is_spaced_letter(c))
			break;
		from = next;
	}
	while (from < to && *from == ' ')
		from++;
	if (from >= to)
		return true;
	while (to > from && strchr(" '\"`[(<*", to[-1]) != NULL)
		to--;
	return to > from && to - from <= 48 && (to[-1] == ':' || to[-1] == '=');
}

static bool
is_typed(const char *line, const char *at)
{
	while (at > line && strchr(" '\"`", at[-1]) != NULL)
		at--;
	if (at == line || (at[-1] != ':' && at[-1] != '='))
		return false;
	for (at--; at > line && strchr(" '\"`", at[-1]) != NULL; at--)
		;
	return at - line >= 5 && strncasecmp(at - 5, "value", 5) == 0;
}

/* Whether an opening parenthesis before it has not been closed. */
static bool
is_in_parentheses(const char *line, const char *at)
{
	const char *start = at - line > LOOK_BACK ? at - LOOK_BACK : line;

	while (at > start && at[-1] != '(' && at[-1] != ')')
		at--;
	return at > start && at[-1] == '(';
}

static void
find_place(const char *line, struct ush_token *token)
{
	const char *cell = cell_start(line, token->text);
	const char *before = token->text;

	token->starts_cell = is_bullet(cell, token->text);
	token->after_comma = cell > line && cell[-1] == ',' && *cell == ' ';
	token->in_parentheses = is_in_parentheses(line, token->text);
	while (before > line && strchr(" '\"`", before[-1]) != NULL)
		before--;
	token->is_parenthesis = before > line && before[-1] == '(';
}

/* "お知らせ.exe": the letters in front belong to it. */
static bool
is_cjk_file(const char *line, struct ush_token *token)
{
	const char *from = token->text;

	if (*from != '.' || !ush_is_run_or_opened(from, token->len))
		return false;
	for (unsigned i = 0; i < CJK_MAX && from > line; i++) {
		const char *before;
		uint32_t c = ush_rune_before(line, from, &before);

		if (!ush_rune_is_cjk(c))
			break;
		from = before;
	}
	if (from == token->text)
		return false;
	token->len += (size_t)(token->text - from);
	token->text = from;
	return true;
}

/* "www.example.com/ab[REMOVED]": a word in brackets, and no text of a link. "example-[a-z]*.com" */
static bool
is_left_out(const char *line, const char *at)
{
	size_t len = *at == '[' || *at == '<' ? strspn(at + 1, LETTERS " ") : 0;

	if (*at == '[' && at > line && at[-1] == '-')
		return true;
	return len > 2 && (at[len + 1] == ']' || at[len + 1] == '>') && at[len + 2] != '(' &&
	       strncasecmp(at + 1, "br", 2) != 0;
}

const char *
ush_token_next(const char *line, const char *at, struct ush_token *out)
{
	const char *end = at + strlen(at);

	for (;;) {
		const char *begin = at;
		const char *next;

		while ((next = skip_one(at, begin, end)) != NULL)
			at = next;
		if (at > begin) {
			*out = (struct ush_token){.text = begin, .len = (size_t)(at - begin)};
			out->is_cut_off =
			    is_left_out(line, at) ||
			    (begin > line && strchr("])>", begin[-1]) != NULL &&
			        (*begin == '.' || *begin == '-' || starts(begin, "[.")));
			if (!is_cjk_file(line, out)) {
				trim(out);
				drop_label(out);
			}
			find_place(line, out);
			out->ends_line = at[strspn(at, " \t")] == '\0';
			out->is_typed = is_typed(line, out->text);
			if (out->len > 0)
				return at;
		}
		if (at >= end)
			return NULL;
		ush_rune_next(&at, end);
	}
}
