/* SPDX-License-Identifier: BSD-3-Clause */
#include "common/pause.h"

#include <signal.h>
#include <unistd.h>
#include "tests/unit/unit.h"

static struct ush_pause pause_of_all;
static bool has_blocked_signals[2];

static void
setup(void)
{
	ush_pause_init(&pause_of_all);
}

static void
teardown(void)
{
	ush_pause_fini(&pause_of_all);
}

/* Waits much longer than the test may take. */
static void *
wait_long(void *arg)
{
	sigset_t blocked;

	pthread_sigmask(SIG_SETMASK, NULL, &blocked);
	*(bool *)arg = sigismember(&blocked, SIGTERM) && sigismember(&blocked, SIGHUP);
	return ush_pause_wait(&pause_of_all, 3600) ? arg : NULL;
}

START_TEST(test_it_goes_on_after_the_time)
{
	ck_assert(ush_pause_wait(&pause_of_all, 1));
	ck_assert(!atomic_load(&pause_of_all.is_over));
}
END_TEST

START_TEST(test_all_that_wait_are_woken_to_stop)
{
	pthread_t threads[2];
	sigset_t blocked;

	for (size_t i = 0; i < 2; i++)
		ck_assert_int_eq(
		    ush_thread_start(&threads[i], wait_long, &has_blocked_signals[i]), 0);
	pthread_sigmask(SIG_SETMASK, NULL, &blocked);
	ck_assert(!sigismember(&blocked, SIGTERM));
	usleep(300 * 1000); /* so that both wait, most likely */
	ush_pause_end(&pause_of_all);
	for (size_t i = 0; i < 2; i++) {
		void *goes_on;

		ck_assert_int_eq(pthread_join(threads[i], &goes_on), 0);
		ck_assert_ptr_null(goes_on);
		ck_assert(has_blocked_signals[i]);
	}
}
END_TEST

START_TEST(test_nobody_waits_once_it_is_over)
{
	ush_pause_end(&pause_of_all);
	ck_assert(!ush_pause_wait(&pause_of_all, 3600));
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("common/pause");
	TCase *tc = tcase_create("pause");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, test_it_goes_on_after_the_time);
	tcase_add_test(tc, test_all_that_wait_are_woken_to_stop);
	tcase_add_test(tc, test_nobody_waits_once_it_is_over);
	suite_add_tcase(suite, tc);
	return ush_unit_run(suite);
}
