/* SPDX-License-Identifier: BSD-3-Clause */
#include "sinkhole/store/cases.h"

#include "tests/unit/unit.h"

#define MARKED 5000

static struct ush_case_status
status_of(const struct ush_mark *mark, struct ush_verdicts verdicts, uint64_t last_ms)
{
	static char campaign[] = "emdivi";
	struct ush_host host = {
	    .address = "10.0.0.9", .campaign = campaign, .verdicts = verdicts, .last_ms = last_ms};
	struct ush_mark items[] = {*mark};
	const struct ush_marks marks = {.items = items, .count = 1};

	host.verdicts.count = 1;
	return ush_case_of(&marks, NULL, &host);
}

static struct ush_mark
mark_of(enum ush_case_state state, enum ush_call call)
{
	return (struct ush_mark){.host = "10.0.0.9",
	    .campaign = "",
	    .state = state,
	    .as_of_ms = MARKED,
	    .made_ms = MARKED,
	    .call = call,
	    .author = "yoshida",
	    .number = "",
	    .note = ""};
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
	struct ush_mark mark = mark_of(states[_i], ush_case_call(&host));

	ck_assert(!status_of(&mark, verdicts, MARKED + 1).is_open);
	verdicts.behind.call = USH_CALL_INFECTED;
	ck_assert(status_of(&mark, verdicts, MARKED + 1).is_open);
	ck_assert(!status_of(&mark, verdicts, MARKED + 1).is_settled);
	host.verdicts = verdicts;
	mark.call = ush_case_call(&host);
	ck_assert(!status_of(&mark, verdicts, MARKED + 1).is_open);
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
	suite_add_tcase(suite, tcase);
	return ush_unit_run(suite);
}
