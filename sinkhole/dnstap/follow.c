/* SPDX-License-Identifier: BSD-3-Clause */
#include "sinkhole/dnstap/follow.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "sinkhole/dnstap/frame.h"
#include "sinkhole/dnstap/position.h"
#include "sinkhole/dnstap/sender.h"
#include "sinkhole/store/logs.h"

#define BATCH 4096 /* frames between two looks at how much was taken */

struct follow {
	const struct ush_follow_options *options;
	struct ush_log_position *positions; /* of each log of a resolver */
	size_t count;
	uint64_t *since_ms;        /* of each: events before it are passed over */
	struct ush_sender *sender; /* NULL: not connected */
	struct ush_error trouble;  /* what was last noted */
	bool is_dirty;             /* the position has moved since it was kept */
	uint64_t sent;             /* frames that were taken */
	uint64_t waiting;          /* frames that were written since */
	uint64_t passed_over;      /* lines that are no events, or events without a question */
};

/* The same trouble of each second is one line. */
static void
note_trouble(void *arg, const struct ush_error *err)
{
	struct follow *follow = arg;
	char text[sizeof(err->file) + sizeof(err->text) + 16];

	if (memcmp(&follow->trouble, err, sizeof(*err)) == 0)
		return;
	follow->trouble = *err;
	follow->options->note("%s", ush_error_format(err, text, sizeof(text)));
}

/* The frames are with the consumer: from here on nothing is sent again. */
static int
commit(struct follow *follow, struct ush_log_position *position, const struct ush_lines *lines)
{
	uint64_t offset = ush_lines_offset(lines);

	if (follow->waiting > 0 && ush_sender_drain(follow->sender) != 0)
		return -1;
	follow->sent += follow->waiting;
	follow->waiting = 0;
	if (ush_log_position_is_in(position, lines) && position->offset == offset)
		return 0;
	ush_log_position_set(position, lines, offset);
	follow->is_dirty = true;
	return 0;
}

/* -1: the connection is lost. */
static int
send_line(struct follow *follow, const char *line, size_t len, uint64_t since_ms)
{
	struct ush_event event;
	uint8_t *frame = NULL;
	size_t frame_len = 0;
	int rc = 0;

	if (line == NULL || ush_event_read(&event, line, len) != 0) {
		follow->passed_over++;
		return 0;
	}
	if (event.dataset == USH_IN_DNS && event.last_ms >= since_ms) {
		if (ush_frame_of_line(&frame, &frame_len, &event, line, len,
		        follow->options->settings->module.ttl) != 0)
			follow->passed_over++;
		else
			rc = ush_sender_write(follow->sender, frame, frame_len);
		follow->waiting += frame != NULL;
	}
	free(frame);
	ush_event_fini(&event);
	return rc;
}

/* From where the lines stand to their end. -1: the connection is lost. */
static int
send_lines(void *arg, struct ush_log_position *position, struct ush_lines *lines)
{
	struct follow *follow = arg;
	uint64_t since_ms = follow->since_ms[position - follow->positions];
	struct ush_error err = {0};
	const char *line;
	size_t len;
	int rc;

	while ((rc = ush_lines_next(lines, &line, &len, &err)) == 1) {
		if (*follow->options->stop)
			break;
		if (send_line(follow, line, len, since_ms) != 0)
			return -1;
		if (follow->waiting >= BATCH && commit(follow, position, lines) != 0)
			return -1;
	}
	if (rc == -1)
		note_trouble(follow, &err);
	return commit(follow, position, lines);
}

static void
connect_again(struct follow *follow)
{
	const struct ush_follow_options *options = follow->options;
	struct ush_error err = {0};

	if (ush_sender_open(&follow->sender, options->to, USH_DNSTAP_TYPE, options->stop, &err) !=
	    0) {
		note_trouble(follow, &err);
		return;
	}
	follow->trouble = (struct ush_error){0};
	options->note("connected to %s", options->to);
}

static void
disconnect(struct follow *follow)
{
	ush_sender_close(follow->sender);
	follow->sender = NULL;
	if (!*follow->options->stop)
		follow->options->note(
		    "the connection to %s was lost; %llu events will be sent again",
		    follow->options->to, (unsigned long long)follow->waiting);
	follow->waiting = 0;
}

static int
keep_positions(struct follow *follow, struct ush_error *err)
{
	if (!follow->is_dirty)
		return 0;
	follow->is_dirty = false;
	return ush_positions_save(follow->positions, follow->count, follow->options->position, err);
}

static int
run(struct follow *follow, struct ush_error *err)
{
	static const struct timespec second = {.tv_sec = 1};
	const struct ush_log_reader reader = {send_lines, note_trouble, follow};

	while (!*follow->options->stop) {
		if (follow->sender == NULL)
			connect_again(follow);
		for (size_t i = 0; i < follow->count && follow->sender != NULL; i++) {
			if (ush_log_position_read(&follow->positions[i], &reader) != 0)
				disconnect(follow);
		}
		if (keep_positions(follow, err) != 0)
			return -1;
		(void)nanosleep(&second, NULL); /* a signal ends it */
	}
	return 0;
}

/* A log that is sent for the first time, and not from a time on, begins at its end. */
static void
start_at_end(struct follow *follow, size_t which)
{
	struct ush_log_position *position = &follow->positions[which];
	struct ush_error err = {0};

	if (ush_log_position_set_end(position, &err) != 0)
		note_trouble(follow, &err);
	if (!position->is_known)
		follow->since_ms[which] = ush_time_now_ms();
	follow->is_dirty = follow->is_dirty || position->is_known;
}

static int
start(struct follow *follow, struct ush_error *err)
{
	const struct ush_follow_options *options = follow->options;
	const struct ush_store_settings *store = &options->settings->store;

	follow->positions = calloc(store->log_count, sizeof(*follow->positions));
	follow->since_ms = calloc(store->log_count, sizeof(*follow->since_ms));
	if (follow->positions == NULL || follow->since_ms == NULL)
		return ush_fail(err, NULL, 0, "out of memory");
	for (size_t i = 0; i < store->log_count; i++) {
		if (store->logs[i].writer == USH_LOG_DNS)
			follow->positions[follow->count++].path = store->logs[i].path;
	}
	if (ush_positions_load(follow->positions, follow->count, options->position, err) != 0)
		return -1;
	for (size_t i = 0; i < follow->count; i++) {
		if (follow->positions[i].is_known)
			continue;
		follow->since_ms[i] = options->since_ms;
		if (options->since_ms == 0)
			start_at_end(follow, i);
	}
	return 0;
}

int
ush_follow(const struct ush_follow_options *options, struct ush_error *err)
{
	struct follow follow = {.options = options};
	int lock;
	int rc;

	if (ush_positions_lock(&lock, options->position, err) != 0)
		return -1;
	rc = start(&follow, err);
	if (rc == 0)
		rc = run(&follow, err);
	ush_sender_close(follow.sender);
	options->note("%llu events were sent, %llu lines were passed over",
	    (unsigned long long)follow.sent, (unsigned long long)follow.passed_over);
	free(follow.positions);
	free(follow.since_ms);
	close(lock);
	return rc;
}
