/* SPDX-License-Identifier: BSD-3-Clause */
/* sinkctl follow: the events as they are written, through rotations, until it is stopped. It asks no
 * store. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "sinkhole/sinkctl/command.h"
#include "sinkhole/sinkctl/event_line.h"
#include "sinkhole/store/log_position.h"

/* One log of the settings. */
struct followed_log {
	struct ush_log_position position;
	uint64_t since_ms; /* of a log that began with a rotated file: what is older is not new */
	struct ush_error trouble; /* what was last said of it */
};

/* The same trouble twice a second is one line. */
static void
say_trouble(struct followed_log *log, const struct ush_error *err)
{
	if (memcmp(&log->trouble, err, sizeof(*err)) == 0)
		return;
	log->trouble = *err;
	ush_error_print(stderr, USH_PROGRAM, err);
}

static void
show_line(
    const struct ush_command *command, const struct followed_log *log, const char *line, size_t len)
{
	struct ush_event event;

	if (line == NULL || !ush_event_line_may_be_wanted(command, line, len) ||
	    ush_event_read(&event, line, len) != 0)
		return;
	if (event.last_ms >= log->since_ms && ush_event_is_wanted(command, &event))
		ush_event_print(command, &event, line, len);
	ush_event_fini(&event);
}

/* From `offset` to the end of one file. */
static void
show_file(
    const struct ush_command *command, struct followed_log *log, const char *path, uint64_t offset)
{
	struct ush_error err = {0};
	struct ush_lines *lines;
	const char *line;
	size_t len;
	int rc = ush_lines_open_at(&lines, path, offset, &err);

	while (rc == 0 && lines != NULL && ush_lines_next(lines, &line, &len, &err) == 1)
		show_line(command, log, line, len);
	if (err.text[0] != '\0')
		say_trouble(log, &err);
	if (lines != NULL)
		ush_log_position_set(&log->position, lines, ush_lines_offset(lines));
	ush_lines_close(lines);
}

static void
show_log(const struct ush_command *command, struct followed_log *log)
{
	struct ush_log_files files = {0};
	struct ush_error err = {0};
	uint64_t offset;
	size_t i;

	if (ush_log_files_find(&files, log->position.path, &err) != 0) {
		say_trouble(log, &err);
		return;
	}
	i = ush_log_position_find(&log->position, &files, &offset);
	if (i == files.count && files.count > 0) {
		ush_fail(&err, log->position.path, 0,
		    "the file that was read is gone; what followed in it was not shown");
		say_trouble(log, &err);
		i = 0;
	}
	for (; i < files.count; i++, offset = 0)
		show_file(command, log, files.items[i].path, offset);
	ush_log_files_fini(&files);
}

/* Only what is written from now on is new. */
static void
start(struct followed_log *logs, const struct ush_command *command)
{
	const struct ush_store_settings *settings = &command->settings->store;

	for (size_t i = 0; i < settings->log_count; i++) {
		struct ush_error err = {0};

		logs[i].position.path = settings->logs[i].path;
		if (ush_log_position_set_end(&logs[i].position, &err) != 0)
			say_trouble(&logs[i], &err);
		if (!logs[i].position.is_known)
			logs[i].since_ms = command->now_ms;
	}
}

int
ush_cmd_follow(struct ush_command *command)
{
	static const struct timespec pause = {.tv_nsec = 500 * 1000 * 1000};
	size_t count = command->settings->store.log_count;
	struct followed_log *logs = calloc(count, sizeof(*logs));
	struct ush_error err = {0};

	if (logs == NULL)
		return ush_command_fail(&(struct ush_error){.text = "out of memory"});
	start(logs, command);
	while (fflush(stdout) == 0 && !ferror(stdout)) {
		(void)nanosleep(&pause, NULL);
		command->now_ms = ush_time_now_ms();
		for (size_t i = 0; i < count; i++)
			show_log(command, &logs[i]);
	}
	free(logs);
	ush_fail(&err, NULL, 0, "the answer could not be written");
	return ush_command_fail(&err);
}
