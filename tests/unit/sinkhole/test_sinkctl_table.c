/* SPDX-License-Identifier: BSD-3-Clause */
#include "sinkhole/sinkctl/table.h"

#include <stdlib.h>
#include <string.h>
#include "tests/unit/unit.h"

static const struct ush_column columns[] = {
    {"CALL", false, USH_ELIDE_NEVER, 0},
    {"HOST", false, USH_ELIDE_MIDDLE, 20},
    {"NAME", false, USH_ELIDE_END, 8},
    {"HIT", true, USH_ELIDE_NEVER, 0},
    {NULL, false, USH_ELIDE_NEVER, 0},
};

static char *
print(const char *const rows[][4], size_t count, size_t width)
{
	struct ush_table *table = ush_table_new(columns);
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	setenv("LC_ALL", "C.UTF-8", 1);
	ush_terminal_init();
	for (size_t i = 0; i < count; i++)
		ck_assert_int_eq(ush_table_add(table, rows[i]), 0);
	ck_assert_int_eq(ush_table_print(table, out, width), 0);
	fclose(out);
	ush_table_free(table);
	return text;
}

static size_t
widest(const char *text)
{
	size_t most = 0;

	while (*text != '\0') {
		size_t len = strcspn(text, "\n");
		char *line = strndup(text, len);
		size_t width = ush_terminal_width(line);

		free(line);
		most = width > most ? width : most;
		text += len + (text[len] == '\n');
	}
	return most;
}

START_TEST(test_as_narrow_as_can_be)
{
	static const char *const rows[][4] = {
	    {"INFECTED", "10.0.0.1", "-", "1"}, {"LIKELY", "10.0.0.23", "pc", "1234"}};
	char *text = print(rows, 2, 80);

	ck_assert_str_eq(text, "CALL     HOST      NAME  HIT\n"
	                       "INFECTED 10.0.0.1  -       1\n"
	                       "LIKELY   10.0.0.23 pc   1234\n");
	free(text);
}
END_TEST

START_TEST(test_a_table_fits_any_width)
{
	static const char *const rows[][4] = {
	    {"INFECTED", "2001:db8:10:20:a4b1:22ff:fe33:4455",
	        "a-very-long-name-of-a-machine.in.a.long.domain.example.jp", "1"},
	    {"LIKELY", "10.0.0.1", "\xe5\x81\xa5\xe5\xba\xb7.jp", "9999"},
	    {"LIKELY", "10.0.0.2", "\x1b[2J\x1b[1;1H\xe2\x80\xae", "7"}};

	for (size_t width = 43; width <= 120; width++) {
		char *text = print(rows, 3, width);

		ck_assert_msg(widest(text) <= width, "%zu: %s", width, text);
		ck_assert_ptr_null(strchr(text, '\x1b'));
		ck_assert_ptr_nonnull(strstr(text, "10.0.0.1 "));
		free(text);
	}
}
END_TEST

START_TEST(test_a_wide_table_cuts_nothing)
{
	static const char *const rows[][4] = {{"INFECTED", "2001:db8:10:20:a4b1:22ff:fe33:4455",
	    "a-very-long-name-of-a-machine.in.a.long.domain.example.jp", "1"}};
	char *text = print(rows, 1, 0);

	ck_assert_ptr_nonnull(strstr(text, rows[0][1]));
	ck_assert_ptr_nonnull(strstr(text, rows[0][2]));
	free(text);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("sinkctl/table");
	TCase *tcase = tcase_create("table");

	tcase_add_test(tcase, test_as_narrow_as_can_be);
	tcase_add_test(tcase, test_a_table_fits_any_width);
	tcase_add_test(tcase, test_a_wide_table_cuts_nothing);
	suite_add_tcase(suite, tcase);
	return ush_unit_run(suite);
}
