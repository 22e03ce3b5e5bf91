/* SPDX-License-Identifier: BSD-3-Clause */
/* run.h - starts, runs and stops an event loop. It borrows its listeners and its ring, which live
 * longer, and holds the snapshot that it was shown last. */
#pragma once

#include "common/error.h"
#include "sinkhole/server/listener.h"
#include "sinkhole/server/loop.h"

/* Watches all listeners; `share` loops divide the limits among them; `files` is how many
 * connections of all of them may be open. The loop belongs to the caller (ush_loop_free), which
 * sets its ring before it runs, and holds the snapshot. */
USH_MUST_CHECK int ush_loop_new(struct ush_loop **out, struct ush_snapshot *snapshot,
    const struct ush_listeners *listeners, size_t share, size_t files, struct ush_error *err);
/* Until ush_loop_stop(); then drains. */
void ush_loop_run(struct ush_loop *loop);
/* Any thread: from now on this snapshot. */
void ush_loop_show(struct ush_loop *loop, struct ush_snapshot *snapshot);
/* Any thread: ush_loop_run() is to return. */
void ush_loop_stop(struct ush_loop *loop);
/* Takes what the kernel still holds, records what is unfinished, closes everything. */
void ush_loop_drain(struct ush_loop *loop);
void ush_loop_free(struct ush_loop *loop); /* NULL is allowed */
