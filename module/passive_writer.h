/* SPDX-License-Identifier: BSD-3-Clause */
/* passive_writer.h - what the thread of the passive record does. Private to it; but for what is said to
 * be shared, everything belongs to that thread. */
#pragma once

#include <pthread.h>
#include <stdatomic.h>
#include "common/ring.h"
#include "module/passive.h"
#include "module/passive_table.h"

#define USH_PASSIVE_WAYS 16

/* Tags of one worker: no more than it needs, because each query looks at a random one, which should be
 * in the processor's cache. Older ones are kept to the end: the worker may be in them. */
struct ush_passive_tags {
	struct ush_passive_tags *older;
	size_t sets; /* a power of two */
	uint32_t (*tags)[USH_PASSIVE_WAYS];
};

/* One worker's. */
struct ush_passive_place {
	struct ush_ring ring;
	_Atomic(struct ush_passive_tags *) tags;
	_Atomic uint64_t recorded; /* tags that were set, since the start */
	uint64_t recorded_before;  /* this hour; the thread's */
};

/* What of the settings counts. */
struct ush_passive_wanted {
	enum ush_passive_mode mode;
	char *directory;
	uint32_t keep_days;
	uint32_t disk_mib;
	uint32_t memory_mib;
};

/* One record in a ring; the name in wire form and a newline follow. */
struct ush_passive_record {
	struct ush_passive_client client;
	uint8_t flags;
	uint8_t name_len;
};

struct ush_passive {
	/* Shared with the workers. */
	_Atomic uint32_t hour; /* since 1970; 0: nothing is recorded */
	/* No client can tell which of its questions share a tag. A new one makes all tags void. */
	_Atomic uint64_t seed;
	unsigned place_count;
	struct ush_passive_place *places;
	_Atomic uint64_t lost; /* behind the rings */
	_Atomic bool write_soon;

	/* The thread's. */
	struct ush_passive_wanted now;
	bool is_started; /* has memory, directory and key */
	struct ush_passive_key key;
	struct ush_passive_table *table;
	char *batch;
	uint64_t now_ms;
	uint64_t begin_ms;   /* of the period; 0: none has begun */
	uint8_t hour_before; /* of the period, at the last turn: what waits now was asked in it */
	unsigned part;
	bool has_changed;      /* since this part's file was written */
	bool is_failing;       /* and that was noted */
	uint64_t write_due_ms; /* monotonic */
	uint64_t sweep_due_ms; /* monotonic */

	/* How others talk to the thread; under lock. */
	pthread_mutex_t lock;
	pthread_cond_t wake;
	pthread_t thread;
	bool has_thread;
	struct ush_passive_wanted wanted;
	bool is_wanted_new;
	bool stopping;
	bool has_ended;
	bool is_abandoned; /* nobody waits: the thread frees everything, and notes nothing */
	ush_passive_note_fn *note;
	void *note_arg;
};

/* Takes up settings, if they are other ones; wanted->directory is its own then. */
void ush_passive_begin(struct ush_passive *passive, struct ush_passive_wanted *wanted);
/* Everything that is due at this moment (since 1970). Gives the milliseconds to sleep then. */
unsigned ush_passive_turn(struct ush_passive *passive, uint64_t now_ms);
/* Writes what is known, and forgets it; nothing is recorded any more. */
void ush_passive_end(struct ush_passive *passive);

/* One sentence, unless nobody waits any more. */
void ush_passive_note(struct ush_passive *passive, const char *text);
