/* SPDX-License-Identifier: BSD-3-Clause */
/* server.h - the daemon: settings and list, workers, event log, signals. Its one root structure;
 * all but the counters for the state lines belongs to the main thread, which handles signals, watches
 * the files and shows what is new to the workers. */
#pragma once

#include <event2/event.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include "common/attr.h"
#include "common/error.h"
#include "common/eventlog.h"
#include "sinkhole/server/sources.h"
#include "sinkhole/server/workers.h"

#define USH_SERVER_REASON_MAX 640 /* a path and a sentence */

/* What the state lines say of the two files; written by the main thread, read by the log's. */
struct ush_server_state {
	_Atomic uint64_t serial;
	_Atomic uint64_t built_ms;
	_Atomic uint64_t rules;
	_Atomic bool loaded;
	_Atomic bool refused;
	_Atomic unsigned listening;
	/* Why the newest version of a file is not in use; "": it is. */
	pthread_mutex_t lock;
	char list_reason[USH_SERVER_REASON_MAX];     /* under lock */
	char settings_reason[USH_SERVER_REASON_MAX]; /* under lock */
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
