/* SPDX-License-Identifier: BSD-3-Clause */
/* log_walk.h - the events of a log with its rotated files, in their order, as the command wants them:
 * of its host (NULL: all), campaign and window. State lines are passed over. One thread. */
#pragma once

#include "sinkhole/sinkctl/command.h"
#include "sinkhole/store/event_read.h"

/* Borrowed for the call. */
struct ush_log_line {
	const char *path; /* of the file */
	uint64_t offset;  /* of the line in it, once it is expanded */
	const char *text; /* without its newline */
	size_t len;
	const struct ush_event *event;
};

/* -1 with the reason ends the walk. */
typedef int ush_log_line_fn(void *arg, const struct ush_log_line *line, struct ush_error *err);
USH_MUST_CHECK int ush_log_walk(const struct ush_command *command,
    const struct ush_log_source *source, ush_log_line_fn *fn, void *arg, struct ush_error *err);
