/* SPDX-License-Identifier: BSD-3-Clause */
#include "sinkhole/server/view.h"

#include "tests/unit/sinkhole/sensor.h"

static struct sensor sensor;
static struct ush_view view;
static struct ush_error err;

static void
setup(void)
{
	sensor_init(&sensor);
	ck_assert_int_eq(ush_view_load_settings(&view, sensor.settings, &err), 0);
}

static void
teardown(void)
{
	ush_view_fini(&view);
	sensor_fini(&sensor);
}

START_TEST(test_takes_the_list_when_it_comes)
{
	ck_assert_int_eq(ush_view_watch_list(&view, &err), -1);
	ck_assert_int_eq(ush_view_watch_list(&view, &err), 0); /* said once */
	ck_assert_ptr_null(view.watchlist.list);
	sensor_compile(&sensor);
	ck_assert_int_eq(ush_view_watch_list(&view, &err), 1);
	ck_assert_int_eq(ush_view_watch_list(&view, &err), 0);
	ck_assert_ptr_nonnull(view.watchlist.list);
	ck_assert_ptr_nonnull(view.watchlist.policy);
	ck_assert_uint_ne(view.context.list_serial, 0);
}
END_TEST

START_TEST(test_a_bad_list_changes_nothing)
{
	const struct ush_blocklist *good;

	sensor_compile(&sensor);
	ck_assert_int_eq(ush_view_watch_list(&view, &err), 1);
	good = view.list;
	sensor_write(sensor.list, "not a list");
	ck_assert_int_eq(ush_view_watch_list(&view, &err), -1);
	ck_assert_ptr_eq(view.list, good);
	ck_assert(view.refused);
	/* Nor does one that is gone. */
	unlink(sensor.list);
	ck_assert_int_eq(ush_view_watch_list(&view, &err), -1);
	ck_assert_ptr_eq(view.list, good);
	sensor_compile(&sensor);
	ck_assert_int_eq(ush_view_watch_list(&view, &err), 1);
	ck_assert(!view.refused);
}
END_TEST

START_TEST(test_bad_settings_change_nothing)
{
	const struct ush_settings *good = view.settings;

	sensor_settings(&sensor, "  capture: everything\n");
	ck_assert_int_eq(ush_view_load_settings(&view, sensor.settings, &err), -1);
	ck_assert_uint_gt(err.line, 0);
	ck_assert_ptr_eq(view.settings, good);
	sensor_settings(&sensor, "  capture: all\n");
	sensor_compile(&sensor);
	ck_assert_int_eq(ush_view_watch_list(&view, &err), 1);
	ck_assert_int_eq(ush_view_load_settings(&view, sensor.settings, &err), 0);
	ck_assert_int_eq(view.context.capture, USH_CAPTURE_ALL);
	/* The list stays, with a policy by the new settings. */
	ck_assert_ptr_nonnull(view.watchlist.list);
	ck_assert_ptr_nonnull(view.watchlist.policy);
	ck_assert_ptr_eq(view.watchlist.pool, &view.settings->module.pool);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("sinkhole/view");
	TCase *tcase = tcase_create("view");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, test_takes_the_list_when_it_comes);
	tcase_add_test(tcase, test_a_bad_list_changes_nothing);
	tcase_add_test(tcase, test_bad_settings_change_nothing);
	suite_add_tcase(suite, tcase);
	return ush_unit_run(suite);
}
