/* SPDX-License-Identifier: BSD-3-Clause */
/* follower.h - the thread that keeps the store up to date. Once a second it looks whether a log, the
 * settings or another file that the answer rests on has changed; then it reads what is new into the
 * store, by its own connection, and makes a new overview. Everything that an answer rests on is in
 * the overview; the page takes the newest one when it is asked for. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include "common/attr.h"
#include "common/error.h"
#include "common/settings.h"
#include "sinkhole/sinkwatch/overview.h"

struct ush_follower;

/* Starts the thread (all signals blocked). `path` is the settings file and must live longer.
 * Returns 0 and *out owned by the caller. */
USH_MUST_CHECK int ush_follower_start(
    struct ush_follower **out, const char *path, struct ush_error *err);
/* Waits until what is being read has been read. NULL is allowed. */
void ush_follower_stop(struct ush_follower *follower);

/* Whether the thread has done anything in the last patience_ms before a call that is made every second:
 * it has used the processor, or looked whether something changed. One thread. */
bool ush_follower_is_alive(struct ush_follower *follower, uint64_t patience_ms);

/* The newest overview, owned by the caller; NULL if there is none since the last call. Any thread. */
struct ush_overview *ush_follower_take(struct ush_follower *follower);
