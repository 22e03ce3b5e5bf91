/* SPDX-License-Identifier: BSD-3-Clause */
#include "sinkhole/store/host_names.h"

#include <stdlib.h>
#include <unistd.h>
#include "tests/unit/sinkhole/site.h"
#include "tests/unit/unit.h"

static const char file[] = "# comment\n"
                           "10.0.0.23\tpc-0815.example.jp pc-0815\n"
                           "  10.0.0.1 gw # the gateway\n"
                           "10.0.0.23 second-name\n"
                           "2001:DB8:0::1 six\r\n"
                           "not-an-address name\n"
                           "10.0.0.5\n"
                           "10.0.0.6 #nothing\n"
                           "\n"
                           "::ffff:10.0.0.7 mapped";

static const struct {
	const char *address;
	const char *name;
} cases[] = {
    {"10.0.0.23", "pc-0815.example.jp"},
    {"10.0.0.1", "gw"},
    {"2001:db8::1", "six"},
    {"10.0.0.7", "mapped"},
    {"10.0.0.5", NULL},
    {"10.0.0.6", NULL},
    {"10.0.0.2", NULL},
    {"", NULL},
    {"zzz", NULL},
};

START_TEST(test_finds_the_name_of_an_address)
{
	char path[] = "/tmp/ush-names-XXXXXX";
	struct ush_host_names *names;
	const char *name;

	ck_assert_int_eq(close(mkstemp(path)), 0);
	site_append(path, file, sizeof(file) - 1);
	ck_assert_int_eq(ush_host_names_load(&names, path, NULL), 0);
	unlink(path);
	name = ush_host_names_find(names, cases[_i].address);
	if (cases[_i].name != NULL)
		ck_assert_str_eq(name, cases[_i].name);
	else
		ck_assert_ptr_null(name);
	ush_host_names_free(names);
}
END_TEST

START_TEST(test_addresses_of_a_name)
{
	static const char lines[] = "10.0.0.1 pc-1.example.jp other\n10.0.0.2 PC-10\n"
	                            "10.0.0.3 twins\n10.0.0.4 Twins.example.jp\n10.0.0.1 second\n";
	char path[] = "/tmp/ush-names-XXXXXX";
	const char *found[2];
	struct ush_host_names *names;

	ck_assert_int_eq(close(mkstemp(path)), 0);
	site_append(path, lines, sizeof(lines) - 1);
	ck_assert_int_eq(ush_host_names_load(&names, path, NULL), 0);
	unlink(path);
	ck_assert_uint_eq(ush_host_names_addresses(names, "PC-1", found, 2), 1);
	ck_assert_str_eq(found[0], "10.0.0.1");
	ck_assert_uint_eq(ush_host_names_addresses(names, "pc-1.example.jp", found, 2), 1);
	ck_assert_uint_eq(ush_host_names_addresses(names, "pc-10", found, 2), 1);
	ck_assert_str_eq(found[0], "10.0.0.2");
	ck_assert_uint_eq(ush_host_names_addresses(names, "twins", found, 1), 2);
	ck_assert_str_eq(found[0], "10.0.0.3");
	ck_assert_uint_eq(ush_host_names_addresses(names, "pc", found, 2), 0);
	ck_assert_uint_eq(ush_host_names_addresses(names, "second", found, 2), 0);
	ck_assert_uint_eq(ush_host_names_addresses(names, "", found, 2), 0);
	ck_assert_uint_eq(ush_host_names_addresses(NULL, "pc-1", found, 2), 0);
	ush_host_names_free(names);
}
END_TEST

START_TEST(test_reports_a_missing_file_of_names)
{
	struct ush_host_names *names;
	struct ush_error err = {0};

	ck_assert_int_eq(ush_host_names_load(&names, "/nowhere/hosts", &err), -1);
	ck_assert_ptr_null(names);
	ck_assert_str_eq(err.file, "/nowhere/hosts");
	ck_assert_ptr_null(ush_host_names_find(NULL, "10.0.0.1"));
	ck_assert_int_eq(ush_host_names_load(&names, "/dev/null", &err), 0);
	ck_assert_ptr_null(ush_host_names_find(names, "10.0.0.1"));
	ush_host_names_free(names);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("store/host_names");
	TCase *tcase = tcase_create("host_names");

	tcase_add_loop_test(tcase, test_finds_the_name_of_an_address, 0, USH_COUNT(cases));
	tcase_add_test(tcase, test_addresses_of_a_name);
	tcase_add_test(tcase, test_reports_a_missing_file_of_names);
	suite_add_tcase(suite, tcase);
	return ush_unit_run(suite);
}
