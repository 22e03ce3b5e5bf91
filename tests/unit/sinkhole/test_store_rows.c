/* SPDX-License-Identifier: BSD-3-Clause */
#include "sinkhole/store/rows.h"

#include <stdio.h>
#include <string.h>
#include "tests/unit/unit.h"

static struct ush_row_key key;

static uint64_t *
at(struct ush_rows *rows, const char *text, uint64_t number)
{
	key.len = 0;
	ush_row_key_text(&key, text);
	ush_row_key_uint(&key, number, 4);
	return ush_rows_at(rows, &key);
}

/* What each row was, in the order in which they came. */
struct seen {
	size_t count;
	char last[64];
	uint64_t last_number;
	uint64_t sum;
	size_t stop_at; /* 0: never */
};

static int
see(void *arg, const uint8_t *bytes, const void *value)
{
	struct seen *seen = arg;
	const char *text = ush_row_text(&bytes);
	uint64_t number = ush_row_uint(&bytes, 4);
	int order = strcmp(text, seen->last);

	ck_assert(seen->count == 0 || order > 0 || (order == 0 && number > seen->last_number));
	snprintf(seen->last, sizeof(seen->last), "%s", text);
	seen->last_number = number;
	seen->sum += *(const uint64_t *)value;
	return ++seen->count == seen->stop_at ? 7 : 0;
}

START_TEST(test_one_row_for_a_key)
{
	struct ush_rows *rows = ush_rows_new(sizeof(uint64_t));
	struct seen seen = {0};

	for (uint64_t i = 0; i < 100000; i++) {
		char text[32];

		snprintf(text, sizeof(text), "host%llu", (unsigned long long)(i % 5000));
		++*at(rows, text, i % 2);
	}
	ck_assert_int_eq(ush_rows_each(rows, see, &seen), 0);
	ck_assert_uint_eq(seen.count, 5000);
	ck_assert_uint_eq(seen.sum, 100000);
	ck_assert_uint_gt(ush_rows_bytes(rows), 5000 * sizeof(uint64_t));
	ush_rows_clear(rows);
	ck_assert_uint_eq(ush_rows_bytes(rows), 0);
	ck_assert_uint_eq(*at(rows, "host1", 1), 0);
	ush_rows_free(rows);
}
END_TEST

START_TEST(test_texts_do_not_run_into_each_other)
{
	struct ush_rows *rows = ush_rows_new(sizeof(uint64_t));
	struct seen seen = {0};

	key.len = 0;
	ush_row_key_text(&key, "a");
	ush_row_key_text(&key, "bc");
	++*(uint64_t *)ush_rows_at(rows, &key);
	key.len = 0;
	ush_row_key_text(&key, "ab");
	ush_row_key_text(&key, "c");
	ck_assert_uint_eq(*(uint64_t *)ush_rows_at(rows, &key), 0);
	ush_rows_clear(rows);
	*at(rows, "b", 256) = 1;
	*at(rows, "b", 255) = 1;
	*at(rows, "", 1) = 1;
	*at(rows, "ba", 0) = 1;
	*at(rows, "a\xff", 0) = 1;
	ck_assert_int_eq(ush_rows_each(rows, see, &seen), 0);
	ck_assert_uint_eq(seen.count, 5);
	ush_rows_free(rows);
}
END_TEST

START_TEST(test_stops_where_it_is_told)
{
	struct ush_rows *rows = ush_rows_new(sizeof(uint64_t));
	struct seen seen = {.stop_at = 2};

	for (uint64_t i = 0; i < 9; i++)
		*at(rows, "x", i) = 1;
	ck_assert_int_eq(ush_rows_each(rows, see, &seen), 7);
	ck_assert_uint_eq(seen.count, 2);
	ush_rows_free(rows);
}
END_TEST

/* Too long for any event: cut, never written behind the end. */
START_TEST(test_a_key_is_bounded)
{
	static char text[USH_ROW_KEY_MAX * 2];

	memset(text, 'x', sizeof(text) - 1);
	key.len = 0;
	ush_row_key_text(&key, text);
	ush_row_key_text(&key, text);
	ush_row_key_uint(&key, 1, 8);
	ck_assert_uint_lt(key.len, USH_ROW_KEY_MAX);
	ck_assert_int_eq(key.bytes[USH_ROW_KEY_MAX - 1], '\0');
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("store/rows");
	TCase *tcase = tcase_create("rows");

	tcase_add_test(tcase, test_one_row_for_a_key);
	tcase_add_test(tcase, test_texts_do_not_run_into_each_other);
	tcase_add_test(tcase, test_stops_where_it_is_told);
	tcase_add_test(tcase, test_a_key_is_bounded);
	suite_add_tcase(suite, tcase);
	return ush_unit_run(suite);
}
