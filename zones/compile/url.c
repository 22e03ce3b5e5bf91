/* SPDX-License-Identifier: BSD-3-Clause */
#include "zones/compile/url.h"

#include <stdbool.h>
#include <string.h>

void
ush_url_split(const char *text, size_t len, struct ush_url_parts *out)
{
	const char *end = text + len;
	const char *scheme = memmem(text, len, "://", 3);
	size_t authority = 0;
	const char *at;
	const char *colon;
	bool brackets;

	if (scheme != NULL && memchr(text, '/', (size_t)(scheme - text)) == NULL)
		text = scheme + 3;
	while (text + authority < end && text[authority] != '/' && text[authority] != '?' &&
	       text[authority] != '#')
		authority++;
	out->path = text + authority;
	out->path_len = (size_t)(end - out->path);
	if (out->path_len == 0 || out->path[0] != '/') {
		out->path = "/";
		out->path_len = 1;
	}
	if ((at = memrchr(text, '@', authority)) != NULL) {
		authority -= (size_t)(at + 1 - text);
		text = at + 1;
	}
	brackets = authority > 0 && text[0] == '[';
	colon = memchr(text, brackets ? ']' : ':', authority);
	out->host = text + (brackets ? 1 : 0);
	out->host_len = (size_t)((colon != NULL ? colon : text + authority) - out->host);
}
