/* SPDX-License-Identifier: BSD-3-Clause */
/* sinkctl events: the logs themselves, both in one stream by time, with the rotated files. It asks
 * no store. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "sinkhole/sinkctl/command.h"
#include "common/terminal.h"
#include "sinkhole/sinkctl/when.h"
#include "sinkhole/store/event_read.h"
#include "sinkhole/store/logs.h"

/* One log, file after file, with the next event that is wanted. */
struct source {
	const struct ush_command *command;
	struct ush_log_files files;
	size_t next_file;
	struct ush_lines *lines; /* NULL: between files */
	const char *line;        /* of the event, borrowed from lines */
	size_t len;
	struct ush_event event;
	bool has_event;
	uint64_t broken;
};

/* What the sensors say often is for programs. */
static bool
is_routine(const struct ush_event *event)
{
	return event->state.is_heartbeat || strcmp(event->state.reason, "counted") == 0;
}

static bool
is_wanted(const struct ush_command *command, const struct ush_event *event)
{
	if (event->last_ms < command->since_ms && event->time_ms < command->since_ms)
		return false;
	if (event->dataset == USH_IN_STATE)
		return command->host == NULL && command->campaign == NULL &&
		       (command->json || !is_routine(event));
	return (command->host == NULL || strcmp(event->host, command->host) == 0) &&
	       (command->campaign == NULL || strcmp(event->campaign, command->campaign) == 0);
}

/* Parsing is what costs: a line that does not hold the text that is looked for needs none. */
static bool
may_be_wanted(const struct ush_command *command, const char *line, size_t len)
{
	const char *const words[] = {command->host, command->campaign};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (words[i] != NULL && memmem(line, len, words[i], strlen(words[i])) == NULL)
			return false;
	}
	return true;
}

/* The next wanted event of the open file. 1, 0 at its end, -1. */
static int
next_in_file(struct source *source, struct ush_error *err)
{
	int rc;

	while ((rc = ush_lines_next(source->lines, &source->line, &source->len, err)) == 1) {
		if (source->line == NULL ||
		    !may_be_wanted(source->command, source->line, source->len))
			continue;
		if (ush_event_read(&source->event, source->line, source->len) != 0) {
			source->broken++;
			continue;
		}
		if (is_wanted(source->command, &source->event))
			return 1;
		ush_event_fini(&source->event);
	}
	return rc;
}

static int
advance(struct source *source, struct ush_error *err)
{
	int rc;

	if (source->has_event)
		ush_event_fini(&source->event);
	source->has_event = false;
	for (;;) {
		if (source->lines == NULL) {
			if (source->next_file == source->files.count)
				return 0;
			if (ush_lines_open(&source->lines,
			        source->files.items[source->next_file++].path, err) != 0)
				return -1;
			continue;
		}
		rc = next_in_file(source, err);
		if (rc != 0) {
			source->has_event = rc == 1;
			return rc == 1 ? 0 : -1;
		}
		ush_lines_close(source->lines);
		source->lines = NULL;
	}
}

static int
open_source(struct source *source, const struct ush_command *command, const char *path,
    struct ush_error *err)
{
	*source = (struct source){.command = command};
	if (path == NULL)
		return 0;
	if (ush_log_files_find(&source->files, path, err) != 0)
		return -1;
	return advance(source, err);
}

static void
close_source(struct source *source)
{
	if (source->has_event)
		ush_event_fini(&source->event);
	ush_lines_close(source->lines);
	ush_log_files_fini(&source->files);
}

static void
print_event(const struct ush_command *command, const struct source *source)
{
	const struct ush_event *event = &source->event;
	char detail[USH_DETAIL_MAX];
	char line[USH_DETAIL_MAX + 256];
	char when[USH_WHEN_MAX];
	char repeat[32] = "";
	char *host;
	char *safe;
	char *fitted;

	if (command->json) {
		printf("%.*s\n", (int)source->len, source->line);
		return;
	}
	ush_event_describe(event, detail);
	if (event->repeat > 1)
		snprintf(
		    repeat, sizeof(repeat), " (%llu times)", (unsigned long long)event->repeat);
	host = ush_terminal_fit(
	    event->host, command->wide ? USH_ADDRESS_TEXT_MAX : 20, USH_ELIDE_MIDDLE);
	snprintf(line, sizeof(line), "%-19s %-15s %-14s %s%s",
	    ush_when_long(when, event->time_ms, command->now_ms),
	    host != NULL && host[0] != '\0' ? host : "-", event->action, detail, repeat);
	safe = ush_terminal_text(line);
	fitted = safe != NULL && !command->wide ? ush_terminal_fit(safe, 80, USH_ELIDE_END) : NULL;
	printf("%s\n", fitted != NULL ? fitted : safe != NULL ? safe : "out of memory");
	free(host);
	free(fitted);
	free(safe);
}

static int
print_all(const struct ush_command *command, struct source sources[2], struct ush_error *err)
{
	while (sources[0].has_event || sources[1].has_event) {
		struct source *source = &sources[0];

		if (!sources[0].has_event ||
		    (sources[1].has_event && sources[1].event.time_ms < sources[0].event.time_ms))
			source = &sources[1];
		print_event(command, source);
		if (ferror(stdout) || advance(source, err) != 0)
			return -1;
	}
	return 0;
}

int
ush_cmd_events(struct ush_command *command)
{
	struct source sources[2] = {0};
	struct ush_error err = {0};
	int rc;

	rc = open_source(&sources[0], command, command->settings->module.event_log, &err);
	if (rc == 0)
		rc = open_source(&sources[1], command, command->settings->sinkhole.event_log, &err);
	if (rc == 0)
		rc = print_all(command, sources, &err);
	ush_command_warn(&(struct ush_update){.broken = sources[0].broken + sources[1].broken});
	close_source(&sources[0]);
	close_source(&sources[1]);
	if (rc == 0 && fflush(stdout) == 0)
		return USH_EXIT_DONE;
	if (err.text[0] == '\0')
		ush_fail(&err, NULL, 0, "the answer could not be written");
	return ush_command_fail(&err);
}
