/* SPDX-License-Identifier: BSD-3-Clause */
/* error.h - how every part says what went wrong: one sentence with its file and line.
 * Functions that can fail return 0 or -1 and fill a struct ush_error that the caller supplies
 * (NULL is allowed: the detail is then dropped). Nothing here allocates, any thread may call it. */
#pragma once

#include <stdio.h>
#include "common/attr.h"

/* Plain value; start it as `struct ush_error err = {0};`. */
struct ush_error {
	char file[256]; /* the input that is wrong, "" if none */
	unsigned line;  /* 1-based line in it, 0 if none */
	char text[384]; /* what is wrong and what to do, one line, no trailing dot or newline */
};

/* Fill *err; `file` may be NULL and `line` 0. Always returns -1, so that callers can `return` it.
 */
int ush_fail(struct ush_error *err, const char *file, unsigned line, const char *fmt, ...)
    USH_PRINTF(4, 5);

/* The same with ": " and the text of the current errno appended. */
int ush_fail_errno(struct ush_error *err, const char *file, const char *fmt, ...) USH_PRINTF(3, 4);

/* "file:line: text" (parts that are missing are left out) into buf; returns buf. */
const char *ush_error_format(const struct ush_error *err, char *buf, size_t size);

/* "program: file:line: text\n" to `to`. */
void ush_error_print(FILE *to, const char *program, const struct ush_error *err);
