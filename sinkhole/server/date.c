/* SPDX-License-Identifier: BSD-3-Clause */
#include "sinkhole/server/date.h"

const char *
ush_http_date_now(struct ush_http_date *date)
{
	time_t now = time(NULL);
	struct tm utc;

	/* strftime() with the C locale's names, which the program never changes. */
	if (now != date->second && gmtime_r(&now, &utc) != NULL) {
		strftime(date->text, sizeof(date->text), "%a, %d %b %Y %H:%M:%S GMT", &utc);
		date->second = now;
	}
	return date->text;
}
