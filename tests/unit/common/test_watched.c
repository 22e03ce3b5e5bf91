/* SPDX-License-Identifier: BSD-3-Clause */
#include "common/watched.h"

#include <stdlib.h>
#include <unistd.h>
#include "tests/unit/unit.h"

static struct ush_watched watched;
static char directory[64];
static char path[128];

/* Replaced at once, as an editor does it. */
static void
replace(const char *text)
{
	char new[128];
	FILE *file;

	(void)snprintf(new, sizeof(new), "%s/new", directory);
	file = fopen(new, "w");
	ck_assert_ptr_nonnull(file);
	ck_assert_int_ge(fputs(text, file), 0);
	ck_assert_int_eq(fclose(file), 0);
	ck_assert_int_eq(rename(new, path), 0);
}

static void
setup(void)
{
	(void)snprintf(directory, sizeof(directory), "/tmp/ush-watched-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(directory));
	(void)snprintf(path, sizeof(path), "%s/file", directory);
	ush_watched_init(&watched, 10);
}

static void
teardown(void)
{
	(void)unlink(path);
	ck_assert_int_eq(rmdir(directory), 0);
}

static void
append(const char *text)
{
	FILE *file = fopen(path, "a");

	ck_assert_ptr_nonnull(file);
	ck_assert_int_ge(fputs(text, file), 0);
	ck_assert_int_eq(fclose(file), 0);
}

START_TEST(test_a_file_is_due_once_a_version)
{
	replace("one");
	ck_assert(ush_watched_is_due(&watched, path));
	ush_watched_taken(&watched);
	ck_assert(!ush_watched_is_due(&watched, path));
	replace("two");
	ck_assert(ush_watched_is_due(&watched, path));
}
END_TEST

/* As cp or rsync --inplace write: not before it has been still for one look. */
START_TEST(test_written_in_place)
{
	replace("one");
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

/* A slow copy is not loaded until it is whole, and not reported either. */
START_TEST(test_unfinished_is_not_told)
{
	replace("one");
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
	replace("one");
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
	replace("one");
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
	replace("one");
	ck_assert(ush_watched_is_due(&watched, path));
	ush_watched_taken(&watched);
	ck_assert_int_eq(unlink(path), 0);
	ck_assert(ush_watched_is_due(&watched, path));
}
END_TEST

START_TEST(test_refused_is_tried_again_but_told_once)
{
	unsigned looks = 0;

	replace("bad");
	ck_assert(ush_watched_is_due(&watched, path));
	ck_assert(ush_watched_refused(&watched, "it is bad"));
	while (!ush_watched_is_due(&watched, path))
		ck_assert_uint_lt(looks++, 1000);
	ck_assert(!ush_watched_refused(&watched, "it is bad"));
	replace("bad again");
	ck_assert(ush_watched_is_due(&watched, path));
	ck_assert(ush_watched_refused(&watched, "it is bad"));
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("module/watched");
	TCase *tc = tcase_create("watched");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, test_a_file_is_due_once_a_version);
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
