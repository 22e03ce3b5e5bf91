/* SPDX-License-Identifier: BSD-3-Clause */
/* eventlog_writer.h - what the event log's thread writes: events from the rings, state lines,
 * heartbeats. eventlog.c starts and ends the thread. Private to the event log; its thread alone
 * calls, unless a function says otherwise. */
#pragma once

#include <pthread.h>
#include <stdatomic.h>
#include "common/eventlog.h"
#include "common/logfile.h"
#include "common/ring.h"

#define USH_BATCH_BYTES (256u << 10)
/* How long to wait before a batch that the disk refuses is tried again. */
#define USH_WRITER_FAILING_MS 200
/* Less free disk space than this is reported: some hours of a flood, or days. */
#define USH_DISK_LOW (256ull << 20)

/* Why a state line is written. */
enum ush_state_reason {
	USH_STATE_NONE,
	USH_STATE_START,
	USH_STATE_HOURLY,
	USH_STATE_RECOVERED,
	USH_STATE_CHANGED,
	USH_STATE_COUNTED,
	USH_STATE_HEARTBEAT, /* a short line: only that the writer is there */
	USH_STATE_STOP
};

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
	unsigned next_ring;        /* where the next gathering starts, for fairness */
	bool follow_failing;       /* the new file after a rotation cannot be opened */
	enum ush_state_reason due; /* the state line to write next */
	uint64_t random;           /* of this start, for ids */
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

/* One turn: writes what is due or waits in the rings. Returns for how many milliseconds to sleep
 * then. */
unsigned ush_eventlog_turn(struct ush_eventlog *log);
bool ush_eventlog_is_drained(const struct ush_eventlog *log);
/* Counts what could not be written in time, and says so in a last line. */
void ush_eventlog_finish(struct ush_eventlog *log);

/* Any thread. */
uint64_t ush_eventlog_lost(struct ush_eventlog *log);
uint64_t ush_eventlog_high_water(struct ush_eventlog *log); /* bytes, of the fullest ring */
