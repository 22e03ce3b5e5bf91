/* SPDX-License-Identifier: BSD-3-Clause */
/* bench-lookup - opens a blocklist and looks up random names that it does not have.
 *
 *   bench-lookup DATABASE ROUNDS
 *
 * Prints one line of "key value" pairs per round. `apart` makes every lookup wait for the one
 * before it, as a query does that meets a cold cache; `packed` lets the processor overlap them. The
 * names are made a few at a time, outside the measured time, and called into the cache before their
 * turn: a resolver has just parsed its name. */
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include "common/error.h"
#include "common/name.h"
#include "zones/blocklist.h"

#define LOOKUPS (1u << 18)
#define BATCH 256u
#define AHEAD 8u
#define LINE 64u
#define HUGE_PAGE (2u << 20)

static uint64_t
now_ns(clockid_t clock)
{
	struct timespec now;

	(void)clock_gettime(clock, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

#define SEED 20261122

/* xorshift64*: the same names in every run. */
static uint64_t
next_random(uint64_t *state)
{
	*state ^= *state >> 12;
	*state ^= *state << 25;
	*state ^= *state >> 27;
	return *state * 0x2545f4914f6cdd1du;
}

/* Four labels: three of 3 to 10 random letters and digits under a top-level domain. Quickly, or
 * what is measured is how much of the list the neighbours have driven out of a shared cache
 * meanwhile. */
static void
random_name(uint64_t *state, struct ush_name *out)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz012345";
	static const char tops[4][6] = {"\3com", "\3net", "\3org", "\4info"};
	uint8_t *to = out->wire;
	uint64_t bits = 0;

	for (unsigned label = 0; label < 3; label++) {
		bits = next_random(state);
		*to++ = (uint8_t)(3 + (bits >> 61));
		for (unsigned left = to[-1]; left > 0; left--, bits >>= 5)
			*to++ = (uint8_t)letters[bits & 31];
	}
	memcpy(to, tops[next_random(state) >> 62], sizeof(tops[0]));
	out->len = (uint8_t)(to + to[0] + 2 - out->wire);
}

static inline void
wait_for_loads(void)
{
#if defined(__x86_64__)
	__asm__ volatile("lfence" ::: "memory");
#elif defined(__aarch64__)
	__asm__ volatile("dsb ld\n\tisb" ::: "memory");
#else
#error "which instruction makes this processor wait for its loads?"
#endif
}

struct batch {
	struct ush_name names[BATCH];
	uint64_t state;
};

static void
make_batch(struct batch *batch)
{
	for (unsigned i = 0; i < BATCH; i++)
		random_name(&batch->state, &batch->names[i]);
}

static uint64_t
time_batch(const struct ush_blocklist *list, const struct batch *batch, bool apart, unsigned *found)
{
	uint64_t start = now_ns(CLOCK_THREAD_CPUTIME_ID);

	for (unsigned i = 0; i < BATCH; i++) {
		struct ush_match match;

		__builtin_prefetch(&batch->names[(i + AHEAD) % BATCH]);
		*found += ush_blocklist_match_name(list, NULL, &batch->names[i], &match);
		if (apart)
			wait_for_loads();
	}
	return now_ns(CLOCK_THREAD_CPUTIME_ID) - start;
}

/* Nanoseconds a lookup; every seed gives other names. */
static double
time_lookups(const struct ush_blocklist *list, uint64_t seed, bool apart, unsigned *found)
{
	struct batch batch = {.state = seed};
	uint64_t took = 0;

	for (unsigned i = 0; i < LOOKUPS / BATCH; i++) {
		make_batch(&batch);
		took += time_batch(list, &batch, apart, found);
	}
	return (double)took / LOOKUPS;
}

/* In huge pages, so that it is not the page tables that are measured. NULL without memory. */
static void *
huge_alloc(size_t bytes)
{
	size_t size = (bytes + HUGE_PAGE - 1) / HUGE_PAGE * HUGE_PAGE;
	void *memory = aligned_alloc(HUGE_PAGE, size);

	if (memory)
		(void)madvise(memory, size, MADV_HUGEPAGE);
	return memory;
}

/* What this machine asks for one cache line from anywhere in as much memory: what a lookup costs
 * whose first access is to the list itself and not to a filter. 0 without memory. */
static double
time_one_line(size_t bytes)
{
	size_t size = (bytes + HUGE_PAGE - 1) / HUGE_PAGE * HUGE_PAGE;
	uint8_t *memory = huge_alloc(size);
	uint64_t state = SEED;
	uint64_t start;
	double took;
	unsigned sum = 0;

	if (!memory)
		return 0;
	for (size_t i = 0; i < size; i++)
		memory[i] = (uint8_t)i;
	start = now_ns(CLOCK_THREAD_CPUTIME_ID);
	for (unsigned i = 0; i < LOOKUPS; i++) {
		sum += memory[next_random(&state) % (size / LINE) * LINE];
		wait_for_loads();
	}
	took = (double)(now_ns(CLOCK_THREAD_CPUTIME_ID) - start) / LOOKUPS;
	free(memory);
	return sum == 0 ? took + 1e-9 : took; /* the sum is used: the loads are not left out */
}

static int
measure(const char *path, struct ush_error *err)
{
	struct ush_blocklist *list;
	struct ush_blocklist_info info;
	unsigned found = 0;
	uint64_t start = now_ns(CLOCK_MONOTONIC);
	double load_ms;
	double apart;
	double packed;

	if (ush_blocklist_open(&list, path, USH_PART_NAMES | USH_PART_NETWORKS, err) != 0)
		return -1;
	load_ms = (double)(now_ns(CLOCK_MONOTONIC) - start) / 1e6;
	ush_blocklist_info(list, &info);
	/* The list was just read: what is used of it, whatever the names, comes near. */
	(void)time_lookups(list, SEED + 2, true, &found);
	apart = time_lookups(list, SEED, true, &found);
	packed = time_lookups(list, SEED + 1, false, &found);
	printf("names %" PRIu64 " bytes %" PRIu64 " load_ms %.3f apart_ns %.2f packed_ns %.2f "
	       "line_ns %.2f found %u\n",
	    info.names, info.memory_bytes, load_ms, apart, packed, time_one_line(info.memory_bytes),
	    found);
	ush_blocklist_close(list);
	return 0;
}

int
main(int argc, char **argv)
{
	struct ush_error err = {0};
	unsigned long rounds = argc == 3 ? strtoul(argv[2], NULL, 10) : 0;
	int status = 0;

	if (rounds == 0 || rounds > 1000) {
		fputs("usage: bench-lookup DATABASE ROUNDS\n", stderr);
		return 2;
	}
	while (status == 0 && rounds-- > 0)
		status = measure(argv[1], &err);
	if (status != 0)
		ush_error_print(stderr, "bench-lookup", &err);
	return status == 0 ? 0 : 1;
}
