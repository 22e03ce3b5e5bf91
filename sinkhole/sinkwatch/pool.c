/* SPDX-License-Identifier: BSD-3-Clause */
#include "sinkhole/sinkwatch/pool.h"

#include <stdlib.h>
#include <string.h>

typedef int compare_fn(const void *a, const void *b);

static int
by_text(const void *a, const void *b)
{
	return strcmp(a, b);
}

static int
by_verdict(const struct ush_verdict *a, const struct ush_verdict *b)
{
	if (a->call != b->call)
		return a->call < b->call ? -1 : 1;
	/* Constants: where one text had two addresses, it would stand there twice. */
	if (a->reason != b->reason)
		return (uintptr_t)a->reason < (uintptr_t)b->reason ? -1 : 1;
	return ((uintptr_t)a->why > (uintptr_t)b->why) - ((uintptr_t)a->why < (uintptr_t)b->why);
}

static int
by_verdicts(const void *a, const void *b)
{
	const struct ush_verdicts *x = a;
	const struct ush_verdicts *y = b;
	int order = by_verdict(&x->behind, &y->behind);

	if (x->count != y->count)
		return x->count < y->count ? -1 : 1;
	if (x->urgency != y->urgency)
		return x->urgency < y->urgency ? -1 : 1;
	for (size_t i = 0; i < x->count && order == 0; i++)
		order = by_verdict(&x->items[i], &y->items[i]);
	return order;
}

/* Where the value is, or would be. */
static size_t
find(const struct ush_pool_of *of, const void *value, compare_fn *compare, bool *is_there)
{
	size_t low = 0;
	size_t high = of->count;

	*is_there = false;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = compare(of->items[middle], value);

		if (order == 0) {
			*is_there = true;
			return middle;
		}
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* `size`: octets of the value. */
static const void *
own(struct ush_pool_of *of, const void *value, size_t size, compare_fn *compare)
{
	bool is_there;
	size_t at = find(of, value, compare, &is_there);
	void *copy;

	if (is_there)
		return of->items[at];
	if (of->count == of->room) {
		size_t room = of->room == 0 ? 64 : of->room * 2;
		void **items = reallocarray(of->items, room, sizeof(*items));

		if (items == NULL)
			return NULL;
		of->items = items;
		of->room = room;
	}
	copy = malloc(size);
	if (copy == NULL)
		return NULL;
	memcpy(copy, value, size);
	memmove(&of->items[at + 1], &of->items[at], (of->count - at) * sizeof(*of->items));
	of->items[at] = copy;
	of->count++;
	return copy;
}

const char *
ush_pool_text(struct ush_pool *pool, const char *text)
{
	return own(&pool->texts, text, strlen(text) + 1, by_text);
}

const struct ush_verdicts *
ush_pool_verdicts(struct ush_pool *pool, const struct ush_verdicts *verdicts)
{
	return own(&pool->verdicts, verdicts, sizeof(*verdicts), by_verdicts);
}

static void
free_of(struct ush_pool_of *of)
{
	for (size_t i = 0; i < of->count; i++)
		free(of->items[i]);
	free(of->items);
	*of = (struct ush_pool_of){0};
}

void
ush_pool_fini(struct ush_pool *pool)
{
	free_of(&pool->texts);
	free_of(&pool->verdicts);
}
