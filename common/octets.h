/* SPDX-License-Identifier: BSD-3-Clause */
/* octets.h - copies text that is nearly always plain and finds out whether it is, eight octets at a
 * time: an event has some thirty texts. Pure, any thread may call. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include "common/attr.h"

/* Signed: octets of 0x80 and above are below 0. To compare gives -1 or 0 for each octet. */
typedef int8_t ush_octets __attribute__((vector_size(8)));

/* Says of each of eight octets whether it can stay as it is: -1, else 0. */
typedef ush_octets ush_octets_test(ush_octets text);

/* Copies text[0..len) to `to`, some octets twice. False if not all of it is plain: then what was
 * copied is of no use. */
USH_INLINE bool
ush_octets_copy(char *to, const char *text, size_t len, ush_octets_test *plain)
{
	ush_octets all = {-1, -1, -1, -1, -1, -1, -1, -1}, eight;

	if (len >= 8) {
		for (size_t i = 0; i + 8 < len; i += 8) {
			memcpy(&eight, text + i, 8);
			memcpy(to + i, &eight, 8);
			all &= plain(eight);
		}
		memcpy(&eight, text + len - 8, 8);
		memcpy(to + len - 8, &eight, 8);
	} else if (len >= 4) {
		uint32_t ends[2];

		memcpy(&ends[0], text, 4);
		memcpy(&ends[1], text + len - 4, 4);
		memcpy(to, &ends[0], 4);
		memcpy(to + len - 4, &ends[1], 4);
		memcpy(&eight, ends, 8);
	} else if (len > 0) {
		int8_t first = (int8_t)text[0];
		int8_t middle = (int8_t)text[len / 2];
		int8_t last = (int8_t)text[len - 1];

		to[0] = first;
		to[len / 2] = middle;
		to[len - 1] = last;
		eight = (ush_octets){first, middle, last, last, last, last, last, last};
	} else {
		return true;
	}
	return (uint64_t)(all & plain(eight)) == UINT64_MAX;
}
