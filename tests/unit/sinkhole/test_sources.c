/* SPDX-License-Identifier: BSD-3-Clause */
#include "sinkhole/server/sources.h"

#include "tests/unit/sinkhole/sensor.h"

static struct sensor sensor;
static struct ush_sources sources;
static struct ush_error err;

static void
setup(void)
{
	sensor_init(&sensor);
	ck_assert_int_eq(ush_sources_load_settings(&sources, sensor.settings, &err), 0);
}

static void
teardown(void)
{
	ush_sources_fini(&sources);
	sensor_fini(&sensor);
}

/* How many looks until the list is taken or refused: the result of the last one. */
static int
watch_until_something_happens(unsigned *looks)
{
	int result = 0;

	for (*looks = 0; result == 0 && *looks < 20; ++*looks)
		result = ush_sources_watch_list(&sources, &err);
	return result;
}

START_TEST(test_takes_the_list_when_it_comes)
{
	ck_assert_int_eq(ush_sources_watch_list(&sources, &err), -1);
	ck_assert_int_eq(ush_sources_watch_list(&sources, &err), 0); /* said once */
	ck_assert_ptr_null(sources.snapshot->watchlist.list);
	sensor_compile(&sensor);
	ck_assert_int_eq(ush_sources_watch_list(&sources, &err), 1);
	ck_assert_int_eq(ush_sources_watch_list(&sources, &err), 0);
	ck_assert_ptr_nonnull(sources.snapshot->watchlist.list);
	ck_assert_ptr_nonnull(sources.snapshot->watchlist.policy);
	ck_assert_uint_ne(sources.snapshot->context.list_serial, 0);
}
END_TEST

START_TEST(test_a_bad_list_changes_nothing)
{
	const struct ush_shared_list *good;
	unsigned looks;

	sensor_compile(&sensor);
	ck_assert_int_eq(ush_sources_watch_list(&sources, &err), 1);
	good = sources.snapshot->list;
	/* Written in place: not refused while it is still growing. */
	sensor_write(sensor.list, "not a list");
	ck_assert_int_eq(watch_until_something_happens(&looks), -1);
	ck_assert_uint_ge(looks, 5);
	ck_assert_ptr_eq(sources.snapshot->list, good);
	ck_assert(sources.refused);
	/* Nor does one that is gone. */
	unlink(sensor.list);
	ck_assert_int_eq(watch_until_something_happens(&looks), -1);
	ck_assert_ptr_eq(sources.snapshot->list, good);
	sensor_compile(&sensor);
	ck_assert_int_eq(ush_sources_watch_list(&sources, &err), 1);
	ck_assert(!sources.refused);
}
END_TEST

/* A list that may be read only now is another one than before. */
START_TEST(test_rights_that_are_given_later)
{
	sensor_compile(&sensor);
	ck_assert_int_eq(ush_sources_watch_list(&sources, &err), 1);
	ck_assert_int_eq(ush_sources_watch_list(&sources, &err), 0);
	ck_assert_int_eq(chmod(sensor.list, 0600), 0);
	ck_assert_int_eq(ush_sources_watch_list(&sources, &err), 0); /* it may be being written */
	ck_assert_int_eq(ush_sources_watch_list(&sources, &err), 1);
	/* A reload loads it anew. */
	ck_assert_int_eq(ush_sources_load_settings(&sources, sensor.settings, &err), 0);
	ck_assert_int_eq(ush_sources_watch_list(&sources, &err), 1);
}
END_TEST

START_TEST(test_bad_settings_change_nothing)
{
	const struct ush_settings *good = sources.snapshot->settings;

	sensor_settings(&sensor, "  capture: everything\n");
	ck_assert_int_eq(ush_sources_load_settings(&sources, sensor.settings, &err), -1);
	ck_assert_uint_gt(err.line, 0);
	ck_assert_ptr_eq(sources.snapshot->settings, good);
	sensor_settings(&sensor, "  capture: all\n");
	sensor_compile(&sensor);
	ck_assert_int_eq(ush_sources_watch_list(&sources, &err), 1);
	ck_assert_int_eq(ush_sources_load_settings(&sources, sensor.settings, &err), 0);
	ck_assert_int_eq(sources.snapshot->context.capture, USH_CAPTURE_ALL);
	/* The list stays, with a policy by the new settings. */
	ck_assert_ptr_nonnull(sources.snapshot->watchlist.list);
	ck_assert_ptr_nonnull(sources.snapshot->watchlist.policy);
	ck_assert_ptr_eq(
	    sources.snapshot->watchlist.pool, &sources.snapshot->settings->module.pool);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("sinkhole/sources");
	TCase *tcase = tcase_create("sources");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, test_takes_the_list_when_it_comes);
	tcase_add_test(tcase, test_a_bad_list_changes_nothing);
	tcase_add_test(tcase, test_rights_that_are_given_later);
	tcase_add_test(tcase, test_bad_settings_change_nothing);
	suite_add_tcase(suite, tcase);
	return ush_unit_run(suite);
}
