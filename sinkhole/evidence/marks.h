/* SPDX-License-Identifier: BSD-3-Clause */
/* marks.h - signs of who made a request: a browser with a person before it, a program, a scanner.
 * They are read from the head alone and kept by name in the event, so that the store (and a person
 * who doubts) can weigh them anew. marks.c has the table. Pure, any thread may call. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include "sinkhole/protocol/http.h"

#define USH_MARKS_MAX 32

struct ush_marks {
	const char *names[USH_MARKS_MAX]; /* static strings */
	size_t count;
	bool browser;       /* what a browser sends, all in all */
	bool automation;    /* what a browser does not send */
	bool by_post_alone; /* automation only because of a form without Referer and Origin */
	bool scanner;
	bool scanner_agent; /* it says itself that it is one */
	bool prefetch;      /* a browser fetched it before anyone clicked */
	bool embedded;      /* a picture in a page of another site */
	bool navigation;    /* a person is waiting for a page */
	bool hint; /* at least something a browser alone sends: enough to be careful with what is
	              kept */
};

/* One more that does not stand in a head. `name` is a static string. */
void ush_marks_add(struct ush_marks *marks, const char *name);

void ush_marks_read(struct ush_marks *out, const struct ush_http_head *head);
