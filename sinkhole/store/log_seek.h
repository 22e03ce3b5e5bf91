/* SPDX-License-Identifier: BSD-3-Clause */
/* log_seek.h - to a time in a log, without reading what stands before it.
 *
 * Lines stand in the order in which they were written, and a line is written after what it tells of:
 * of a connection when its request is whole, of aggregated events when their time is over. So they
 * are nearly in the order of their times. A line that stands for one event is taken to be at most
 * `late` later in the file than its time says; aggregated lines are not asked for the way. Used by
 * the thread that uses the lines. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include "common/attr.h"
#include "common/error.h"
#include "sinkhole/store/logs.h"

/* Much more than a request may take (`request-timeout`) and a busy writer needs. */
#define USH_LOG_LATE_MS (10u * 60 * 1000)
/* The longest time whose events are in one line. */
#define USH_LOG_AGGREGATE_MS (60u * 60 * 1000)

/* Moves to the beginning of a line before which no event of since_ms or later stands. That holds also
 * where a clock was behind, if it wrote less than a megabyte in that time. Behind the file's beginning
 * only if the file was seen to be a log. A compressed file is not moved. -1 if the file cannot be read. */
USH_MUST_CHECK int ush_log_seek(
    struct ush_lines *lines, uint64_t since_ms, uint64_t late_ms, struct ush_error *err);

/* The time of a line of ours that stands for one event; 0: it does not, or is no such line. */
uint64_t ush_log_line_time(const char *line, size_t len);

/* Whether a file that is not written to any more can be left out, by the time of its last change. */
bool ush_log_file_is_before(const struct ush_log_file *file, uint64_t since_ms, uint64_t late_ms);
