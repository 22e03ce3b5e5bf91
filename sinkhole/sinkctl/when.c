/* SPDX-License-Identifier: BSD-3-Clause */
#include "sinkhole/sinkctl/when.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "sinkhole/store/instant.h"

#define DAY_MS 86400000ull
#define SHORT_DAYS 300 /* month and day alone would soon be mistaken for another year's */

static struct tm
local(uint64_t ms)
{
	time_t seconds = (time_t)(ms / 1000);
	struct tm tm = {0};

	localtime_r(&seconds, &tm);
	return tm;
}

static int
parse_ago(uint64_t *out, const char *text, uint64_t now_ms)
{
	static const struct {
		char unit;
		uint64_t ms;
	} units[] = {{'m', 60000}, {'h', 3600000}, {'d', DAY_MS}, {'w', 7 * DAY_MS}};
	char *end;
	unsigned long count;

	if (text[0] < '0' || text[0] > '9')
		return -1;
	count = strtoul(text, &end, 10);
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (end[0] == units[i].unit && end[1] == '\0' && count < 1000000) {
			uint64_t ago = count * units[i].ms;

			*out = ago < now_ms ? now_ms - ago : 0;
			return 0;
		}
	}
	return -1;
}

/* strptime() takes "9" for an hour and 31 February for a day; people mistype. */
static const struct {
	const char *format;
	const char *shape; /* 0 stands for a digit */
} shapes[] = {
    {"%H:%M", "00:00"},
    {"%Y-%m-%d", "0000-00-00"},
    {"%Y-%m-%d %H:%M", "0000-00-00 00:00"},
    {"%Y-%m-%d %H:%M:%S", "0000-00-00 00:00:00"},
    {"%Y-%m-%dT%H:%M", "0000-00-00T00:00"},
    {"%Y-%m-%dT%H:%M:%S", "0000-00-00T00:00:00"},
};

static bool
has_shape(const char *text, const char *shape)
{
	for (; *shape != '\0'; text++, shape++) {
		if (*shape == '0' ? *text < '0' || *text > '9' : *text != *shape)
			return false;
	}
	return *text == '\0';
}

static int
parse_local(uint64_t *out, const char *text, const char *format, struct tm tm)
{
	const char *end = strptime(text, format, &tm);
	int day = tm.tm_mday;
	time_t seconds;

	if (end == NULL || *end != '\0')
		return -1;
	tm.tm_isdst = -1;
	seconds = mktime(&tm);
	if (seconds < 0 || tm.tm_mday != day)
		return -1;
	*out = (uint64_t)seconds * 1000;
	return 0;
}

int
ush_when_parse(uint64_t *out, const char *text, uint64_t now_ms)
{
	struct tm midnight = local(now_ms);

	midnight.tm_hour = 0;
	midnight.tm_min = 0;
	midnight.tm_sec = 0;
	if (parse_ago(out, text, now_ms) == 0 || ush_instant_from_text(out, text) == 0)
		return 0;
	for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++) {
		if (has_shape(text, shapes[i].shape))
			return parse_local(out, text, shapes[i].format, midnight);
	}
	return -1;
}

const char *
ush_when_short(char buf[USH_WHEN_MAX], uint64_t ms, uint64_t now_ms)
{
	struct tm tm = local(ms);
	uint64_t apart = ms < now_ms ? now_ms - ms : ms - now_ms;

	if (ms == 0)
		memcpy(buf, "-", 2);
	else if (apart < DAY_MS)
		strftime(buf, USH_WHEN_MAX, "%H:%M", &tm);
	else if (apart < SHORT_DAYS * DAY_MS)
		strftime(buf, USH_WHEN_MAX, "%m-%d", &tm);
	else
		strftime(buf, USH_WHEN_MAX, "%Y", &tm);
	return buf;
}

const char *
ush_when_long(char buf[USH_WHEN_MAX], uint64_t ms, uint64_t now_ms)
{
	struct tm tm = local(ms);
	struct tm now = local(now_ms);
	bool is_today = tm.tm_year == now.tm_year && tm.tm_yday == now.tm_yday;
	size_t used = strftime(buf, USH_WHEN_MAX, is_today ? "%H:%M:%S" : "%Y-%m-%d %H:%M:%S", &tm);

	if (tm.tm_gmtoff != now.tm_gmtoff)
		snprintf(buf + used, USH_WHEN_MAX - used, " %.16s", tm.tm_zone);
	return buf;
}

const char *
ush_when_age(char buf[USH_WHEN_MAX], uint64_t ms, uint64_t now_ms)
{
	static const struct {
		uint64_t ms;
		const char *unit;
	} units[] = {{365 * DAY_MS, "year"}, {DAY_MS, "day"}, {3600000, "hour"}, {60000, "minute"},
	    {1000, "second"}};
	uint64_t age = ms < now_ms ? now_ms - ms : 0;

	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		unsigned long count = (unsigned long)(age / units[i].ms);

		/* "1 day" hides up to twice its length: the smaller unit until there are two. */
		if (count >= 2 || (count == 1 && units[i].ms == 1000)) {
			snprintf(buf, USH_WHEN_MAX, "%lu %s%s", count, units[i].unit,
			    count == 1 ? "" : "s");
			return buf;
		}
	}
	snprintf(buf, USH_WHEN_MAX, "0 seconds");
	return buf;
}

const char *
ush_when_zone(char buf[USH_WHEN_MAX], uint64_t now_ms)
{
	struct tm tm = local(now_ms);
	long minutes = labs(tm.tm_gmtoff) / 60;

	if (tm.tm_gmtoff == 0)
		snprintf(buf, USH_WHEN_MAX, "UTC");
	else
		snprintf(buf, USH_WHEN_MAX, "%.16s (UTC%c%02ld:%02ld)", tm.tm_zone,
		    tm.tm_gmtoff < 0 ? '-' : '+', minutes / 60, minutes % 60);
	return buf;
}
