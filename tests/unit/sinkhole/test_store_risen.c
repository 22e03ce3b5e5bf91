/* SPDX-License-Identifier: BSD-3-Clause */
/* Which call a row had at a time, through restarts. */
#include "sinkhole/store/risen.h"

#include <unistd.h>
#include "tests/unit/unit.h"

#define DAY 86400000ull
#define NOW (100 * DAY)

static char directory[] = "/tmp/ush-risen-XXXXXX";
static char store[64];
static struct ush_settings settings = {.store = {.path = store}};
static struct ush_risen *risen;

static void
set_up(void)
{
	ck_assert_ptr_nonnull(mkdtemp(directory));
	snprintf(store, sizeof(store), "%s/store.db", directory);
	ck_assert_int_eq(ush_risen_open(&risen, &settings, true, NULL), 0);
}

static void
tear_down(void)
{
	char path[80];

	ush_risen_close(risen);
	snprintf(path, sizeof(path), "%s/calls.db", directory);
	unlink(path);
	rmdir(directory);
}

static void
start_again(void)
{
	ush_risen_close(risen);
	ck_assert_int_eq(ush_risen_open(&risen, &settings, true, NULL), 0);
}

/* The host b beside it is always the same. */
static void
note(enum ush_call call, uint64_t now_ms)
{
	struct ush_row_call rows[] = {{ush_row_key("10.0.0.2", "b", false), USH_CALL_PERSON},
	    {ush_row_key("10.0.0.1", "a", false), call}};

	ck_assert_int_eq(ush_risen_note(risen, rows, 2, now_ms, NULL), 0);
}

/* The call at that time of the one row that changed since; USH_CALLS: none did. */
static enum ush_call
call_at(uint64_t since_ms)
{
	enum ush_call call = USH_CALLS;
	struct ush_row_call *rows;
	size_t count;

	ck_assert_int_eq(ush_risen_since(risen, since_ms, &rows, &count, NULL), 0);
	ck_assert_uint_le(count, 1);
	if (count == 1) {
		ck_assert_uint_eq(rows->key, ush_row_key("10.0.0.1", "a", false));
		ck_assert_ptr_eq(ush_row_call_find(rows, count, rows->key), rows);
		call = rows->call;
	}
	ck_assert_ptr_null(ush_row_call_find(rows, count, 1));
	free(rows);
	return call;
}

START_TEST(test_the_first_change_since_then_says_what_it_was)
{
	note(USH_CALL_POSSIBLE, NOW - 5 * DAY);
	ck_assert_int_eq(call_at(0), USH_CALLS); /* a new row is no change */
	ck_assert_int_eq(ush_risen_note(risen, NULL, 0, NOW - 4 * DAY, NULL), 0); /* no logs */
	note(USH_CALL_LIKELY, NOW - 3 * DAY);
	start_again();
	note(USH_CALL_LIKELY, NOW - 2 * DAY);
	note(USH_CALL_INFECTED, NOW - DAY);
	ck_assert_int_eq(call_at(NOW - 4 * DAY), USH_CALL_POSSIBLE);
	ck_assert_int_eq(call_at(NOW - 2 * DAY), USH_CALL_LIKELY);
	ck_assert_int_eq(call_at(NOW - DAY + 1), USH_CALLS);
	note(USH_CALL_PERSON, NOW + 40 * DAY); /* the others are too old by then */
	ck_assert_int_eq(call_at(0), USH_CALL_INFECTED);
}
END_TEST

START_TEST(test_a_change_that_nobody_saw_counts_when_it_is_noticed)
{
	note(USH_CALL_POSSIBLE, NOW - 5 * DAY);
	start_again();
	note(USH_CALL_INFECTED, NOW);
	ck_assert_int_eq(call_at(NOW), USH_CALL_POSSIBLE);
}
END_TEST

START_TEST(test_keys_differ)
{
	uint64_t key = ush_row_key("10.0.0.1", "a", false);

	ck_assert_uint_ne(key, ush_row_key("10.0.0.1", "a", true));
	ck_assert_uint_ne(key, ush_row_key("10.0.0.1", "b", false));
	ck_assert_uint_ne(key, ush_row_key("10.0.0.1a", "", false));
}
END_TEST

START_TEST(test_a_reader_needs_no_file)
{
	struct ush_risen *reader;
	struct ush_settings other = {.store = {.path = (char[]){"/nonexistent/store.db"}}};

	ck_assert_int_eq(ush_risen_open(&reader, &other, false, NULL), 0);
	ck_assert_ptr_null(reader);
	ck_assert_int_eq(ush_risen_open(&reader, &other, true, NULL), -1);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("store/risen");
	TCase *tcase = tcase_create("risen");

	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_test(tcase, test_the_first_change_since_then_says_what_it_was);
	tcase_add_test(tcase, test_a_change_that_nobody_saw_counts_when_it_is_noticed);
	tcase_add_test(tcase, test_keys_differ);
	tcase_add_test(tcase, test_a_reader_needs_no_file);
	suite_add_tcase(suite, tcase);
	return ush_unit_run(suite);
}
