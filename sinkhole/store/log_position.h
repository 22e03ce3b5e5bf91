/* SPDX-License-Identifier: BSD-3-Clause */
/* log_position.h - a place in one log, from which it is read on through rotations. One thread. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "common/attr.h"
#include "common/error.h"
#include "sinkhole/store/logs.h"

/* The file that is read, by how its first line begins, and the offset behind the last line that was
 * taken. */
struct ush_log_position {
	const char *path; /* of the log; borrowed */
	bool is_known;
	char head[USH_LOG_HEAD_MAX];
	size_t head_len;
	uint64_t offset;
};

/* Whether this is the file of the position. */
bool ush_log_position_is_in(const struct ush_log_position *position, const struct ush_lines *lines);
void ush_log_position_set(
    struct ush_log_position *position, const struct ush_lines *lines, uint64_t offset);
/* At the end of the file that is being written, so that only new lines follow. A log that has no line
 * yet leaves the position unknown. */
USH_MUST_CHECK int ush_log_position_set_end(
    struct ush_log_position *position, struct ush_error *err);

/* The number of the file with which reading goes on, the first one if the position is not known, and
 * the offset in it. The number of files if the file of the position is gone. */
size_t ush_log_position_find(
    const struct ush_log_position *position, const struct ush_log_files *files, uint64_t *offset);

/* Opens a file at `offset`, the beginning of a line; of a file that became shorter the end. *out is
 * NULL if it has no line or is gone. -1 if it cannot be read. */
USH_MUST_CHECK int ush_lines_open_at(
    struct ush_lines **out, const char *path, uint64_t offset, struct ush_error *err);
