/* SPDX-License-Identifier: BSD-3-Clause */
/* Trouble with the sinkhole itself: both sensors of the site have written nothing. */
#include "sinkhole/alerts/alerts.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include "sinkhole/alerts/queue.h"
#include "tests/unit/sinkhole/site.h"
#include "tests/unit/unit.h"

#define PATIENCE_MS 300000ull

static struct site site;

static void
set_up(void)
{
	site_begin(&site, "alerts: {outputs: [{name: a, syslog: /dev/log}]}\n");
}

static void
tear_down(void)
{
	site_end(&site);
}

/* The resolver's sensor looks, with a list. */
static void
begin_dns(uint64_t now_ms)
{
	site_state(
	    &site, (struct site_state){.writer = "dns", .serial = 2026112201, .time_ms = now_ms});
	site_update(&site);
}

static void
look(uint64_t now_ms, const char *failed)
{
	struct ush_overview overview = {.settings = site.settings, .made_ms = now_ms};

	snprintf(overview.failed.text, sizeof(overview.failed.text), "%s", failed);
	ck_assert_int_eq(ush_alerts_look(&overview, site.store, NULL), 0);
}

/* The next message, which is taken; NULL if there is none. Owned by the caller. */
static json_t *
take(uint64_t now_ms)
{
	struct ush_alert_file *file;
	struct ush_delivery delivery;
	json_t *message = NULL;

	ck_assert_int_eq(ush_alert_file_open(&file, site.settings, true, NULL), 0);
	if (ush_queue_next(file, "a", now_ms, &delivery, NULL) == 1) {
		message = json_loads(delivery.body, 0, NULL);
		ck_assert_ptr_nonnull(message);
		ck_assert_int_eq(ush_queue_taken(file, &delivery, now_ms, NULL), 0);
	}
	free(delivery.body);
	ush_alert_file_close(file);
	return message;
}

static size_t
count(const json_t *message, const char *key)
{
	return json_array_size(json_object_get(message, key));
}

START_TEST(test_trouble_is_said_once_when_it_has_lasted_and_when_it_is_over)
{
	json_t *message;

	look(SITE_START, "");
	look(SITE_START + PATIENCE_MS - 1, "");
	ck_assert_ptr_null(take(SITE_START + PATIENCE_MS));
	look(SITE_START + PATIENCE_MS, "");
	message = take(SITE_START + PATIENCE_MS);
	ck_assert_uint_eq(count(message, "begun"), 2);
	json_decref(message);
	look(SITE_START + 3 * PATIENCE_MS, "");
	ck_assert_ptr_null(take(SITE_START + 3 * PATIENCE_MS));

	/* One of the two writes. */
	begin_dns(SITE_START + 4 * PATIENCE_MS);
	look(SITE_START + 4 * PATIENCE_MS, "");
	message = take(SITE_START + 4 * PATIENCE_MS);
	ck_assert_uint_eq(count(message, "over"), 1);
	json_decref(message);
}
END_TEST

START_TEST(test_trouble_that_is_short_is_not_said)
{
	json_t *message;

	look(SITE_START, "");
	begin_dns(SITE_START + 2000);
	look(SITE_START + 2000, "");
	ck_assert_ptr_null(take(SITE_START + 2000));
	begin_dns(SITE_START + PATIENCE_MS);
	look(SITE_START + PATIENCE_MS, "");
	message = take(SITE_START + PATIENCE_MS);
	ck_assert_uint_eq(count(message, "begun"), 1); /* the other one's */
	json_decref(message);
}
END_TEST

START_TEST(test_a_clock_that_is_put_back_costs_the_patience_once_more)
{
	uint64_t back_ms = SITE_START - 24ull * 3600 * 1000;
	json_t *message;

	look(SITE_START, "");
	look(back_ms, "");
	look(back_ms + PATIENCE_MS, "");
	message = take(back_ms + PATIENCE_MS);
	ck_assert_uint_eq(count(message, "begun"), 2);
	json_decref(message);
}
END_TEST

START_TEST(test_while_the_store_fails_no_trouble_of_a_sensor_is_over)
{
	json_t *message;

	look(SITE_START, "");
	look(SITE_START + PATIENCE_MS, "");
	json_decref(take(SITE_START + PATIENCE_MS));
	look(SITE_START + PATIENCE_MS, "disk full");
	begin_dns(SITE_START + 2 * PATIENCE_MS);
	look(SITE_START + 2 * PATIENCE_MS, "disk full");
	message = take(SITE_START + 2 * PATIENCE_MS);
	ck_assert_uint_eq(count(message, "begun"), 1);
	ck_assert_uint_eq(count(message, "over"), 0);
	ck_assert_ptr_nonnull(
	    strstr(json_string_value(json_object_get(message, "title")), "disk full"));
	json_decref(message);
	begin_dns(SITE_START + 3 * PATIENCE_MS);
	look(SITE_START + 3 * PATIENCE_MS, "");
	message = take(SITE_START + 3 * PATIENCE_MS);
	ck_assert_uint_eq(count(message, "over"), 2); /* the store's, and that of the sensor */
	json_decref(message);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("sinkhole/alerts_troubles");
	TCase *tcase = tcase_create("troubles");

	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_test(tcase, test_trouble_is_said_once_when_it_has_lasted_and_when_it_is_over);
	tcase_add_test(tcase, test_trouble_that_is_short_is_not_said);
	tcase_add_test(tcase, test_a_clock_that_is_put_back_costs_the_patience_once_more);
	tcase_add_test(tcase, test_while_the_store_fails_no_trouble_of_a_sensor_is_over);
	suite_add_tcase(suite, tcase);
	return ush_unit_run(suite);
}
