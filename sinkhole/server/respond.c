/* SPDX-License-Identifier: BSD-3-Clause */
#include "sinkhole/server/respond.h"

#include <stdlib.h>
#include <string.h>

#include "sinkhole/server/emit.h"
#include "sinkhole/server/hold.h"
#include "sinkhole/server/reply.h"

static struct ush_contact
make_contact(struct ush_loop *loop, struct ush_party *party, struct ush_message *message,
    enum ush_contact_kind kind)
{
	const struct ush_tunnel *tunnel = party->tunnel;
	const struct ush_endpoints *ends = &party->ends;
	struct ush_contact contact = {
	    .kind = kind,
	    .time_ms = message->since_ms,
	    .peer = ends->peer,
	    .peer_port = ends->peer_port,
	    .destination = ends->destination,
	    .destination_port = ends->destination_port,
	    .proxy = ends->proxy,
	    .from = {.source = ends->peer,
	        .claimed = {ends->claimed},
	        .claimed_count = ends->claimed.family != 0},
	    .malformed = message->malformed != NULL ? message->malformed : party->flaw,
	    .raw = &message->raw,
	    .syn = party->has_syn && !party->spoke ? &party->syn : NULL,
	    .after_person = party->persons != USH_PERSONS_NONE,
	    .community = party->community,
	};

	if (party->community[0] == '\0')
		ush_community_id(loop->record.digests, &ends->peer, ends->peer_port,
		    &ends->destination, ends->destination_port, false, party->community);
	if (tunnel != NULL) {
		contact.from = tunnel->from;
		contact.tunnel = tunnel->target;
	}
	return contact;
}

static void
read_body(struct ush_contact *contact, const struct ush_message *message)
{
	const struct ush_received *raw = &message->raw;
	const struct ush_received *body = &message->body;

	if (message->framing == USH_FRAMING_CHUNKED) {
		contact->body = ush_text_of((const char *)body->data, body->used);
		contact->body_bytes = body->total;
	} else if (raw->used > message->head_bytes && message->head_bytes > 0) {
		contact->body = ush_text_of(
		    (const char *)raw->data + message->head_bytes, raw->used - message->head_bytes);
		contact->body_bytes = raw->total - message->head_bytes;
	}
}

/* What follows is read as if the target had been reached. -1 if there is no memory. */
static int
open_tunnel(struct ush_party *party, const struct ush_contact *contact)
{
	struct ush_text target = ush_http_without_login(contact->head->target);
	struct ush_tunnel *tunnel = party->tunnel;

	if (tunnel == NULL && (tunnel = calloc(1, sizeof(*tunnel))) == NULL)
		return -1;
	/* A target that is longer is malformed, and malformed ones open no tunnel. */
	target = ush_text_clip(target, sizeof(tunnel->target) - 1);
	tunnel->from = contact->from;
	memcpy(tunnel->target, target.at, target.len);
	tunnel->target[target.len] = '\0';
	party->tunnel = tunnel;
	return 0;
}

/* Whether requests on this connection are forwarded by a trusted proxy, which writes headers of
 * them itself. Inside of a tunnel or of TLS, and on ports to which proxies tunnel, all headers are
 * the client's own, whichever proxy the connection comes from. */
static bool
is_forwarded(const struct ush_party *party, const struct ush_contact_tls *tls,
    const struct ush_sinkhole_settings *settings)
{
	return party->tunnel == NULL && tls == NULL && !party->nameless &&
	       party->ends.claimed.family == 0 &&
	       ush_ports_contain(&settings->forwarded_ports, party->ends.destination_port) &&
	       ush_networks_contain(&settings->trusted_proxies, &party->ends.peer);
}

/* Whether a proxy may think that this request ends elsewhere. Then the client could have written
 * the next one, which the proxy sent on as a part of this one. Some proxies read no further after
 * Upgrade. Some take the answer to Expect for the whole answer and send another request where we
 * read the body: a client that sends both then chooses what we take for the request after it. */
static bool
leaves_doubt(const struct ush_http_head *head, const struct ush_message *message)
{
	return !head->strict || message->chunked.lax || ush_http_has(head, USH_HTTP_UPGRADE) ||
	       ush_http_has(head, USH_HTTP_EXPECT);
}

static void
remember_person(struct ush_party *party, const struct ush_address *source)
{
	if (party->persons == USH_PERSONS_NONE)
		party->persons = USH_PERSONS_ONE;
	else if (!ush_address_equal(&party->person, source))
		party->persons = USH_PERSONS_SEVERAL;
	party->person = *source;
}

/* The contact of a request, with the host that it comes from. */
static struct ush_contact
request_contact(struct ush_loop *loop, struct ush_party *party, struct ush_message *message,
    const struct ush_contact_tls *tls)
{
	const struct ush_sinkhole_settings *settings = &loop->snapshot->settings->sinkhole;
	const struct ush_http_head *head = &loop->parsed.head;
	struct ush_contact contact;

	ush_message_read_head(message, &loop->parsed);
	contact = make_contact(loop, party, message, USH_CONTACT_HTTP);
	if (message->malformed == NULL && head->malformed != NULL)
		contact.malformed = head->malformed;
	contact.head = head;
	contact.tls = tls;
	read_body(&contact, message);
	ush_forwarded_read(&contact.from, head,
	    !party->unsure && is_forwarded(party, tls, settings) ? &settings->trusted_proxies
	                                                         : NULL,
	    settings->forwarded_header);
	party->unsure = party->unsure || leaves_doubt(head, message);
	/* A proxy's connection carries the requests of many: what it says is another's is no rest
	 * of a person's form. */
	if (contact.from.proxied && party->persons == USH_PERSONS_ONE &&
	    !ush_address_equal(&party->person, &contact.from.source))
		contact.after_person = false;
	return contact;
}

static void
answer_request(struct ush_loop *loop, struct ush_party *party, struct ush_message *message,
    const struct ush_contact_tls *tls, struct ush_response *response)
{
	const struct ush_sinkhole_settings *settings = &loop->snapshot->settings->sinkhole;
	struct ush_contact contact = request_contact(loop, party, message, tls);
	char reference[USH_REFERENCE_MAX];
	struct ush_reply reply;

	ush_finding_make(&loop->finding, &contact, &loop->snapshot->watchlist);
	ush_reply_choose(&reply, &contact, &loop->finding, settings);
	contact.status = reply.status;
	if (reply.page) {
		ush_reference_make(reference);
		contact.reference = reference;
	}
	if (loop->finding.is_private)
		remember_person(party, &contact.from.source);
	contact.held = reply.page || party->ended ? 0 : ush_hold_seconds(loop, &contact);
	response->hold = contact.held;
	/* A reference number is of use only if it stands in an event, and so is an open connection. */
	if (ush_emit_judged(loop, &contact)) {
		if (response->hold > 0)
			ush_hold_begin(loop, &contact);
	} else {
		response->hold = 0;
		if (reply.page)
			reply = (struct ush_reply){.status = 404, .close = reply.close};
	}
	response->close = reply.close;
	/* Another client's request must not follow on a connection on which no proxy is trusted
	 * any more. */
	response->last = party->unsure && !reply.tunnel && is_forwarded(party, tls, settings);
	reply.close = reply.close || response->last;
	response->len = ush_reply_write(&reply, &contact, &loop->finding, settings,
	    ush_http_date_now(&loop->date), loop->output);
	if (reply.tunnel && open_tunnel(party, &contact) != 0)
		response->close = true;
}

static void
record_hello(struct ush_loop *loop, struct ush_party *party, struct ush_message *message,
    const struct ush_contact_tls *tls, struct ush_response *response)
{
	struct ush_contact contact = make_contact(loop, party, message, USH_CONTACT_TLS);

	contact.tls = tls;
	if (message->malformed == NULL && ush_message_read_hello(message, &loop->parsed))
		contact.hello = &loop->parsed.hello;
	ush_emit_contact(loop, &contact);
	/* A client that went on with our certificate has more to say. */
	response->close = tls == NULL || !tls->established;
}

static void
record_bytes(struct ush_loop *loop, struct ush_party *party, struct ush_message *message,
    const struct ush_contact_tls *tls, struct ush_response *response)
{
	struct ush_contact contact = make_contact(
	    loop, party, message, message->raw.total > 0 ? USH_CONTACT_TCP : USH_CONTACT_SILENT);

	contact.tls = tls;
	ush_emit_contact(loop, &contact);
	response->close = true;
}

void
ush_respond(struct ush_loop *loop, struct ush_party *party, struct ush_message *message,
    const struct ush_contact_tls *tls, struct ush_response *response)
{
	*response = (struct ush_response){0};
	switch (message->phase) {
	case USH_MESSAGE_HEAD:
	case USH_MESSAGE_BODY:
		answer_request(loop, party, message, tls, response);
		break;
	case USH_MESSAGE_HELLO:
		record_hello(loop, party, message, tls, response);
		break;
	case USH_MESSAGE_START:
	case USH_MESSAGE_RAW:
		record_bytes(loop, party, message, tls, response);
		break;
	}
	party->spoke = true;
}
