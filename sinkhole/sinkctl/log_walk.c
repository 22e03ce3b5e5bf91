/* SPDX-License-Identifier: BSD-3-Clause */
#include "sinkhole/sinkctl/log_walk.h"

#include "sinkhole/sinkctl/event_line.h"
#include "sinkhole/store/log_seek.h"
#include "sinkhole/store/logs.h"

static int
walk_lines(const struct ush_command *command, struct ush_lines *lines, struct ush_log_line *at,
    ush_log_line_fn *fn, void *arg, struct ush_error *err)
{
	struct ush_event event;
	uint64_t next = ush_lines_offset(lines);
	int rc;

	while ((rc = ush_lines_next(lines, &at->text, &at->len, err)) == 1) {
		at->offset = next;
		next = ush_lines_offset(lines);
		if (at->text == NULL || !ush_event_line_may_be_wanted(command, at->text, at->len) ||
		    ush_event_read(&event, at->text, at->len) != 0)
			continue;
		at->event = &event;
		rc = event.dataset != USH_IN_STATE && ush_event_is_wanted(command, &event)
		         ? fn(arg, at, err)
		         : 0;
		ush_event_fini(&event);
		if (rc != 0)
			return -1;
	}
	return rc;
}

static int
walk_file(const struct ush_command *command, const struct ush_log_file *file, uint64_t late_ms,
    ush_log_line_fn *fn, void *arg, struct ush_error *err)
{
	struct ush_log_line at = {.path = file->path};
	struct ush_lines *lines;
	int rc;

	if (ush_log_file_is_before(file, command->since_ms, late_ms))
		return 0;
	if (ush_lines_open(&lines, file->path, err) != 0)
		return -1;
	if (lines == NULL)
		return 0;
	rc = command->since_ms > 0 ? ush_log_seek(lines, command->since_ms, late_ms, err) : 0;
	if (rc == 0)
		rc = walk_lines(command, lines, &at, fn, arg, err);
	ush_lines_close(lines);
	return rc;
}

int
ush_log_walk(const struct ush_command *command, const struct ush_log_source *source,
    ush_log_line_fn *fn, void *arg, struct ush_error *err)
{
	struct ush_log_files files;
	int rc = 0;

	if (ush_log_files_find(&files, source->path, err) != 0)
		return -1;
	for (size_t i = 0; i < files.count && rc == 0; i++)
		rc = walk_file(command, &files.items[i],
		    USH_LOG_LATE_MS + source->delay * UINT64_C(1000), fn, arg, err);
	ush_log_files_fini(&files);
	return rc;
}
