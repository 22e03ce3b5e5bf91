/* SPDX-License-Identifier: BSD-3-Clause */
/* Lines are copied out of the rings into one batch, so that the rings have room again at once and a
 * batch that the disk refuses can be tried again as it is. */
#include "common/eventlog_writer.h"

#include <string.h>
#include "common/sensor.h"
#include "common/version.h"

/* How long the writer sleeps: producers never wake it. A ring of 1 MiB holds what 100 MB/s bring in
 * the longest sleep. */
#define SLEEP_IDLE_MS 10
#define SLEEP_BUSY_MS 1
#define TICK_MS 1000
#define LOSS_NOTE_MS 60000
/* Between state lines because of figures: one is about as long as one event. */
#define FIGURES_MS 10000

static const char *const reason_words[] = {
    "", "start", "hourly", "recovered", "changed", "counted", "heartbeat", "stop"};

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

uint64_t
ush_eventlog_lost(struct ush_eventlog *log)
{
	uint64_t lost = atomic_load_explicit(&log->dropped, memory_order_relaxed);

	for (unsigned i = 0; i < log->options.rings; i++)
		lost += atomic_load_explicit(&log->rings[i].lost, memory_order_relaxed);
	return lost;
}

uint64_t
ush_eventlog_high_water(struct ush_eventlog *log)
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
	ush_json_uint(json, "ring_high_water", ush_eventlog_high_water(log));
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
	if (log->due != USH_STATE_HEARTBEAT)
		describe(log, &json, with_callers_fields);
	ush_json_end(&json);
	return ush_event_end(&json);
}

/* Make the state line that is due the batch. */
static void
fill_with_state(struct ush_eventlog *log)
{
	size_t len;

	log->last_line_ms = ush_monotonic_ms();
	if (log->due != USH_STATE_HEARTBEAT) {
		log->reported_lost = ush_eventlog_lost(log);
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
	log->due = USH_STATE_NONE;
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
		    ring, log->batch + log->batch_len, USH_BATCH_BYTES - log->batch_len, &waiting);
		if (waiting > ring->size / 4)
			sleep_ms = 0;
		else if (waiting > ring->size / 32 && sleep_ms != 0)
			sleep_ms = SLEEP_BUSY_MS;
	}
	if (++log->next_ring >= rings)
		log->next_ring = 0;
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
	if (log->due == USH_STATE_NONE)
		log->due = USH_STATE_RECOVERED;
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
	if ((before < USH_DISK_LOW) == (now < USH_DISK_LOW))
		return;
	atomic_store(&log->changed, true);
	if (now >= USH_DISK_LOW)
		return;
	snprintf(text, sizeof(text), "%.255s: the disk has only %llu MiB left", log->file.path,
	    (unsigned long long)now >> 20);
	note(log, text);
}

/* Each second: the disk, rotation, losses, figures, the state line's hour, the heartbeat. */
static void
tick(struct ush_eventlog *log)
{
	uint64_t now = ush_monotonic_ms();
	uint64_t lost = ush_eventlog_lost(log);
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
	if (log->due != USH_STATE_NONE)
		return;
	if (lost != log->reported_lost &&
	    !atomic_load_explicit(&log->failing, memory_order_relaxed)) {
		note_loss(log, lost, now);
		log->due = USH_STATE_RECOVERED;
	} else if (!is_alive(log)) {
		return;
	} else if (now - log->last_state_ms >= (uint64_t)log->options.state_interval_s * 1000) {
		log->due = USH_STATE_HOURLY;
	} else if (now - log->last_state_ms >= FIGURES_MS &&
	           figures(log) != log->reported_figures) {
		log->due = USH_STATE_COUNTED;
	} else if (now - log->last_line_ms >= (uint64_t)log->options.heartbeat_s * 1000) {
		log->due = USH_STATE_HEARTBEAT;
	}
}

unsigned
ush_eventlog_turn(struct ush_eventlog *log)
{
	unsigned sleep_ms = 0;

	tick(log);
	if (log->due == USH_STATE_NONE && atomic_exchange(&log->changed, false))
		log->due = USH_STATE_CHANGED;
	if (log->batch_done == log->batch_len) {
		if (log->due != USH_STATE_NONE)
			fill_with_state(log);
		else
			sleep_ms = fill_with_events(log);
	}
	flush_batch(log);
	return log->batch_done == log->batch_len ? sleep_ms : USH_WRITER_FAILING_MS;
}

bool
ush_eventlog_is_drained(const struct ush_eventlog *log)
{
	if (log->batch_done != log->batch_len || log->due != USH_STATE_NONE)
		return false;
	for (unsigned i = 0; i < log->options.rings; i++) {
		if (ush_ring_waiting(&log->rings[i]) != 0)
			return false;
	}
	return true;
}

void
ush_eventlog_finish(struct ush_eventlog *log)
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
	log->due = USH_STATE_STOP;
	fill_with_state(log);
	flush_batch(log);
	if (dropped > 0)
		note_loss(log, ush_eventlog_lost(log), ush_monotonic_ms());
}
