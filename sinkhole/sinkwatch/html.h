/* SPDX-License-Identifier: BSD-3-Clause */
/* html.h - HTML, written piece by piece into a buffer. Markup can only be a literal of ours; every
 * other text goes through ush_html_text(), which shows what moves a cursor, changes direction or
 * cannot be seen as \xNN or \uNNNN (common/terminal.h) and escapes the rest for content and for
 * quoted attributes alike. A failure stays until the end: nothing is served then. One thread; call
 * ush_terminal_init_utf8() first. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <event2/buffer.h>

struct ush_html {
	struct evbuffer *out; /* borrowed */
	bool has_failed;
	bool is_covered; /* texts that may say who somebody is are hidden */
};

/* Only a literal compiles. */
#define ush_html_raw(html, literal) ush_html_put(html, "" literal, sizeof(literal) - 1)
/* Bytes as they are: for the macro, and for what is HTML already. */
void ush_html_put(struct ush_html *html, const char *markup, size_t len);

void ush_html_text(struct ush_html *html, const char *text);
/* The same, kept apart from its surroundings: a name in a script written from right to left turns
 * nothing around it. For every text from the network, and every other that may say who somebody is:
 * where those are covered, a mark stands in its place. */
#define USH_COVERED "•••"
void ush_html_value(struct ush_html *html, const char *text);
/* For texts that say of nobody who they are: numbers, times, what the list or our programs say, and
 * pseudonyms. */
void ush_html_public(struct ush_html *html, const char *text);
/* An address, which may be broken behind its colons. */
void ush_html_address(struct ush_html *html, const char *text);
void ush_html_uint(struct ush_html *html, uint64_t number);
/* As one segment or value of a URL: everything but letters, digits and "-._~:" percent-encoded. */
void ush_html_url(struct ush_html *html, const char *text);
