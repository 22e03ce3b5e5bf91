/* SPDX-License-Identifier: BSD-3-Clause */
#include "sinkhole/sinkwatch/html.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "common/html.h"

void
ush_html_put(struct ush_html *html, const char *markup, size_t len)
{
	if (evbuffer_add(html->out, markup, len) != 0)
		html->has_failed = true;
}

void
ush_html_text(struct ush_html *html, const char *text)
{
	char *escaped = ush_html_escape(text);

	if (escaped == NULL)
		html->has_failed = true;
	else
		ush_html_put(html, escaped, strlen(escaped));
	free(escaped);
}

void
ush_html_value(struct ush_html *html, const char *text)
{
	if (html->is_covered)
		ush_html_raw(html, "<span class=\"covered\">" USH_COVERED "</span>");
	else
		ush_html_public(html, text);
}

void
ush_html_public(struct ush_html *html, const char *text)
{
	ush_html_raw(html, "<bdi>");
	ush_html_text(html, text);
	ush_html_raw(html, "</bdi>");
}

void
ush_html_address(struct ush_html *html, const char *text)
{
	while (*text != '\0') {
		size_t len = strcspn(text, ":");
		char part[64];

		len += text[len] == ':';
		len = len < sizeof(part) ? len : sizeof(part) - 1;
		snprintf(part, sizeof(part), "%.*s", (int)len, text);
		ush_html_text(html, part);
		text += len;
		if (*text != '\0' && *text != ':')
			ush_html_raw(html, "<wbr>");
	}
}

void
ush_html_uint(struct ush_html *html, uint64_t number)
{
	char text[24];
	int len = snprintf(text, sizeof(text), "%llu", (unsigned long long)number);

	ush_html_put(html, text, (size_t)len);
}

void
ush_html_url(struct ush_html *html, const char *text)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	                            "0123456789-._~:";

	while (*text != '\0') {
		size_t len = strspn(text, plain);
		char escaped[4];

		ush_html_put(html, text, len);
		text += len;
		if (*text == '\0')
			break;
		snprintf(escaped, sizeof(escaped), "%%%02X", (unsigned char)*text++);
		ush_html_put(html, escaped, 3);
	}
}
