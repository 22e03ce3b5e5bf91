/* SPDX-License-Identifier: BSD-3-Clause */
#include "zones/readers/refang.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

static bool
starts(const char *text, size_t len, const char *prefix)
{
	size_t prefix_len = strlen(prefix);

	return len >= prefix_len && strncasecmp(text, prefix, prefix_len) == 0;
}

size_t
ush_refang(const char *text, size_t len, bool has_escapes, char *out)
{
	static const struct {
		const char *from;
		const char *to;
	} marks[] = {{"[.]", "."}, {"(.)", "."}, {"{.}", "."}, {"[dot]", "."}, {"(dot)", "."},
	    {"[:]", ":"}, {"[:]//", "://"}, {"[://]", "://"}, {"[/]", "/"}, {"[at]", "@"},
	    {"(at)", "@"}, {"[@]", "@"}, {"\\.", "."}};
	size_t count = sizeof(marks) / sizeof(marks[0]) - (has_escapes ? 1 : 0);
	size_t used = 0;

	for (size_t i = 0; i < len;) {
		size_t mark = 0;

		while (mark < count && !starts(text + i, len - i, marks[mark].from))
			mark++;
		if (mark < count) {
			memcpy(out + used, marks[mark].to, strlen(marks[mark].to));
			used += strlen(marks[mark].to);
			i += strlen(marks[mark].from);
		} else {
			out[used++] = text[i++];
		}
	}
	/* "hxxp.example.jp" is a name. */
	if (starts(out, used, "hxxp://") || starts(out, used, "hxxps://"))
		memcpy(out, "http", 4);
	return used;
}
