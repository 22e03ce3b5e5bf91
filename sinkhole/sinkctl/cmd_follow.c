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
	const struct ush_command *command;
	struct ush_log_position position;
	uint64_t since_ms; /* of a log that began with a rotated file: what is older is not new */
	struct ush_error trouble; /* what was last said of it */
};

/* The same trouble twice a second is one line. */
static void
say_trouble(void *arg, const struct ush_error *err)
{
	struct followed_log *log = arg;

	if (memcmp(&log->trouble, err, sizeof(*err)) == 0)
		return;
	log->trouble = *err;
	ush_error_print(stderr, USH_PROGRAM, err);
}

static void
show_line(const struct followed_log *log, const char *line, size_t len)
{
	const struct ush_command *command = log->command;
	struct ush_event event;

	if (line == NULL || !ush_event_line_may_be_wanted(command, line, len) ||
	    ush_event_read(&event, line, len) != 0)
		return;
	if (event.last_ms >= log->since_ms && ush_event_is_wanted(command, &event))
		ush_event_print(command, &event, line, len);
	ush_event_fini(&event);
}

/* To the end of one file. */
static int
show_lines(void *arg, struct ush_log_position *position, struct ush_lines *lines)
{
	struct followed_log *log = arg;
	struct ush_error err = {0};
	const char *line;
	size_t len;
	int rc;

	while ((rc = ush_lines_next(lines, &line, &len, &err)) == 1)
		show_line(log, line, len);
	if (rc == -1)
		say_trouble(log, &err);
	ush_log_position_set(position, lines, ush_lines_offset(lines));
	return 0;
}

/* Only what is written from now on is new. */
static void
start(struct followed_log *logs, const struct ush_command *command)
{
	const struct ush_store_settings *settings = &command->settings->store;

	for (size_t i = 0; i < settings->log_count; i++) {
		struct ush_error err = {0};

		logs[i].command = command;
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
			(void)ush_log_position_read(&logs[i].position,
			    &(struct ush_log_reader){show_lines, say_trouble, &logs[i]});
	}
	free(logs);
	ush_fail(&err, NULL, 0, "the answer could not be written");
	return ush_command_fail(&err);
}
