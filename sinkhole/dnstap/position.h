/* SPDX-License-Identifier: BSD-3-Clause */
/* position.h - how far each log was sent, in a file that is replaced as a whole. One thread. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "common/attr.h"
#include "common/error.h"
#include "sinkhole/store/logs.h"

/* In one log of the settings: the file that is read, by how its first line begins, and the offset
 * behind the last line that was sent. */
struct ush_position {
	const char *path; /* borrowed from the settings */
	bool is_known;
	char head[USH_LOG_HEAD_MAX];
	size_t head_len;
	uint64_t offset;
};

/* Keeps other processes from sending by the same file: each would skip what the other one has sent.
 * *out is owned by the caller, who ends it with close(). -1 if another process has it. */
USH_MUST_CHECK int ush_positions_lock(int *out, const char *path, struct ush_error *err);

/* Fills in what the file knows of these logs; a file that is missing knows none. -1: it is damaged or
 * cannot be read. */
USH_MUST_CHECK int ush_positions_load(
    struct ush_position *positions, size_t count, const char *path, struct ush_error *err);
USH_MUST_CHECK int ush_positions_save(
    const struct ush_position *positions, size_t count, const char *path, struct ush_error *err);

/* Whether this is the file of the position. */
bool ush_position_is_in(const struct ush_position *position, const struct ush_lines *lines);
void ush_position_set(
    struct ush_position *position, const struct ush_lines *lines, uint64_t offset);
