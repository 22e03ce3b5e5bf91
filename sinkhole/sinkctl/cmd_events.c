/* SPDX-License-Identifier: BSD-3-Clause */
/* sinkctl events: the logs themselves, all in one stream by time, with the rotated files. It asks
 * no store. A file that cannot be read is named; the others are shown. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "sinkhole/sinkctl/command.h"
#include "sinkhole/sinkctl/event_line.h"
#include "sinkhole/store/log_seek.h"
#include "sinkhole/store/logs.h"

/* After so many bytes of lines that are too late the rest of the file is not read. Fewer may be of a
 * clock that was ahead for a while, and say nothing of the lines behind. */
#define BEHIND_BYTES (64u << 20)

/* One log, file after file, with the next event that is wanted. */
struct event_source {
	struct ush_log_files files;
	uint64_t late_ms; /* that its lines may be */
	size_t next_file;
	struct ush_lines *lines; /* NULL: between files */
	uint64_t behind_at; /* where in the file what is too late begins; UINT64_MAX: not here */
	bool is_log;        /* an event was found in the open file */
	const char *line;   /* of the event, borrowed from lines */
	size_t len;
	struct ush_event event;
	bool has_event;
};

/* All logs of the settings. */
struct stream {
	const struct ush_command *command;
	struct event_source *sources;
	size_t count;
	struct ush_update passed_over; /* broken lines, unread files */
};

/* Whether the line is so late that what follows should be, too; also aggregated events, which are
 * written when their time is over. What has no time of its own is as the lines before it. */
static bool
is_behind(const struct stream *stream, struct event_source *source)
{
	uint64_t until_ms = stream->command->until_ms;
	uint64_t time_ms;

	if (until_ms == 0 || (time_ms = ush_log_line_time(source->line, source->len)) == 0)
		return false;
	if (time_ms < until_ms + source->late_ms + USH_LOG_AGGREGATE_MS) {
		source->behind_at = UINT64_MAX;
		return false;
	}
	if (source->behind_at == UINT64_MAX)
		source->behind_at = ush_lines_offset(source->lines);
	return true;
}

/* The next wanted event of the open file. 1, 0 at its end, -1. */
static int
next_in_file(struct stream *stream, struct event_source *source, struct ush_error *err)
{
	int rc;

	while ((rc = ush_lines_next(source->lines, &source->line, &source->len, err)) == 1) {
		if (source->line == NULL)
			continue;
		if (is_behind(stream, source)) {
			source->is_log = true;
			if (ush_lines_offset(source->lines) - source->behind_at > BEHIND_BYTES)
				return 0;
			continue;
		}
		if (!ush_event_line_may_be_wanted(stream->command, source->line, source->len)) {
			source->is_log = source->is_log || source->line[0] == '{';
			continue;
		}
		if (ush_event_read(&source->event, source->line, source->len) != 0) {
			stream->passed_over.broken++;
			continue;
		}
		source->is_log = true;
		if (ush_event_is_wanted(stream->command, &source->event))
			return 1;
		ush_event_fini(&source->event);
	}
	return rc;
}

/* Opens the next file where the wanted events begin, unless all of it is older. What cannot be read
 * is noted. */
static void
open_next(struct stream *stream, struct event_source *source)
{
	const struct ush_log_file *file = &source->files.items[source->next_file++];
	uint64_t since_ms = stream->command->since_ms;
	struct ush_error err = {0};

	if (ush_log_file_is_before(file, since_ms, source->late_ms))
		return;
	if (ush_lines_open(&source->lines, file->path, &err) != 0)
		ush_unread_add(&stream->passed_over.unread, &err);
	if (source->lines == NULL)
		return;
	if (ush_log_seek(source->lines, since_ms, source->late_ms, &err) != 0) {
		ush_unread_add(&stream->passed_over.unread, &err);
		ush_lines_close(source->lines);
		source->lines = NULL;
		return;
	}
	source->is_log = ush_lines_offset(source->lines) > 0;
	source->behind_at = UINT64_MAX;
}

/* To the next wanted event, or to the end of the last file. */
static void
advance(struct stream *stream, struct event_source *source)
{
	struct ush_error err = {0};
	int rc;

	if (source->has_event)
		ush_event_fini(&source->event);
	source->has_event = false;
	for (;;) {
		if (source->lines == NULL) {
			if (source->next_file == source->files.count)
				return;
			open_next(stream, source);
			continue;
		}
		rc = next_in_file(stream, source, &err);
		source->has_event = rc == 1;
		if (rc == 1)
			return;
		if (rc == 0)
			rc = ush_lines_fail_if_none(source->lines,
			    &source->files.items[source->next_file - 1], source->is_log, &err);
		if (rc == -1)
			ush_unread_add(&stream->passed_over.unread, &err);
		ush_lines_close(source->lines);
		source->lines = NULL;
	}
}

static int
open_stream(struct stream *stream, const struct ush_command *command, struct ush_error *err)
{
	const struct ush_store_settings *settings = &command->settings->store;

	*stream = (struct stream){.command = command};
	stream->sources = calloc(settings->log_count, sizeof(*stream->sources));
	if (stream->sources == NULL)
		return ush_fail(err, NULL, 0, "out of memory");
	for (size_t i = 0; i < settings->log_count; i++) {
		struct event_source *source = &stream->sources[stream->count++];
		struct ush_error trouble = {0};

		source->late_ms = USH_LOG_LATE_MS + (uint64_t)settings->logs[i].delay * 1000;
		if (ush_log_files_find(&source->files, settings->logs[i].path, &trouble) != 0)
			ush_unread_add(&stream->passed_over.unread, &trouble);
		advance(stream, source);
	}
	return 0;
}

static void
close_source(struct event_source *source)
{
	if (source->has_event)
		ush_event_fini(&source->event);
	ush_lines_close(source->lines);
	ush_log_files_fini(&source->files);
}

/* The source with the oldest event; NULL if no more come. */
static struct event_source *
oldest(const struct stream *stream)
{
	struct event_source *oldest = NULL;

	for (size_t i = 0; i < stream->count; i++) {
		struct event_source *source = &stream->sources[i];

		if (source->has_event &&
		    (oldest == NULL || source->event.time_ms < oldest->event.time_ms))
			oldest = source;
	}
	return oldest;
}

int
ush_cmd_events(struct ush_command *command)
{
	struct stream stream;
	struct event_source *source;
	struct ush_error err = {0};
	int rc;

	if (open_stream(&stream, command, &err) != 0)
		return ush_command_fail(&err);
	while ((source = oldest(&stream)) != NULL && !ferror(stdout)) {
		ush_event_print(command, &source->event, source->line, source->len);
		advance(&stream, source);
	}
	ush_command_warn(&stream.passed_over);
	rc = ush_command_unread(&stream.passed_over.unread);
	for (size_t i = 0; i < stream.count; i++)
		close_source(&stream.sources[i]);
	free(stream.sources);
	if (fflush(stdout) == 0 && !ferror(stdout))
		return rc;
	ush_fail(&err, NULL, 0, "the answer could not be written");
	return ush_command_fail(&err);
}
