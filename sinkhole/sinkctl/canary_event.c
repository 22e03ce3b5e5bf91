/* SPDX-License-Identifier: BSD-3-Clause */
#include "sinkhole/sinkctl/canary_event.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include "sinkhole/store/event_read.h"
#include "sinkhole/store/log_position.h"

#define LOOKS 40 /* a tenth of a second apart: sinkholed writes within one second */

struct ush_canary_logs {
	struct ush_log_position *positions; /* of those that come without a delay */
	size_t count;
	bool are_some_elsewhere;
	char path[40]; /* of the request that is looked for */
};

int
ush_canary_logs_open(
    struct ush_canary_logs **out, const struct ush_settings *settings, struct ush_error *err)
{
	const struct ush_store_settings *store = &settings->store;
	struct ush_canary_logs *logs = calloc(1, sizeof(*logs));
	uint64_t number;

	*out = logs;
	if (logs != NULL)
		logs->positions = calloc(store->log_count, sizeof(*logs->positions));
	if (logs == NULL || logs->positions == NULL)
		return ush_fail(err, NULL, 0, "out of memory");
	if (getrandom(&number, sizeof(number), 0) != sizeof(number))
		return ush_fail_errno(err, NULL, "there are no random numbers");
	snprintf(
	    logs->path, sizeof(logs->path), "/sinkctl-check/%016llx", (unsigned long long)number);
	logs->are_some_elsewhere = store->pull_from != NULL;
	for (size_t i = 0; i < store->log_count; i++) {
		struct ush_log_position *position = &logs->positions[logs->count];

		if (store->logs[i].writer != USH_LOG_CONTACTS)
			continue;
		if (store->logs[i].delay > 0) {
			logs->are_some_elsewhere = true;
			continue;
		}
		logs->count++;
		position->path = store->logs[i].path;
		if (ush_log_position_set_end(position, err) != 0)
			return -1;
	}
	logs->are_some_elsewhere = logs->are_some_elsewhere || logs->count == 0;
	return 0;
}

void
ush_canary_logs_close(struct ush_canary_logs *logs)
{
	if (logs == NULL)
		return;
	free(logs->positions);
	free(logs);
}

const char *
ush_canary_logs_path(const struct ush_canary_logs *logs)
{
	return logs->path;
}

/* 1: the request is there. */
static int
find_in_lines(void *arg, struct ush_log_position *position, struct ush_lines *lines)
{
	const struct ush_canary_logs *logs = arg;
	bool is_found = false;
	const char *line;
	size_t len;

	while (!is_found && ush_lines_next(lines, &line, &len, NULL) == 1) {
		struct ush_event event;

		/* The path is plain: JSON has it as it is. */
		if (line == NULL || memmem(line, len, logs->path, strlen(logs->path)) == NULL ||
		    ush_event_read(&event, line, len) != 0)
			continue;
		is_found = event.dataset == USH_IN_CONTACTS && strcmp(event.path, logs->path) == 0;
		ush_event_fini(&event);
	}
	ush_log_position_set(position, lines, ush_lines_offset(lines));
	return is_found;
}

/* What cannot be read is in the answer already: it was read into the store. */
static void
pass_over(void *arg, const struct ush_error *err)
{
	(void)arg;
	(void)err;
}

enum ush_canary_record
ush_canary_logs_find(struct ush_canary_logs *logs)
{
	static const struct timespec pause = {.tv_nsec = 100 * 1000 * 1000};
	const struct ush_log_reader reader = {find_in_lines, pass_over, logs};

	for (unsigned look = 0; look < LOOKS && logs->count > 0; look++) {
		(void)nanosleep(&pause, NULL);
		for (size_t i = 0; i < logs->count; i++) {
			if (ush_log_position_read(&logs->positions[i], &reader) == 1)
				return USH_CANARY_RECORDED;
		}
	}
	return logs->are_some_elsewhere ? USH_CANARY_ELSEWHERE : USH_CANARY_ABSENT;
}
