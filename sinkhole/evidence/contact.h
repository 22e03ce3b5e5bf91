/* SPDX-License-Identifier: BSD-3-Clause */
/* contact.h - one thing that called in, as received: the input of finding.h and record.h.
 * A contact is made on its loop's thread when a message is whole (or will never be), borrows the
 * bytes of its connection and lives until its event is written. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include "common/address.h"
#include "sinkhole/evidence/received.h"
#include "sinkhole/protocol/forwarded.h"
#include "sinkhole/protocol/hello.h"
#include "sinkhole/protocol/http.h"
#include "sinkhole/protocol/syn.h"

enum ush_contact_kind {
	USH_CONTACT_HTTP,       /* http-request, or http-malformed if `malformed` is set */
	USH_CONTACT_TLS,        /* tls-client-hello, or tls-malformed */
	USH_CONTACT_TCP,        /* tcp-data */
	USH_CONTACT_SILENT,     /* tcp-silent */
	USH_CONTACT_UDP,        /* udp-datagram */
	USH_CONTACT_TCP_FOLDED, /* tcp-folded: connections that were only counted, with their number */
	USH_CONTACT_UDP_FOLDED, /* udp-folded */
};

/* Of a ClientHello how its handshake went; of anything else the TLS that it came in. */
struct ush_contact_tls {
	bool established;        /* the client took a certificate that it had no reason to trust */
	const char *alert;       /* the client's first, "" if it sent none */
	const char *server_name; /* SNI, "" if there was none */
};

struct ush_contact {
	enum ush_contact_kind kind;
	uint64_t time_ms;        /* when its first byte came */
	struct ush_address peer; /* family 0 in an aggregate of many hosts */
	uint16_t peer_port;
	struct ush_address destination;
	uint16_t destination_port;
	const char *community;     /* Community ID of the flow; NULL: none */
	struct ush_address proxy;  /* named peer and destination itself; family 0: none did */
	struct ush_forwarded from; /* the host behind the peer */
	const char *malformed;     /* what is wrong with it, a word; NULL: nothing */
	const struct ush_http_head *head; /* HTTP */
	struct ush_text body;             /* HTTP: what was kept of it, without chunked coding */
	uint64_t body_bytes;              /* all of it */
	const struct ush_hello *hello;    /* TLS, NULL if malformed */
	struct ush_received *raw;         /* all that was received; NULL: nothing */
	const struct ush_syn *syn; /* what opened the connection; NULL: not known, or said before */
	const struct ush_contact_tls *tls; /* how far TLS went; NULL: there was none to speak of */
	const char *tunnel;                /* target of the CONNECT that this came in; NULL: none */
	bool after_person;          /* an earlier request on this connection was a person's */
	unsigned status;            /* of the answer, 0: none */
	uint32_t held;              /* seconds that the answer is kept back */
	const char *reference;      /* on the page that was shown; NULL: none was */
	struct ush_address network; /* of a count: the /64 of the hosts in it; family 0: none */
	uint64_t repeat;            /* of a count: how many */
	uint64_t last_ms;           /* of a count: when the last one came */
};

/* event.action */
const char *ush_contact_action(const struct ush_contact *contact);
/* The host that the bytes name, as sent; if they name none, the one that their tunnel leads to. */
struct ush_text ush_contact_host(const struct ush_contact *contact);
bool ush_contact_is_udp(const struct ush_contact *contact);
