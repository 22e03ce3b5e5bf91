/* SPDX-License-Identifier: BSD-3-Clause */
/* server.h - the daemon: settings and list, workers, event log, signals. Its one root structure;
 * all but the counters for the state lines belongs to the main thread, which handles signals, watches
 * the files and shows what is new to the workers. */
#pragma once

#include <event2/event.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include "common/attr.h"
#include "common/error.h"
#include "common/eventlog.h"
#include "sinkhole/server/sources.h"
#include "sinkhole/server/workers.h"

#define USH_SERVER_REASON_MAX 640 /* a path and a sentence */

/* What the state lines say of the two files. The main thread alone writes it, under the lock; the
 * log's thread reads it under the lock, so that what a line says belongs together. */
struct ush_server_state {
	pthread_mutex_t lock;
	uint64_t serial;
	uint64_t built_ms;
	uint64_t rules;
	bool loaded;
	bool refused;
	unsigned listening; /* set before the log's thread starts */
	/* Why the newest version of a file is not in use; "": it is. */
	char list_reason[USH_SERVER_REASON_MAX];
	char settings_reason[USH_SERVER_REASON_MAX];
};

struct ush_server {
	const char *path; /* of the settings */
	struct ush_sources sources;
	struct ush_workers workers;
	struct ush_eventlog *log;
	struct event_base *base;
	struct event *signals[3];
	struct event *tick;
	struct ush_metrics *metrics; /* NULL: not configured */
	struct ush_server_state state;
};

/* Whether the daemon could start with these settings; binds nothing. Notes what is unusual on
 * stderr. */
USH_MUST_CHECK int ush_server_check(const char *path, struct ush_error *err);
/* Runs until SIGTERM or SIGINT. */
USH_MUST_CHECK int ush_server_run(const char *path, struct ush_error *err);
