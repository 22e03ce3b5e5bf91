/* SPDX-License-Identifier: BSD-3-Clause */
/* eventlog.h - the append-only event log: per-thread rings, one writer thread, nothing ever blocks.
 *
 * A thread that makes events claims a ring once, then reserves room, writes a line there and
 * commits it. The writer thread (all signals blocked) gathers the rings in batches into the file,
 * which is opened append-only, created 0640, never through a symbolic link. It notices rotation by
 * rename and by truncation. What cannot be stored (ring full, disk full) is counted, and the count
 * is written as a state line as soon as there is room again; the process goes on. A batch that the
 * disk took only in part never leaves half a line behind. close() drains what was committed.
 *
 * A log without a line for three minutes has no writer any more: at least each minute there is a
 * state line, or a heartbeat in its place (docs/events.md).
 *
 * The log owns its rings; they live until ush_eventlog_close(). A ring belongs to one thread. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "common/attr.h"
#include "common/error.h"
#include "common/event.h"

struct ush_eventlog;
struct ush_ring;

/* Adds the writer's own fields to a state line (inside the "sinkhole" object). Called on the writer
 * thread. */
typedef void ush_state_fn(void *arg, struct ush_json *json);
/* A number that is another when the writer's own figures are: a state line then comes within ten
 * seconds. Called on the writer thread, each second. */
typedef uint64_t ush_moved_fn(void *arg);
/* Whether the threads that make events still work. While they do not, no line is written only because
 * its time has come or a figure has moved, so that the writer falls silent to readers of the log.
 * Called on the writer thread, each second. */
typedef bool ush_alive_fn(void *arg);
/* Reports something to the operator (one sentence, no newline). Called on the writer thread,
 * rarely. */
typedef void ush_note_fn(void *arg, const char *text);

/* Plain options; strings are copied, the callbacks must outlive the log. */
struct ush_eventlog_options {
	const char *path;
	const char *writer;   /* "dns" or "contacts": sinkhole.writer in state lines */
	const char *observer; /* observer.name */
	unsigned rings;       /* most threads that will claim a ring (1-4096) */
	size_t ring_bytes;    /* per ring, rounded up to a power of two from 256 KiB; 0: 1 MiB */
	unsigned state_interval_s; /* between state lines; 0: 3600 */
	unsigned heartbeat_s;      /* between lines that only say "I am here"; 0: as in event.h */
	unsigned own_filters;      /* see sensor.h */
	bool drill;                /* marks state lines sinkhole.drill */
	ush_state_fn *state;       /* may be NULL */
	ush_moved_fn *moved;       /* may be NULL */
	ush_alive_fn *alive;       /* may be NULL: always */
	ush_note_fn *note;         /* may be NULL */
	void *arg;                 /* for all four */
};

/* Counters since start; a snapshot. */
struct ush_eventlog_stats {
	uint64_t written; /* events handed to the file */
	uint64_t lost;    /* events that found no room in a ring or on the disk */
	uint64_t bytes;
	uint64_t ring_high_water; /* most bytes ever waiting in one ring */
	uint64_t disk_free;       /* bytes that may still be written; UINT64_MAX: not known */
	bool failing;             /* the file cannot be written at the moment */
};

/* Whether this is so little that the operator must know. */
bool ush_eventlog_disk_is_low(uint64_t disk_free);

/* Starts the writer thread. A file that cannot be opened now is not an error (noted and retried
 * each second): programs that want to be strict call ush_eventlog_check() first. Returns 0 and *out
 * owned by the caller, or -1 (no memory, no thread, options out of range). */
USH_MUST_CHECK int ush_eventlog_open(
    struct ush_eventlog **out, const struct ush_eventlog_options *options, struct ush_error *err);

/* Whether `path` could be opened for appending (it is created if missing): 0, or -1 with the
 * reason. */
USH_MUST_CHECK int ush_eventlog_check(const char *path, struct ush_error *err);

/* A ring for the calling thread; NULL when all are taken. Wait-free. */
struct ush_ring *ush_eventlog_claim(struct ush_eventlog *log);

/* Room for a line of up to `max` bytes (at most USH_EVENT_MAX), contiguous; NULL if the ring is
 * full (the event is then counted as lost and its sequence number is used up: a hole shows). */
char *ush_ring_reserve(struct ush_ring *ring, size_t max);

/* Whether ush_ring_reserve() would find it. */
bool ush_ring_has_room(struct ush_ring *ring, size_t max);

/* Counts events that cannot be made at all; a hole shows. */
void ush_ring_lose(struct ush_ring *ring, uint64_t count);

/* Id and number of the event being built; valid between reserve and commit. buf holds
 * USH_EVENT_ID_MAX. */
uint64_t ush_ring_event_id(const struct ush_ring *ring, char buf[USH_EVENT_ID_MAX]);

/* Hand over the first `len` bytes of the reserved room: one whole line with its newline.
 * len 0 gives the room back (counts as lost). */
void ush_ring_commit(struct ush_ring *ring, size_t len);

/* The caller's own part of the state has changed: a state line says so soon, and not only within
 * the hour. Any thread. */
void ush_eventlog_changed(struct ush_eventlog *log);

void ush_eventlog_stats(struct ush_eventlog *log, struct ush_eventlog_stats *out);

/* Waits until all committed lines are in the file or counted as lost (at most `timeout_ms`), writes
 * a last state line, ends the thread, frees everything. If the file system does not answer, which
 * takes a second more, this is reported and the thread left behind: it calls no callback any more,
 * and frees the log if it ever comes back. NULL is allowed. */
void ush_eventlog_close(struct ush_eventlog *log, unsigned timeout_ms);
