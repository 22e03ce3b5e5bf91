/* SPDX-License-Identifier: BSD-3-Clause */
#include "sinkhole/alerts/pace.h"

#include <stdlib.h>
#include <time.h>
#include "tests/unit/unit.h"

#define MINUTE_MS 60000ull
#define HOUR_MS (60 * MINUTE_MS)
/* 2026-11-29, a Sunday, 00:00 UTC */
#define SUNDAY 1795910400000ull

static bool
is_quiet(uint8_t days, unsigned from, unsigned to, uint64_t minutes)
{
	struct ush_hours hours = {days, (uint16_t)(from * 60), (uint16_t)(to * 60)};
	const struct ush_quiet_hours quiet = {&hours, 1};

	return ush_quiet_is(&quiet, SUNDAY + minutes * MINUTE_MS);
}

START_TEST(test_hours_of_a_day)
{
	ck_assert(!is_quiet(0x7f, 9, 17, 8 * 60 + 59));
	ck_assert(is_quiet(0x7f, 9, 17, 9 * 60));
	ck_assert(is_quiet(0x7f, 9, 17, 16 * 60 + 59));
	ck_assert(!is_quiet(0x7f, 9, 17, 17 * 60));
}
END_TEST

START_TEST(test_hours_over_midnight_belong_to_the_day_on_which_they_begin)
{
	ck_assert(is_quiet(0x7f, 22, 7, 23 * 60));
	ck_assert(is_quiet(0x7f, 22, 7, 6 * 60 + 59));
	ck_assert(!is_quiet(0x7f, 22, 7, 7 * 60));
	ck_assert(is_quiet(1 << 0, 22, 7, 22 * 60));       /* Sunday's night */
	ck_assert(is_quiet(1 << 0, 22, 7, (24 + 6) * 60)); /* ends on Monday */
	ck_assert(!is_quiet(1 << 0, 22, 7, 6 * 60));       /* this was Saturday's */
	ck_assert(!is_quiet(1 << 0, 22, 7, (24 + 22) * 60));
	ck_assert(is_quiet(1 << 6, 22, 7, 6 * 60));
}
END_TEST

START_TEST(test_whole_days)
{
	ck_assert(is_quiet(1 << 0, 0, 24, 0));
	ck_assert(is_quiet(1 << 0, 0, 24, 23 * 60 + 59));
	ck_assert(!is_quiet(1 << 0, 0, 24, 24 * 60));
}
END_TEST

START_TEST(test_the_time_is_local)
{
	setenv("TZ", "JST-9", 1);
	tzset();
	ck_assert(is_quiet(0x7f, 9, 10, 0));
	ck_assert(!is_quiet(0x7f, 0, 1, 0));
}
END_TEST

START_TEST(test_so_many_an_hour_and_one_for_all_others)
{
	struct ush_pace pace = {0};
	uint64_t now = SUNDAY;

	ck_assert(ush_pace_take(&pace, now, 2));
	ck_assert(ush_pace_take(&pace, now + 50 * MINUTE_MS, 2));
	ck_assert(!ush_pace_take(&pace, now + 51 * MINUTE_MS, 2));
	ck_assert(ush_pace_take_all(&pace, now + 51 * MINUTE_MS, 2));
	ck_assert(!ush_pace_take_all(&pace, now + 59 * MINUTE_MS, 2));
	ck_assert(ush_pace_take_all(&pace, now + HOUR_MS, 2));
	ck_assert(ush_pace_take(&pace, now + HOUR_MS, 2));
	ck_assert(!ush_pace_take(&pace, now + HOUR_MS, 2));
}
END_TEST

START_TEST(test_a_clock_that_is_put_back_stops_nothing)
{
	struct ush_pace pace = {0};

	ck_assert(ush_pace_take(&pace, SUNDAY, 1));
	ck_assert(!ush_pace_take(&pace, SUNDAY + 1, 1));
	ck_assert(ush_pace_take(&pace, SUNDAY - 24 * HOUR_MS, 1));
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("sinkhole/alerts_pace");
	TCase *tcase = tcase_create("pace");

	setenv("TZ", "UTC", 1);
	tcase_add_test(tcase, test_hours_of_a_day);
	tcase_add_test(tcase, test_hours_over_midnight_belong_to_the_day_on_which_they_begin);
	tcase_add_test(tcase, test_whole_days);
	tcase_add_test(tcase, test_the_time_is_local);
	tcase_add_test(tcase, test_so_many_an_hour_and_one_for_all_others);
	tcase_add_test(tcase, test_a_clock_that_is_put_back_stops_nothing);
	suite_add_tcase(suite, tcase);
	return ush_unit_run(suite);
}
