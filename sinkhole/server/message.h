/* SPDX-License-Identifier: BSD-3-Clause */
/* message.h - reads one message out of the bytes of a connection: an HTTP request, a ClientHello,
 * or just bytes, known by the first of them. It knows nothing of connections and sends nothing.
 *
 *   START ──► HEAD ──► BODY ──► done
 *     │ │               (a request without a body is done with its head)
 *     │ └───► HELLO ──► done
 *     └─────► RAW ────► done
 *
 * A message belongs to one thread. Zeroed it is one that has not begun. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "common/settings.h"
#include "sinkhole/evidence/received.h"
#include "sinkhole/protocol/chunked.h"
#include "sinkhole/protocol/hello.h"
#include "sinkhole/protocol/http.h"

enum ush_message_phase {
	USH_MESSAGE_START, /* the protocol is not known yet */
	USH_MESSAGE_HEAD,
	USH_MESSAGE_BODY,
	USH_MESSAGE_HELLO,
	USH_MESSAGE_RAW,
};

struct ush_message {
	enum ush_message_phase phase;
	struct ush_received raw;  /* as received */
	struct ush_received body; /* without chunked coding, if there was any */
	const char *malformed; /* what broke it and does not show in its own bytes; NULL: nothing */
	uint64_t since_ms;     /* wall clock at its first byte */
	uint64_t deadline_ms;  /* monotonic; it must be whole by then; 0: it has not begun */
	size_t seen;           /* bytes of the head that were searched for its end */
	size_t head_bytes;     /* 0: the head is not whole */
	enum ush_framing framing;
	uint64_t left; /* of a body with a length */
	struct ush_chunked chunked;
};

/* Room to read heads and ClientHellos in, one for each thread. */
struct ush_parsed {
	struct ush_http_head head;
	struct ush_hello hello;
	const struct ush_message *of; /* whose they are, when they need not be read again */
};

enum ush_message_result {
	USH_MESSAGE_MORE,      /* all bytes were used */
	USH_MESSAGE_CONTINUE,  /* the same, and the sender waits for "100 Continue" */
	USH_MESSAGE_DONE,      /* it is whole, or broken */
	USH_MESSAGE_TUNNEL,    /* it is a CONNECT with a host and a port */
	USH_MESSAGE_WANTS_TLS, /* it is a whole ClientHello; it may be answered */
};

/* Starts the clocks of a message that has not begun. */
void ush_message_begin(struct ush_message *message, const struct ush_sinkhole_settings *settings);

/* Feeds received bytes; returns how many belong to the message. Begins it if need be. */
size_t ush_message_feed(struct ush_message *message, struct ush_parsed *parsed,
    const struct ush_sinkhole_settings *settings, const uint8_t *data, size_t len,
    enum ush_message_result *result);

/* Nothing more will come: what is missing is named in `malformed`. */
void ush_message_cut(struct ush_message *message);
/* Nothing but line ends has come. Old browsers send one after a POST; it is part of no message. */
bool ush_message_is_blank(const struct ush_message *message);

/* Zeroes it; what it held is freed. */
void ush_message_fini(struct ush_message *message);

/* The head of a request, read again if that is needed. */
void ush_message_read_head(const struct ush_message *message, struct ush_parsed *parsed);
/* The same for a ClientHello; false if it is not whole. */
bool ush_message_read_hello(const struct ush_message *message, struct ush_parsed *parsed);
