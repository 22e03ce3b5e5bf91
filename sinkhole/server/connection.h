/* SPDX-License-Identifier: BSD-3-Clause */
/* connection.h - a TCP connection as a row of messages. It conducts: bytes from the socket go
 * through the PROXY header (proxy.h) or TLS (probe.h) where there is one, into a message
 * (message.h); a message that is over is recorded and answered (respond.h); the answer goes back
 * through TLS and waits until the peer takes it (output.h).
 *
 *   PROXY ──► MESSAGES ◄──► PROBE
 *     │          │   ▲        │
 *     │          │   └► HELD  │
 *     └──────────┴────────────┴──► CLOSING ──► LINGERING ──► DEAD
 *
 * A connection that says nothing costs no buffer. It belongs to its loop. */
#pragma once

#include <event2/event_struct.h>
#include <sys/queue.h>
#include "common/attr.h"
#include "sinkhole/server/endpoints.h"
#include "sinkhole/server/hold.h"
#include "sinkhole/server/loop.h"
#include "sinkhole/server/message.h"
#include "sinkhole/server/output.h"
#include "sinkhole/server/probe.h"
#include "sinkhole/server/respond.h"

enum ush_phase {
	USH_PHASE_PROXY,    /* a PROXY header is expected; only ever before the first message */
	USH_PHASE_MESSAGES, /* messages are read, from the socket or out of TLS */
	/* The ClientHello was answered; it stays the message until it shows what came of it: the
	 * first plain byte, an alert, silence. */
	USH_PHASE_PROBE,
	USH_PHASE_HELD,    /* the answer is kept back; whatever comes ends that before it is read */
	USH_PHASE_CLOSING, /* nothing more is read; answers are on their way */
	/* The sending side is shut down. What still comes is thrown away: a socket that is closed
	 * with bytes unread resets the connection, and with it the last answer. */
	USH_PHASE_LINGERING,
	USH_PHASE_DEAD,
};

/* What there is to read from the socket. */
enum ush_input_state {
	USH_INPUT_OPEN,
	USH_INPUT_UNREAD, /* more has arrived than was read, or is to be expected */
	USH_INPUT_ENDED,  /* the peer has closed its side */
};

struct ush_connection {
	TAILQ_ENTRY(ush_connection) link;
	struct ush_loop *loop;
	struct ush_host_entry *host; /* whose limits count */
	struct event event;
	enum ush_phase phase;
	enum ush_input_state input;
	struct ush_party party;
	struct ush_probe *probe; /* TLS around all that comes; NULL: none */
	struct ush_message message;
	struct ush_output output;
	struct ush_held *held; /* HELD: the answer */
	uint64_t until_ms;     /* monotonic; LINGERING: until then */
	short awaited;         /* EV_READ, EV_WRITE; 0: nothing yet */
	time_t patience;       /* seconds that it is awaited */
};

/* Takes the socket over. -1 if it cannot (the caller still owns it then). */
USH_MUST_CHECK int ush_connection_open(
    struct ush_loop *loop, int fd, const struct ush_endpoints *ends, struct ush_host_entry *host);

/* Sends the answers that are kept back longer than the settings of the loop say by now. */
void ush_connections_release(struct ush_loop *loop);

/* Reads what has arrived, records what is unfinished as it is, closes and frees. */
void ush_connection_finish(struct ush_connection *connection);
