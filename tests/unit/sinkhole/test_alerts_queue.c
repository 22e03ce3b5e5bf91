/* SPDX-License-Identifier: BSD-3-Clause */
#include "sinkhole/alerts/queue.h"

#include <stdlib.h>
#include <string.h>
#include "tests/unit/sinkhole/site.h"
#include "tests/unit/unit.h"

#define NOW SITE_START
#define DAY_MS (24ull * 3600 * 1000)

static struct site site;
static struct ush_alert_file *file;

static void
set_up(void)
{
	site_begin(&site,
	    "alerts: {outputs: [{name: a, syslog: /dev/log}, {name: b, syslog: /dev/log}]}\n");
	ck_assert_int_eq(ush_alert_file_open(&file, site.settings, true, NULL), 0);
}

static void
tear_down(void)
{
	ush_alert_file_close(file);
	site_end(&site);
}

static uint64_t
put(const char *body, uint64_t now_ms)
{
	uint64_t id;

	ck_assert_int_eq(ush_queue_put(file, site.settings, body, now_ms, &id, NULL), 0);
	return id;
}

/* The body of what is due; "" if nothing is. */
static const char *
due(struct ush_delivery *delivery, const char *output, uint64_t now_ms)
{
	static char body[64];
	int rc = ush_queue_next(file, output, now_ms, delivery, NULL);

	ck_assert_int_ge(rc, 0);
	snprintf(body, sizeof(body), "%s", rc == 1 ? delivery->body : "");
	free(delivery->body);
	return body;
}

static void
refuse(const struct ush_delivery *delivery, uint64_t now_ms)
{
	ck_assert_int_eq(ush_queue_failed(file, delivery, now_ms, "no", NULL), 0);
}

static struct ush_output_state
state_of(const char *output)
{
	struct ush_output_state state = {.name = output};

	ck_assert_int_eq(ush_output_state_read(file, &state, NULL), 0);
	return state;
}

START_TEST(test_each_output_takes_each_message_once)
{
	struct ush_delivery delivery;

	put("one", NOW);
	put("two", NOW);
	ck_assert_str_eq(due(&delivery, "a", NOW), "one");
	ck_assert_int_eq(ush_queue_taken(file, &delivery, NOW, NULL), 0);
	ck_assert_str_eq(due(&delivery, "a", NOW), "two");
	ck_assert_int_eq(ush_queue_taken(file, &delivery, NOW, NULL), 0);
	ck_assert_str_eq(due(&delivery, "a", NOW), "");
	ck_assert_str_eq(due(&delivery, "b", NOW), "one");
	ck_assert_uint_eq(state_of("a").sent, 2);
	ck_assert_uint_eq(state_of("a").waiting, 0);
	ck_assert_uint_eq(state_of("b").waiting, 2);
}
END_TEST

START_TEST(test_what_is_not_taken_is_there_when_the_file_is_opened_again)
{
	struct ush_delivery delivery;

	put("one", NOW);
	ush_alert_file_close(file);
	ck_assert_int_eq(ush_alert_file_open(&file, site.settings, true, NULL), 0);
	ck_assert_str_eq(due(&delivery, "a", NOW), "one");
}
END_TEST

START_TEST(test_an_output_that_fails_is_tried_later_and_later)
{
	struct ush_delivery delivery;
	uint64_t now = NOW;

	put("one", NOW);
	for (uint64_t delay = 1000; delay <= 512000; delay *= 2) {
		ck_assert_str_eq(due(&delivery, "a", now), "one");
		refuse(&delivery, now);
		ck_assert_str_eq(due(&delivery, "a", now + delay - 1), "");
		now += delay;
	}
	ck_assert_str_eq(due(&delivery, "a", now), "one");
	refuse(&delivery, now);
	ck_assert_str_eq(due(&delivery, "a", now + USH_QUEUE_DELAY_MAX_MS - 1), "");
	ck_assert_str_eq(due(&delivery, "a", now + USH_QUEUE_DELAY_MAX_MS), "one");
	ck_assert_str_eq(due(&delivery, "b", NOW), "one"); /* another one does not wait */
	ck_assert_uint_eq(state_of("a").failed, 11);
	ck_assert_str_eq(state_of("a").reason, "no");
	ck_assert_str_eq(due(&delivery, "a", NOW - DAY_MS), "one"); /* the clock was put back */
}
END_TEST

START_TEST(test_no_message_waits_behind_one_that_is_refused)
{
	struct ush_delivery delivery;

	put("bad", NOW);
	put("good", NOW);
	ck_assert_str_eq(due(&delivery, "a", NOW), "bad");
	refuse(&delivery, NOW);
	ck_assert_str_eq(due(&delivery, "a", NOW + 1000), "good");
}
END_TEST

START_TEST(test_the_queue_is_bounded_by_number_and_age)
{
	struct ush_delivery delivery;
	char body[16];

	ck_assert_int_eq(ush_alert_file_begin(file, NULL), 0);
	for (unsigned i = 0; i < USH_QUEUE_MAX + 3; i++) {
		snprintf(body, sizeof(body), "%u", i);
		put(body, NOW);
	}
	ck_assert_int_eq(ush_alert_file_commit(file, NULL), 0);
	ck_assert_uint_eq(state_of("a").waiting, USH_QUEUE_MAX);
	ck_assert_uint_eq(state_of("a").dropped, 3);
	ck_assert_str_eq(due(&delivery, "a", NOW), "3");
	put("new", NOW + 7 * DAY_MS + 1);
	ck_assert_uint_eq(state_of("a").waiting, 1);
	ck_assert_uint_eq(state_of("a").dropped, 3 + USH_QUEUE_MAX);
}
END_TEST

START_TEST(test_outputs_that_are_no_longer_in_the_settings_are_forgotten)
{
	struct ush_alert_settings *alerts = &site.settings->alerts;
	size_t count = alerts->output_count;

	put("one", NOW);
	alerts->output_count = 1;
	ck_assert_int_eq(ush_queue_forget_others(file, site.settings, NULL), 0);
	alerts->output_count = count;
	ck_assert_uint_eq(state_of("a").waiting, 1);
	ck_assert_uint_eq(state_of("b").waiting, 0);
}
END_TEST

static int
add(void *arg, const char *body)
{
	strcat(arg, body);
	return 0;
}

START_TEST(test_what_waits_comes_the_worst_first_and_once_for_a_host)
{
	uint64_t counts[USH_ALERT_CALLS + 1];
	char all[64] = "";

	ck_assert_int_eq(ush_alert_hold(file, 1 << 1, "10.0.0.1", NOW, "likely ", NULL), 0);
	ck_assert_int_eq(ush_alert_hold(file, 1 << 0, "10.0.0.2", NOW, "infected ", NULL), 0);
	ck_assert_int_eq(ush_alert_hold(file, USH_ALERT_SINKHOLE, "", NOW, "blind ", NULL), 0);
	ck_assert_int_eq(ush_alert_hold(file, USH_ALERT_SINKHOLE, "", NOW, "over ", NULL), 0);
	ck_assert_int_eq(ush_alert_hold(file, 1 << 0, "10.0.0.1", NOW, "risen ", NULL), 0);
	ck_assert_int_eq(ush_alert_held_count(file, UINT32_MAX, counts, NULL), 0);
	ck_assert_uint_eq(counts[0], 2);
	ck_assert_uint_eq(counts[1], 0);
	ck_assert_uint_eq(counts[USH_ALERT_CALLS], 2);
	ck_assert_int_eq(ush_alert_held_take(file, 1 << 0, 1, add, all, NULL), 0);
	ck_assert_str_eq(all, "infected ");
	ck_assert_int_eq(ush_alert_held_take(file, UINT32_MAX, 50, add, all, NULL), 0);
	ck_assert_str_eq(all, "infected blind over ");
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("sinkhole/alerts_queue");
	TCase *tcase = tcase_create("queue");

	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_set_timeout(tcase, 60);
	tcase_add_test(tcase, test_each_output_takes_each_message_once);
	tcase_add_test(tcase, test_what_is_not_taken_is_there_when_the_file_is_opened_again);
	tcase_add_test(tcase, test_an_output_that_fails_is_tried_later_and_later);
	tcase_add_test(tcase, test_no_message_waits_behind_one_that_is_refused);
	tcase_add_test(tcase, test_the_queue_is_bounded_by_number_and_age);
	tcase_add_test(tcase, test_outputs_that_are_no_longer_in_the_settings_are_forgotten);
	tcase_add_test(tcase, test_what_waits_comes_the_worst_first_and_once_for_a_host);
	suite_add_tcase(suite, tcase);
	return ush_unit_run(suite);
}
