/* SPDX-License-Identifier: BSD-3-Clause */
/* server.h - the daemon: settings and list, sockets, event log, loop, signals. Its one root
 * structure; all but the counters for the state lines belongs to the main thread. */
#pragma once

#include <event2/event.h>
#include <stdatomic.h>
#include <stdint.h>
#include "common/attr.h"
#include "common/error.h"
#include "common/eventlog.h"
#include "sinkhole/server/listener.h"
#include "sinkhole/server/loop.h"
#include "sinkhole/server/view.h"

/* What the state lines say of the list; written by the main thread, read by the log's. */
struct ush_server_state {
	_Atomic uint64_t serial;
	_Atomic uint64_t built_ms;
	_Atomic uint64_t rules;
	_Atomic bool loaded;
	_Atomic bool refused;
	_Atomic unsigned listening;
};

struct ush_server {
	const char *path; /* of the settings */
	struct ush_view view;
	struct ush_listeners listeners;
	struct ush_eventlog *log;
	struct ush_loop *loop;
	struct event *signals[3];
	struct event *tick;
	struct ush_server_state state;
};

/* Whether the daemon could start with these settings; binds nothing. Notes what is unusual on
 * stderr. */
USH_MUST_CHECK int ush_server_check(const char *path, struct ush_error *err);
/* Runs until SIGTERM or SIGINT. */
USH_MUST_CHECK int ush_server_run(const char *path, struct ush_error *err);
