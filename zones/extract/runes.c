/* SPDX-License-Identifier: BSD-3-Clause */
#include "zones/extract/runes.h"

#include <stddef.h>

/* Bytes that follow a first one. */
static unsigned
followers(unsigned char first)
{
	if (first >= 0xf0 && first < 0xf8)
		return 3;
	if (first >= 0xe0)
		return first < 0xf0 ? 2 : 0;
	return first >= 0xc0 ? 1 : 0;
}

uint32_t
ush_rune_next(const char **at, const char *end)
{
	const unsigned char *from = (const unsigned char *)*at;
	unsigned more = followers(*from);
	uint32_t c = more == 0 ? *from : *from & (0x3fu >> more);

	for (unsigned i = 1; i <= more; i++) {
		if (*at + i >= end || (from[i] & 0xc0) != 0x80) {
			++*at;
			return *from;
		}
		c = c << 6 | (from[i] & 0x3fu);
	}
	*at += more + 1;
	return c;
}

uint32_t
ush_rune_before(const char *begin, const char *at, const char **begins_at)
{
	const char *from = at - 1;

	while (from > begin && at - from < 4 && ((unsigned char)*from & 0xc0) == 0x80)
		from--;
	*begins_at = from;
	return ush_rune_next(&from, at);
}

bool
ush_rune_is_spaced_letter(uint32_t c)
{
	return (c >= 0xc0 && c <= 0x24f && c != 0xd7 && c != 0xf7) || (c >= 0x370 && c <= 0x52f) ||
	       (c >= 0x1e00 && c <= 0x1fff);
}

bool
ush_rune_is_cjk(uint32_t c)
{
	return (c >= 0x3041 && c <= 0x30ff && c != 0x30fb) || (c >= 0x3400 && c <= 0x9fff) ||
	       (c >= 0xac00 && c <= 0xd7a3) || (c >= 0x20000 && c <= 0x3ffff) || c == 0x3005;
}
