/* SPDX-License-Identifier: BSD-3-Clause */
/* marks.h - signs of what made a request: a browser with a person before it, a program, a scanner.
 * They are read from the head alone (of TLS: from the ClientHello) and kept by name in the event,
 * so that the store (and a person in doubt) can weigh them again. marks.c has the table. Pure,
 * any thread may call. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include "sinkhole/protocol/hello.h"
#include "sinkhole/protocol/http.h"

#define USH_MARKS_MAX 32

struct ush_marks {
	const char *names[USH_MARKS_MAX]; /* static strings */
	size_t count;
	bool browser;    /* what a browser sends, all in all */
	bool automation; /* what a browser does not send */
	bool scanner;
	bool family_agent; /* the user agent of a family's samples */
	bool page; /* a web page made the browser send it: an Origin, or another site's Referer */
	bool prefetch;   /* a browser fetched it before anyone clicked */
	bool embedded;   /* a picture in a page of another site */
	bool navigation; /* a person is waiting for a page */
	bool hint; /* at least something a browser alone sends: enough to be careful with what is
	              kept */
};

/* One more that does not stand in a head. `name` is a static string. */
void ush_marks_add(struct ush_marks *marks, const char *name);

void ush_marks_read(struct ush_marks *out, const struct ush_http_head *head);
/* Of a ClientHello: only `browser` and names. */
void ush_marks_read_hello(struct ush_marks *out, const struct ush_hello *hello);

/* The page that sent the request, as its origin: "http://www.example.jp:8000", or "null" where the
 * browser must not say. Empty if `page` does not hold. */
struct ush_text ush_marks_page(const struct ush_http_head *head);
/* "http://www.example.jp:8080" of a URL; nothing if it is none or has a login in it. */
struct ush_text ush_origin_of(struct ush_text url);
