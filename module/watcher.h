/* SPDX-License-Identifier: BSD-3-Clause */
/* watcher.h - keeps the lists in step with the files: settings and compiled blocklist.
 *
 * A thread of its own (all signals blocked) looks at both files several times a second and swaps in
 * what changed: load and verify aside, publish as pending, evict from the caches, in force. A file
 * that cannot be used is refused with one message, and what is in force stays. Missing settings mean
 * pass-through until they come. ush_watcher_open() waits for the first look.
 *
 * A file system that does not answer (a network file system without its server) holds up this
 * thread, but never for long the one that opens or stops the watcher: it goes on without the lists,
 * or leaves the thread behind, and says so.
 *
 * The watcher owns all generations and is the only one to publish (lists.h). */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "common/attr.h"
#include "common/error.h"
#include "common/json.h"
#include "module/lists.h"
#include "module/passive.h"
#include "module/stats.h"

struct ush_watcher;

enum ush_notice { USH_NOTICE_INFO, USH_NOTICE_WARNING };

/* What a walk through the caches did. */
struct ush_eviction {
	uint64_t seen;
	uint64_t evicted;
};

/* What the watcher needs from its host. All are called on the watcher's own thread, but that the
 * opening and stopping threads note too. */
struct ush_watcher_host {
	void *arg;
	/* One sentence for the operator, without newline. Any thread of the module may note. */
	void (*note)(void *arg, enum ush_notice kind, const char *text);
	/* Take out of the caches what the lists (pending included) forbid. 0, or -1: not possible
	 * now, or `stop` became true; it is tried again. */
	int (*evict)(void *arg, const _Atomic bool *stop, struct ush_eviction *done);
	/* Called before every look at the files, for jobs of the host; it may evict. */
	void (*tick)(void *arg, const _Atomic bool *stop);
};

struct ush_watcher_options {
	const char *settings_path; /* copied */
	unsigned threads;          /* most threads that write events (1-4096) */
	struct ush_watcher_host host;
	struct ush_lists *lists;       /* borrowed, like the counters: must outlive the watcher */
	struct ush_counters *counters; /* the watcher's own */
	const struct ush_counters *const *blocks; /* of all threads, for state lines */
	size_t block_count;
	struct ush_passive *passive; /* borrowed; follows the settings. NULL: none */
};

/* Starts the thread and waits until the files are loaded and in force, five seconds at most. Fails
 * only for want of memory or of a thread. What is wrong with the files is noted, never an error. */
USH_MUST_CHECK int ush_watcher_open(
    struct ush_watcher **out, const struct ush_watcher_options *options, struct ush_error *err);

/* Look at once. Any thread; never waits. If the thread is not waiting just then, the next look does. */
void ush_watcher_wake(struct ush_watcher *watcher);

/* Ends the thread, or leaves it behind if it has been reading for three seconds: it then touches
 * nothing of the host or the lists any more. Lists and log stay. NULL is allowed. */
void ush_watcher_stop(struct ush_watcher *watcher);

/* Ends the thread, writes out the event log, frees everything. No reader may be inside. NULL is
 * allowed. */
void ush_watcher_close(struct ush_watcher *watcher);

/* Bytes that the lists take. Any thread. */
size_t ush_watcher_memory(struct ush_watcher *watcher);
