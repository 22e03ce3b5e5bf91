/* SPDX-License-Identifier: BSD-3-Clause */
#include "sinkhole/alerts/pace.h"

#include <time.h>

#define HOUR_MS (3600ull * 1000)

static bool
is_in(const struct ush_hours *hours, const struct tm *now)
{
	unsigned today = (unsigned)now->tm_wday;
	unsigned yesterday = (today + 6) % 7;
	unsigned minute = (unsigned)now->tm_hour * 60 + (unsigned)now->tm_min;
	bool began_today = (hours->days & 1u << today) != 0;
	bool began_yesterday = (hours->days & 1u << yesterday) != 0;

	if (hours->from < hours->to)
		return began_today && minute >= hours->from && minute < hours->to;
	return (began_today && minute >= hours->from) || (began_yesterday && minute < hours->to);
}

bool
ush_quiet_is(const struct ush_quiet_hours *quiet, uint64_t now_ms)
{
	time_t seconds = (time_t)(now_ms / 1000);
	struct tm now;

	if (localtime_r(&seconds, &now) == NULL)
		return false;
	for (size_t i = 0; i < quiet->count; i++) {
		if (is_in(&quiet->items[i], &now))
			return true;
	}
	return false;
}

/* A clock that was put back must not stop all messages until it is where it was. */
static void
begin_hour(struct ush_pace *pace, uint64_t now_ms)
{
	if (pace->count == 0 || now_ms < pace->began_ms || now_ms - pace->began_ms >= HOUR_MS)
		*pace = (struct ush_pace){.began_ms = now_ms};
}

bool
ush_pace_take(struct ush_pace *pace, uint64_t now_ms, uint32_t max_per_hour)
{
	begin_hour(pace, now_ms);
	if (pace->count >= max_per_hour)
		return false;
	pace->count++;
	return true;
}

bool
ush_pace_take_all(struct ush_pace *pace, uint64_t now_ms, uint32_t max_per_hour)
{
	if (ush_pace_take(pace, now_ms, max_per_hour))
		return true;
	if (pace->has_ended)
		return false;
	pace->has_ended = 1;
	return true;
}
