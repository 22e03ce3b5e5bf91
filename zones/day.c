/* SPDX-License-Identifier: BSD-3-Clause */
#include "zones/day.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define DAY_S 86400
#define LAST_YEAR 9999 /* that is written with four digits */

static bool
has_form(const char *text)
{
	static const char form[] = "0000-00-00";

	for (size_t i = 0; i < sizeof(form) - 1; i++) {
		if (form[i] == '0' ? text[i] < '0' || text[i] > '9' : text[i] != form[i])
			return false;
	}
	return true;
}

static time_t
seconds_of(const char *text)
{
	struct tm day = {
	    .tm_year = atoi(text) - 1900, .tm_mon = atoi(text + 5) - 1, .tm_mday = atoi(text + 8)};

	return timegm(&day);
}

static void
write_day(time_t seconds, char out[USH_DAY_TEXT_MAX])
{
	struct tm day;

	gmtime_r(&seconds, &day);
	if (day.tm_year + 1900 > LAST_YEAR)
		snprintf(out, USH_DAY_TEXT_MAX, "9999-12-31");
	else
		strftime(out, USH_DAY_TEXT_MAX, "%Y-%m-%d", &day);
}

bool
ush_day_of(const char *text, char out[USH_DAY_TEXT_MAX])
{
	if (text == NULL || !has_form(text))
		return false;
	/* 2015-02-30 would be written as 2015-03-02. */
	write_day(seconds_of(text), out);
	return strncmp(text, out, USH_DAY_TEXT_MAX - 1) == 0;
}

bool
ush_day_is(const char *text)
{
	char day[USH_DAY_TEXT_MAX];

	return strlen(text) == USH_DAY_TEXT_MAX - 1 && ush_day_of(text, day);
}

void
ush_day_after(const char *day, unsigned days, char out[USH_DAY_TEXT_MAX])
{
	write_day(seconds_of(day) + (time_t)days * DAY_S, out);
}
