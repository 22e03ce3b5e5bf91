/* SPDX-License-Identifier: BSD-3-Clause */
/* The writer thread. It copies lines out of the rings into one batch, so that the rings have room
 * again at once and a batch that the disk refuses can be tried again as it is. */
#include "common/eventlog.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include "common/loaded.h"
#include "common/logfile.h"
#include "common/ring.h"
#include "common/sensor.h"
#include "common/version.h"

#define RINGS_MAX 4096
#define RING_BYTES_MAX ((size_t)1 << 30)
#define BATCH_BYTES (256u << 10)

/* How long the writer sleeps: producers never wake it. A ring of 1 MiB holds what 100 MB/s bring in
 * the longest sleep. */
#define SLEEP_IDLE_MS 10
#define SLEEP_BUSY_MS 1
#define SLEEP_FAILING_MS 200
#define SLEEP_STOPPING_MS 10
#define TICK_MS 1000
/* For the last write, after the time that close() was given. */
#define GRACE_MS 1000
#define LOSS_NOTE_MS 60000
/* Between state lines because of figures: one is about as long as one event. */
#define FIGURES_MS 10000
/* Less free disk space than this is reported: some hours of a flood, or days. */
#define DISK_LOW (256ull << 20)

enum reason {
	REASON_NONE,
	REASON_START,
	REASON_HOURLY,
	REASON_RECOVERED,
	REASON_CHANGED,
	REASON_COUNTED,
	REASON_HEARTBEAT, /* a short line: only that the writer is there */
	REASON_STOP
};

static const char *const reason_words[] = {
    "", "start", "hourly", "recovered", "changed", "counted", "heartbeat", "stop"};

struct ush_eventlog {
	struct ush_eventlog_options options; /* strings are copies */
	struct ush_ring *rings;              /* options.rings of them */
	_Atomic unsigned claimed;
	_Atomic bool changed; /* the caller's part of the state has news */

	/* Written by the writer thread, read by all. */
	_Atomic uint64_t written;
	_Atomic uint64_t bytes;
	_Atomic uint64_t dropped; /* lost behind the rings: at the end only */
	_Atomic bool failing;
	_Atomic uint64_t disk_free; /* bytes; UINT64_MAX: not known */

	/* The writer thread's alone. */
	struct ush_logfile file;
	char *batch;
	size_t batch_len;
	size_t batch_done;
	bool batch_is_state;
	unsigned next_ring;  /* where the next gathering starts, for fairness */
	bool follow_failing; /* the new file after a rotation cannot be opened */
	enum reason due;     /* the state line to write next */
	uint64_t random;     /* of this start, for ids */
	uint64_t state_sequence;
	uint64_t reported_lost;
	uint64_t reported_figures; /* what options.moved gave */
	uint64_t last_tick_ms;
	uint64_t last_state_ms;
	uint64_t last_line_ms; /* of the log's own: a state line or a heartbeat */
	uint64_t last_loss_note_ms;

	/* How close() talks to it. */
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	bool stopping;        /* under lock */
	uint64_t deadline_ms; /* under lock, set before stopping */
	bool ended;           /* under lock: the thread does nothing more */
	/* Under lock: close() waits no longer for a thread that hangs in the file system. It calls
	 * no callback any more, and frees the log when it comes back. */
	bool abandoned;
};

static uint64_t
monotonic_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

/* Callbacks are called under the lock: once close() has given up there is no one to call. */
static void
note(struct ush_eventlog *log, const char *text)
{
	pthread_mutex_lock(&log->lock);
	if (log->options.note != NULL && !log->abandoned)
		log->options.note(log->options.arg, text);
	pthread_mutex_unlock(&log->lock);
}

static void
note_error(struct ush_eventlog *log, const struct ush_error *err)
{
	char text[sizeof(err->file) + sizeof(err->text) + 16];

	note(log, ush_error_format(err, text, sizeof(text)));
}

static uint64_t
lost_events(struct ush_eventlog *log)
{
	uint64_t lost = atomic_load_explicit(&log->dropped, memory_order_relaxed);

	for (unsigned i = 0; i < log->options.rings; i++)
		lost += atomic_load_explicit(&log->rings[i].lost, memory_order_relaxed);
	return lost;
}

static uint64_t
high_water(struct ush_eventlog *log)
{
	uint64_t most = 0;

	for (unsigned i = 0; i < log->options.rings; i++) {
		uint64_t mark =
		    atomic_load_explicit(&log->rings[i].high_water, memory_order_relaxed);

		most = mark > most ? mark : most;
	}
	return most;
}

static uint64_t
figures(struct ush_eventlog *log)
{
	uint64_t value = 0;

	pthread_mutex_lock(&log->lock);
	if (log->options.moved != NULL && !log->abandoned)
		value = log->options.moved(log->options.arg);
	pthread_mutex_unlock(&log->lock);
	return value;
}

static bool
is_alive(struct ush_eventlog *log)
{
	bool alive = true;

	pthread_mutex_lock(&log->lock);
	if (log->options.alive != NULL && !log->abandoned)
		alive = log->options.alive(log->options.arg);
	pthread_mutex_unlock(&log->lock);
	return alive;
}

/* What a heartbeat leaves out. */
static void
describe(struct ush_eventlog *log, struct ush_json *json, bool with_callers_fields)
{
	uint64_t disk_free = atomic_load_explicit(&log->disk_free, memory_order_relaxed);

	ush_json_string(json, "version", USH_VERSION);
	ush_sensor_describe(json, log->options.own_filters);
	ush_json_uint(json, "written", atomic_load_explicit(&log->written, memory_order_relaxed));
	ush_json_uint(json, "lost", log->reported_lost);
	ush_json_uint(json, "ring_high_water", high_water(log));
	if (disk_free != UINT64_MAX)
		ush_json_uint(json, "disk_free", disk_free);
	if (!with_callers_fields || log->options.state == NULL)
		return;
	pthread_mutex_lock(&log->lock);
	if (!log->abandoned)
		log->options.state(log->options.arg, json);
	pthread_mutex_unlock(&log->lock);
}

static size_t
write_state(struct ush_eventlog *log, bool with_callers_fields)
{
	char id[USH_EVENT_ID_MAX];
	struct ush_event_head head = {
	    .time_ms = ush_time_now_ms(),
	    .kind = "metric",
	    .category = "host",
	    .type = "info",
	    .action = "state",
	    .dataset = USH_DATASET_STATE,
	    .id = id,
	    .sequence = log->state_sequence,
	    .observer = log->options.observer,
	};
	struct ush_json json;

	ush_event_id(id, log->random, 0, log->state_sequence);
	ush_json_init(&json, log->batch, USH_EVENT_MAX);
	ush_event_begin(&json, &head);
	ush_json_object(&json, "sinkhole");
	ush_json_string(&json, "writer", log->options.writer);
	ush_json_string(&json, "reason", reason_words[log->due]);
	if (log->options.drill)
		ush_json_bool(&json, "drill", true);
	if (log->due != REASON_HEARTBEAT)
		describe(log, &json, with_callers_fields);
	ush_json_end(&json);
	return ush_event_end(&json);
}

/* Make the state line that is due the batch. */
static void
fill_with_state(struct ush_eventlog *log)
{
	size_t len;

	log->last_line_ms = monotonic_ms();
	if (log->due != REASON_HEARTBEAT) {
		log->reported_lost = lost_events(log);
		log->reported_figures = figures(log);
		log->last_state_ms = log->last_line_ms;
	}
	log->state_sequence++;
	len = write_state(log, true);
	if (len ==
	    0) /* the caller's part did not fit or was malformed: better half a state than none */
		len = write_state(log, false);
	log->batch_len = len;
	log->batch_done = 0;
	log->batch_is_state = true;
	log->due = REASON_NONE;
}

/* Fill the empty batch from the rings. Returns how long to sleep after it, by how much waited. */
static unsigned
fill_with_events(struct ush_eventlog *log)
{
	unsigned rings = log->options.rings;
	unsigned sleep_ms = SLEEP_IDLE_MS;

	log->batch_len = 0;
	log->batch_done = 0;
	log->batch_is_state = false;
	for (unsigned i = 0; i < rings; i++) {
		struct ush_ring *ring = &log->rings[(log->next_ring + i) % rings];
		size_t waiting;

		log->batch_len += ush_ring_take(
		    ring, log->batch + log->batch_len, BATCH_BYTES - log->batch_len, &waiting);
		if (waiting > ring->size / 4)
			sleep_ms = 0;
		else if (waiting > ring->size / 32 && sleep_ms != 0)
			sleep_ms = SLEEP_BUSY_MS;
	}
	log->next_ring = (log->next_ring + 1) % rings;
	return sleep_ms;
}

static uint64_t
count_lines(const char *text, size_t len)
{
	const char *end = text + len;
	uint64_t lines = 0;

	while (text < end && (text = memchr(text, '\n', (size_t)(end - text))) != NULL) {
		lines++;
		text++;
	}
	return lines;
}

static void
add(_Atomic uint64_t *counter, uint64_t value)
{
	atomic_store_explicit(counter, atomic_load_explicit(counter, memory_order_relaxed) + value,
	    memory_order_relaxed);
}

/* Note the change between being able and unable to write. */
static void
set_failing(struct ush_eventlog *log, bool failing, const struct ush_error *err)
{
	char text[sizeof(err->file) + 64];

	if (atomic_load_explicit(&log->failing, memory_order_relaxed) == failing)
		return;
	atomic_store_explicit(&log->failing, failing, memory_order_relaxed);
	if (failing) {
		note_error(log, err);
		return;
	}
	snprintf(text, sizeof(text), "%.255s: can be written again", log->file.path);
	note(log, text);
	if (log->due == REASON_NONE)
		log->due = REASON_RECOVERED;
}

/* Write what is left of the batch; what the disk does not take stays in it. */
static void
flush_batch(struct ush_eventlog *log)
{
	size_t before = log->batch_done;
	struct ush_error err = {0};
	int rc;

	if (log->batch_done == log->batch_len)
		return;
	rc = ush_logfile_append(&log->file, log->batch, log->batch_len, &log->batch_done, &err);
	add(&log->bytes, log->batch_done - before);
	if (!log->batch_is_state)
		add(&log->written, count_lines(log->batch + before, log->batch_done - before));
	set_failing(log, rc != 0, &err);
}

static void
note_loss(struct ush_eventlog *log, uint64_t lost, uint64_t now)
{
	char text[128];

	if (log->last_loss_note_ms != 0 && now - log->last_loss_note_ms < LOSS_NOTE_MS)
		return;
	log->last_loss_note_ms = now;
	snprintf(text, sizeof(text),
	    "%llu events lost so far: the %s log could not take them in time",
	    (unsigned long long)lost, log->options.writer);
	note(log, text);
}

/* Says so when the disk becomes nearly full, once, and again after it has had room. */
static void
look_at_disk(struct ush_eventlog *log)
{
	uint64_t before = atomic_load_explicit(&log->disk_free, memory_order_relaxed);
	uint64_t now;
	char text[sizeof(((struct ush_error *)0)->file) + 64];

	if (ush_logfile_disk_free(&log->file, &now) != 0)
		return;
	atomic_store_explicit(&log->disk_free, now, memory_order_relaxed);
	if ((before < DISK_LOW) == (now < DISK_LOW))
		return;
	atomic_store(&log->changed, true);
	if (now >= DISK_LOW)
		return;
	snprintf(text, sizeof(text), "%.255s: the disk has only %llu MiB left", log->file.path,
	    (unsigned long long)now >> 20);
	note(log, text);
}

/* Each second: the disk, rotation, losses, figures, the state line's hour, the heartbeat. */
static void
tick(struct ush_eventlog *log)
{
	uint64_t now = monotonic_ms();
	uint64_t lost = lost_events(log);
	struct ush_error err = {0};
	bool follow_failing;

	if (log->last_tick_ms != 0 && now - log->last_tick_ms < TICK_MS)
		return;
	log->last_tick_ms = now;
	follow_failing = ush_logfile_follow(&log->file, &err) != 0;
	if (log->file.fd == -1)
		set_failing(log, true, &err);
	else if (log->batch_done == log->batch_len)
		set_failing(log, false, NULL); /* it was the file that was missing */
	if (log->file.fd != -1 && follow_failing && !log->follow_failing)
		note_error(log, &err);
	log->follow_failing = follow_failing;
	look_at_disk(log);
	if (log->due != REASON_NONE)
		return;
	if (lost != log->reported_lost &&
	    !atomic_load_explicit(&log->failing, memory_order_relaxed)) {
		note_loss(log, lost, now);
		log->due = REASON_RECOVERED;
	} else if (!is_alive(log)) {
		return;
	} else if (now - log->last_state_ms >= (uint64_t)log->options.state_interval_s * 1000) {
		log->due = REASON_HOURLY;
	} else if (now - log->last_state_ms >= FIGURES_MS &&
	           figures(log) != log->reported_figures) {
		log->due = REASON_COUNTED;
	} else if (now - log->last_line_ms >= (uint64_t)log->options.heartbeat_s * 1000) {
		log->due = REASON_HEARTBEAT;
	}
}

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

static bool
is_drained(struct ush_eventlog *log)
{
	if (log->batch_done != log->batch_len || log->due != REASON_NONE)
		return false;
	for (unsigned i = 0; i < log->options.rings; i++) {
		if (ush_ring_waiting(&log->rings[i]) != 0)
			return false;
	}
	return true;
}

/* Count what could not be written in time, and say so in a last line. */
static void
finish(struct ush_eventlog *log)
{
	uint64_t dropped = 0;

	if (!log->batch_is_state)
		dropped =
		    count_lines(log->batch + log->batch_done, log->batch_len - log->batch_done);
	if (log->batch_done != log->batch_len)
		ush_logfile_abandon(&log->file);
	for (unsigned i = 0; i < log->options.rings; i++)
		dropped += ush_ring_discard(&log->rings[i]);
	add(&log->dropped, dropped);
	log->due = REASON_STOP;
	fill_with_state(log);
	flush_batch(log);
	if (dropped > 0)
		note_loss(log, lost_events(log), monotonic_ms());
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

	log->due = REASON_START;
	while (!stopping || (!is_drained(log) && monotonic_ms() < deadline_ms)) {
		unsigned sleep_ms = 0;

		tick(log);
		if (log->due == REASON_NONE && atomic_exchange(&log->changed, false))
			log->due = REASON_CHANGED;
		if (log->batch_done == log->batch_len) {
			if (log->due != REASON_NONE)
				fill_with_state(log);
			else
				sleep_ms = fill_with_events(log);
		}
		flush_batch(log);
		if (log->batch_done != log->batch_len)
			sleep_ms = SLEEP_FAILING_MS;
		if (stopping && sleep_ms == SLEEP_FAILING_MS)
			nanosleep(&pause, NULL);
		stopping = rest(log, sleep_ms, &deadline_ms);
	}
	if (!is_abandoned(log))
		finish(log);
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
		log->random = ush_time_now_ms() << 20 ^ monotonic_ms();
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
	log->batch = malloc(BATCH_BYTES);
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
	return disk_free < DISK_LOW;
}

void
ush_eventlog_stats(struct ush_eventlog *log, struct ush_eventlog_stats *out)
{
	*out = (struct ush_eventlog_stats){
	    .written = atomic_load_explicit(&log->written, memory_order_relaxed),
	    .lost = lost_events(log),
	    .disk_free = atomic_load_explicit(&log->disk_free, memory_order_relaxed),
	    .bytes = atomic_load_explicit(&log->bytes, memory_order_relaxed),
	    .ring_high_water = high_water(log),
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
	log->deadline_ms = monotonic_ms() + timeout_ms;
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
