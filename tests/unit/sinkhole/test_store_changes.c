/* SPDX-License-Identifier: BSD-3-Clause */
/* What changed in a store reaches another one, which then concludes the same. */
#include <check.h>
#include <stdlib.h>
#include <string.h>
#include "sinkhole/store/changes.h"
#include "sinkhole/store/internal.h"
#include "sinkhole/store/merged.h"
#include "tests/unit/sinkhole/site.h"
#include "tests/unit/unit.h"

#define PUSH_TO "  push-to: postgresql://ns1@db.example.net/sinkhole\n"

static struct site here;
static struct site there; /* without logs */

static void
begin(void)
{
	site_begin(&here, PUSH_TO);
	site_begin(&there, NULL);
}

static void
end(void)
{
	site_end(&here);
	site_end(&there);
}

/* One host's day: questions, a beacon, a page with a number, and a forwarder that names its client. */
static void
play(unsigned host, unsigned minutes)
{
	char address[32];

	snprintf(address, sizeof(address), "192.0.2.%u", host);
	for (unsigned i = 0; i < minutes; i++) {
		uint64_t now_ms = SITE_START + i * 7 * SITE_MINUTE;

		site_dns(&here, (struct site_dns){.host = address, .time_ms = now_ms});
		site_contact(&here, (struct site_contact){.host = address,
		                        .time_ms = now_ms,
		                        .action = "http-request",
		                        .evidence = "beacon",
		                        .version = i % 2 == 0 ? "t17.08.1" : "t17.08.2"});
	}
	site_contact(&here, (struct site_contact){.host = address, .reference = "AB-12"});
	site_dns(&here, (struct site_dns){.host = address, .claimed = "192.0.2.200"});
	site_state(&here, (struct site_state){.writer = "dns", .serial = 7, .time_ms = SITE_START});
	site_update(&here);
}

static int
put(void *arg, const struct ush_cell *cells, size_t count)
{
	void **to = arg;
	struct ush_error err = {0};

	ck_assert_uint_eq(count, ush_shared_column_count(*(enum ush_shared_table *)to[1]));
	ck_assert_msg(
	    ush_merged_put(to[0], *(enum ush_shared_table *)to[1], cells, count, &err) == 0, "%s",
	    err.text);
	return 0;
}

/* Brings the rows of one push. */
static void
bring(const struct ush_push *push)
{
	struct ush_merged *merged;
	struct ush_error err = {0};

	ck_assert_int_eq(ush_merged_begin(&merged, there.store, UINT64_MAX / 4, &err), 0);
	for (unsigned i = 0; i < USH_SHARED_TABLES; i++) {
		enum ush_shared_table table = (enum ush_shared_table)i;
		void *to[] = {merged, &table};

		ck_assert_msg(
		    ush_changes_each(here.store, table, push, put, to, &err) == 0, "%s", err.text);
	}
	ck_assert_msg(ush_merged_end(merged, 0, 1, &err) == 0, "%s", err.text);
}

static struct ush_push
take(uint64_t rows)
{
	struct ush_push push;
	struct ush_error err = {0};

	ck_assert_msg(ush_changes_take(here.store, rows, &push, &err) == 0, "%s", err.text);
	return push;
}

static void
done(const struct ush_push *push)
{
	struct ush_error err = {0};

	ck_assert_msg(ush_changes_done(here.store, push, 1, &err) == 0, "%s", err.text);
}

/* Returns the number of pushes. */
static unsigned
bring_all(uint64_t rows)
{
	unsigned count = 0;

	for (;;) {
		struct ush_push push = take(rows);

		if (push.is_empty)
			return count;
		bring(&push);
		done(&push);
		count++;
	}
}

static void
check_same(void)
{
	char *ours = site_conclusions(&here);
	char *theirs = site_conclusions(&there);

	ck_assert_str_ne(ours, "");
	ck_assert_str_eq(ours, theirs);
	free(ours);
	free(theirs);
}

START_TEST(test_another_store_concludes_the_same)
{
	play(1, 20);
	ck_assert_uint_ge(bring_all(5), 3);
	check_same();
	play(1, 40);
	play(2, 3);
	ck_assert_uint_eq(bring_all(100000), 1);
	check_same();
	ck_assert(take(10).is_empty);
}
END_TEST

START_TEST(test_a_push_that_did_not_arrive_is_sent_again)
{
	struct ush_push push;

	play(1, 3);
	push = take(100000);
	ck_assert_uint_gt(push.upto, 0);
	push = take(100000);
	ck_assert(!push.is_empty);
	bring(&push);
	bring(&push); /* twice is once */
	done(&push);
	check_same();
}
END_TEST

START_TEST(test_what_changes_while_a_push_is_under_way_is_in_the_next)
{
	struct ush_push push;

	play(1, 3);
	push = take(100000);
	bring(&push);
	play(1, 4);
	done(&push);
	push = take(100000);
	ck_assert(!push.is_empty);
	bring(&push);
	check_same();
}
END_TEST

START_TEST(test_what_another_process_finished_stays_finished)
{
	struct ush_push first, late;

	play(1, 3);
	first = take(100000);
	done(&first);
	play(2, 3);
	late = first;
	late.upto = UINT32_MAX;
	done(&late);
	ck_assert(!take(100000).is_empty);
}
END_TEST

START_TEST(test_a_new_generation_sends_all_again)
{
	struct ush_push before, after;
	struct ush_error err = {0};

	play(1, 3);
	bring_all(100000);
	before = take(10);
	ck_assert(before.is_empty);
	ck_assert_int_eq(ush_changes_renew(here.store, &err), 0);
	after = take(100000);
	ck_assert_str_ne(before.generation, after.generation);
	ck_assert_uint_eq(after.number, 0);
	ck_assert(!after.is_empty);
	bring_all(100000);
	play(1, 5);
	bring_all(7);
	check_same();
}
END_TEST

START_TEST(test_rebuild_is_a_new_generation)
{
	struct ush_push before, after;
	struct ush_update update;
	struct ush_error err = {0};

	play(1, 3);
	before = take(10);
	ck_assert_int_eq(ush_store_rebuild(here.store, here.settings, false, &update, &err), 0);
	after = take(10);
	ck_assert_str_ne(before.generation, after.generation);
	ck_assert(!after.is_empty);
}
END_TEST

/* Rows of before are not known to be sent once the setting was away. */
START_TEST(test_nothing_is_followed_without_the_setting)
{
	char *push_to = here.settings->store.push_to;
	struct ush_push before, push;

	play(1, 3);
	before = take(100000);
	done(&before);
	here.settings->store.push_to = NULL;
	play(2, 3);
	push = take(10);
	ck_assert_str_eq(push.generation, "");
	here.settings->store.push_to = push_to;
	site_update(&here);
	push = take(100000);
	ck_assert_str_ne(push.generation, before.generation);
	ck_assert(push.is_last);
	bring(&push);
	check_same();
}
END_TEST

/* One machine can neither end the list of another one nor take a place of its moments. */
START_TEST(test_moments_of_several_machines_are_as_one_saw_them)
{
	static const uint8_t times[] = {0, 0, 0, 0, 0, 9, /* the first place of the first part */
	    0, 0, 0, 0, 0, 0,                             /* none */
	    0, 0, 0x13, 0x2f, 0xcd, 0xe0,                 /* the first place of another part */
	    0, 0, 0, 0, 0, 3};
	struct ush_cell cells[] = {
	    {USH_CELL_TEXT, 0, "192.0.2.1", 9},
	    {USH_CELL_TEXT, 0, "emdivi", 6},
	    {.kind = USH_CELL_INTEGER},
	    {.kind = USH_CELL_INTEGER},
	    {.kind = USH_CELL_INTEGER},
	    {.kind = USH_CELL_INTEGER},
	    {USH_CELL_BLOB, 0, (const char *)times, sizeof(times)},
	};
	struct ush_merged *merged;
	struct ush_error err = {0};
	sqlite3_stmt *stmt;

	ck_assert_int_eq(ush_merged_begin(&merged, there.store, UINT64_MAX / 4, &err), 0);
	ck_assert_int_eq(ush_merged_put(merged, USH_SHARED_MOMENT, cells, 7, &err), 0);
	ck_assert_int_eq(ush_merged_end(merged, 0, 1, &err), 0);
	ck_assert_int_eq(
	    ush_store_prepare(there.store, &stmt, "SELECT hex(times) FROM moment", &err), 0);
	ck_assert_int_eq(sqlite3_step(stmt), SQLITE_ROW);
	ck_assert_str_eq(ush_column_text(stmt, 0), "000000000003");
	sqlite3_finalize(stmt);
}
END_TEST

START_TEST(test_a_row_of_what_is_no_address_is_left_out)
{
	static const char *const hosts[] = {
	    "192.0.2.1", "", "192.0.2.01", "2001:DB8::1", "192.0.2.1 ", "none"};
	struct ush_cell cells[] = {{.kind = USH_CELL_TEXT}, {.kind = USH_CELL_INTEGER},
	    {.kind = USH_CELL_TEXT, .text = "AB-12", .len = 5}, {.kind = USH_CELL_INTEGER}};
	struct ush_merged *merged;
	struct ush_error err = {0};
	sqlite3_stmt *stmt;

	ck_assert_int_eq(ush_merged_begin(&merged, there.store, UINT64_MAX / 4, &err), 0);
	for (size_t i = 0; i < sizeof(hosts) / sizeof(hosts[0]); i++) {
		cells[0].text = hosts[i];
		cells[0].len = strlen(hosts[i]);
		ck_assert_int_eq(ush_merged_put(merged, USH_SHARED_SHOWN, cells, 4, &err), 0);
	}
	ck_assert_int_eq(ush_merged_end(merged, 0, 1, &err), 0);
	ck_assert_int_eq(
	    ush_store_prepare(there.store, &stmt, "SELECT group_concat(host) FROM shown", &err), 0);
	ck_assert_int_eq(sqlite3_step(stmt), SQLITE_ROW);
	ck_assert_str_eq(ush_column_text(stmt, 0), "192.0.2.1");
	sqlite3_finalize(stmt);
}
END_TEST

START_TEST(test_a_row_that_lacks_a_value_is_left_out)
{
	struct ush_cell cells[] = {{USH_CELL_TEXT, 0, "192.0.2.1", 9}, {.kind = USH_CELL_INTEGER},
	    {USH_CELL_TEXT, 0, "AB-12", 5}, {.kind = USH_CELL_NULL}};
	struct ush_merged *merged;
	struct ush_error err = {0};
	sqlite3_stmt *stmt;

	ck_assert_int_eq(ush_merged_begin(&merged, there.store, UINT64_MAX / 4, &err), 0);
	ck_assert_int_eq(ush_merged_put(merged, USH_SHARED_SHOWN, cells, 4, &err), 0);
	ck_assert_int_eq(ush_merged_end(merged, 0, 1, &err), 0);
	ck_assert_int_eq(
	    ush_store_prepare(there.store, &stmt, "SELECT count(*) FROM shown", &err), 0);
	ck_assert_int_eq(sqlite3_step(stmt), SQLITE_ROW);
	ck_assert_uint_eq(ush_column_uint(stmt, 0), 0);
	sqlite3_finalize(stmt);
}
END_TEST

START_TEST(test_origins_and_failures_are_kept)
{
	struct ush_origin origin = {.name = "ns1", .id = 3, .push = 7, .time_ms = 1000};
	struct ush_merged *merged;
	struct ush_origins origins;
	struct ush_error err = {0};

	ck_assert_int_eq(ush_merged_begin(&merged, there.store, UINT64_MAX / 4, &err), 0);
	ck_assert_int_eq(ush_merged_forget(merged, &err), 0);
	ck_assert_int_eq(ush_merged_origin(merged, &origin, &err), 0);
	ck_assert_int_eq(ush_merged_end(merged, 0, 2000, &err), 0);
	ck_assert_int_eq(ush_merged_begin(&merged, there.store, UINT64_MAX / 4, &err), 0);
	ck_assert_int_eq(ush_merged_forget(merged, &err), 0);
	ck_assert_int_eq(ush_merged_end(merged, -1, 3000, &err), -1); /* nothing changes */
	ck_assert_int_eq(ush_merged_failed(there.store, "no route", &err), 0);
	ck_assert_int_eq(ush_origins_load(&origins, there.store, &err), 0);
	ck_assert_uint_eq(origins.count, 1);
	ck_assert_str_eq(origins.items[0].name, "ns1");
	ck_assert_uint_eq(origins.items[0].push, 7);
	ck_assert_uint_eq(origins.time_ms, 2000);
	ck_assert_str_eq(origins.failure, "no route");
	ush_origins_fini(&origins);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("store/changes");
	TCase *tcase = tcase_create("changes");

	tcase_add_checked_fixture(tcase, begin, end);
	tcase_add_test(tcase, test_another_store_concludes_the_same);
	tcase_add_test(tcase, test_a_push_that_did_not_arrive_is_sent_again);
	tcase_add_test(tcase, test_what_changes_while_a_push_is_under_way_is_in_the_next);
	tcase_add_test(tcase, test_what_another_process_finished_stays_finished);
	tcase_add_test(tcase, test_a_new_generation_sends_all_again);
	tcase_add_test(tcase, test_rebuild_is_a_new_generation);
	tcase_add_test(tcase, test_nothing_is_followed_without_the_setting);
	tcase_add_test(tcase, test_moments_of_several_machines_are_as_one_saw_them);
	tcase_add_test(tcase, test_a_row_of_what_is_no_address_is_left_out);
	tcase_add_test(tcase, test_a_row_that_lacks_a_value_is_left_out);
	tcase_add_test(tcase, test_origins_and_failures_are_kept);
	suite_add_tcase(suite, tcase);
	return ush_unit_run(suite);
}
