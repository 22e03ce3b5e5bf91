/* SPDX-License-Identifier: BSD-3-Clause */
#include "sinkhole/store/instant.h"

#include <stddef.h>

/* A number of exactly `digits` digits within low..high, then `after` ('\0': nothing is checked). */
static int
read_part(const char **text, unsigned digits, int low, int high, char after, int *out)
{
	int value = 0;

	for (; digits > 0; digits--, (*text)++) {
		if (**text < '0' || **text > '9')
			return -1;
		value = value * 10 + (**text - '0');
	}
	if (value < low || value > high || (after != '\0' && **text != after))
		return -1;
	if (after != '\0')
		(*text)++;
	*out = value;
	return 0;
}

/* ".123456" as ms; the digits after the third are dropped. */
static int
read_fraction(const char **text, int *ms)
{
	int scale = 100;

	*ms = 0;
	if (**text != '.')
		return 0;
	(*text)++;
	if (**text < '0' || **text > '9')
		return -1;
	for (; **text >= '0' && **text <= '9'; (*text)++, scale /= 10)
		*ms += (**text - '0') * scale;
	return 0;
}

static int
read_zone(const char **text, int *offset_s)
{
	int sign = **text == '-' ? -1 : 1;
	int hours;
	int minutes;

	*offset_s = 0;
	if (**text == 'Z' || **text == 'z') {
		(*text)++;
		return 0;
	}
	if (**text != '+' && **text != '-')
		return -1;
	(*text)++;
	if (read_part(text, 2, 0, 23, ':', &hours) != 0 ||
	    read_part(text, 2, 0, 59, '\0', &minutes) != 0)
		return -1;
	*offset_s = sign * (hours * 3600 + minutes * 60);
	return 0;
}

/* Called for each event, so not timegm(), which takes a lock for the time zone: date to days since
 * 1970 by H. Hinnant's "days from civil". A day that the month does not have is one of the next. */
static int64_t
days_of(int year, int month, int day)
{
	int shifted_year = year - (month <= 2); /* begins in March: a leap day is the last */
	int era = shifted_year / 400;
	int year_of_era = shifted_year - era * 400;
	int day_of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;

	return (int64_t)era * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 +
	       day_of_year - 719468;
}

int
ush_instant_from_text(uint64_t *out, const char *text)
{
	int year, month, day, hour, minute, second, ms, offset_s;
	int64_t seconds;

	if (read_part(&text, 4, 1970, 9999, '-', &year) != 0 ||
	    read_part(&text, 2, 1, 12, '-', &month) != 0 ||
	    read_part(&text, 2, 1, 31, '\0', &day) != 0 || (*text != 'T' && *text != 't'))
		return -1;
	text++;
	if (read_part(&text, 2, 0, 23, ':', &hour) != 0 ||
	    read_part(&text, 2, 0, 59, ':', &minute) != 0 ||
	    read_part(&text, 2, 0, 60, '\0', &second) != 0 || read_fraction(&text, &ms) != 0 ||
	    read_zone(&text, &offset_s) != 0 || *text != '\0')
		return -1;
	seconds = days_of(year, month, day) * 86400 + hour * 3600 + minute * 60 + second - offset_s;
	if (seconds < 0)
		return -1;
	*out = (uint64_t)seconds * 1000 + (uint64_t)ms;
	return 0;
}
