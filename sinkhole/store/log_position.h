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

/* Who reads on. `read` takes the lines from where they stand and moves the position on; what it returns
 * other than 0 ends the reading. `note` is told what went wrong, with the file. */
struct ush_log_reader {
	int (*read)(void *arg, struct ush_log_position *position, struct ush_lines *lines);
	void (*note)(void *arg, const struct ush_error *err);
	void *arg;
};

/* Reads what is new, file by file, oldest first. Where the file of the position is gone, that is noted,
 * and all that is there is new. A file that cannot be read is noted and passed over. Returns what
 * `read` ended it with, or 0. */
int ush_log_position_read(struct ush_log_position *position, const struct ush_log_reader *reader);
