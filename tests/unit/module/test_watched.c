/* SPDX-License-Identifier: BSD-3-Clause */
#include "module/watched.h"

#include "tests/unit/module/fixture.h"

static struct ush_watched watched;
static char path[128];

static void
setup(void)
{
	fixture_open();
	fixture_path(path, "file");
	ush_watched_init(&watched);
}

static void
append(const char *text)
{
	FILE *file = fopen(path, "a");

	ck_assert_ptr_nonnull(file);
	ck_assert_int_ge(fputs(text, file), 0);
	ck_assert_int_eq(fclose(file), 0);
}

START_TEST(test_taken_once)
{
	fixture_file("file", "one");
	ck_assert(ush_watched_is_due(&watched, path));
	ush_watched_taken(&watched);
	ck_assert(!ush_watched_is_due(&watched, path));
	fixture_file("file", "two");
	ck_assert(ush_watched_is_due(&watched, path));
}
END_TEST

/* As cp or rsync --inplace write: not before it has been still for one look. */
START_TEST(test_written_in_place)
{
	fixture_file("file", "one");
	ck_assert(ush_watched_is_due(&watched, path));
	ush_watched_taken(&watched);
	append("more");
	ck_assert(!ush_watched_is_due(&watched, path));
	append("and more");
	ck_assert(!ush_watched_is_due(&watched, path));
	ck_assert(ush_watched_is_due(&watched, path));
	ush_watched_taken(&watched);
	ck_assert(!ush_watched_is_due(&watched, path));
}
END_TEST

/* How many looks until it is to be loaded. */
static unsigned
looks_until_due(void)
{
	unsigned looks = 1;

	while (!ush_watched_is_due(&watched, path))
		ck_assert_uint_lt(looks++, 1000);
	return looks;
}

/* A slow copy is no good until it is whole: nobody wants to hear of it. */
START_TEST(test_unfinished_is_not_told)
{
	fixture_file("file", "one");
	(void)looks_until_due();
	ush_watched_taken(&watched);
	for (int i = 0; i < 5; i++) {
		append("more");
		ck_assert_uint_eq(looks_until_due(), 2);
		ck_assert(!ush_watched_refused(&watched, "it is bad"));
		ck_assert(!ush_watched_is_due(&watched, path));
	}
	append("the end");
	ck_assert_uint_eq(looks_until_due(), 2);
	ush_watched_taken(&watched);
	ck_assert(!ush_watched_is_due(&watched, path));
}
END_TEST

START_TEST(test_what_stays_unfinished_is_told_once)
{
	fixture_file("file", "one");
	(void)looks_until_due();
	ush_watched_taken(&watched);
	append("more");
	(void)looks_until_due();
	ck_assert(!ush_watched_refused(&watched, "it is bad"));
	ck_assert_uint_ge(looks_until_due(), 30);
	ck_assert(ush_watched_refused(&watched, "it is bad"));
	ck_assert_uint_ge(looks_until_due(), 50);
	ck_assert(!ush_watched_refused(&watched, "it is bad"));
}
END_TEST

/* Copied to where nothing was. */
START_TEST(test_unfinished_and_new)
{
	(void)looks_until_due();
	ck_assert(ush_watched_refused(&watched, "it is not there"));
	append("one");
	(void)looks_until_due();
	ck_assert(!ush_watched_refused(&watched, "it is bad"));
	append("more");
	(void)looks_until_due();
	ush_watched_taken(&watched);
	ck_assert(!ush_watched_is_due(&watched, path));
}
END_TEST

/* What a whole file meant cannot be done: nothing to wait for. */
START_TEST(test_taken_and_then_refused_is_told)
{
	fixture_file("file", "one");
	(void)looks_until_due();
	ush_watched_taken(&watched);
	append("more");
	(void)looks_until_due();
	ush_watched_taken(&watched);
	ck_assert(ush_watched_refused(&watched, "it cannot be done"));
}
END_TEST

START_TEST(test_missing_is_told_once_and_found_when_it_comes)
{
	ck_assert(ush_watched_is_due(&watched, path));
	ck_assert(ush_watched_refused(&watched, "it is not there"));
	ck_assert(!ush_watched_is_due(&watched, path));
	fixture_file("file", "one");
	ck_assert(ush_watched_is_due(&watched, path));
	ush_watched_taken(&watched);
	ck_assert_int_eq(unlink(path), 0);
	ck_assert(ush_watched_is_due(&watched, path));
}
END_TEST

START_TEST(test_refused_is_tried_again_but_told_once)
{
	unsigned looks = 0;

	fixture_file("file", "bad");
	ck_assert(ush_watched_is_due(&watched, path));
	ck_assert(ush_watched_refused(&watched, "it is bad"));
	while (!ush_watched_is_due(&watched, path))
		ck_assert_uint_lt(looks++, 1000);
	ck_assert(!ush_watched_refused(&watched, "it is bad"));
	fixture_file("file", "bad again");
	ck_assert(ush_watched_is_due(&watched, path));
	ck_assert(ush_watched_refused(&watched, "it is bad"));
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("module/watched");
	TCase *tc = tcase_create("watched");

	tcase_add_checked_fixture(tc, setup, fixture_close);
	tcase_add_test(tc, test_taken_once);
	tcase_add_test(tc, test_written_in_place);
	tcase_add_test(tc, test_unfinished_is_not_told);
	tcase_add_test(tc, test_what_stays_unfinished_is_told_once);
	tcase_add_test(tc, test_unfinished_and_new);
	tcase_add_test(tc, test_taken_and_then_refused_is_told);
	tcase_add_test(tc, test_missing_is_told_once_and_found_when_it_comes);
	tcase_add_test(tc, test_refused_is_tried_again_but_told_once);
	suite_add_tcase(suite, tc);
	return ush_unit_run(suite);
}
