/* SPDX-License-Identifier: BSD-3-Clause */
#include "sinkhole/sinkctl/host_row.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include "sinkhole/sinkctl/command.h"

#define SHOWN 3 /* of several addresses, in a note */

static void
append(char buf[USH_HOST_NOTE_MAX], const char *text)
{
	size_t used = strlen(buf);

	snprintf(buf + used, USH_HOST_NOTE_MAX - used, "%s", text);
}

/* "names 10.0.0.1, 10.0.0.2 and 4 more" */
static void
append_few(char buf[USH_HOST_NOTE_MAX], const char *start, const struct ush_few *few)
{
	char more[64];

	append(buf, buf[0] != '\0' ? "; " : "");
	append(buf, start);
	for (size_t i = 0; i < few->count && i < SHOWN; i++) {
		append(buf, i == 0 ? " " : ", ");
		append(buf, few->items[i]);
	}
	if (few->total > SHOWN) {
		snprintf(
		    more, sizeof(more), " and %llu more", (unsigned long long)(few->total - SHOWN));
		append(buf, more);
	}
}

const char *
ush_host_note(char buf[USH_HOST_NOTE_MAX], const struct ush_host *host)
{
	char text[128];

	buf[0] = '\0';
	if (host->known.claimed)
		append_few(buf, "claimed, not proved: so says", &host->claimed);
	if (host->known.names_others)
		append_few(buf, "looks like a proxy, names", &host->names);
	else if (host->names.count > 0)
		append_few(buf, "asks for", &host->names);
	else if (!host->known.claimed &&
	         ush_tally_of(&host->known.facts, USH_FACT_BEACON_VIA)->count > 0)
		append_few(buf, "looks like a proxy, names no host", &(struct ush_few){0});
	if (host->verdicts.behind.why != NULL) {
		snprintf(text, sizeof(text),
		    "a machine behind it is %s (%s), it does not say which",
		    ush_call_text(host->verdicts.behind.call), host->verdicts.behind.why);
		append_few(buf, text, &(struct ush_few){0});
	}
	if (host->real > 0)
		append_few(buf, "was given the real address:", &host->real_addresses);
	if (host->pages.count > 0)
		append_few(buf, "sent by a web page, origin", &host->pages);
	if (host->profiles > 1) {
		snprintf(text, sizeof(text),
		    "%llu different profiles: several machines behind this address, or one that changed",
		    (unsigned long long)host->profiles);
		append_few(buf, text, &(struct ush_few){0});
	}
	return buf;
}

static void
put_few(json_t *object, const char *key, const struct ush_few *few)
{
	json_t *array = json_array();

	for (size_t i = 0; i < few->count; i++)
		json_array_append_new(array, json_string(few->items[i]));
	if (few->count > 0)
		json_object_set(object, key, array);
	json_decref(array);
}

const char *
ush_host_count(char buf[24], uint64_t count)
{
	static const char units[] = " kMGTPE";
	size_t unit = 0;

	while (count > 9999 || (unit > 0 && count > 999)) {
		count /= 1000;
		unit++;
	}
	snprintf(buf, 24, unit > 0 ? "%llu%c" : "%llu", (unsigned long long)count, units[unit]);
	return buf;
}

/* What was answered before the name was listed, by another resolver, or while no sensor recorded it is
 * not known, so that there is no number that says never. */
const char *
ush_host_real(char buf[24], const struct ush_host *host)
{
	return host->real > 0 ? ush_host_count(buf, host->real) : strcpy(buf, "?");
}

const char *
ush_host_why(char buf[64], const struct ush_host *host)
{
	if (host->profiles > 1)
		snprintf(buf, 64, "%s:%llu", host->verdicts.items[0].why,
		    (unsigned long long)host->profiles);
	else
		snprintf(buf, 64, "%s", host->verdicts.items[0].why);
	return buf;
}

void
ush_host_put_counts(json_t *object, const struct ush_host *host)
{
	ush_put_uint(object, "dns", host->dns);
	ush_put_uint(object, "hit", host->hits);
	if (host->real > 0)
		ush_put_uint(object, "real", host->real);
	else
		json_object_set_new(object, "real", json_null());
	put_few(object, "real_addresses", &host->real_addresses);
	ush_put_time(object, "first", host->first_ms);
	ush_put_time(object, "last", host->last_ms);
}

static json_t *
verdict_json(const struct ush_verdict *verdict)
{
	json_t *object = json_object();

	ush_put_text(object, "call", ush_call_text(verdict->call));
	ush_put_text(object, "why", verdict->why);
	ush_put_text(object, "reason", verdict->reason);
	return object;
}

void
ush_host_put_verdicts(json_t *object, const struct ush_host *host)
{
	json_t *also = json_array();

	ush_put_text(object, "call", ush_call_text(host->verdicts.items[0].call));
	ush_put_text(object, "why", host->verdicts.items[0].why);
	ush_put_text(object, "reason", host->verdicts.items[0].reason);
	for (size_t i = 1; i < host->verdicts.count; i++)
		json_array_append_new(also, verdict_json(&host->verdicts.items[i]));
	json_object_set_new(object, "also", also);
	if (host->verdicts.behind.why != NULL)
		json_object_set_new(object, "behind", verdict_json(&host->verdicts.behind));
}

void
ush_host_put_others(json_t *object, const struct ush_host *host)
{
	if (host->known.role != USH_ROLE_NONE)
		ush_put_text(object, "role", ush_role_text(host->known.role));
	json_object_set_new(object, "claimed", json_boolean(host->known.claimed));
	put_few(object, "claimed_by", &host->claimed);
	put_few(object, "names", &host->names);
	put_few(object, "pages", &host->pages);
	if (host->profiles > 0)
		ush_put_uint(object, "profiles", host->profiles);
}

json_t *
ush_host_rhythm_json(const struct ush_rhythm *rhythm)
{
	json_t *answer = json_object();
	json_t *hours = json_array();

	ush_put_uint(answer, "visits", rhythm->visits);
	ush_put_uint(answer, "period_seconds", rhythm->period_ms / 1000);
	ush_put_uint(answer, "deviation_seconds", rhythm->deviation_ms / 1000);
	for (unsigned hour = 0; hour < 24; hour++) {
		if ((rhythm->hours & 1u << hour) != 0)
			json_array_append_new(hours, json_integer(hour));
	}
	json_object_set_new(answer, "hours_utc", hours);
	json_object_set_new(answer, "by_the_clock", json_boolean(ush_rhythm_is_clock(rhythm)));
	return answer;
}

/* Whole hours that the local time is ahead of UTC, now. */
static int
local_shift(void)
{
	time_t now = time(NULL);
	struct tm local;

	return localtime_r(&now, &local) != NULL ? (int)(local.tm_gmtoff / 3600) : 0;
}

/* "09-11,14" */
static void
hours_text(char buf[96], uint32_t hours)
{
	int shift = local_shift();
	uint32_t local = 0;
	size_t used = 0;

	for (int i = 0; i < 24; i++) {
		if ((hours & 1u << i) != 0)
			local |= 1u << (i + shift + 24) % 24;
	}
	buf[0] = '\0';
	for (int from = 0; from < 24; from++) {
		int to = from;

		if ((local & 1u << from) == 0)
			continue;
		while (to < 23 && (local & 1u << (to + 1)) != 0)
			to++;
		used += (size_t)snprintf(buf + used, 96 - used, used > 0 ? ",%02d" : "%02d", from);
		if (to > from)
			used += (size_t)snprintf(buf + used, 96 - used, "-%02d", to);
		from = to;
	}
}

static const char *
span_text(char buf[32], uint64_t ms)
{
	uint64_t minutes = (ms + 30000) / 60000;

	if (minutes < 120)
		snprintf(buf, 32, "%llu minutes", (unsigned long long)minutes);
	else
		snprintf(buf, 32, "%llu hours", (unsigned long long)((minutes + 30) / 60));
	return buf;
}

const char *
ush_rhythm_text(char buf[256], const struct ush_rhythm *rhythm)
{
	char period[32];
	char deviation[32];
	char hours[96];

	buf[0] = '\0';
	if (rhythm->visits < 3)
		return buf;
	hours_text(hours, rhythm->hours);
	snprintf(buf, 256, "%llu visits, every %s (give or take %s), in the hours %s%s",
	    (unsigned long long)rhythm->visits, span_text(period, rhythm->period_ms),
	    span_text(deviation, rhythm->deviation_ms), hours,
	    ush_rhythm_is_clock(rhythm) ? ": at regular intervals" : "");
	return buf;
}
