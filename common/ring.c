/* SPDX-License-Identifier: BSD-3-Clause */
#include "common/ring.h"

#include <stdlib.h>
#include <string.h>
#include "common/eventlog.h"

/* Before each line stand 8 octets with its length; records start at multiples of 8. */
#define HEADER 8
#define SKIP UINT64_MAX /* instead of a length: go on at the start of the ring */

static uint64_t
record_size(size_t len)
{
	return (HEADER + (uint64_t)len + 7) & ~(uint64_t)7;
}

static char *
place(const struct ush_ring *ring, uint64_t position)
{
	return ring->bytes + (position & (ring->size - 1));
}

static void
write_header(const struct ush_ring *ring, uint64_t position, uint64_t value)
{
	memcpy(place(ring, position), &value, HEADER);
}

int
ush_ring_init(struct ush_ring *ring, size_t bytes, uint64_t random, unsigned number)
{
	size_t size = USH_RING_MIN;

	*ring = (struct ush_ring){0};
	while (size < bytes)
		size *= 2;
	ring->size = size;
	ring->bytes = malloc(size);
	if (ring->bytes == NULL)
		return -1;
	ring->random = random;
	ring->number = number;
	return 0;
}

void
ush_ring_fini(struct ush_ring *ring)
{
	free(ring->bytes);
	ring->bytes = NULL;
}

/* The producer is the only one that writes the count: no read-modify-write needed. */
static void
count_lost(struct ush_ring *ring, uint64_t count)
{
	uint64_t lost = atomic_load_explicit(&ring->lost, memory_order_relaxed);

	atomic_store_explicit(&ring->lost, lost + count, memory_order_relaxed);
}

/* Where a record for `max` bytes would start; false if there is no room. */
static bool
find_room(struct ush_ring *ring, size_t max, uint64_t *skip)
{
	uint64_t head = atomic_load_explicit(&ring->head, memory_order_relaxed);
	uint64_t to_end = ring->size - (head & (ring->size - 1));
	uint64_t need = record_size(max);

	*skip = need > to_end ? to_end : 0;
	if (head + *skip + need - ring->known_tail <= ring->size)
		return true;
	ring->known_tail = atomic_load_explicit(&ring->tail, memory_order_acquire);
	return head + *skip + need - ring->known_tail <= ring->size;
}

bool
ush_ring_has_room(struct ush_ring *ring, size_t max)
{
	uint64_t skip;

	return find_room(ring, max, &skip);
}

void
ush_ring_lose(struct ush_ring *ring, uint64_t count)
{
	ring->sequence += count;
	count_lost(ring, count);
}

char *
ush_ring_reserve(struct ush_ring *ring, size_t max)
{
	uint64_t head = atomic_load_explicit(&ring->head, memory_order_relaxed);
	uint64_t skip;

	ring->sequence++;
	ring->reserved = 0;
	if (max == 0 || max > USH_EVENT_MAX || !find_room(ring, max, &skip)) {
		count_lost(ring, 1);
		return NULL;
	}
	if (skip != 0)
		write_header(ring, head, SKIP);
	ring->start = head + skip;
	ring->reserved = max;
	return place(ring, ring->start) + HEADER;
}

void
ush_ring_commit(struct ush_ring *ring, size_t len)
{
	const char *line = place(ring, ring->start) + HEADER;

	/* Anything but one whole line would spoil the lines of others. */
	if (len == 0 || len > ring->reserved || line[len - 1] != '\n') {
		count_lost(ring, 1);
	} else {
		write_header(ring, ring->start, len);
		atomic_store_explicit(
		    &ring->head, ring->start + record_size(len), memory_order_release);
	}
	ring->reserved = 0;
}

uint64_t
ush_ring_event_id(const struct ush_ring *ring, char buf[USH_EVENT_ID_MAX])
{
	ush_event_id(buf, ring->random, ring->number, ring->sequence);
	return ring->sequence;
}

/* The next line, or NULL at `head`. *tail moves to its record. */
static const char *
next_line(const struct ush_ring *ring, uint64_t head, uint64_t *tail, size_t *len)
{
	uint64_t header;

	if (*tail == head)
		return NULL;
	memcpy(&header, place(ring, *tail), HEADER);
	if (header == SKIP) {
		*tail += ring->size - (*tail & (ring->size - 1));
		memcpy(&header, place(ring, *tail), HEADER);
	}
	*len = (size_t)header;
	return place(ring, *tail) + HEADER;
}

size_t
ush_ring_waiting(struct ush_ring *ring)
{
	return (size_t)(atomic_load_explicit(&ring->head, memory_order_acquire) -
	                atomic_load_explicit(&ring->tail, memory_order_relaxed));
}

size_t
ush_ring_take(struct ush_ring *ring, char *to, size_t room, size_t *waiting)
{
	uint64_t head = atomic_load_explicit(&ring->head, memory_order_acquire);
	uint64_t tail = atomic_load_explicit(&ring->tail, memory_order_relaxed);
	size_t taken = 0;
	const char *line;
	size_t len;

	*waiting = (size_t)(head - tail);
	if (*waiting > atomic_load_explicit(&ring->high_water, memory_order_relaxed))
		atomic_store_explicit(&ring->high_water, *waiting, memory_order_relaxed);
	while ((line = next_line(ring, head, &tail, &len)) != NULL && len <= room - taken) {
		memcpy(to + taken, line, len);
		taken += len;
		tail += record_size(len);
	}
	atomic_store_explicit(&ring->tail, tail, memory_order_release);
	return taken;
}

uint64_t
ush_ring_discard(struct ush_ring *ring)
{
	uint64_t head = atomic_load_explicit(&ring->head, memory_order_acquire);
	uint64_t tail = atomic_load_explicit(&ring->tail, memory_order_relaxed);
	uint64_t lines = 0;
	size_t len;

	while (next_line(ring, head, &tail, &len) != NULL) {
		tail += record_size(len);
		lines++;
	}
	atomic_store_explicit(&ring->tail, tail, memory_order_release);
	return lines;
}
