/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "common/loaded.h"
#include "module/swap.h"

#define TICK_MS (1000 / USH_LOOKS_PER_SECOND)
/* How long init waits for the first look, and how long the end for a thread that reads a file. A
 * resolver that does not answer meanwhile is worse than one that does not filter. */
#define OPEN_PATIENCE_MS 5000
#define STOP_PATIENCE_MS 3000

/* A moment from now, for waiting on the watcher's condition. */
static struct timespec
after_ms(long ms)
{
	struct timespec time;

	(void)clock_gettime(CLOCK_MONOTONIC, &time);
	time.tv_sec += ms / 1000;
	time.tv_nsec += ms % 1000 * 1000000L;
	time.tv_sec += time.tv_nsec / 1000000000L;
	time.tv_nsec %= 1000000000L;
	return time;
}

/* Until the next look, or the end. */
static void
rest(struct ush_watcher *watcher)
{
	struct timespec until = after_ms(TICK_MS);

	(void)pthread_mutex_lock(&watcher->lock);
	if (!watcher->has_looked) {
		watcher->has_looked = true;
		(void)pthread_cond_broadcast(&watcher->wake);
	}
	if (!atomic_load(&watcher->stop))
		(void)pthread_cond_timedwait(&watcher->wake, &watcher->lock, &until);
	(void)pthread_mutex_unlock(&watcher->lock);
}

static void
let_go(struct ush_watcher *watcher)
{
	bool is_last;

	(void)pthread_mutex_lock(&watcher->lock);
	is_last = --watcher->holders == 0;
	(void)pthread_mutex_unlock(&watcher->lock);
	if (!is_last)
		return;
	(void)pthread_cond_destroy(&watcher->wake);
	(void)pthread_mutex_destroy(&watcher->lock);
	ush_status_fini(&watcher->status);
	free(watcher->database_path);
	free(watcher->path);
	free(watcher);
}

static void *
run(void *arg)
{
	struct ush_watcher *watcher = arg;

	while (!atomic_load(&watcher->stop) && ush_watcher_look(watcher)) {
		rest(watcher);
		if (!atomic_load(&watcher->stop))
			watcher->options.host.tick(watcher->options.host.arg, &watcher->stop);
	}
	(void)pthread_mutex_lock(&watcher->lock);
	watcher->has_ended = true;
	(void)pthread_cond_broadcast(&watcher->wake);
	(void)pthread_mutex_unlock(&watcher->lock);
	let_go(watcher);
	return NULL;
}

static struct ush_watcher *
new_watcher(const struct ush_watcher_options *options)
{
	struct ush_watcher *watcher = calloc(1, sizeof(*watcher));
	pthread_condattr_t attr;

	if (!watcher)
		return NULL;
	watcher->options = *options;
	watcher->holders = 1;
	ush_watched_init(&watcher->settings_file, USH_LOOKS_PER_SECOND);
	(void)pthread_mutex_init(&watcher->lock, NULL);
	ush_status_init(&watcher->status);
	(void)pthread_condattr_init(&attr);
	(void)pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	(void)pthread_cond_init(&watcher->wake, &attr);
	(void)pthread_condattr_destroy(&attr);
	watcher->path = strdup(options->settings_path);
	if (!watcher->path) {
		let_go(watcher);
		return NULL;
	}
	return watcher;
}

static int
start_thread(struct ush_watcher *watcher, struct ush_error *err)
{
	sigset_t all, before;
	int rc;

	watcher->holders++;
	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &before);
	rc = pthread_create(&watcher->thread, NULL, run, watcher);
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (rc == 0)
		return 0;
	watcher->holders--;
	errno = rc;
	return ush_fail_errno(err, NULL, "no thread to watch the files");
}

static bool
await_first_look(struct ush_watcher *watcher)
{
	struct timespec until = after_ms(OPEN_PATIENCE_MS);
	bool has_looked;
	int rc = 0;

	(void)pthread_mutex_lock(&watcher->lock);
	while (!watcher->has_looked && rc == 0)
		rc = pthread_cond_timedwait(&watcher->wake, &watcher->lock, &until);
	has_looked = watcher->has_looked;
	(void)pthread_mutex_unlock(&watcher->lock);
	return has_looked;
}

int
ush_watcher_open(
    struct ush_watcher **out, const struct ush_watcher_options *options, struct ush_error *err)
{
	struct ush_watcher *watcher = new_watcher(options);

	if (!watcher)
		return ush_fail(err, NULL, 0, "out of memory");
	if (start_thread(watcher, err) != 0) {
		let_go(watcher);
		return -1;
	}
	if (!await_first_look(watcher))
		ush_watcher_note(watcher, USH_NOTICE_WARNING,
		    "settings or list have not been read within %d s: nothing is sinkholed until they "
		    "are (does the file system of %s answer?)",
		    OPEN_PATIENCE_MS / 1000, options->settings_path);
	*out = watcher;
	return 0;
}

void
ush_watcher_wake(struct ush_watcher *watcher)
{
	(void)pthread_cond_broadcast(&watcher->wake);
}

/* Until the thread has ended, or has been reading all the time. The caller holds the lock. */
static void
wait_for_end(struct ush_watcher *watcher)
{
	struct timespec until = after_ms(STOP_PATIENCE_MS);
	int rc = 0;

	while (!watcher->has_ended && !(rc == ETIMEDOUT && watcher->is_reading)) {
		if (rc == ETIMEDOUT)
			until = after_ms(TICK_MS);
		rc = pthread_cond_timedwait(&watcher->wake, &watcher->lock, &until);
	}
}

void
ush_watcher_stop(struct ush_watcher *watcher)
{
	bool has_ended;

	if (!watcher || atomic_load(&watcher->stop))
		return;
	(void)pthread_mutex_lock(&watcher->lock);
	atomic_store(&watcher->stop, true);
	(void)pthread_cond_broadcast(&watcher->wake);
	wait_for_end(watcher);
	has_ended = watcher->has_ended;
	watcher->is_abandoned = !has_ended;
	(void)pthread_mutex_unlock(&watcher->lock);
	if (has_ended) {
		(void)pthread_join(watcher->thread, NULL);
		return;
	}
	ush_stay_loaded();
	(void)pthread_detach(watcher->thread);
	ush_watcher_note(watcher, USH_NOTICE_WARNING,
	    "the file system of the settings or the list does not answer: the thread that reads "
	    "them is left behind");
}

void
ush_watcher_close(struct ush_watcher *watcher)
{
	if (!watcher)
		return;
	ush_watcher_stop(watcher);
	ush_generation_free(
	    (struct ush_generation *)(uintptr_t)ush_lists_publish(watcher->options.lists, NULL));
	ush_generation_free(
	    (struct ush_generation *)(uintptr_t)ush_lists_commit(watcher->options.lists));
	ush_shared_list_release(watcher->list);
	ush_shared_log_release(watcher->log);
	ush_shared_settings_release(watcher->settings_now);
	let_go(watcher);
}

size_t
ush_watcher_memory(struct ush_watcher *watcher)
{
	return sizeof(*watcher) + ush_status_memory(&watcher->status);
}
