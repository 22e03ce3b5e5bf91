/* SPDX-License-Identifier: BSD-3-Clause */
/* walk.h - a walk through Unbound's caches that removes what the lists forbid, slice by slice (see
 * cache.h). Private to the cache. */
#pragma once

#include <pthread.h>
#include <stdatomic.h>
#include "module/state.h"

#define USH_LEAKS_MAX 64

/* A cache entry to be removed. */
struct ush_leak {
	uint8_t name[255];
	uint8_t name_len;
	uint16_t type;
	uint16_t class;
};

struct ush_cache {
	/* Held for one slice, and to take the last anchor away. Never waited for where an entry is
	 * locked: a slice waits for entries. Adding an anchor needs no lock. */
	pthread_mutex_t walk_lock;
	_Atomic bool had_anchor;
	_Atomic bool is_open; /* in init: no worker runs yet, the thread is the caller's own */
	bool was_empty;       /* at init */
	_Atomic bool walk_again;
	uint64_t walk_due; /* when, in ms; 0: not at all. The module's thread alone */
	/* When the module's thread looked last: answers in the cache, and what workers can have
	 * put there. */
	size_t seen_entries;
	uint64_t seen_stores;
	_Atomic unsigned leak_count;
	pthread_mutex_t leak_lock;
	struct ush_leak leaks[USH_LEAKS_MAX];
};

/* Both caches. What nothing listed is in is noted as inspected (inspected.h), if `notes`. 0, or -1 if they may go away or `stop` became true. */
int ush_walk(struct ush_module *module, struct ush_reader *reader, const _Atomic bool *stop,
    bool notes, struct ush_eviction *done);

/* Whether the cache is certain to stay for one slice. The caller holds walk_lock. */
bool ush_may_walk(const struct ush_module *module);
/* Removes entries that were seen to leak. The caller holds walk_lock and may walk. */
void ush_remove_leaks(struct ush_module *module);
