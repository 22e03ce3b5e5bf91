/* SPDX-License-Identifier: BSD-3-Clause */
/* The address of a page taken apart, and the Host header. */
#include "sinkhole/sinkwatch/query.h"

#include <string.h>
#include "sinkhole/sinkwatch/web.h"
#include "tests/unit/unit.h"

static struct ush_query query;
static struct ush_error err;

START_TEST(test_all_keys)
{
	ck_assert_int_eq(
	    ush_query_parse(&query,
	        "call=likely&lang=ja&find=pc+1%20%E7%B5%8C&campaign=em%26x&since=24h&from=200&"
	        "utm=1&&flag",
	        &err),
	    0);
	ck_assert(query.has_call && query.call == USH_CALL_LIKELY);
	ck_assert(query.has_language && query.language == USH_LANGUAGE_JAPANESE);
	ck_assert_str_eq(query.find, "pc 1 経");
	ck_assert_str_eq(query.campaign, "em&x");
	ck_assert_str_eq(query.since, "24h");
	ck_assert_uint_eq(query.from, 200);
}
END_TEST

START_TEST(test_nothing_is_asked_for)
{
	static const char *const texts[] = {NULL, "", "&", "call=", "find="};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		ck_assert_int_eq(ush_query_parse(&query, texts[i], &err), 0);
		ck_assert(!query.has_call && !query.has_language && query.from == 0);
		ck_assert_str_eq(query.find, "");
	}
}
END_TEST

static const char *const bad[] = {
    "call=SURE",
    "lang=fr",
    "lang=",
    "from=-1",
    "from=1e3",
    "from=",
    "from=99999999999999999999",
    "find=%",
    "find=%4",
    "find=%zz",
    "find=%00",
    "%zz=1",
};

START_TEST(test_malformed_values_are_refused)
{
	ck_assert_int_eq(ush_query_parse(&query, bad[_i], &err), -1);
	ck_assert_str_ne(err.text, "");
}
END_TEST

START_TEST(test_long_values_are_refused)
{
	char text[USH_QUERY_TEXT_MAX + 8];

	memset(text, 'a', sizeof(text));
	memcpy(text, "find=", 5);
	text[5 + USH_QUERY_TEXT_MAX - 1] = '\0';
	ck_assert_int_eq(ush_query_parse(&query, text, &err), 0);
	ck_assert_uint_eq(strlen(query.find), USH_QUERY_TEXT_MAX - 1);
	text[5 + USH_QUERY_TEXT_MAX - 1] = 'a';
	text[5 + USH_QUERY_TEXT_MAX] = '\0';
	ck_assert_int_eq(ush_query_parse(&query, text, &err), -1);
}
END_TEST

static const struct {
	const char *host;
	bool is_ours;
} hosts[] = {
    {"localhost", true},
    {"LOCALHOST:8053", true},
    {"127.0.0.1", true},
    {"127.0.0.1:8053", true},
    {"127.1.2.3:80", true},
    {"[::1]", true},
    {"[::1]:8053", true},
    {"sinkwatch.example", true},
    {"Sinkwatch.Example:443", true},
    {"", false},
    {":8053", false},
    {"evil.example", false},
    {"evil.example:8053", false},
    {"127.0.0.1.evil.example", false},
    {"localhost.evil.example", false},
    {"10.0.0.1", false},
    {"[2001:db8::1]:8053", false},
    {"127.0.0.1:8053:1", false},
    {"xsinkwatch.example", false},
};

START_TEST(test_the_host_header)
{
	char *items[] = {(char[]){"sinkwatch.example"}};
	const struct ush_names names = {.items = items, .count = 1};

	ck_assert_msg(ush_web_host_is_ours(hosts[_i].host, &names, false) == hosts[_i].is_ours,
	    "%s", hosts[_i].host);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("sinkwatch/query");
	TCase *tcase = tcase_create("query");

	tcase_add_test(tcase, test_all_keys);
	tcase_add_test(tcase, test_nothing_is_asked_for);
	tcase_add_loop_test(tcase, test_malformed_values_are_refused, 0, USH_COUNT(bad));
	tcase_add_test(tcase, test_long_values_are_refused);
	tcase_add_loop_test(tcase, test_the_host_header, 0, USH_COUNT(hosts));
	suite_add_tcase(suite, tcase);
	return ush_unit_run(suite);
}
