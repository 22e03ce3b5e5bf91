/* SPDX-License-Identifier: BSD-3-Clause */
/* connection.h - a TCP connection as a row of messages: HTTP requests, one ClientHello, or just
 * bytes, each known by its first bytes. A connection that says nothing costs no buffer. It belongs
 * to its loop. */
#pragma once

#include <event2/event_struct.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>
#include "common/address.h"
#include "common/attr.h"
#include "sinkhole/evidence/community.h"
#include "sinkhole/evidence/contact.h"
#include "sinkhole/evidence/received.h"
#include "sinkhole/protocol/chunked.h"
#include "sinkhole/protocol/forwarded.h"
#include "sinkhole/protocol/http.h"
#include "sinkhole/protocol/syn.h"
#include "sinkhole/server/endpoints.h"

struct ush_host;
struct ush_loop;
struct ush_probe;

enum ush_phase {
	USH_PHASE_START, /* between messages: the protocol shows in the first bytes */
	USH_PHASE_PROXY, /* only ever before the first message */
	USH_PHASE_HEAD,
	USH_PHASE_BODY,
	USH_PHASE_HELLO,
	USH_PHASE_PROBE, /* the ClientHello was answered; will the client go on? */
	USH_PHASE_RAW,
	USH_PHASE_CLOSING, /* all was said; what still comes is thrown away so that the answer
	                      arrives */
	USH_PHASE_DEAD,
};

/* The message that is coming in. */
struct ush_message {
	struct ush_received raw;  /* as received */
	struct ush_received body; /* without chunked coding, if there was any */
	uint64_t since_ms;        /* wall clock at its first byte */
	uint64_t deadline_ms;     /* monotonic; it must be whole by then */
	size_t seen;              /* bytes of the head that were searched for its end */
	size_t head_bytes;
	enum ush_framing framing;
	uint64_t left; /* of a body with a length */
	struct ush_chunked chunked;
};

/* What a CONNECT asked for: all that follows on the connection is for its target. */
struct ush_tunnel {
	struct ush_forwarded from; /* of the CONNECT: the headers inside are the client's own */
	char target[USH_HTTP_TUNNEL_MAX + 1]; /* "www.example.jp:443", without a login */
};

struct ush_connection {
	TAILQ_ENTRY(ush_connection) link;
	struct ush_loop *loop;
	struct ush_host *host;
	struct event event;
	struct ush_endpoints ends;
	char community[USH_COMMUNITY_TEXT_MAX]; /* of these ends; "" before the first contact */
	struct ush_syn syn;
	bool has_syn;
	enum ush_phase phase;
	bool spoke;         /* at least one message is done */
	bool after_person;  /* one of them was private: this one's, who sent it */
	bool after_persons; /* several hosts sent such */
	struct ush_address person;
	bool nameless; /* a trusted proxy did not say for whom it speaks */
	bool unsure;   /* where a request begins may be the client's choice, not the proxy's */
	struct ush_tunnel *tunnel; /* NULL: none */
	struct ush_probe *probe;   /* TLS around all that comes; NULL: none */
	const char *flaw;          /* of all that comes, a word; NULL: none */
	short awaited;             /* EV_READ, EV_WRITE; 0: nothing yet */
	time_t patience;           /* seconds that it is awaited */
	bool at_end;               /* the peer has closed its side */
	bool unheard;              /* more than was listened to has arrived, or is to be expected */
	bool writing;              /* the peer takes no more answers for the moment */
	bool mute; /* it gets none any more, because one had no room or waited too long */
	struct ush_message message;
	uint8_t *output; /* answers that wait for the peer */
	size_t output_len;
	size_t output_sent;
	uint64_t write_deadline_ms; /* monotonic; they must be taken by then */
};

/* Takes the socket over. -1 if it cannot (the caller still owns it then). */
USH_MUST_CHECK int ush_connection_open(
    struct ush_loop *loop, int fd, const struct ush_endpoints *ends, struct ush_host *host);

/* Reads what has arrived, records what is unfinished as it is, closes and frees. */
void ush_connection_finish(struct ush_connection *connection);

/* For message.c and probe.c: sends, or keeps until the peer takes it. */
void ush_connection_send(struct ush_connection *connection, const void *data, size_t len);
/* For probe.c: what has arrived, by the phases. */
void ush_connection_feed(struct ush_connection *connection, const uint8_t *data, size_t len);

/* message.c: its first byte is here. */
void ush_message_begin(struct ush_connection *connection);
/* message.c: the message is over: its contact is judged, recorded and answered. `malformed` says
 * what broke it (NULL: nothing that its own bytes do not show). Leaves the connection ready for the
 * next message, or CLOSING. */
void ush_message_done(struct ush_connection *connection, const char *malformed);
/* Feeds received bytes to the message; returns how many it took. */
size_t ush_message_feed(struct ush_connection *connection, const uint8_t *data, size_t len);
/* Nothing more will come: whatever there is of a message is done. */
void ush_message_end(struct ush_connection *connection);
void ush_message_fini(struct ush_message *message);
/* proxy.c: the same as ush_message_feed() for the header that comes before all messages. */
size_t ush_proxy_feed(struct ush_connection *connection, const uint8_t *data, size_t len);

/* probe.c: TLS with those who go on past the ClientHello. Answers the one that is the connection's
 * message; false if that is not to be done, or cannot. */
bool ush_probe_begin(struct ush_connection *connection, const char *server_name);
/* The same as ush_connection_feed() for sealed bytes. */
void ush_probe_feed(struct ush_connection *connection, const uint8_t *data, size_t len);
void ush_probe_send(struct ush_connection *connection, const void *data, size_t len);
/* When what has begun must be whole, monotonic ms; 0: nothing has. */
uint64_t ush_probe_deadline(const struct ush_connection *connection);
void ush_probe_close(struct ush_connection *connection); /* says good-bye */
void ush_probe_free(struct ush_connection *connection);  /* there need be none */
/* For contacts: valid until more is fed. NULL: no probe. */
const struct ush_contact_tls *ush_probe_tls(const struct ush_connection *connection);
