/* SPDX-License-Identifier: BSD-3-Clause */
#include "common/event.h"

#include <string.h>
#include <time.h>

#include "common/number.h"

#define ECS_VERSION "8.11.0"

const char *
ush_event_id(char buf[USH_EVENT_ID_MAX], uint64_t random, unsigned ring, uint64_t sequence)
{
	static const char hex[] = "0123456789abcdef";
	char *to = buf;

	for (int shift = 60; shift >= 0; shift -= 4)
		*to++ = hex[random >> shift & 15];
	*to++ = '-';
	to = ush_put_number(to, ring);
	*to++ = '-';
	to = ush_put_number(to, sequence);
	*to = '\0';
	return buf;
}

void
ush_event_begin(struct ush_json *json, const struct ush_event_head *head)
{
	char time[USH_TIME_TEXT_MAX];

	ush_json_object(json, NULL);
	ush_json_string(json, "@timestamp", ush_time_to_text(head->time_ms, time));
	ush_json_object(json, "ecs");
	ush_json_string(json, "version", ECS_VERSION);
	ush_json_end(json);
	ush_json_object(json, "event");
	ush_json_string(json, "kind", head->kind);
	/* ECS has these two as arrays. */
	ush_json_array(json, "category");
	if (head->category != NULL)
		ush_json_string(json, NULL, head->category);
	ush_json_end(json);
	ush_json_array(json, "type");
	if (head->type != NULL)
		ush_json_string(json, NULL, head->type);
	ush_json_end(json);
	ush_json_string(json, "action", head->action);
	ush_json_string(json, "dataset", head->dataset);
	ush_json_string(json, "id", head->id);
	ush_json_uint(json, "sequence", head->sequence);
	ush_json_end(json);
	if (head->observer != NULL) {
		ush_json_object(json, "observer");
		ush_json_string(json, "name", head->observer);
		ush_json_end(json);
	}
}

void
ush_event_endpoint(
    struct ush_json *json, const char *key, const struct ush_address *address, uint16_t port)
{
	char ip[USH_ADDRESS_TEXT_MAX];

	ush_json_object(json, key);
	if (address->family != 0)
		ush_json_string(json, "ip", ush_address_to_text(address, ip));
	if (port != 0)
		ush_json_uint(json, "port", port);
	ush_json_end(json);
}

size_t
ush_event_end(struct ush_json *json)
{
	size_t len;

	ush_json_end(json);
	len = ush_json_finish(json);
	if (len == 0)
		return 0;
	json->buf[len] = '\n'; /* takes the place of the NUL */
	return len + 1;
}

static char *
put_digits(char *to, unsigned value, unsigned count)
{
	for (unsigned i = count; i > 0; i--, value /= 10)
		to[i - 1] = (char)('0' + value % 10);
	return to + count;
}

/* Called for every event, so neither strftime() nor gmtime_r(), which takes a lock for the time
 * zone: days to date by H. Hinnant's "civil from days", years 1970 to 9999. */
const char *
ush_time_to_text(uint64_t time_ms, char buf[USH_TIME_TEXT_MAX])
{
	static const uint64_t last_ms = 253402300799999; /* 9999-12-31T23:59:59.999Z */
	uint64_t ms = time_ms < last_ms ? time_ms : last_ms;
	unsigned in_day = (unsigned)(ms / 1000 % 86400);
	unsigned days = (unsigned)(ms / 86400000) + 719468; /* since 0000-03-01 */
	unsigned era = days / 146097;
	unsigned day_of_era = days % 146097;
	unsigned year_of_era =
	    (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
	unsigned day_of_year =
	    day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
	unsigned shifted_month = (5 * day_of_year + 2) / 153; /* 0: March */
	unsigned month = shifted_month < 10 ? shifted_month + 3 : shifted_month - 9;
	char *to = buf;

	to = put_digits(to, year_of_era + era * 400 + (month <= 2), 4);
	*to++ = '-';
	to = put_digits(to, month, 2);
	*to++ = '-';
	to = put_digits(to, day_of_year - (153 * shifted_month + 2) / 5 + 1, 2);
	*to++ = 'T';
	to = put_digits(to, in_day / 3600, 2);
	*to++ = ':';
	to = put_digits(to, in_day / 60 % 60, 2);
	*to++ = ':';
	to = put_digits(to, in_day % 60, 2);
	*to++ = '.';
	to = put_digits(to, (unsigned)(ms % 1000), 3);
	*to++ = 'Z';
	*to = '\0';
	return buf;
}

uint64_t
ush_time_now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

uint64_t
ush_monotonic_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}
