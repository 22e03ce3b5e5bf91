/* SPDX-License-Identifier: BSD-3-Clause */
#include "zones/extract/join.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "zones/extract/files.h"
#include "zones/extract/plain.h"
#include "zones/readers/refang.h"

static size_t
hex_digits(const char *text, size_t len)
{
	size_t i = 0;

	while (i < len && isxdigit((unsigned char)text[i]) != 0)
		i++;
	return i;
}

/* Two pieces of a hash. 32 digits and 32 may be two MD5. */
static bool
are_hash(
    const struct ush_report *report, const struct ush_token *first, const struct ush_token *second)
{
	size_t whole = first->len + second->len;

	if (hex_digits(first->text, first->len) != first->len ||
	    hex_digits(second->text, second->len) != second->len || first->len < 8)
		return false;
	if (first->len == 32)
		return whole == 64 && report->names_sha256;
	return whole == 64 || (first->len != 40 && (whole == 40 || whole == 32));
}

static void
identify(const struct ush_kinds *kinds, const char *text, struct ush_identified *out, char *buf)
{
	size_t len = ush_refang(text, strlen(text), false, buf);

	buf[len] = '\0';
	ush_identify(kinds, buf, len, strcmp(buf, text) != 0, out);
}

static bool
is_good_host(const struct ush_identified *what)
{
	return (what->kind == USH_KIND_NAME || what->kind == USH_KIND_URL) && what->why_not == NULL;
}

/* Whether the text as it stands in the line, with the sign that was trimmed off, is unfinished. */
static bool
ends_open(const struct ush_token *token, bool has_path)
{
	const char *end = token->text + token->len;
	size_t dot = sizeof(USH_PLAIN_DOT) - 1;

	if (token->len > dot && memcmp(end - dot, USH_PLAIN_DOT, dot) == 0)
		return true;
	if (*end == '.' || (*end == '-' && has_path))
		return true;
	return has_path && token->len > 0 && strchr("/-_=&?%", end[-1]) != NULL;
}

/* "index." and then "php". */
static bool
is_ending(const struct ush_token *second)
{
	char name[16];

	return second->len < sizeof(name) - 2 &&
	       snprintf(name, sizeof(name), "x.%.*s", (int)second->len, second->text) > 0 &&
	       ush_is_file_name(name, strlen(name));
}

/* Only what was marked goes on: "see evil.com.\nThe next" is the end of a sentence. */
static bool
are_host(const struct ush_kinds *kinds, const struct ush_token *first,
    const struct ush_token *second, const char *whole, char *buf)
{
	bool path = memchr(first->text, '/', first->len) != NULL;
	bool marked = path || memmem(whole, strlen(whole), USH_PLAIN_DOT, 3) != NULL;
	struct ush_identified alone;
	struct ush_identified next;
	struct ush_identified both;
	char *copy;

	if (!marked || !ends_open(first, path) ||
	    memmem(second->text, second->len, "://", 3) != NULL ||
	    (copy = strndup(first->text, first->len)) == NULL)
		return false;
	identify(kinds, copy, &alone, buf);
	free(copy);
	if ((copy = strndup(second->text, second->len)) == NULL)
		return false;
	identify(kinds, copy, &next, buf);
	free(copy);
	identify(kinds, whole, &both, buf);
	if (!is_good_host(&both))
		return false;
	/* What is whole by itself goes on with a part of a path: a name is the next entry of a list, a
	 * word the next sentence. */
	if (is_good_host(&alone) && first->text[first->len] == '.')
		return is_ending(second);
	return !is_good_host(&alone) ||
	       ((next.kind == USH_KIND_NONE || next.kind == USH_KIND_FILE) &&
	           strcspn(second->text, "./?=&%_0123456789") < second->len);
}

/* In a table two blanks, or a bar, part the columns. */
static bool
is_cell_end(const char *at)
{
	at += *at == '.' || *at == '-'; /* which is no part of the token */
	return strncmp(at, "  ", 2) == 0 || *at == '\t' || at[strspn(at, " ")] == '|';
}

/* Where the column begins that the text stands in. */
static const char *
column_start(const char *line, const char *at)
{
	while (at > line && !(at[-1] == ' ' && at - 1 > line && at[-2] == ' '))
		at--;
	return at;
}

/* The token that stands at the column, if one begins there. */
static bool
token_at(const struct ush_report_line *line, size_t column, struct ush_token *out)
{
	const char *at = line->plain + column;

	return line->plain_len > column && (column == 0 || at[-1] == ' ' || at[-1] == '|') &&
	       ush_token_next(line->plain, at, out) != NULL && out->text == at;
}

/* What the next line has in the place where the token would go on: in the same column of a table or a
 * page, or at its beginning. */
static bool
find_rest(const char *line, const struct ush_token *first, const struct ush_report_line *next,
    struct ush_token *out)
{
	size_t column = (size_t)(first->text - line);

	if ((first->ends_line ? column > 0 : is_cell_end(first->text + first->len)) &&
	    token_at(next, column, out))
		return true;
	return first->ends_line &&
	       (token_at(next, (size_t)(column_start(line, first->text) - line), out) ||
	           token_at(next, strspn(next->plain, " \t"), out));
}

static int
join(const struct ush_report *report, const struct ush_kinds *kinds, const char *line,
    const struct ush_token *first, const struct ush_report_line *next, struct ush_piece *out)
{
	const char *end = first->text + first->len;
	struct ush_token second;
	char *whole = NULL;
	char *buf;

	if (!find_rest(line, first, next, &second))
		return 0;
	if (asprintf(&whole, "%.*s%s%.*s", (int)first->len, first->text,
	        *end == '.'   ? "."
	        : *end == '-' ? "-"
	                      : "",
	        (int)second.len, second.text) == -1)
		return -1;
	if ((buf = malloc(strlen(whole) + 1)) == NULL) {
		free(whole);
		return -1;
	}
	if (are_hash(report, first, &second) || are_host(kinds, first, &second, whole, buf)) {
		free(out->text);
		out->text = whole;
		out->is_joined = true;
		out->rest = second.text;
		out->rest_len = second.len;
		whole = NULL;
	}
	free(buf);
	free(whole);
	return 0;
}

int
ush_join(const struct ush_report *report, const struct ush_kinds *kinds, size_t number,
    const struct ush_token *token, struct ush_piece *out)
{
	*out = (struct ush_piece){.text = strndup(token->text, token->len)};
	if (out->text == NULL)
		return -1;
	if (number + 1 >= report->count || join(report, kinds, report->lines[number].plain, token,
	                                       &report->lines[number + 1], out) == 0)
		return 0;
	free(out->text);
	return -1;
}

/* "sync-", and no dash. */
static bool
is_hyphen(const char *line, const char *at)
{
	return at > line && *at == '-' && isalnum((unsigned char)at[-1]) != 0;
}

bool
ush_is_rest(const struct ush_report *report, size_t number, const struct ush_token *token)
{
	const char *line = report->lines[number].plain;
	const struct ush_report_line *before = &report->lines[number > 0 ? number - 1 : 0];
	const char *end = before->plain + before->plain_len;
	const char *column = column_start(line, token->text);
	const char *gap;

	if (number == 0 || column + strspn(column, " \t") != token->text)
		return false;
	while (end > before->plain && strchr(" \t", end[-1]) != NULL)
		end--;
	if (end > before->plain && is_hyphen(before->plain, end - 1))
		return true;
	/* The end of the first column, for what stands in the first one. */
	gap = strstr(before->plain + strspn(before->plain, " "), "  ");
	return line + strspn(line, " \t") == token->text && gap != NULL && gap > before->plain &&
	       is_hyphen(before->plain, gap - 1);
}
