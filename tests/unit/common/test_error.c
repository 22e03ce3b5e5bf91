/* SPDX-License-Identifier: BSD-3-Clause */
#include "common/error.h"

#include <errno.h>
#include <string.h>
#include "tests/unit/unit.h"

START_TEST(test_names_file_and_line_where_known)
{
	struct ush_error err = {0};
	char buf[800];

	ck_assert_int_eq(ush_fail(&err, "a.yaml", 12, "no %s", "way"), -1);
	ck_assert_str_eq(ush_error_format(&err, buf, sizeof(buf)), "a.yaml:12: no way");
	ush_fail(&err, "a.yaml", 0, "empty");
	ck_assert_str_eq(ush_error_format(&err, buf, sizeof(buf)), "a.yaml: empty");
	ush_fail(&err, NULL, 0, "alone");
	ck_assert_str_eq(ush_error_format(&err, buf, sizeof(buf)), "alone");
	ck_assert_str_eq(ush_error_format(&err, buf, 4), "alo");
}
END_TEST

START_TEST(test_errno_is_said_and_kept)
{
	struct ush_error err = {0};

	errno = ENOENT;
	ck_assert_int_eq(ush_fail_errno(&err, "x", "cannot open"), -1);
	ck_assert_str_eq(err.text, "cannot open: No such file or directory");
	ck_assert_int_eq(errno, ENOENT);
}
END_TEST

START_TEST(test_no_error_struct)
{
	ck_assert_int_eq(ush_fail(NULL, "x", 1, "lost"), -1);
	ck_assert_int_eq(ush_fail_errno(NULL, "x", "lost"), -1);
}
END_TEST

START_TEST(test_long_and_hostile_text)
{
	struct ush_error err = {0};
	char text[2000];

	memset(text, 'x', sizeof(text));
	text[0] = '\n';
	text[1] = '\033';
	text[sizeof(text) - 1] = '\0';
	errno = EIO;
	ush_fail_errno(&err, text, "%s", text);
	ck_assert_uint_eq(strlen(err.file), sizeof(err.file) - 1);
	ck_assert_uint_eq(strlen(err.text), sizeof(err.text) - 1);
	ck_assert_int_eq(strncmp(err.text, "  xx", 4), 0);
	ck_assert_int_eq(strncmp(err.file, "  xx", 4), 0);
}
END_TEST

START_TEST(test_prints_the_program_first)
{
	struct ush_error err = {0};
	char *text = NULL;
	size_t len;
	FILE *to = open_memstream(&text, &len);

	ush_fail(&err, "f", 3, "bad");
	ush_error_print(to, "sinkzone", &err);
	fclose(to);
	ck_assert_str_eq(text, "sinkzone: f:3: bad\n");
	free(text);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("common/error");
	TCase *tcase = tcase_create("error");

	tcase_add_test(tcase, test_names_file_and_line_where_known);
	tcase_add_test(tcase, test_errno_is_said_and_kept);
	tcase_add_test(tcase, test_no_error_struct);
	tcase_add_test(tcase, test_long_and_hostile_text);
	tcase_add_test(tcase, test_prints_the_program_first);
	suite_add_tcase(suite, tcase);
	return ush_unit_run(suite);
}
