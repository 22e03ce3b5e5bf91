/* SPDX-License-Identifier: BSD-3-Clause */
/* lock.h - one compile of a list at a time: two would both keep the slots and serial of the same
 * list before, and the later one would forget what the earlier one gave. One owner, one thread. */
#pragma once

#include "common/attr.h"
#include "common/error.h"

struct ush_lock;

/* Called once if another process holds the lock, with its name and the time to wait. */
typedef void ush_lock_wait_fn(void *arg, const char *text);

/* Lock the list `path` (without links, see replace.h), which need not exist, by a file beside it.
 * Waits at most `seconds`; then -1 with the holder of the lock. Temporary files of a killed compile
 * are removed. */
USH_MUST_CHECK int ush_lock_take(struct ush_lock **out, const char *path, unsigned seconds,
    ush_lock_wait_fn *wait, void *arg, struct ush_error *err);
void ush_lock_release(struct ush_lock *lock); /* NULL is allowed */
