/* SPDX-License-Identifier: BSD-3-Clause */
/* ring.h - the byte ring between one thread that makes events and the writer thread of its log.
 * Records are contiguous: where a line would not fit before the end, the rest is skipped. The
 * producer's half (reserve, commit) is in eventlog.h; it never waits, locks or calls the system.
 * This half belongs to eventlog.c, which owns the rings; counters may be read by any thread. */
#pragma once

#include <stdalign.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include "common/event.h"

struct ush_ring {
	/* Set before the first claim, constant since. */
	char *bytes;
	size_t size;     /* a power of two, at least USH_RING_MIN */
	uint64_t random; /* of this start, for ids */
	unsigned number; /* from 1, for ids */
	/* The producer's. Positions only grow; modulo size they are places in the ring. */
	alignas(64) _Atomic uint64_t head; /* end of what is committed */
	uint64_t start;                    /* of the reserved record */
	uint64_t known_tail;
	uint64_t sequence;
	size_t reserved; /* bytes of text, 0: nothing */
	_Atomic uint64_t lost;
	/* The writer's. */
	alignas(64) _Atomic uint64_t tail; /* start of what is not taken yet */
	_Atomic uint64_t high_water;
};

/* The longest event fits wherever the ring stands. */
#define USH_RING_MIN (4 * USH_EVENT_MAX)

/* -1 if there is no memory. */
USH_MUST_CHECK int ush_ring_init(
    struct ush_ring *ring, size_t bytes, uint64_t random, unsigned number);
void ush_ring_fini(struct ush_ring *ring);

/* Copy the next lines into `to` as far as whole ones fit and take them out. Returns the bytes;
 * *waiting is what waited before. */
size_t ush_ring_take(struct ush_ring *ring, char *to, size_t room, size_t *waiting);

/* Bytes not taken yet. */
size_t ush_ring_waiting(struct ush_ring *ring);

/* Throw away what waits; returns how many lines. */
uint64_t ush_ring_discard(struct ush_ring *ring);
