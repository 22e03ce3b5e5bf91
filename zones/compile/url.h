/* SPDX-License-Identifier: BSD-3-Clause */
/* url.h - the two parts of a URL that lists are about. Values only, any thread may call. */
#pragma once

#include <stddef.h>
#include "common/attr.h"

/* Borrowed from the text. */
struct ush_url_parts {
	const char *host; /* without user, port and brackets */
	size_t host_len;
	const char *path; /* with query and fragment; "/" if there is none */
	size_t path_len;
};

/* "http://user@www.example.jp:8080/x?y", or the same without its scheme. -1 if it has blanks or
 * quotation marks of any kind, which no URL has; the host may still be no name, as in
 * "user@www.example.jp". */
USH_MUST_CHECK int ush_url_split(const char *text, size_t len, struct ush_url_parts *out);
