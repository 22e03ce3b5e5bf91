/* SPDX-License-Identifier: BSD-3-Clause */
#include "sinkhole/store/rhythm.h"

#include "tests/unit/unit.h"

#define MINUTE UINT64_C(60000)
#define HOUR (60 * MINUTE)
#define START (UINT64_C(1795000000000) / HOUR * HOUR)

/* Like a hash: the same every time. */
static uint64_t
scattered(uint64_t i, uint64_t least, uint64_t most)
{
	return least + i * UINT64_C(2654435761) % UINT64_C(1000003) % (most - least + 1);
}

/* `count` visits, the times between them from `least` to `most` minutes. */
static const struct {
	const char *what;
	uint64_t count, least, most;
	bool clock;
} rows[] = {
    {"once", 1, 0, 0, false},
    {"hourly for sixteen hours", 17, 60, 60, true},
    {"hourly, give or take", 17, 50, 70, true},
    {"every 20 to 40 minutes for sixteen hours", 32, 20, 40, true},
    {"every minute for five hours", 300, 1, 1, true},
    {"every five minutes for three hours", 36, 5, 5, false},
    {"once a day for ten days", 10, 24 * 60, 24 * 60, true},
    {"seven times", 8, 60, 60, false},
    {"nine times", 9, 60, 60, true},
    {"a script that is started twenty times within the hour", 20, 1, 5, false},
};

static int
by_size(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a;
	uint64_t y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

/* The period is the median of the times between visits, whatever they are. */
START_TEST(test_period_is_the_median)
{
	uint64_t moments[USH_RHYTHM_PLACES], gaps[USH_RHYTHM_PLACES];
	struct ush_rhythm rhythm;

	for (size_t count = 2; count < USH_RHYTHM_PLACES; count += count / 5 + 1) {
		moments[0] = START;
		for (size_t i = 1; i < count; i++) {
			gaps[i - 1] = scattered(i * count, 5, count % 3 == 0 ? 7 : 400) * MINUTE;
			moments[i] = moments[i - 1] + gaps[i - 1];
		}
		qsort(gaps, count - 1, sizeof(gaps[0]), by_size);
		ush_rhythm_make(&rhythm, moments, count);
		ck_assert_uint_eq(rhythm.visits, count);
		ck_assert_uint_eq(rhythm.period_ms, gaps[(count - 1) / 2]);
	}
}
END_TEST

START_TEST(test_knows_programs_by_their_clock)
{
	uint64_t moments[400];
	uint64_t at = START;
	struct ush_rhythm rhythm;

	for (uint64_t i = 0; i < rows[_i].count; i++) {
		moments[i] = at;
		at += scattered(i, rows[_i].least, rows[_i].most) * MINUTE;
	}
	ush_rhythm_make(&rhythm, moments, rows[_i].count);
	ck_assert_msg(ush_rhythm_is_clock(&rhythm) == rows[_i].clock, "%s", rows[_i].what);
}
END_TEST

/* A person who comes again, for days: clicks together, then nothing for hours. */
START_TEST(test_a_person_has_no_clock)
{
	static const uint64_t minutes[] = {0, 2, 3, 41, 45, 190, 240, 241, 250, 420, 425, 1440,
	    1442, 1475, 1700, 1702, 1900, 2880, 2881, 2990, 3001, 3100, 3240, 3244};
	uint64_t moments[USH_COUNT(minutes)];
	struct ush_rhythm rhythm;

	for (int i = 0; i < USH_COUNT(minutes); i++)
		moments[i] = START + 9 * HOUR + minutes[i] * MINUTE;
	ush_rhythm_make(&rhythm, moments, USH_COUNT(minutes));
	ck_assert(!ush_rhythm_is_clock(&rhythm));
	ck_assert_uint_gt(rhythm.visits, 10);
}
END_TEST

/* As random as can be, but it never sleeps. */
START_TEST(test_around_the_clock)
{
	static const uint64_t minutes[] = {
	    0, 6, 170, 190, 200, 370, 376, 500, 510, 680, 690, 700, 870, 880};
	uint64_t moments[USH_COUNT(minutes)];
	struct ush_rhythm rhythm;

	for (int i = 0; i < USH_COUNT(minutes); i++)
		moments[i] = START + minutes[i] * MINUTE;
	ush_rhythm_make(&rhythm, moments, USH_COUNT(minutes));
	ck_assert_uint_lt(rhythm.steady, 8);
	ck_assert(ush_rhythm_is_clock(&rhythm));
	ush_rhythm_make(&rhythm, moments, USH_COUNT(minutes) - 2); /* twelve visits */
	ck_assert(!ush_rhythm_is_clock(&rhythm));
}
END_TEST

START_TEST(test_what_is_shown)
{
	uint64_t moments[18];
	struct ush_rhythm rhythm;

	for (unsigned i = 0; i < 17; i++)
		moments[i] = START + i * HOUR + (i % 3) * MINUTE;
	moments[17] = moments[16] + MINUTE; /* of the same visit */
	ush_rhythm_make(&rhythm, moments, 18);
	ck_assert_uint_eq(rhythm.visits, 17);
	ck_assert_uint_eq(rhythm.period_ms, HOUR + MINUTE);
	ck_assert_uint_eq(rhythm.deviation_ms, 0);
	ck_assert_uint_eq(rhythm.steady, 16);
	ck_assert_uint_eq(ush_rhythm_hours(&rhythm), 17);
	ush_rhythm_make(&rhythm, moments, 0);
	ck_assert_uint_eq(rhythm.visits, 0);
	ush_rhythm_make(&rhythm, moments, 1);
	ck_assert_uint_eq(rhythm.visits, 1);
	ck_assert_uint_eq(rhythm.period_ms, 0);
}
END_TEST

/* A steady night is not undone by clicks at daytime. */
START_TEST(test_noise_does_not_hide_a_clock)
{
	uint64_t moments[32];
	size_t count = 0;
	struct ush_rhythm rhythm;

	for (unsigned i = 0; i < 10; i++)
		moments[count++] = START + i * HOUR;
	for (unsigned i = 0; i < 8; i++)
		moments[count++] = START + 12 * HOUR + (uint64_t)i * i * 7 * MINUTE;
	ush_rhythm_make(&rhythm, moments, count);
	ck_assert(ush_rhythm_is_clock(&rhythm));
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("store/rhythm");
	TCase *tcase = tcase_create("rhythm");

	tcase_add_test(tcase, test_period_is_the_median);
	tcase_add_loop_test(tcase, test_knows_programs_by_their_clock, 0, USH_COUNT(rows));
	tcase_add_test(tcase, test_a_person_has_no_clock);
	tcase_add_test(tcase, test_around_the_clock);
	tcase_add_test(tcase, test_what_is_shown);
	tcase_add_test(tcase, test_noise_does_not_hide_a_clock);
	suite_add_tcase(suite, tcase);
	return ush_unit_run(suite);
}
