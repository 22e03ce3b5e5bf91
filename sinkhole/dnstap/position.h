/* SPDX-License-Identifier: BSD-3-Clause */
/* position.h - how far each log was sent, in a file that is replaced as a whole. One thread. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "common/attr.h"
#include "common/error.h"
#include "sinkhole/store/log_position.h"

/* Keeps other processes from sending by the same file: each would skip what the other one has sent.
 * *out is owned by the caller, who ends it with close(). -1 if another process has it. */
USH_MUST_CHECK int ush_positions_lock(int *out, const char *path, struct ush_error *err);

/* Fills in what the file knows of these logs; a file that is missing knows none. -1: it is damaged or
 * cannot be read. */
USH_MUST_CHECK int ush_positions_load(
    struct ush_log_position *positions, size_t count, const char *path, struct ush_error *err);
USH_MUST_CHECK int ush_positions_save(const struct ush_log_position *positions, size_t count,
    const char *path, struct ush_error *err);
