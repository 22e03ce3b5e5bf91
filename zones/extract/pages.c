/* SPDX-License-Identifier: BSD-3-Clause */
#include "zones/extract/pages.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "common/xxhash_inline.h"

#define PAGES_MIN 3 /* a list and its summary have the same line twice */
#define PAGE_LINES 8

struct place {
	uint64_t hash;
	size_t line;
};

/* The words alone: pages have their numbers, and blanks that differ. 0: there are none. */
static uint64_t
hash_words(const char *plain)
{
	uint64_t hash = 0;

	while (*(plain += strspn(plain, " \t|")) != '\0') {
		size_t len = strcspn(plain, " \t|");

		if (strspn(plain, "0123456789./-") < len)
			hash = XXH3_64bits_withSeed(plain, len, hash + 1);
		plain += len;
	}
	return hash;
}

static int
compare(const void *a, const void *b)
{
	const struct place *x = a;
	const struct place *y = b;

	if (x->hash != y->hash)
		return x->hash < y->hash ? -1 : 1;
	return (x->line > y->line) - (x->line < y->line);
}

/* Of places with the same words. */
static void
mark(struct ush_report *report, const struct place *places, size_t count)
{
	size_t pages = 1;

	for (size_t i = 1; i < count; i++)
		pages += report->lines[places[i].line].number -
		             report->lines[places[i - 1].line].number >=
		         PAGE_LINES;
	for (size_t i = 0; pages >= PAGES_MIN && i < count; i++)
		report->lines[places[i].line].is_on_each_page = true;
}

int
ush_find_pages(struct ush_report *report)
{
	struct place *places = calloc(report->count + 1, sizeof(*places));
	size_t count = 0;

	if (places == NULL)
		return -1;
	for (size_t i = 0; i < report->count; i++) {
		uint64_t hash = hash_words(report->lines[i].plain);

		if (hash != 0)
			places[count++] = (struct place){.hash = hash, .line = i};
	}
	qsort(places, count, sizeof(*places), compare);
	for (size_t first = 0, end; first < count; first = end) {
		for (end = first + 1; end < count && places[end].hash == places[first].hash; end++)
			;
		mark(report, places + first, end - first);
	}
	free(places);
	return 0;
}
