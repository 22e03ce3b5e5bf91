/* SPDX-License-Identifier: BSD-3-Clause */
#include "sinkhole/protocol/text.h"

#include <string.h>

static char
lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool
same_nocase(const char *a, const char *b, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (lower(a[i]) != lower(b[i]))
			return false;
	}
	return true;
}

struct ush_text
ush_text(const char *string)
{
	return (struct ush_text){string, strlen(string)};
}

struct ush_text
ush_text_of(const char *at, size_t len)
{
	return (struct ush_text){at, len};
}

bool
ush_text_is(struct ush_text text, const char *string)
{
	size_t len = strlen(string);

	return text.len == len && (len == 0 || memcmp(text.at, string, len) == 0);
}

/* How many bytes the two have in common, letters in either case. */
static size_t
common_nocase(struct ush_text text, const char *string)
{
	size_t i = 0;

	while (i < text.len && string[i] != '\0' && lower(text.at[i]) == lower(string[i]))
		i++;
	return i;
}

bool
ush_text_is_nocase(struct ush_text text, const char *string)
{
	size_t same = common_nocase(text, string);

	return same == text.len && string[same] == '\0';
}

bool
ush_text_equal_nocase(struct ush_text a, struct ush_text b)
{
	return a.len == b.len && same_nocase(a.at, b.at, a.len);
}

bool
ush_text_starts_nocase(struct ush_text text, const char *prefix)
{
	return prefix[common_nocase(text, prefix)] == '\0';
}

bool
ush_text_ends_nocase(struct ush_text text, const char *suffix)
{
	size_t len = strlen(suffix);

	return text.len >= len && same_nocase(text.at + text.len - len, suffix, len);
}

bool
ush_text_has(struct ush_text text, const char *string)
{
	return text.len > 0 && memmem(text.at, text.len, string, strlen(string)) != NULL;
}

bool
ush_text_has_nocase(struct ush_text text, const char *string)
{
	size_t len = strlen(string);
	char first = lower(string[0]);

	for (size_t i = 0; i + len <= text.len; i++) {
		if (lower(text.at[i]) == first && same_nocase(text.at + i, string, len))
			return true;
	}
	return false;
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t';
}

struct ush_text
ush_text_trim(struct ush_text text)
{
	while (text.len > 0 && is_blank(text.at[0])) {
		text.at++;
		text.len--;
	}
	while (text.len > 0 && is_blank(text.at[text.len - 1]))
		text.len--;
	return text;
}

struct ush_text
ush_text_clip(struct ush_text text, size_t max)
{
	if (text.len > max)
		text.len = max;
	return text;
}

bool
ush_text_split(struct ush_text *rest, char separator, struct ush_text *part)
{
	size_t end;

	if (rest->at == NULL)
		return false;
	end = ush_text_find(*rest, separator);
	*part = ush_text_clip(*rest, end);
	*rest = end < rest->len ? ush_text_from(*rest, end + 1) : (struct ush_text){0};
	return true;
}

size_t
ush_text_find(struct ush_text text, char byte)
{
	const char *at = text.len > 0 ? memchr(text.at, byte, text.len) : NULL;

	return at != NULL ? (size_t)(at - text.at) : text.len;
}

struct ush_text
ush_text_from(struct ush_text text, size_t count)
{
	return (struct ush_text){text.at + count, text.len - count};
}

int
ush_text_to_address(struct ush_text text, struct ush_address *out)
{
	char string[USH_ADDRESS_TEXT_MAX];

	if (text.len == 0 || text.len >= sizeof(string) || memchr(text.at, '\0', text.len) != NULL)
		return -1;
	memcpy(string, text.at, text.len);
	string[text.len] = '\0';
	return ush_address_from_text(out, string);
}
