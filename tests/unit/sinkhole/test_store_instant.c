/* SPDX-License-Identifier: BSD-3-Clause */
#include "sinkhole/store/instant.h"

#include "common/event.h"
#include "tests/unit/unit.h"

static const struct {
	const char *text;
	int64_t ms; /* -1: refused */
} cases[] = {
    {"1970-01-01T00:00:00.000Z", 0},
    {"2026-11-22T22:11:05.123Z", 1795385465123},
    {"2026-11-22T22:11:05Z", 1795385465000},
    {"2026-11-22T22:11:05.1Z", 1795385465100},
    {"2026-11-22T22:11:05.123999999Z", 1795385465123},
    {"2026-11-23T07:11:05.123+09:00", 1795385465123},
    {"2026-11-22t22:11:05.123z", 1795385465123},
    {"2024-02-29T00:00:00Z", 1709164800000},
    {"1969-12-31T23:59:59Z", -1},
    {"1970-01-01T00:00:00+01:00", -1},
    {"2026-11-22", -1},
    {"2026-11-22T22:11:05", -1},
    {"2026-11-22T22:11:05.Z", -1},
    {"2026-11-22T22:11:05Zx", -1},
    {"2026-13-22T22:11:05Z", -1},
    {"2026-11-22T24:11:05Z", -1},
    {"2026-11-22T22:11:05+9:00", -1},
    {"+026-11-22T22:11:05Z", -1},
    {"", -1},
};

START_TEST(test_reads_rfc_3339_times)
{
	uint64_t ms = 0;
	int rc = ush_instant_from_text(&ms, cases[_i].text);

	ck_assert_msg((rc == 0) == (cases[_i].ms >= 0), "%s", cases[_i].text);
	if (rc == 0)
		ck_assert_uint_eq(ms, (uint64_t)cases[_i].ms);
}
END_TEST

START_TEST(test_reads_what_events_are_written_with)
{
	char text[USH_TIME_TEXT_MAX];
	uint64_t back;

	for (uint64_t ms = 1; ms < 4000000000000; ms = ms * 3 + 7) {
		ck_assert_int_eq(ush_instant_from_text(&back, ush_time_to_text(ms, text)), 0);
		ck_assert_uint_eq(back, ms);
	}
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("store/instant");
	TCase *tcase = tcase_create("instant");

	tcase_add_loop_test(tcase, test_reads_rfc_3339_times, 0, USH_COUNT(cases));
	tcase_add_test(tcase, test_reads_what_events_are_written_with);
	suite_add_tcase(suite, tcase);
	return ush_unit_run(suite);
}
