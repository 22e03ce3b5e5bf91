/* SPDX-License-Identifier: BSD-3-Clause */
/* pool.h - what many rows have in common, each value once. Grows until it is freed with everything in
 * it. Used by one thread while it grows; then immutable. */
#pragma once

#include <stddef.h>
#include "sinkhole/store/calls.h"

struct ush_pool_of {
	void **items; /* sorted; malloced, each of them too */
	size_t count, room;
};

/* Zeroed: empty. */
struct ush_pool {
	struct ush_pool_of texts;
	struct ush_pool_of verdicts;
};

/* The pool's own one, the same pointer for the same value. NULL without memory. */
const char *ush_pool_text(struct ush_pool *pool, const char *text);
const struct ush_verdicts *ush_pool_verdicts(
    struct ush_pool *pool, const struct ush_verdicts *verdicts);
void ush_pool_fini(struct ush_pool *pool);
