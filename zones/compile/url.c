/* SPDX-License-Identifier: BSD-3-Clause */
#include "zones/compile/url.h"

#include <stdbool.h>
#include <string.h>

/* RFC 3986, section 3.1. */
static bool
is_scheme_character(char c, bool first)
{
	if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'))
		return true;
	return !first && ((c >= '0' && c <= '9') || c == '+' || c == '.' || c == '-');
}

/* How many bytes "http://" has; 0 if the text does not start with a scheme. One further on belongs
 * to what stands around an address, such as markup, and not to a URL. */
static size_t
scheme_length(const char *text, size_t len)
{
	size_t used = 0;

	while (used < len && is_scheme_character(text[used], used == 0))
		used++;
	return used > 0 && len - used >= 3 && memcmp(text + used, "://", 3) == 0 ? used + 3 : 0;
}

/* What no URL has as it is: these mark where one begins and ends in other texts. */
static bool
has_foreign_characters(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if ((unsigned char)text[i] <= ' ' || text[i] == 0x7f ||
		    memchr("<>\"", text[i], 3) != NULL)
			return true;
	}
	return false;
}

/* User and password are there only after a scheme. Without one this is a mail address, whose
 * provider is not meant: it stays whole, and so is no name. */
static void
split_authority(const char *text, size_t len, bool has_scheme, struct ush_url_parts *out)
{
	const char *at = memrchr(text, '@', len);
	const char *colon;
	bool brackets;

	if (at != NULL && has_scheme) {
		len -= (size_t)(at + 1 - text);
		text = at + 1;
	}
	brackets = len > 0 && text[0] == '[';
	colon = at != NULL && !has_scheme ? NULL : memchr(text, brackets ? ']' : ':', len);
	out->host = text + (brackets ? 1 : 0);
	out->host_len = (size_t)((colon != NULL ? colon : text + len) - out->host);
}

int
ush_url_split(const char *text, size_t len, struct ush_url_parts *out)
{
	const char *end = text + len;
	size_t scheme = scheme_length(text, len);
	size_t authority = 0;

	if (has_foreign_characters(text, len))
		return -1;
	text += scheme;
	while (text + authority < end && text[authority] != '/' && text[authority] != '?' &&
	       text[authority] != '#')
		authority++;
	out->path = text + authority;
	out->path_len = (size_t)(end - out->path);
	if (out->path_len == 0 || out->path[0] != '/') {
		out->path = "/";
		out->path_len = 1;
	}
	split_authority(text, authority, scheme > 0, out);
	return 0;
}
