/* SPDX-License-Identifier: BSD-3-Clause */
#include "common/ring.h"

#include <pthread.h>
#include <string.h>
#include "common/eventlog.h"
#include "tests/unit/unit.h"

static struct ush_ring ring;
static char batch[2 * USH_RING_MIN];

static void
set_up(void)
{
	ck_assert_int_eq(ush_ring_init(&ring, 1, 0xabc, 7), 0);
}

static void
tear_down(void)
{
	ush_ring_fini(&ring);
}

static bool
put(const char *line, size_t max)
{
	char *room = ush_ring_reserve(&ring, max);

	if (room == NULL)
		return false;
	memcpy(room, line, strlen(line));
	ush_ring_commit(&ring, strlen(line));
	return true;
}

/* Everything that waits, as a text. */
static const char *
take(void)
{
	size_t waiting;
	size_t len = ush_ring_take(&ring, batch, sizeof(batch) - 1, &waiting);

	batch[len] = '\0';
	return batch;
}

START_TEST(test_lines_in_order)
{
	char id[USH_EVENT_ID_MAX];

	ck_assert_uint_eq(ring.size, USH_RING_MIN);
	ck_assert_str_eq(take(), "");
	ck_assert(put("one\n", 100));
	ck_assert_uint_eq(ush_ring_event_id(&ring, id), 1);
	ck_assert_str_eq(id, "0000000000000abc-7-1");
	ck_assert(put("two\n", USH_EVENT_MAX));
	ck_assert_uint_eq(ush_ring_waiting(&ring), 32);
	ck_assert_str_eq(take(), "one\ntwo\n");
	ck_assert_uint_eq(ush_ring_waiting(&ring), 0);
	ck_assert_str_eq(take(), "");
	ck_assert_uint_eq(ring.high_water, 32);
	ck_assert_uint_eq(ring.lost, 0);
}
END_TEST

START_TEST(test_size_is_rounded_up)
{
	struct ush_ring big;

	ck_assert_int_eq(ush_ring_init(&big, USH_RING_MIN + 1, 0, 1), 0);
	ck_assert_uint_eq(big.size, 2 * USH_RING_MIN);
	ush_ring_fini(&big);
}
END_TEST

START_TEST(test_takes_whole_lines_that_fit)
{
	size_t waiting;

	ck_assert(put("one\n", 4) && put("three\n", 6) && put("x\n", 2));
	ck_assert_uint_eq(ush_ring_take(&ring, batch, 9, &waiting), 4);
	ck_assert_uint_eq(waiting, 16 + 16 + 16);
	ck_assert_uint_eq(ush_ring_take(&ring, batch, 5, &waiting), 0);
	ck_assert_uint_eq(ush_ring_take(&ring, batch, 8, &waiting), 8);
	ck_assert_mem_eq(batch, "three\nx\n", 8);
}
END_TEST

START_TEST(test_what_is_no_line_is_lost)
{
	ck_assert_ptr_null(ush_ring_reserve(&ring, 0));
	ck_assert_ptr_null(ush_ring_reserve(&ring, USH_EVENT_MAX + 1));
	ck_assert_ptr_nonnull(ush_ring_reserve(&ring, 10));
	ush_ring_commit(&ring, 0);
	memcpy(ush_ring_reserve(&ring, 4), "half", 4);
	ush_ring_commit(&ring, 4);
	memcpy(ush_ring_reserve(&ring, 2), "x\n", 2);
	ush_ring_commit(&ring, 3);
	ck_assert_uint_eq(ring.lost, 5);
	ck_assert_uint_eq(ring.sequence, 5);
	ck_assert(put("good\n", 10));
	ck_assert_str_eq(take(), "good\n");
}
END_TEST

/* Lines of every length at every place: none is torn by the end of the ring, and however the ring
 * stands, once empty it takes the longest line. */
START_TEST(test_no_line_is_torn_by_the_end_of_the_ring)
{
	static char line[USH_EVENT_MAX];
	size_t waiting;

	for (size_t i = 0; i < 4000; i++) {
		size_t len = 1 + i * 7919 % USH_EVENT_MAX;
		char *room = ush_ring_reserve(&ring, USH_EVENT_MAX);

		ck_assert_ptr_nonnull(room);
		ck_assert(room >= ring.bytes && room + USH_EVENT_MAX <= ring.bytes + ring.size);
		memset(line, 'a' + (int)(i % 26), len);
		line[len - 1] = '\n';
		memcpy(room, line, len);
		ush_ring_commit(&ring, len);
		ck_assert_uint_eq(ush_ring_take(&ring, batch, sizeof(batch), &waiting), len);
		ck_assert(memcmp(batch, line, len) == 0);
	}
	ck_assert_uint_eq(ring.lost, 0);
}
END_TEST

START_TEST(test_full_ring_loses_and_counts)
{
	unsigned stored = 0;

	while (put("0123456\n", 8))
		stored++;
	ck_assert_uint_eq(stored, USH_RING_MIN / 16);
	ck_assert(!put("x\n", 2));
	ck_assert_uint_eq(ring.lost, 2);
	ck_assert_uint_eq(ring.sequence, stored + 2);
	ck_assert_uint_eq(ush_ring_discard(&ring), stored);
	ck_assert(put("again\n", 6));
	ck_assert_str_eq(take(), "again\n");
}
END_TEST

/* What is skipped at the end counts as used: one octet more would run into what still waits. */
START_TEST(test_skipped_end_is_not_free)
{
	static char line[50000];
	size_t waiting;

	memset(line, 'x', sizeof(line));
	line[sizeof(line) - 2] = '\n';
	line[sizeof(line) - 1] = '\0';
	for (unsigned i = 0; i < 5; i++)
		ck_assert(put(line, sizeof(line)));
	ck_assert_uint_eq(ush_ring_take(&ring, batch, sizeof(line), &waiting), sizeof(line) - 1);
	ck_assert_ptr_null(ush_ring_reserve(&ring, sizeof(line) + 8));
	ck_assert(put(line, sizeof(line)));
	ck_assert_uint_eq(ush_ring_waiting(&ring), ring.size);
	ck_assert_uint_eq(strlen(take()), 5 * (sizeof(line) - 1));
}
END_TEST

#define EVENTS 200000

static void *
produce(void *arg)
{
	unsigned *stored = arg;

	for (unsigned i = 0; i < EVENTS; i++) {
		char *room = ush_ring_reserve(&ring, 700);
		char id[USH_EVENT_ID_MAX];
		unsigned number = (unsigned)ush_ring_event_id(&ring, id);
		int len;

		if (room == NULL)
			continue;
		len = snprintf(room, 700, "%u %*u\n", number, (int)(number % 600 + 1), number);
		ush_ring_commit(&ring, (size_t)len);
		++*stored;
	}
	return NULL;
}

/* A line says its number twice, so a torn one shows. */
static unsigned
check_lines(const char *text, unsigned *last)
{
	unsigned count = 0;

	while (*text != '\0') {
		unsigned first, second;

		ck_assert_int_eq(sscanf(text, "%u %u\n", &first, &second), 2);
		ck_assert_uint_eq(first, second);
		ck_assert_uint_gt(first, *last);
		*last = first;
		text = strchr(text, '\n') + 1;
		count++;
	}
	return count;
}

START_TEST(test_two_threads_lose_no_line_uncounted)
{
	unsigned stored = 0, taken = 0, last = 0;
	pthread_t producer;

	ck_assert_int_eq(pthread_create(&producer, NULL, produce, &stored), 0);
	while (pthread_tryjoin_np(producer, NULL) != 0)
		taken += check_lines(take(), &last);
	taken += check_lines(take(), &last);
	ck_assert_uint_eq(taken, stored);
	ck_assert_uint_eq(ring.lost, EVENTS - stored);
	ck_assert_uint_gt(taken, 0);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("common/ring");
	TCase *tcase = tcase_create("ring");

	tcase_set_timeout(tcase, 60);
	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_test(tcase, test_lines_in_order);
	tcase_add_test(tcase, test_size_is_rounded_up);
	tcase_add_test(tcase, test_takes_whole_lines_that_fit);
	tcase_add_test(tcase, test_what_is_no_line_is_lost);
	tcase_add_test(tcase, test_no_line_is_torn_by_the_end_of_the_ring);
	tcase_add_test(tcase, test_full_ring_loses_and_counts);
	tcase_add_test(tcase, test_skipped_end_is_not_free);
	tcase_add_test(tcase, test_two_threads_lose_no_line_uncounted);
	suite_add_tcase(suite, tcase);
	return ush_unit_run(suite);
}
