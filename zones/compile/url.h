/* SPDX-License-Identifier: BSD-3-Clause */
/* url.h - the two parts of a URL that lists are about. Values only, any thread may call. */
#pragma once

#include <stddef.h>

/* Borrowed from the text. */
struct ush_url_parts {
	const char *host; /* without user, port and brackets */
	size_t host_len;
	const char *path; /* with query and fragment; "/" if there is none */
	size_t path_len;
};

/* "http://user@www.example.jp:8080/x?y", or the same without its scheme. Never fails: the host may
 * be no name. */
void ush_url_split(const char *text, size_t len, struct ush_url_parts *out);
