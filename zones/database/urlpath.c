/* SPDX-License-Identifier: BSD-3-Clause */
#include "zones/database/urlpath.h"

#include <stdbool.h>
#include <string.h>
#include "common/number.h"

/* RFC 3986, section 2.3: these mean the same with and without escape. */
static bool
is_unreserved(int c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '-' || c == '.' || c == '_' || c == '~';
}

/* Escapes in one form. A '%' that starts none stays as it is. */
static size_t
unescape(const char *path, size_t len, char *out)
{
	static const char digits[] = "0123456789ABCDEF";
	size_t used = 0;

	for (size_t i = 0; i < len; i++) {
		int high = path[i] == '%' && len - i > 2 ? ush_hex_digit(path[i + 1]) : -1;
		int low = high >= 0 ? ush_hex_digit(path[i + 2]) : -1;

		if (low < 0) {
			out[used++] = path[i];
			continue;
		}
		i += 2;
		if (is_unreserved(high * 16 + low)) {
			out[used++] = (char)(high * 16 + low);
		} else {
			out[used++] = '%';
			out[used++] = digits[high];
			out[used++] = digits[low];
		}
	}
	return used;
}

/* RFC 3986, section 5.2.4, in place: "/a/./b/../c" becomes "/a/c". */
static size_t
remove_dots(char *path, size_t len)
{
	size_t used = 0;

	for (size_t i = 0; i < len;) {
		const char *slash = memchr(path + i + 1, '/', len - i - 1);
		size_t next = slash != NULL ? (size_t)(slash - path) : len;
		size_t segment = next - i; /* with its leading slash */
		bool one = segment == 2 && path[i + 1] == '.';
		bool two = segment == 3 && path[i + 1] == '.' && path[i + 2] == '.';

		if (two) {
			while (used > 0 && path[--used] != '/')
				;
		} else if (!one) {
			memmove(path + used, path + i, segment);
			used += segment;
		}
		if ((one || two) && next == len)
			path[used++] = '/';
		i = next;
	}
	return used;
}

size_t
ush_url_path_normalise(const char *path, size_t len, char out[USH_URL_PATH_MAX])
{
	for (size_t i = 0; i < len; i++) {
		if (path[i] == '?' || path[i] == '#')
			len = i;
	}
	if (len == 0) {
		out[0] = '/';
		return 1;
	}
	if (path[0] != '/' || len > USH_URL_PATH_MAX)
		return 0;
	return remove_dots(out, unescape(path, len, out));
}
