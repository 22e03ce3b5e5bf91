/* SPDX-License-Identifier: BSD-3-Clause */
/* Paths that mean the same have one form, and that form is itself normal. */
#include "zones/database/urlpath.h"

#include <ctype.h>
#include "tests/fuzz/fuzz.h"

static bool
is_escape(const char *at, size_t left)
{
	return left > 2 && isxdigit((unsigned char)at[1]) && isxdigit((unsigned char)at[2]);
}

/* "%%41" is malformed: what its first '%' turns into may look like an escape. */
static bool
is_well_formed(const char *path, size_t len)
{
	for (size_t i = 0; i < len && path[i] != '?' && path[i] != '#'; i++) {
		if (path[i] == '%' && !is_escape(path + i, len - i))
			return false;
	}
	return true;
}

static void
check_form(const char *path, size_t len, bool well_formed)
{
	USH_HOLDS(path[0] == '/' && len <= USH_URL_PATH_MAX);
	USH_HOLDS(memchr(path, '?', len) == NULL && memchr(path, '#', len) == NULL);
	for (size_t i = 0; i < len; i++) {
		size_t end = i + 1;

		if (well_formed && path[i] == '%') {
			char hex[3] = {path[i + 1], path[i + 2], '\0'};
			unsigned long octet = strtoul(hex, NULL, 16);

			USH_HOLDS(
			    !islower((unsigned char)hex[0]) && !islower((unsigned char)hex[1]));
			USH_HOLDS(octet > 0x7f ||
			          (!isalnum((int)octet) &&
			              (octet == 0 || strchr("-._~", (int)octet) == NULL)));
		}
		while (end < len && path[end] != '/')
			end++;
		USH_HOLDS(path[i] != '/' || end - i != 2 || path[i + 1] != '.');
		USH_HOLDS(path[i] != '/' || end - i != 3 || memcmp(path + i, "/..", 3) != 0);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *path = (const char *)data;
	bool well_formed = is_well_formed(path, size);
	char normal[USH_URL_PATH_MAX];
	char again[USH_URL_PATH_MAX];
	size_t len = ush_url_path_normalise(path, size, normal);

	if (len == 0) {
		USH_HOLDS(size > 0 && (path[0] != '/' || size > USH_URL_PATH_MAX));
		return 0;
	}
	check_form(normal, len, well_formed);
	if (well_formed)
		USH_HOLDS(ush_url_path_normalise(normal, len, again) == len &&
		          memcmp(normal, again, len) == 0);
	return 0;
}
