/* SPDX-License-Identifier: BSD-3-Clause */
#include "module/lists.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <unistd.h>
#include "tests/unit/unit.h"

#define READERS 4
#define SWAPS 400

/* Stands for a generation: readers check that it was not freed under them. */
struct ush_generation {
	unsigned number;
	unsigned check;
};

static struct ush_lists lists;
static _Atomic bool stop;
static _Atomic unsigned bad;
static _Atomic uint64_t looks;

static struct ush_generation *
new_generation(unsigned number)
{
	struct ush_generation *generation = malloc(sizeof(*generation));

	ck_assert_ptr_nonnull(generation);
	*generation = (struct ush_generation){number, ~number};
	return generation;
}

static void
free_generation(const struct ush_generation *generation)
{
	struct ush_generation *mine = (struct ush_generation *)(uintptr_t)generation;

	if (mine)
		mine->check = mine->number; /* what a late reader would see */
	free(mine);
}

static bool
is_good(const struct ush_generation *generation)
{
	return !generation || generation->check == ~generation->number;
}

static void *
read_all_the_time(void *arg)
{
	struct ush_reader *reader = ush_lists_claim(&lists);
	unsigned last = 0;

	(void)arg;
	while (!atomic_load(&stop)) {
		struct ush_view view;

		ush_lists_enter(&lists, reader, &view);
		/* There is always one in force, numbers never go back, and what is pending is
		 * newer. */
		if (!view.current || !is_good(view.current) || !is_good(view.pending) ||
		    view.current->number < last ||
		    (view.pending && view.pending->number <= view.current->number))
			atomic_fetch_add(&bad, 1);
		else
			last = view.current->number;
		ush_lists_leave(reader);
		atomic_fetch_add(&looks, 1);
	}
	return NULL;
}

static void
teardown(void)
{
	ush_lists_fini(&lists);
}

START_TEST(test_readers_and_swaps)
{
	pthread_t threads[READERS];

	ck_assert_int_eq(ush_lists_init(&lists, READERS), 0);
	ck_assert_ptr_null(ush_lists_publish(&lists, new_generation(1)));
	ck_assert_ptr_null(ush_lists_commit(&lists));
	for (size_t i = 0; i < READERS; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, read_all_the_time, NULL), 0);
	while (atomic_load(&looks) < 1000)
		sched_yield();
	for (unsigned n = 2; n <= SWAPS; n++) {
		ck_assert_ptr_null(ush_lists_publish(&lists, new_generation(n)));
		free_generation(ush_lists_commit(&lists));
	}
	atomic_store(&stop, true);
	for (size_t i = 0; i < READERS; i++)
		(void)pthread_join(threads[i], NULL);
	ck_assert_uint_eq(atomic_load(&bad), 0);
	ck_assert_uint_eq(ush_lists_current(&lists)->number, SWAPS);
	free_generation(ush_lists_current(&lists));
}
END_TEST

START_TEST(test_publish_replaces_what_is_pending)
{
	struct ush_generation one = {1, ~1u}, two = {2, ~2u};
	struct ush_reader *reader;
	struct ush_view view;

	ck_assert_int_eq(ush_lists_init(&lists, READERS), 0);
	reader = ush_lists_claim(&lists);
	ush_lists_enter(&lists, reader, &view);
	ck_assert_ptr_null(view.current);
	ck_assert_ptr_null(view.pending);
	ush_lists_leave(reader);
	ck_assert_ptr_null(ush_lists_publish(&lists, &one));
	ck_assert_ptr_eq(ush_lists_publish(&lists, &two), &one);
	ush_lists_enter(&lists, reader, &view);
	ck_assert_ptr_null(view.current);
	ck_assert_ptr_eq(view.pending, &two);
	ush_lists_leave(reader);
	ck_assert_ptr_null(ush_lists_commit(&lists));
	ush_lists_enter(&lists, reader, &view);
	ck_assert_ptr_eq(view.current, &two);
	ck_assert_ptr_null(view.pending);
	ush_lists_leave(reader);
}
END_TEST

static void *
enter_and_stay(void *arg)
{
	struct ush_reader *reader = arg;
	struct ush_view view;

	ush_lists_enter(&lists, reader, &view);
	atomic_store(&looks, 1);
	while (!atomic_load(&stop))
		sched_yield();
	ush_lists_leave(reader);
	return NULL;
}

static void *
stop_later(void *arg)
{
	(void)arg;
	(void)usleep(50000);
	atomic_store(&stop, true);
	return NULL;
}

/* The writer waits for readers inside; one that has left or never entered does not hold it up. */
START_TEST(test_writer_waits_for_readers_inside)
{
	struct ush_generation one = {1, ~1u};
	pthread_t reader, stopper;

	ck_assert_int_eq(ush_lists_init(&lists, READERS), 0);
	atomic_store(&stop, false);
	atomic_store(&looks, 0);
	ck_assert_ptr_nonnull(ush_lists_claim(&lists));
	ck_assert_int_eq(pthread_create(&reader, NULL, enter_and_stay, ush_lists_claim(&lists)), 0);
	while (!atomic_load(&looks))
		sched_yield();
	ck_assert_int_eq(pthread_create(&stopper, NULL, stop_later, NULL), 0);
	ck_assert_ptr_null(ush_lists_publish(&lists, &one));
	ck_assert(atomic_load(&stop));
	(void)pthread_join(reader, NULL);
	(void)pthread_join(stopper, NULL);
}
END_TEST

START_TEST(test_readers_run_out)
{
	ck_assert_int_eq(ush_lists_init(&lists, 3), 0);
	for (unsigned i = 0; i < 3; i++)
		ck_assert_ptr_nonnull(ush_lists_claim(&lists));
	ck_assert_ptr_null(ush_lists_claim(&lists));
	ck_assert_ptr_null(ush_lists_claim(&lists));
	ck_assert_ptr_null(ush_lists_publish(&lists, NULL));
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("module/lists");
	TCase *tc = tcase_create("lists");

	tcase_set_timeout(tc, 60);
	tcase_add_checked_fixture(tc, NULL, teardown);
	tcase_add_test(tc, test_readers_and_swaps);
	tcase_add_test(tc, test_publish_replaces_what_is_pending);
	tcase_add_test(tc, test_writer_waits_for_readers_inside);
	tcase_add_test(tc, test_readers_run_out);
	suite_add_tcase(suite, tc);
	return ush_unit_run(suite);
}
