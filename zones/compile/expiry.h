/* SPDX-License-Identifier: BSD-3-Clause */
/* expiry.h - until when an indicator counts: to the day that it says itself, else, if its feed has
 * `expires-after`, that many days after it was last seen. What is of high confidence expires by its own
 * day alone: a server that sleeps for a year is a server. Values only. */
#pragma once

#include <stdbool.h>
#include "zones/compile/builder.h"
#include "zones/day.h"

struct ush_expiry {
	const char
	    *day; /* from which on it is not compiled; NULL: never. The origin's, or `text` */
	bool by_age;
	char text[USH_DAY_TEXT_MAX];
};

/* `days`: expires-after; 0: there is none. *out must not be moved: `day` may point into it. */
void ush_expiry_of(struct ush_expiry *out, const struct ush_origin *origin, unsigned days);

/* `today` is YYYY-MM-DD. */
bool ush_expiry_has_come(const struct ush_expiry *expiry, const char *today);
