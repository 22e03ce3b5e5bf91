/* SPDX-License-Identifier: BSD-3-Clause */
#include "module/lists.h"

#include <stdalign.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "common/event.h"

int
ush_lists_init(struct ush_lists *lists, unsigned places)
{
	memset(lists, 0, sizeof(*lists));
	lists->readers =
	    aligned_alloc(alignof(struct ush_reader), places * sizeof(struct ush_reader));
	if (!lists->readers)
		return -1;
	memset(lists->readers, 0, places * sizeof(struct ush_reader));
	lists->places = places;
	/* A cache may outlive this module (reload_keep_cache), and with it what was noted there
	 * under our numbers: the next one counts from elsewhere. */
	atomic_store(&lists->epoch, ush_time_now_ms() * 1000 + 1);
	return 0;
}

void
ush_lists_fini(struct ush_lists *lists)
{
	free(lists->readers);
	lists->readers = NULL;
}

struct ush_reader *
ush_lists_claim(struct ush_lists *lists)
{
	unsigned i;

	/* The first look keeps a caller that asks for ever from wrapping the count. */
	if (atomic_load(&lists->claimed) >= lists->places)
		return NULL;
	i = atomic_fetch_add(&lists->claimed, 1);
	return i < lists->places ? &lists->readers[i] : NULL;
}

/* All of this is sequentially consistent: a reader's mark is stored before it loads a pointer, the
 * writer stores a pointer before it looks at the marks. So a reader that the writer does
 * not see inside has not loaded yet, and will load the new pointer. */
void
ush_lists_enter(struct ush_lists *lists, struct ush_reader *reader, struct ush_view *view)
{
	atomic_store(&reader->epoch, atomic_load(&lists->epoch));
	/* In this order: commit stores current first, so that no reader finds a gap between the
	 * two. */
	view->pending = atomic_load(&lists->pending);
	view->current = atomic_load(&lists->current);
	if (view->pending == view->current)
		view->pending = NULL;
	view->dns64 = &lists->dns64;
}

void
ush_lists_leave(struct ush_reader *reader)
{
	atomic_store_explicit(&reader->epoch, 0, memory_order_release);
}

uint64_t
ush_lists_number(const struct ush_lists *lists)
{
	return atomic_load(&lists->epoch);
}

/* Until every reader that was inside when this began has left. They are inside for microseconds. */
static void
wait_for_readers(struct ush_lists *lists)
{
	const struct timespec pause = {.tv_nsec = 100000};
	uint64_t epoch = atomic_fetch_add(&lists->epoch, 1) + 1;
	unsigned claimed = atomic_load(&lists->claimed);

	if (claimed > lists->places)
		claimed = lists->places;
	for (unsigned i = 0; i < claimed; i++) {
		for (;;) {
			uint64_t seen = atomic_load(&lists->readers[i].epoch);

			if (seen == 0 || seen >= epoch)
				break;
			(void)nanosleep(&pause, NULL);
		}
	}
}

const struct ush_generation *
ush_lists_publish(struct ush_lists *lists, const struct ush_generation *generation)
{
	const struct ush_generation *old = atomic_exchange(&lists->pending, generation);

	wait_for_readers(lists);
	return old;
}

const struct ush_generation *
ush_lists_commit(struct ush_lists *lists)
{
	const struct ush_generation *generation = atomic_load(&lists->pending);
	const struct ush_generation *old = atomic_exchange(&lists->current, generation);

	atomic_store(&lists->pending, NULL);
	wait_for_readers(lists);
	return old;
}

const struct ush_generation *
ush_lists_current(const struct ush_lists *lists)
{
	return atomic_load(&lists->current);
}

const struct ush_generation *
ush_lists_pending(const struct ush_lists *lists)
{
	return atomic_load(&lists->pending);
}
