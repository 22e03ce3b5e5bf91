/* SPDX-License-Identifier: BSD-3-Clause */
/* respond.h - makes a contact of a message, has it judged (finding.h), writes its event (emit.h) and
 * chooses its answer (reply.h). It knows the other end of a connection, and not the connection. On
 * the loop's thread. */
#pragma once

#include "sinkhole/evidence/community.h"
#include "sinkhole/evidence/contact.h"
#include "sinkhole/protocol/forwarded.h"
#include "sinkhole/protocol/syn.h"
#include "sinkhole/server/endpoints.h"
#include "sinkhole/server/loop.h"
#include "sinkhole/server/message.h"

/* What a CONNECT asked for: all that follows on the connection is for its target. */
struct ush_tunnel {
	struct ush_forwarded from; /* of the CONNECT: the headers inside are the client's own */
	char target[USH_HTTP_TUNNEL_MAX + 1]; /* "www.example.jp:443", without a login */
};

/* Whose private requests came before on the same connection. */
enum ush_persons { USH_PERSONS_NONE, USH_PERSONS_ONE, USH_PERSONS_SEVERAL };

/* The other end of a connection, and what is known of it from all that it has sent so far. */
struct ush_party {
	struct ush_endpoints ends;
	char community[USH_COMMUNITY_TEXT_MAX]; /* of these ends; "" before the first contact */
	struct ush_syn syn;
	bool has_syn;
	bool spoke; /* at least one message is done */
	bool ended; /* nothing more is read of it: no answer is kept back */
	enum ush_persons persons;
	struct ush_address person; /* with one: its host */
	/* A trusted proxy did not say in a PROXY header for which host the connection is. */
	bool nameless;
	/* Where the next request begins may be the client's choice, not the proxy's. */
	bool unsure;
	struct ush_tunnel *tunnel; /* NULL: none; freed by the owner of the party */
	const char *flaw;          /* of all that comes, a word; NULL: none */
};

struct ush_response {
	size_t len; /* bytes of the answer in loop->output; 0: none */
	bool close; /* nothing more is awaited */
	/* It is the last answer, and says so. What arrives all the same is recorded. */
	bool last;
	uint32_t hold; /* seconds that the answer is kept back; 0: it is sent */
};

/* Records a message that is over, and answers it. `tls`: how far TLS with the peer went; NULL: there
 * is none, or the message is a ClientHello inside of another's TLS. */
void ush_respond(struct ush_loop *loop, struct ush_party *party, struct ush_message *message,
    const struct ush_contact_tls *tls, struct ush_response *response);
