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
	tcase_add_test(tc, test_missing_is_told_once_and_found_when_it_comes);
	tcase_add_test(tc, test_refused_is_tried_again_but_told_once);
	suite_add_tcase(suite, tc);
	return ush_unit_run(suite);
}
