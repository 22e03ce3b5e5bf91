/* SPDX-License-Identifier: BSD-3-Clause */
#include "sinkhole/sinkctl/csv.h"

#include <stdlib.h>
#include "tests/unit/unit.h"

static const struct {
	const char *text;
	const char *field;
} fields[] = {
    {"", ""},
    {"plain", "\"plain\""},
    {"a \"b\", c", "\"a \"\"b\"\", c\""},
    {"a\r\nb\x1b[m\x7f", "\"a  b [m \""},
    {"=1+1", "\"'=1+1\""},
    {"@SUM(A1)", "\"'@SUM(A1)\""},
    {"  -2", "\"'  -2\""},
    {"\t=1", "\"' =1\""},
    {"\x0b=1", "\"' =1\""},
    {" \x7f\x01+1", "\"'   +1\""},
    {"\xef\xbc\x9d"
     "1",
        "\"'\xef\xbc\x9d"
        "1\""},
    {"\x0b"
     "1=1",
        "\" 1=1\""},
};

START_TEST(test_text_stays_text_in_a_spreadsheet)
{
	char *text = NULL;
	size_t len = 0;
	struct ush_csv csv = {.to = open_memstream(&text, &len)};

	ush_csv_text(&csv, fields[_i].text);
	fclose(csv.to);
	ck_assert_str_eq(text, fields[_i].field);
	free(text);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("sinkctl/csv");
	TCase *tcase = tcase_create("csv");

	tcase_add_loop_test(tcase, test_text_stays_text_in_a_spreadsheet, 0, USH_COUNT(fields));
	suite_add_tcase(suite, tcase);
	return ush_unit_run(suite);
}
