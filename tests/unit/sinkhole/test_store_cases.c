/* SPDX-License-Identifier: BSD-3-Clause */
#include "sinkhole/store/cases.h"

#include "tests/unit/unit.h"

#define MARKED 5000

static char emdivi[] = "emdivi";
static char lokibot[] = "lokibot";
static struct ush_marked row;

/* One for the campaign emdivi alone. */
static struct ush_mark
mark_of(enum ush_case_state state, enum ush_call call)
{
	row = (struct ush_marked){.campaign = "emdivi", .call = call};
	return (struct ush_mark){.host = "10.0.0.9",
	    .campaign = "",
	    .state = state,
	    .as_of_ms = MARKED,
	    .made_ms = MARKED,
	    .author = "yoshida",
	    .number = "",
	    .note = "",
	    .rows = &row,
	    .row_count = 1};
}

static struct ush_host
host_of(struct ush_verdicts verdicts, uint64_t last_ms)
{
	struct ush_host host = {
	    .address = "10.0.0.9", .campaign = emdivi, .verdicts = verdicts, .last_ms = last_ms};

	host.verdicts.count = 1;
	return host;
}

static struct ush_case_status
status_of_host(struct ush_mark mark, const struct ush_host *host)
{
	const struct ush_marks marks = {.items = &mark, .count = 1};

	return ush_case_of(&marks, NULL, host);
}

static struct ush_case_status
status_of(const struct ush_mark *mark, struct ush_verdicts verdicts, uint64_t last_ms)
{
	const struct ush_host host = host_of(verdicts, last_ms);

	return status_of_host(*mark, &host);
}

START_TEST(test_a_worse_call_opens_a_false_alarm_again)
{
	const struct ush_mark mark = mark_of(USH_CASE_FALSE_ALARM, USH_CALL_LIKELY);
	struct ush_verdicts verdicts = {.items[0] = {USH_CALL_LIKELY, "post", ""}};

	ck_assert(status_of(&mark, verdicts, MARKED + 1).is_settled);
	verdicts.items[0].call = USH_CALL_INFECTED;
	ck_assert_ptr_nonnull(status_of(&mark, verdicts, MARKED + 1).reopened);
}
END_TEST

START_TEST(test_what_was_cleaned_is_open_again_when_it_acts)
{
	const struct ush_mark mark = mark_of(USH_CASE_CLEANED, USH_CALL_INFECTED);
	const struct ush_verdicts verdicts = {.items[0] = {USH_CALL_POSSIBLE, "dns", ""}};

	ck_assert(status_of(&mark, verdicts, MARKED).is_settled);
	ck_assert(status_of(&mark, verdicts, MARKED + 1).is_open);
}
END_TEST

/* The row of the proxy itself remains a RELAY. */
START_TEST(test_a_worse_machine_behind_a_proxy_opens_its_case_again)
{
	static const enum ush_case_state states[] = {USH_CASE_FALSE_ALARM, USH_CASE_ACKNOWLEDGED};
	struct ush_verdicts verdicts = {
	    .items[0] = {USH_CALL_RELAY, "behind", ""}, .behind = {USH_CALL_POSSIBLE, "http", ""}};
	struct ush_host host = {.verdicts = verdicts};
	const struct ush_mark mark = mark_of(states[_i], ush_case_call(&host));

	ck_assert(!status_of(&mark, verdicts, MARKED + 1).is_open);
	verdicts.behind.call = USH_CALL_INFECTED;
	ck_assert(status_of(&mark, verdicts, MARKED + 1).is_open);
	ck_assert(!status_of(&mark, verdicts, MARKED + 1).is_settled);
	host.verdicts = verdicts;
	row.call = ush_case_call(&host);
	ck_assert(!status_of(&mark, verdicts, MARKED + 1).is_open);
}
END_TEST

/* Its last look, too, may be before the mark: logs come late. */
START_TEST(test_a_campaign_that_was_not_known_at_the_mark_is_open)
{
	static const enum ush_case_state states[] = {
	    USH_CASE_FALSE_ALARM, USH_CASE_ACKNOWLEDGED, USH_CASE_CLEANED};
	const struct ush_mark mark = mark_of(states[_i], USH_CALL_INFECTED);
	struct ush_host host =
	    host_of((struct ush_verdicts){.items[0] = {USH_CALL_POSSIBLE, "dns", ""}}, MARKED);

	ck_assert(!status_of_host(mark, &host).is_open);
	host.campaign = lokibot;
	ck_assert(status_of_host(mark, &host).is_open);
	ck_assert(!status_of_host(mark, &host).is_settled);
	ck_assert_ptr_nonnull(status_of_host(mark, &host).reopened);
}
END_TEST

START_TEST(test_what_another_host_says_later_of_a_marked_host_is_open)
{
	const struct ush_mark mark = mark_of(USH_CASE_FALSE_ALARM, USH_CALL_INFECTED);
	struct ush_host host =
	    host_of((struct ush_verdicts){.items[0] = {USH_CALL_POSSIBLE, "dns", ""}}, MARKED);

	host.known.claimed = true;
	ck_assert(status_of_host(mark, &host).is_open);
}
END_TEST

START_TEST(test_each_campaign_is_compared_with_its_own_call)
{
	struct ush_marked both[] = {
	    {"emdivi", false, USH_CALL_POSSIBLE}, {"lokibot", false, USH_CALL_INFECTED}};
	struct ush_mark mark = mark_of(USH_CASE_FALSE_ALARM, USH_CALL_INFECTED);
	struct ush_host host =
	    host_of((struct ush_verdicts){.items[0] = {USH_CALL_INFECTED, "post", ""}}, MARKED);

	mark.rows = both;
	mark.row_count = 2;
	ck_assert_int_eq(ush_mark_call(&mark), USH_CALL_INFECTED);
	ck_assert(status_of_host(mark, &host).is_open);
	host.campaign = lokibot;
	ck_assert(status_of_host(mark, &host).is_settled);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("store/cases");
	TCase *tcase = tcase_create("cases");

	tcase_add_test(tcase, test_a_worse_call_opens_a_false_alarm_again);
	tcase_add_test(tcase, test_what_was_cleaned_is_open_again_when_it_acts);
	tcase_add_loop_test(tcase, test_a_worse_machine_behind_a_proxy_opens_its_case_again, 0, 2);
	tcase_add_loop_test(tcase, test_a_campaign_that_was_not_known_at_the_mark_is_open, 0, 3);
	tcase_add_test(tcase, test_what_another_host_says_later_of_a_marked_host_is_open);
	tcase_add_test(tcase, test_each_campaign_is_compared_with_its_own_call);
	suite_add_tcase(suite, tcase);
	return ush_unit_run(suite);
}
