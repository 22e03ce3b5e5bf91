/* SPDX-License-Identifier: BSD-3-Clause */
#include "zones/compile/expiry.h"

#include <string.h>

static bool
is_given(const char *text)
{
	return text != NULL && text[0] != '\0';
}

void
ush_expiry_of(struct ush_expiry *out, const struct ush_origin *origin, unsigned days)
{
	const char *seen = is_given(origin->seen) ? origin->seen : origin->added;

	*out = (struct ush_expiry){0};
	if (is_given(origin->expires)) {
		out->day = origin->expires;
		return;
	}
	if (days == 0 || !is_given(seen) || !ush_day_is(seen) ||
	    (origin->confidence != NULL && strcmp(origin->confidence, "high") == 0))
		return;
	ush_day_after(seen, days, out->text);
	out->day = out->text;
	out->by_age = true;
}

bool
ush_expiry_has_come(const struct ush_expiry *expiry, const char *today)
{
	return expiry->day != NULL && strcmp(expiry->day, today) <= 0;
}
