/* SPDX-License-Identifier: BSD-3-Clause */
/* plain.h - a line of a report as its author meant it: without what cannot be seen, wide letters as
 * plain ones, and every way to defang written in one way. Values only, any thread may call. */
#pragma once

#include <stddef.h>
#include "common/attr.h"

/* How defanged dots, colons, at signs and schemes are written afterwards; ush_refang() reads them. */
#define USH_PLAIN_DOT "[.]"
#define USH_PLAIN_COLON "[:]"
#define USH_PLAIN_AT "[at]"
#define USH_PLAIN_SCHEME "hxxp://" /* and "hxxps://" */

/* The line text[0..len), which is UTF-8: malloced, for the caller to free; NULL without memory. It has
 * at most three times as many bytes. */
char *ush_plain_line(const char *text, size_t len);
