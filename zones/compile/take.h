/* SPDX-License-Identifier: BSD-3-Clause */
/* take.h - what a feed's reader hands over, held against the guard rails, counted, and given to the
 * builder. Private to compile/: compiler.c opens the feeds, reads them one after the other and
 * decides what becomes of each. One compile, one thread. */
#pragma once

#include "zones/compile/builder.h"
#include "zones/compile/compiler.h"

struct ush_guard;
struct ush_lock;
struct ush_popular;
struct ush_shared_networks;

/* One compile. */
struct ush_compiling {
	const struct ush_compile_options *options;
	struct ush_compile_result *result;
	struct ush_builder *builder;
	struct ush_guard *guard;
	struct ush_popular *popular;
	struct ush_shared_networks *shared;
	struct ush_lock *lock;
	struct ush_blocklist *previous;
	struct ush_blocklist *rules; /* the same with its rules, when they are needed */
	char today[sizeof("YYYY-MM-DD")];
	/* The feed being read. */
	struct ush_feed *feed;
	struct ush_feed_result *counts;
	uint16_t classes[USH_ACTION_OFF]; /* class id + 1 of each action; 0: not made yet */
	uint64_t said;
	size_t saved_before;
	bool is_saved;         /* the rule that was built last */
	uint64_t entries;      /* of all feeds, good or not */
	struct ush_error *err; /* why `take` stopped */
};

/* For struct ush_feed_sink; `arg` is the struct ush_compiling. */
int ush_take(void *arg, const struct ush_indicator *indicator);
void ush_take_refused(
    void *arg, unsigned line, const char *value, size_t len, enum ush_refusal why);
