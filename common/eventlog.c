/* SPDX-License-Identifier: BSD-3-Clause */
/* How a log begins and ends, and its writer thread with it. */
#include "common/eventlog_writer.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include "common/loaded.h"

#define RINGS_MAX 4096
#define RING_BYTES_MAX ((size_t)1 << 30)
/* Between two tries of a batch that the disk refuses, when close() waits. */
#define SLEEP_STOPPING_MS 10
/* For the last write, after the time that close() was given. */
#define GRACE_MS 1000

/* Sleep, but not through close(). Returns whether it was called. */
static bool
rest(struct ush_eventlog *log, unsigned ms, uint64_t *deadline_ms)
{
	struct timespec until;
	bool stopping;
	int rc = 0;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_nsec += (long)ms * 1000000;
	until.tv_sec += until.tv_nsec / 1000000000;
	until.tv_nsec %= 1000000000;
	pthread_mutex_lock(&log->lock);
	while (!log->stopping && ms > 0 && rc == 0)
		rc = pthread_cond_timedwait(&log->wake, &log->lock, &until);
	stopping = log->stopping;
	*deadline_ms = log->deadline_ms;
	pthread_mutex_unlock(&log->lock);
	return stopping;
}

static void free_log(struct ush_eventlog *log);

static bool
is_abandoned(struct ush_eventlog *log)
{
	bool abandoned;

	pthread_mutex_lock(&log->lock);
	abandoned = log->abandoned;
	pthread_mutex_unlock(&log->lock);
	return abandoned;
}

/* Closing the file is left to this thread too: it can hang like any other call. */
static void
end_thread(struct ush_eventlog *log)
{
	bool abandoned;

	ush_logfile_fini(&log->file);
	pthread_mutex_lock(&log->lock);
	log->ended = true;
	abandoned = log->abandoned;
	pthread_cond_signal(&log->wake);
	pthread_mutex_unlock(&log->lock);
	if (abandoned)
		free_log(log);
}

static void
write_all_the_time(struct ush_eventlog *log)
{
	static const struct timespec pause = {.tv_nsec = SLEEP_STOPPING_MS * 1000000};
	uint64_t deadline_ms = 0;
	bool stopping = false;

	log->due = USH_STATE_START;
	while (!stopping || (!ush_eventlog_is_drained(log) && ush_monotonic_ms() < deadline_ms)) {
		unsigned sleep_ms = ush_eventlog_turn(log);

		if (stopping && sleep_ms == USH_WRITER_FAILING_MS)
			nanosleep(&pause, NULL);
		stopping = rest(log, sleep_ms, &deadline_ms);
	}
	if (!is_abandoned(log))
		ush_eventlog_finish(log);
}

static void *
run_writer(void *arg)
{
	write_all_the_time(arg);
	end_thread(arg);
	return NULL;
}

static int
start_thread(struct ush_eventlog *log)
{
	sigset_t all;
	sigset_t before;
	int rc;

	/* Signals are the host program's business: its threads get them, never ours. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	rc = pthread_create(&log->thread, NULL, run_writer, log);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (rc == 0)
		pthread_setname_np(log->thread, "ush-eventlog");
	return rc;
}

static void
free_log(struct ush_eventlog *log)
{
	if (log == NULL)
		return;
	for (unsigned i = 0; log->rings != NULL && i < log->options.rings; i++)
		ush_ring_fini(&log->rings[i]);
	free(log->rings);
	free(log->batch);
	ush_logfile_fini(&log->file);
	pthread_cond_destroy(&log->wake);
	pthread_mutex_destroy(&log->lock);
	free((char *)log->options.path);
	free((char *)log->options.writer);
	free((char *)log->options.observer);
	free(log);
}

static int
init_rings(struct ush_eventlog *log)
{
	unsigned count = log->options.rings;

	/* Ids must differ between starts; they need not be unpredictable. */
	if (getrandom(&log->random, sizeof(log->random), GRND_NONBLOCK) != sizeof(log->random))
		log->random = ush_time_now_ms() << 20 ^ ush_monotonic_ms();
	log->rings = aligned_alloc(alignof(struct ush_ring), count * sizeof(*log->rings));
	if (log->rings == NULL)
		return -1;
	memset(log->rings, 0, count * sizeof(*log->rings));
	for (unsigned i = 0; i < count; i++) {
		if (ush_ring_init(&log->rings[i], log->options.ring_bytes, log->random, i + 1) != 0)
			return -1;
	}
	return 0;
}

/* What can fail without leaving anything to clean up but memory. */
static int
init_log(struct ush_eventlog *log, const struct ush_eventlog_options *options)
{
	log->options = *options;
	atomic_init(&log->disk_free, UINT64_MAX);
	if (log->options.ring_bytes == 0)
		log->options.ring_bytes = 1u << 20;
	if (log->options.state_interval_s == 0)
		log->options.state_interval_s = 3600;
	if (log->options.heartbeat_s == 0)
		log->options.heartbeat_s = USH_HEARTBEAT_S;
	log->options.path = strdup(options->path);
	log->options.writer = strdup(options->writer);
	log->options.observer = options->observer != NULL ? strdup(options->observer) : NULL;
	log->batch = malloc(USH_BATCH_BYTES);
	if (ush_logfile_init(&log->file, options->path) != 0 || log->options.path == NULL ||
	    log->options.writer == NULL ||
	    (options->observer != NULL && log->options.observer == NULL) || log->batch == NULL)
		return -1;
	return init_rings(log);
}

static void
init_locks(struct ush_eventlog *log)
{
	pthread_condattr_t monotonic;

	pthread_mutex_init(&log->lock, NULL);
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&log->wake, &monotonic);
	pthread_condattr_destroy(&monotonic);
}

int
ush_eventlog_open(
    struct ush_eventlog **out, const struct ush_eventlog_options *options, struct ush_error *err)
{
	struct ush_eventlog *log;
	int rc;

	*out = NULL;
	if (options->rings == 0 || options->rings > RINGS_MAX ||
	    options->ring_bytes > RING_BYTES_MAX)
		return ush_fail(err, options->path, 0, "rings or ring_bytes out of range");
	log = calloc(1, sizeof(*log));
	if (log == NULL)
		return ush_fail(err, options->path, 0, "out of memory");
	init_locks(log);
	if (init_log(log, options) != 0) {
		free_log(log);
		return ush_fail(err, options->path, 0, "out of memory");
	}
	rc = start_thread(log);
	if (rc != 0) {
		free_log(log);
		errno = rc;
		return ush_fail_errno(err, options->path, "cannot start the writer thread");
	}
	*out = log;
	return 0;
}

int
ush_eventlog_check(const char *path, struct ush_error *err)
{
	struct ush_logfile file;
	int rc;

	if (ush_logfile_init(&file, path) != 0)
		return ush_fail(err, path, 0, "out of memory");
	rc = ush_logfile_follow(&file, err);
	ush_logfile_fini(&file);
	return rc;
}

struct ush_ring *
ush_eventlog_claim(struct ush_eventlog *log)
{
	unsigned mine;

	/* The first look keeps a caller that asks for ever from wrapping the count. */
	if (atomic_load_explicit(&log->claimed, memory_order_relaxed) >= log->options.rings)
		return NULL;
	mine = atomic_fetch_add_explicit(&log->claimed, 1, memory_order_relaxed);
	return mine < log->options.rings ? &log->rings[mine] : NULL;
}

void
ush_eventlog_changed(struct ush_eventlog *log)
{
	atomic_store(&log->changed, true);
}

bool
ush_eventlog_disk_is_low(uint64_t disk_free)
{
	return disk_free < USH_DISK_LOW;
}

void
ush_eventlog_stats(struct ush_eventlog *log, struct ush_eventlog_stats *out)
{
	*out = (struct ush_eventlog_stats){
	    .written = atomic_load_explicit(&log->written, memory_order_relaxed),
	    .lost = ush_eventlog_lost(log),
	    .disk_free = atomic_load_explicit(&log->disk_free, memory_order_relaxed),
	    .bytes = atomic_load_explicit(&log->bytes, memory_order_relaxed),
	    .ring_high_water = ush_eventlog_high_water(log),
	    .failing = atomic_load_explicit(&log->failing, memory_order_relaxed),
	};
}

/* Until the thread has ended, or is overdue. The caller holds the lock. */
static void
wait_for_end(struct ush_eventlog *log)
{
	uint64_t end_ms = log->deadline_ms + GRACE_MS;
	struct timespec end = {
	    .tv_sec = (time_t)(end_ms / 1000),
	    .tv_nsec = (long)(end_ms % 1000) * 1000000,
	};
	int rc = 0;

	while (!log->ended && rc == 0)
		rc = pthread_cond_timedwait(&log->wake, &log->lock, &end);
}

static void
leave_behind(struct ush_eventlog *log)
{
	char text[sizeof(((struct ush_error *)NULL)->file) + 160];

	snprintf(text, sizeof(text),
	    "%.255s: its file system does not answer: the thread that writes it is left behind, "
	    "and the events that waited for it are lost",
	    log->options.path);
	if (log->options.note != NULL)
		log->options.note(log->options.arg, text);
	ush_stay_loaded();
	log->abandoned = true;
}

void
ush_eventlog_close(struct ush_eventlog *log, unsigned timeout_ms)
{
	bool ended;

	if (log == NULL)
		return;
	pthread_mutex_lock(&log->lock);
	log->deadline_ms = ush_monotonic_ms() + timeout_ms;
	log->stopping = true;
	pthread_cond_signal(&log->wake);
	wait_for_end(log);
	ended = log->ended;
	if (!ended) {
		leave_behind(log);
		pthread_detach(log->thread);
	}
	pthread_mutex_unlock(&log->lock);
	if (!ended)
		return;
	pthread_join(log->thread, NULL);
	free_log(log);
}
