/* SPDX-License-Identifier: BSD-3-Clause */
#include "sinkhole/sinkctl/when.h"

#include <stdlib.h>
#include <time.h>
#include "tests/unit/unit.h"

/* 2026-11-23 07:11:05 in Tokyo. */
#define NOW 1795385465000ull
#define HOUR 3600000ull
#define DAY (24 * HOUR)
#define MIDNIGHT (NOW - 7 * HOUR - 665000)

static void
tokyo(void)
{
	setenv("TZ", "Asia/Tokyo", 1);
	tzset();
}

static const struct {
	const char *text;
	int64_t ms; /* -1: refused */
} parsed[] = {
    {"30m", NOW - 30 * 60000},
    {"2h", NOW - 2 * HOUR},
    {"7d", NOW - 7 * DAY},
    {"2w", NOW - 14 * DAY},
    {"999999w", 0},
    {"07:11", NOW - 5000},
    {"00:00", MIDNIGHT},
    {"2026-11-23", MIDNIGHT},
    {"2026-11-22", MIDNIGHT - DAY},
    {"2026-11-23 06:00", MIDNIGHT + 6 * HOUR},
    {"2026-11-23 06:00:01", MIDNIGHT + 6 * HOUR + 1000},
    {"2026-11-23T06:00", MIDNIGHT + 6 * HOUR},
    {"2026-11-22T22:11:05Z", NOW},
    {"2026-11-23T07:11:05.000+09:00", NOW},
    {"7", -1},
    {"7y", -1},
    {"-7d", -1},
    {"7 d", -1},
    {"7d ", -1},
    {"9999999d", -1},
    {"7:11", -1},
    {"24:00", -1},
    {"2026-02-31", -1},
    {"2026-11-23 ", -1},
    {"2026-1-1", -1},
    {"yesterday", -1},
    {"", -1},
};

START_TEST(test_reads_times_and_spans)
{
	uint64_t ms = 7;
	int rc = ush_when_parse(&ms, parsed[_i].text, NOW);

	ck_assert_msg((rc == 0) == (parsed[_i].ms >= 0), "%s", parsed[_i].text);
	if (rc == 0)
		ck_assert_msg(ms == (uint64_t)parsed[_i].ms, "%s: %llu", parsed[_i].text,
		    (unsigned long long)ms);
}
END_TEST

START_TEST(test_writes_times_as_short_as_they_are_clear)
{
	char buf[USH_WHEN_MAX];

	ck_assert_str_eq(ush_when_short(buf, NOW, NOW), "07:11");
	ck_assert_str_eq(ush_when_short(buf, MIDNIGHT, NOW), "00:00");
	ck_assert_str_eq(ush_when_short(buf, MIDNIGHT - 1, NOW), "23:59");
	ck_assert_str_eq(ush_when_short(buf, NOW - DAY + 60000, NOW), "07:12");
	ck_assert_str_eq(ush_when_short(buf, NOW - DAY, NOW), "11-22");
	ck_assert_str_eq(ush_when_short(buf, NOW + 60000, NOW), "07:12");
	ck_assert_str_eq(ush_when_short(buf, NOW - 290 * DAY, NOW), "02-06");
	ck_assert_str_eq(ush_when_short(buf, NOW - 400 * DAY, NOW), "2025");
	ck_assert_str_eq(ush_when_short(buf, 0, NOW), "-");
	ck_assert_str_eq(ush_when_long(buf, NOW, NOW), "07:11:05");
	ck_assert_str_eq(ush_when_long(buf, NOW - DAY, NOW), "2026-11-22 07:11:05");
	ck_assert_str_eq(ush_when_zone(buf, NOW), "JST (UTC+09:00)");
	ck_assert_str_eq(ush_when_age(buf, NOW, NOW), "0 seconds");
	ck_assert_str_eq(ush_when_age(buf, NOW + 5, NOW), "0 seconds");
	ck_assert_str_eq(ush_when_age(buf, NOW - 1000, NOW), "1 second");
	ck_assert_str_eq(ush_when_age(buf, NOW - 119000, NOW), "119 seconds");
	ck_assert_str_eq(ush_when_age(buf, NOW - 36 * HOUR, NOW), "36 hours");
	ck_assert_str_eq(ush_when_age(buf, NOW - 72 * HOUR, NOW), "3 days");
	ck_assert_str_eq(ush_when_age(buf, NOW - 12 * 366 * DAY, NOW), "12 years");
}
END_TEST

START_TEST(test_a_zone_west_of_utc_is_negative)
{
	char buf[USH_WHEN_MAX];

	setenv("TZ", "America/St_Johns", 1);
	tzset();
	ck_assert_str_eq(ush_when_zone(buf, NOW), "NST (UTC-03:30)");
	setenv("TZ", "UTC", 1);
	tzset();
	ck_assert_str_eq(ush_when_zone(buf, NOW), "UTC");
}
END_TEST

/* An hour that comes twice is told apart, and none is read by the offset of another season. */
START_TEST(test_names_the_zone_of_a_time_with_another_offset)
{
	const uint64_t second_0230 = 1792891800000; /* 2026-10-25 01:30:00 UTC, 02:30 in winter */
	const uint64_t first_0230 = second_0230 - 3600000;
	char buf[USH_WHEN_MAX];

	setenv("TZ", "Europe/Berlin", 1);
	tzset();
	ck_assert_str_eq(ush_when_long(buf, second_0230, NOW), "2026-10-25 02:30:00");
	ck_assert_str_eq(ush_when_long(buf, first_0230, NOW), "2026-10-25 02:30:00 CEST");
	ck_assert_str_eq(ush_when_long(buf, first_0230, second_0230), "02:30:00 CEST");
	ck_assert_str_eq(ush_when_long(buf, second_0230, first_0230), "02:30:00 CET");
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("sinkctl/when");
	TCase *tcase = tcase_create("when");

	tcase_add_checked_fixture(tcase, tokyo, NULL);
	tcase_add_loop_test(tcase, test_reads_times_and_spans, 0, USH_COUNT(parsed));
	tcase_add_test(tcase, test_writes_times_as_short_as_they_are_clear);
	tcase_add_test(tcase, test_a_zone_west_of_utc_is_negative);
	tcase_add_test(tcase, test_names_the_zone_of_a_time_with_another_offset);
	suite_add_tcase(suite, tcase);
	return ush_unit_run(suite);
}
