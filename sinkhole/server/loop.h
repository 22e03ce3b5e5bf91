/* SPDX-License-Identifier: BSD-3-Clause */
/* loop.h - one event loop, as its parts share it. All its state is its own (one thread, one ring of
 * the event log, one table of hosts), so that several run side by side on sockets that share a port
 * (workers.h).
 *
 * Life of a contact: accept.c or udp.c takes it from the kernel -> connection.c reads its bytes,
 * through proxy.c and probe.c where a PROXY header or TLS is around them -> message.c gathers them
 * into messages by their protocol -> respond.c makes a contact of each, has it judged (finding.h),
 * chooses the answer (reply.h) -> emit.c writes the event (record.h), or counts it (host_table.h) if
 * a limit (limits.h) is met. run.c starts and stops all of this. */
#pragma once

#include <event2/event.h>
#include <event2/event_struct.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>
#include "common/eventlog.h"
#include "sinkhole/evidence/contact.h"
#include "sinkhole/evidence/finding.h"
#include "sinkhole/evidence/record.h"
#include "sinkhole/server/date.h"
#include "sinkhole/server/host_table.h"
#include "sinkhole/server/listener.h"
#include "sinkhole/server/message.h"
#include "sinkhole/server/reply.h"
#include "sinkhole/server/snapshot.h"

#define USH_INPUT_MAX 65536

struct ush_connection;
struct ush_loop;

/* Why a contact got no event of its own. */
enum ush_limit {
	USH_LIMIT_HOST_CONNECTIONS, /* max-connections-per-host */
	USH_LIMIT_FILES,            /* no more files */
	USH_LIMIT_HOST_DATAGRAMS,   /* USH_HOST_DATAGRAMS */
	USH_LIMIT_HOST_EVENTS,      /* max-events-per-host */
	USH_LIMIT_EVENTS,           /* max-events */
	USH_LIMIT_HOST_BYTES,       /* max-bytes-per-host */
	USH_LIMIT_BYTES,            /* max-bytes */
	USH_LIMIT_LOG,              /* the log had no room */
	USH_LIMITS,
};

/* Written by the loop, read by the log's thread for the state lines. */
struct ush_loop_counters {
	_Atomic uint64_t accepted;           /* connections */
	_Atomic uint64_t datagrams;          /* read */
	_Atomic uint64_t events;             /* contacts with an event of their own */
	_Atomic uint64_t aggregates;         /* events of aggregates */
	_Atomic uint64_t folded[USH_LIMITS]; /* contacts in aggregates, written or not yet */
	_Atomic uint64_t evicted;            /* connections ended for new ones */
	_Atomic uint64_t open;               /* connections now */
	_Atomic uint64_t probed;             /* ClientHellos answered */
	_Atomic uint64_t unprobed;           /* left unanswered for a limit */
	_Atomic uint64_t untrusted_accepted; /* of these, clients that went on */
	_Atomic uint64_t ticked_ms;          /* monotonic: its last tick */
};

/* A listener as one loop watches it. */
struct ush_watch {
	struct event event;
	struct ush_loop *loop;
	const struct ush_listener *listener;
};

struct ush_loop {
	struct event_base *base;
	struct ush_snapshot *snapshot; /* held; changes between two callbacks only */
	struct ush_ring *ring;
	_Atomic(struct ush_snapshot *) shown; /* held; taken at the next wake-up */
	_Atomic bool stop;
	int wake_fd; /* eventfd */
	struct event wake;
	struct event tick; /* once a second */
	struct ush_host_table hosts;
	struct ush_watch *watches;
	size_t watch_count;
	struct ush_budget budget;
	struct ush_pace pace;          /* of all events */
	struct ush_pace datagram_pace; /* of those that are datagrams */
	TAILQ_HEAD(ush_connection_list, ush_connection) connections; /* the longest idle first */
	size_t connection_count;
	unsigned blind_opens; /* so many more connections are not read from when they are opened */
	size_t probe_count;   /* connections with TLS */
	size_t held_count;    /* answers that are kept back */
	size_t share;         /* of 1/share of max-connections */
	size_t files;         /* most connections that there are files for, of all loops */
	uint64_t drain_ms;   /* monotonic: while draining, how long the log is waited for; 0: not */
	int spare_fd;        /* given up to be able to accept, and refuse, when there are no more */
	struct event resume; /* accepts again after a pause */
	struct ush_loop_counters counters;
	struct ush_http_date date;
	/* Used within one callback only. */
	struct ush_parsed parsed;
	struct ush_finding finding;
	struct ush_record record;
	char output[USH_REPLY_MAX];
	uint8_t input[USH_INPUT_MAX];
};
