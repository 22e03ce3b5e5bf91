/* SPDX-License-Identifier: BSD-3-Clause */
#include "module/stats.h"

#include <jansson.h>
#include <pthread.h>
#include "tests/unit/unit.h"

#define ROUNDS 100000

static struct ush_counters blocks[2];
static const struct ush_counters *const all[] = {&blocks[0], &blocks[1]};

static void *
count_up(void *arg)
{
	for (int i = 0; i < ROUNDS; i++)
		ush_count(arg, USH_COUNT_SINKHOLE, 1);
	return NULL;
}

START_TEST(test_sum_over_threads)
{
	pthread_t threads[2];

	for (size_t i = 0; i < 2; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, count_up, &blocks[i]), 0);
	(void)ush_counters_sum(all, 2, USH_COUNT_SINKHOLE); /* allowed at any time */
	for (size_t i = 0; i < 2; i++)
		(void)pthread_join(threads[i], NULL);
	ck_assert_uint_eq(ush_counters_sum(all, 2, USH_COUNT_SINKHOLE), 2 * ROUNDS);
	ck_assert_uint_eq(ush_counters_sum(all, 1, USH_COUNT_SINKHOLE), ROUNDS);
	ck_assert_uint_eq(ush_counters_sum(all, 2, USH_COUNT_LEAKED), 0);
}
END_TEST

START_TEST(test_every_counter_is_written)
{
	char buf[2048];
	struct ush_json json;
	json_t *root, *counters;

	for (unsigned i = 0; i < USH_COUNTERS; i++)
		ush_count(&blocks[1], i, i + 1);
	ush_json_init(&json, buf, sizeof(buf));
	ush_json_object(&json, NULL);
	ush_counters_write(&json, all, 2);
	ush_json_end(&json);
	ck_assert_uint_gt(ush_json_finish(&json), 0);
	root = json_loads(buf, JSON_REJECT_DUPLICATES, NULL);
	ck_assert_ptr_nonnull(root);
	counters = json_object_get(root, "counters");
	ck_assert_uint_eq(json_object_size(counters), USH_COUNTERS);
	ck_assert_int_eq(json_integer_value(json_object_get(counters, "sinkhole")), 1);
	ck_assert_int_eq(json_integer_value(json_object_get(counters, "refused")), USH_COUNTERS);
	json_decref(root);
}
END_TEST

START_TEST(test_the_total_is_that_of_all_counters)
{
	ck_assert_uint_eq(ush_counters_total(all, 2), 0);
	for (unsigned i = 0; i < USH_COUNTERS; i++)
		ush_count(&blocks[i % 2], i, 1);
	ck_assert_uint_eq(ush_counters_total(all, 2), USH_COUNTERS);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("module/stats");
	TCase *tc = tcase_create("stats");

	tcase_add_test(tc, test_sum_over_threads);
	tcase_add_test(tc, test_every_counter_is_written);
	tcase_add_test(tc, test_the_total_is_that_of_all_counters);
	suite_add_tcase(suite, tc);
	return ush_unit_run(suite);
}
