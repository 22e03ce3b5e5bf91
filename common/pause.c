/* SPDX-License-Identifier: BSD-3-Clause */
#include "common/pause.h"

#include <errno.h>
#include <signal.h>
#include <time.h>

void
ush_pause_init(struct ush_pause *pause)
{
	pthread_condattr_t clock;

	pthread_mutex_init(&pause->lock, NULL);
	pthread_condattr_init(&clock);
	pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
	pthread_cond_init(&pause->woken, &clock);
	pthread_condattr_destroy(&clock);
	atomic_init(&pause->is_over, false);
}

void
ush_pause_fini(struct ush_pause *pause)
{
	pthread_cond_destroy(&pause->woken);
	pthread_mutex_destroy(&pause->lock);
}

bool
ush_pause_wait(struct ush_pause *pause, unsigned seconds)
{
	struct timespec until;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += seconds;
	pthread_mutex_lock(&pause->lock);
	while (!atomic_load(&pause->is_over) &&
	       pthread_cond_timedwait(&pause->woken, &pause->lock, &until) != ETIMEDOUT)
		;
	pthread_mutex_unlock(&pause->lock);
	return !atomic_load(&pause->is_over);
}

void
ush_pause_end(struct ush_pause *pause)
{
	pthread_mutex_lock(&pause->lock);
	atomic_store(&pause->is_over, true);
	pthread_cond_broadcast(&pause->woken);
	pthread_mutex_unlock(&pause->lock);
}

int
ush_thread_start(pthread_t *out, void *(*run)(void *), void *arg)
{
	sigset_t all;
	sigset_t before;
	int rc;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	rc = pthread_create(out, NULL, run, arg);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return rc;
}
