/* SPDX-License-Identifier: BSD-3-Clause */
/* bench-lookup - opens a blocklist and looks up random names that it does not have.
 *
 *   bench-lookup DATABASE ROUNDS
 *
 * Prints one line of "key value" pairs per round. `apart` makes every lookup wait for the one
 * before it, as a query does that meets a cold cache; `packed` lets the processor overlap them. The
 * names themselves are called into the cache before their turn: a resolver has just parsed its
 * name. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>
#include "common/error.h"
#include "common/name.h"
#include "zones/blocklist.h"

#define NAMES (1u << 18)
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

/* xorshift64*: the same names in every run. */
static uint64_t
next_random(uint64_t *state)
{
	*state ^= *state >> 12;
	*state ^= *state << 25;
	*state ^= *state >> 27;
	return *state * 0x2545f4914f6cdd1du;
}

/* Four labels: three of 3 to 10 random letters and digits under a top-level domain. */
static int
random_name(uint64_t *state, struct ush_name *out)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz012345";
	static const char *const tops[] = {"com", "net", "org", "info"};
	char text[64];
	size_t len = 0;

	for (unsigned label = 0; label < 3; label++) {
		unsigned letters_left = 3 + (unsigned)(next_random(state) >> 61);

		for (; letters_left > 0; letters_left--)
			text[len++] = letters[next_random(state) >> 59];
		text[len++] = '.';
	}
	for (const char *top = tops[next_random(state) >> 62]; *top != '\0'; top++)
		text[len++] = *top;
	return ush_name_from_text(out, text, len);
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

static double
time_apart(const struct ush_blocklist *list, const struct ush_name *names, unsigned *found)
{
	uint64_t start = now_ns(CLOCK_THREAD_CPUTIME_ID);

	for (unsigned i = 0; i < NAMES; i++) {
		struct ush_match match;

		__builtin_prefetch(&names[(i + AHEAD) % NAMES]);
		*found += ush_blocklist_match_name(list, NULL, &names[i], &match);
		wait_for_loads();
	}
	return (double)(now_ns(CLOCK_THREAD_CPUTIME_ID) - start) / NAMES;
}

static double
time_packed(const struct ush_blocklist *list, const struct ush_name *names, unsigned *found)
{
	uint64_t start = now_ns(CLOCK_THREAD_CPUTIME_ID);

	for (unsigned i = 0; i < NAMES; i++) {
		struct ush_match match;

		__builtin_prefetch(&names[(i + AHEAD) % NAMES]);
		*found += ush_blocklist_match_name(list, NULL, &names[i], &match);
	}
	return (double)(now_ns(CLOCK_THREAD_CPUTIME_ID) - start) / NAMES;
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

/* What this machine asks for one cache line from anywhere in as much memory: no lookup is faster
 * than its first line. 0 without memory. */
static double
time_one_line(size_t bytes)
{
	size_t size = (bytes + HUGE_PAGE - 1) / HUGE_PAGE * HUGE_PAGE;
	uint8_t *memory = huge_alloc(size);
	uint64_t state = 20261122;
	uint64_t start;
	double took;
	unsigned sum = 0;

	if (!memory)
		return 0;
	for (size_t i = 0; i < size; i++)
		memory[i] = (uint8_t)i;
	start = now_ns(CLOCK_THREAD_CPUTIME_ID);
	for (unsigned i = 0; i < NAMES; i++) {
		sum += memory[next_random(&state) % (size / LINE) * LINE];
		wait_for_loads();
	}
	took = (double)(now_ns(CLOCK_THREAD_CPUTIME_ID) - start) / NAMES;
	free(memory);
	return sum == 0 ? took + 1e-9 : took; /* the sum is used: the loads are not left out */
}

static int
measure(const char *path, const struct ush_name *names, struct ush_error *err)
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
	apart = time_apart(list, names, &found);
	packed = time_packed(list, names, &found);
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
	struct ush_name *names = huge_alloc(NAMES * sizeof(*names));
	struct ush_error err = {0};
	uint64_t state = 20261122;
	unsigned long rounds = argc == 3 ? strtoul(argv[2], NULL, 10) : 0;
	int status = 0;

	if (!names || rounds == 0 || rounds > 1000) {
		fputs("usage: bench-lookup DATABASE ROUNDS\n", stderr);
		free(names);
		return 2;
	}
	for (unsigned i = 0; i < NAMES; i++)
		if (random_name(&state, &names[i]) != 0)
			abort();
	while (status == 0 && rounds-- > 0)
		status = measure(argv[1], names, &err);
	if (status != 0)
		ush_error_print(stderr, "bench-lookup", &err);
	free(names);
	return status == 0 ? 0 : 1;
}
