/* SPDX-License-Identifier: BSD-3-Clause */
#include "sinkhole/alerts/decide.h"

#include <string.h>
#include "common/settings.h"
#include "tests/unit/unit.h"

#define ALL (1u << USH_CALL_INFECTED | 1u << USH_CALL_LIKELY)

static struct ush_alert_host
host_of(enum ush_call call)
{
	return (struct ush_alert_host){
	    .address = "10.0.0.9", .hardware = "", .call = call, .is_open = true};
}

/* What is remembered of a host of which it was said that it is this. */
static struct ush_alerted
said_of(const struct ush_alert_host *host)
{
	struct ush_alerted said;

	ush_alert_remember(&said, host, NULL, USH_ALERT_NEW);
	return said;
}

START_TEST(test_one_alert_for_a_host)
{
	struct ush_alert_host host = host_of(USH_CALL_LIKELY);
	struct ush_alerted said = said_of(&host);

	ck_assert_int_eq(ush_alert_decide(&host, NULL), USH_ALERT_NEW);
	host.last_ms = 99;
	ck_assert_int_eq(ush_alert_decide(&host, &said), USH_ALERT_NOT);
}
END_TEST

START_TEST(test_again_when_the_call_rises_and_not_when_it_falls_and_rises)
{
	struct ush_alert_host host = host_of(USH_CALL_LIKELY);
	struct ush_alerted said = said_of(&host);

	host.call = USH_CALL_INFECTED;
	ck_assert_int_eq(ush_alert_decide(&host, &said), USH_ALERT_ROSE);
	ush_alert_remember(&said, &host, &said, USH_ALERT_ROSE);
	host.call = USH_CALL_LIKELY;
	ck_assert_int_eq(ush_alert_decide(&host, &said), USH_ALERT_NOT);
	ush_alert_remember(&said, &host, &said, USH_ALERT_NOT);
	host.call = USH_CALL_INFECTED;
	ck_assert_int_eq(ush_alert_decide(&host, &said), USH_ALERT_NOT);
}
END_TEST

START_TEST(test_real_addresses_are_said_once_also_to_those_who_work_on_it)
{
	struct ush_alert_host host = host_of(USH_CALL_LIKELY);
	struct ush_alerted said = said_of(&host);

	host.is_real = true;
	host.is_open = false;
	ck_assert_int_eq(ush_alert_decide(&host, &said), USH_ALERT_REAL);
	ush_alert_remember(&said, &host, &said, USH_ALERT_REAL);
	ck_assert_int_eq(ush_alert_decide(&host, &said), USH_ALERT_NOT);
	host.is_real = false; /* the logs that said so are gone */
	ush_alert_remember(&said, &host, &said, USH_ALERT_NOT);
	host.is_real = true;
	ck_assert_int_eq(ush_alert_decide(&host, &said), USH_ALERT_NOT);
}
END_TEST

START_TEST(test_somebody_works_on_it_already)
{
	struct ush_alert_host host = host_of(USH_CALL_INFECTED);

	host.is_open = false;
	ck_assert_int_eq(ush_alert_decide(&host, NULL), USH_ALERT_NOT);
}
END_TEST

START_TEST(test_a_case_that_is_open_again_is_said_once_for_each_mark)
{
	struct ush_alert_host host = host_of(USH_CALL_LIKELY);
	struct ush_alerted said = said_of(&host);

	host.reopened_ms = 5000;
	ck_assert_int_eq(ush_alert_decide(&host, &said), USH_ALERT_AGAIN);
	ush_alert_remember(&said, &host, &said, USH_ALERT_AGAIN);
	ck_assert_int_eq(ush_alert_decide(&host, &said), USH_ALERT_NOT);
	host.reopened_ms = 6000;
	ck_assert_int_eq(ush_alert_decide(&host, &said), USH_ALERT_AGAIN);
}
END_TEST

/* Cleaned as INFECTED, it comes back as LIKELY and is INFECTED after that. */
START_TEST(test_behind_a_mark_everything_begins_anew)
{
	struct ush_alert_host host = host_of(USH_CALL_INFECTED);
	struct ush_alerted said;

	host.is_real = true;
	said = said_of(&host);
	host.call = USH_CALL_LIKELY;
	host.is_real = false;
	host.reopened_ms = 5000;
	ush_alert_remember(&said, &host, &said, ush_alert_decide(&host, &said));
	host.is_real = true;
	ck_assert_int_eq(ush_alert_decide(&host, &said), USH_ALERT_REAL);
	host.call = USH_CALL_INFECTED;
	ck_assert_int_eq(ush_alert_decide(&host, &said), USH_ALERT_ROSE);
}
END_TEST

START_TEST(test_another_machine_at_the_address)
{
	struct ush_alert_host host = host_of(USH_CALL_INFECTED);
	struct ush_alerted said = said_of(&host);

	host.hardware = "02:00:00:00:00:01"; /* known now, and maybe the same */
	ck_assert_int_eq(ush_alert_decide(&host, &said), USH_ALERT_NOT);
	ush_alert_remember(&said, &host, &said, USH_ALERT_NOT);
	host.hardware = "";
	ck_assert_int_eq(ush_alert_decide(&host, &said), USH_ALERT_NOT);
	ush_alert_remember(&said, &host, &said, USH_ALERT_NOT);
	host.hardware = "02:00:00:00:00:02";
	ck_assert_int_eq(ush_alert_decide(&host, &said), USH_ALERT_MACHINE);
	ush_alert_remember(&said, &host, &said, USH_ALERT_MACHINE);
	ck_assert_int_eq(ush_alert_decide(&host, &said), USH_ALERT_NOT);
}
END_TEST

START_TEST(test_rows_make_hosts)
{
	struct ush_alert_row rows[] = {
	    {"10.0.0.2", "", USH_CALL_LIKELY, 7, false, true, false, 0, 0},
	    {"10.0.0.1", "aa", USH_CALL_LIKELY, 9, true, true, false, 0, 1},
	    {"10.0.0.1", "bb", USH_CALL_INFECTED, 5, false, true, false, 3, 2},
	    {"10.0.0.3", "", USH_CALL_INFECTED, 5, false, false, true, 0, 3},  /* settled */
	    {"10.0.0.4", "", USH_CALL_PERSON, 5, false, true, false, 0, 4},    /* not asked for */
	    {"10.0.0.5", "", USH_CALL_INFECTED, 5, false, false, false, 0, 5}, /* acknowledged */
	    {"10.0.0.5", "", USH_CALL_LIKELY, 4, false, true, false, 0, 6},
	};
	struct ush_alert_host hosts[7];

	ck_assert_uint_eq(ush_alert_hosts(hosts, rows, 7, ALL), 3);
	ck_assert_str_eq(hosts[0].address, "10.0.0.1");
	ck_assert_int_eq(hosts[0].call, USH_CALL_INFECTED);
	ck_assert_uint_eq(hosts[0].which, 2);
	ck_assert_str_eq(hosts[0].hardware, "aa");
	ck_assert(hosts[0].is_real);
	ck_assert_uint_eq(hosts[0].reopened_ms, 3);
	ck_assert_str_eq(hosts[1].address, "10.0.0.2");
	ck_assert_uint_eq(hosts[2].which, 6); /* what nobody works on */
	ck_assert(hosts[2].is_open);
}
END_TEST

/* Marking one row of a host does not make another machine of it. */
START_TEST(test_a_settled_row_counts_for_the_machine_alone)
{
	struct ush_alert_row rows[] = {
	    {"10.0.0.1", "bb", USH_CALL_INFECTED, 9, true, false, true, 4, 0},
	    {"10.0.0.1", "aa", USH_CALL_LIKELY, 5, false, false, false, 0, 1},
	};
	struct ush_alert_host host;

	ck_assert_uint_eq(ush_alert_hosts(&host, rows, 2, ALL), 1);
	ck_assert_str_eq(host.hardware, "bb");
	ck_assert_int_eq(host.call, USH_CALL_LIKELY);
	ck_assert_uint_eq(host.which, 1);
	ck_assert(!host.is_real);
	ck_assert_uint_eq(host.reopened_ms, 0);
}
END_TEST

/* The words of the settings stand for the calls by their numbers. */
START_TEST(test_the_bits_of_the_settings)
{
	ck_assert_uint_eq(USH_ALERT_CALLS, USH_CALLS);
	ck_assert_str_eq(ush_call_text(USH_CALL_INFECTED), "INFECTED");
	ck_assert_uint_eq(USH_CALL_INFECTED, 0);
	ck_assert_uint_eq(USH_CALL_DRILL, 6);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("sinkhole/alerts_decide");
	TCase *tcase = tcase_create("decide");

	tcase_add_test(tcase, test_one_alert_for_a_host);
	tcase_add_test(tcase, test_again_when_the_call_rises_and_not_when_it_falls_and_rises);
	tcase_add_test(tcase, test_real_addresses_are_said_once_also_to_those_who_work_on_it);
	tcase_add_test(tcase, test_somebody_works_on_it_already);
	tcase_add_test(tcase, test_a_case_that_is_open_again_is_said_once_for_each_mark);
	tcase_add_test(tcase, test_behind_a_mark_everything_begins_anew);
	tcase_add_test(tcase, test_another_machine_at_the_address);
	tcase_add_test(tcase, test_rows_make_hosts);
	tcase_add_test(tcase, test_a_settled_row_counts_for_the_machine_alone);
	tcase_add_test(tcase, test_the_bits_of_the_settings);
	suite_add_tcase(suite, tcase);
	return ush_unit_run(suite);
}
