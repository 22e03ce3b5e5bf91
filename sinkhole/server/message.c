/* SPDX-License-Identifier: BSD-3-Clause */
/* message.c - gathers bytes into messages, and makes of each message one event and one answer. */
#include <stdlib.h>
#include <string.h>

#include "sinkhole/protocol/hello.h"
#include "sinkhole/protocol/sniff.h"
#include "sinkhole/server/clock.h"
#include "sinkhole/server/connection.h"
#include "sinkhole/server/emit.h"
#include "sinkhole/server/loop.h"

/* Of what is neither HTTP nor TLS. */
#define RAW_MAX 4096

static const struct ush_sinkhole_settings *
settings_of(const struct ush_connection *connection)
{
	return &connection->loop->view->settings->sinkhole;
}

void
ush_message_fini(struct ush_message *message)
{
	ush_received_fini(&message->raw);
	ush_received_fini(&message->body);
	memset(message, 0, sizeof(*message));
}

void
ush_message_begin(struct ush_connection *connection)
{
	struct ush_message *message = &connection->message;

	ush_received_init(&message->raw, settings_of(connection)->max_head);
	message->since_ms = ush_time_now_ms();
	message->deadline_ms =
	    ush_monotonic_ms() + (uint64_t)settings_of(connection)->request_timeout * 1000;
}

static struct ush_contact
make_contact(struct ush_connection *connection, enum ush_contact_kind kind, const char *malformed)
{
	const struct ush_tunnel *tunnel = connection->tunnel;
	const struct ush_endpoints *ends = &connection->ends;
	struct ush_contact contact = {
	    .kind = kind,
	    .time_ms = connection->message.since_ms,
	    .peer = ends->peer,
	    .peer_port = ends->peer_port,
	    .destination = ends->destination,
	    .destination_port = ends->destination_port,
	    .proxy = ends->proxy,
	    .from = {.source = ends->peer,
	        .claimed = {ends->claimed},
	        .claimed_count = ends->claimed.family != 0},
	    .malformed = malformed != NULL ? malformed : connection->flaw,
	    .raw = &connection->message.raw,
	    .syn = connection->has_syn && !connection->spoke ? &connection->syn : NULL,
	    .after_person = connection->after_person,
	    .tls = ush_probe_tls(connection),
	    .community = connection->community,
	};

	if (connection->community[0] == '\0')
		ush_community_id(connection->loop->record.digests, &ends->peer, ends->peer_port,
		    &ends->destination, ends->destination_port, false, connection->community);
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
open_tunnel(struct ush_connection *connection, const struct ush_contact *contact)
{
	struct ush_text target = ush_http_without_login(contact->head->target);
	struct ush_tunnel *tunnel = connection->tunnel;

	if (tunnel == NULL && (tunnel = calloc(1, sizeof(*tunnel))) == NULL)
		return -1;
	/* A target that is longer is malformed, and malformed ones open no tunnel. */
	target = ush_text_clip(target, sizeof(tunnel->target) - 1);
	tunnel->from = contact->from;
	memcpy(tunnel->target, target.at, target.len);
	tunnel->target[target.len] = '\0';
	connection->tunnel = tunnel;
	return 0;
}

static void
send_answer(struct ush_connection *connection, const void *data, size_t len)
{
	if (connection->probe != NULL)
		ush_probe_send(connection, data, len);
	else
		ush_connection_send(connection, data, len);
}

/* Whether a trusted proxy may have written headers of this request itself. Inside of a tunnel or of
 * TLS, and on ports to which proxies tunnel, all headers are the client's own, whichever proxy the
 * connection comes from. */
static bool
proxy_wrote_head(const struct ush_connection *connection)
{
	return connection->tunnel == NULL && connection->probe == NULL && !connection->nameless &&
	       connection->ends.claimed.family == 0 && !connection->unsure &&
	       ush_ports_contain(
	           &settings_of(connection)->forwarded_ports, connection->ends.destination_port);
}

/* Whether a proxy may think that this request ends elsewhere. Then the client could have written
 * the next one, which the proxy sent on as a part of this one. Some proxies read no further after
 * Upgrade, or do not wait for a body after Expect. */
static bool
leaves_doubt(const struct ush_http_head *head, const struct ush_message *message)
{
	return !head->strict || message->chunked.lax || ush_http_has(head, USH_HTTP_UPGRADE) ||
	       ush_http_has(head, USH_HTTP_EXPECT);
}

static void
remember_person(struct ush_connection *connection, const struct ush_address *source)
{
	if (connection->after_person && !ush_address_equal(&connection->person, source))
		connection->after_persons = true;
	connection->after_person = true;
	connection->person = *source;
}

static void
answer_request(struct ush_connection *connection, const char *malformed)
{
	struct ush_loop *loop = connection->loop;
	struct ush_message *message = &connection->message;
	const struct ush_sinkhole_settings *settings = settings_of(connection);
	struct ush_contact contact;
	bool whole = message->head_bytes > 0;
	char reference[USH_REFERENCE_MAX];
	struct ush_reply reply;
	size_t len;

	/* The head is read again where a body has come since: its bytes may have moved. */
	if (loop->read_of != message)
		ush_http_head_read(&loop->head, message->raw.data,
		    whole && message->head_bytes < message->raw.used ? message->head_bytes
		                                                     : message->raw.used,
		    whole);
	loop->read_of = NULL;
	contact = make_contact(
	    connection, USH_CONTACT_HTTP, malformed != NULL ? malformed : loop->head.malformed);
	contact.head = &loop->head;
	read_body(&contact, message);
	ush_forwarded_read(&contact.from, &loop->head,
	    proxy_wrote_head(connection) ? &settings->trusted_proxies : NULL,
	    settings->forwarded_header);
	connection->unsure = connection->unsure || leaves_doubt(&loop->head, message);
	/* A proxy's connection carries the requests of many: what it says is another's is no rest
	 * of a person's form. */
	if (contact.from.proxied && !connection->after_persons &&
	    !ush_address_equal(&connection->person, &contact.from.source))
		contact.after_person = false;
	ush_finding_make(&loop->finding, &contact, &loop->view->watchlist);
	ush_reply_choose(&reply, &contact, &loop->finding, settings);
	contact.status = reply.status;
	if (reply.page) {
		ush_reference_make(reference);
		contact.reference = reference;
	}
	if (loop->finding.is_private)
		remember_person(connection, &contact.from.source);
	/* A number that stands in no event helps nobody. */
	if (!ush_emit_judged(loop, &contact) && reply.page)
		reply = (struct ush_reply){.status = 404, .close = reply.close};
	len = ush_reply_write(&reply, &contact, &loop->finding, settings,
	    ush_http_date_now(&loop->date), loop->output);
	if (len > 0)
		send_answer(connection, loop->output, len);
	if (reply.tunnel && open_tunnel(connection, &contact) != 0)
		reply.close = true;
	connection->phase = reply.close ? USH_PHASE_CLOSING : USH_PHASE_START;
}

static void
record_hello(struct ush_connection *connection, const char *malformed)
{
	struct ush_contact contact = make_contact(connection, USH_CONTACT_TLS, malformed);
	struct ush_loop *loop = connection->loop;
	struct ush_message *message = &connection->message;
	bool probed = connection->phase == USH_PHASE_PROBE;

	/* One inside of another's TLS has none of its own. */
	if (!probed)
		contact.tls = NULL;
	if (malformed == NULL &&
	    (loop->read_of == message || ush_hello_read(&loop->hello, message->raw.data,
	                                     message->raw.used) == USH_HELLO_DONE))
		contact.hello = &loop->hello;
	loop->read_of = NULL;
	ush_emit_contact(connection->loop, &contact);
	/* Who speaks on past our certificate is heard. */
	connection->phase =
	    probed && contact.tls->established ? USH_PHASE_START : USH_PHASE_CLOSING;
}

static void
record_bytes(struct ush_connection *connection, const char *malformed)
{
	struct ush_contact contact = make_contact(connection,
	    connection->message.raw.total > 0 ? USH_CONTACT_TCP : USH_CONTACT_SILENT, malformed);

	ush_emit_contact(connection->loop, &contact);
	connection->phase = USH_PHASE_CLOSING;
}

void
ush_message_done(struct ush_connection *connection, const char *malformed)
{
	/* Who is cut short goes on talking. */
	if (malformed != NULL || connection->phase == USH_PHASE_RAW)
		connection->unheard = true;
	switch (connection->phase) {
	case USH_PHASE_HEAD:
	case USH_PHASE_BODY:
		answer_request(connection, malformed);
		break;
	case USH_PHASE_HELLO:
	case USH_PHASE_PROBE:
		record_hello(connection, malformed);
		break;
	default:
		record_bytes(connection, malformed);
	}
	connection->spoke = true;
	ush_message_fini(&connection->message);
}

/* Old browsers send a line end after a POST; it is part of no message. */
static bool
is_blank(const struct ush_received *raw)
{
	for (size_t i = 0; i < raw->used; i++) {
		if (raw->data[i] != '\r' && raw->data[i] != '\n')
			return false;
	}
	return true;
}

void
ush_message_end(struct ush_connection *connection)
{
	const char *malformed = NULL;

	if (connection->phase >= USH_PHASE_CLOSING)
		return;
	if (connection->phase == USH_PHASE_START && connection->spoke &&
	    is_blank(&connection->message.raw)) {
		connection->phase = USH_PHASE_CLOSING;
		return;
	}
	if (connection->phase == USH_PHASE_HELLO)
		malformed = "hello-incomplete";
	else if (connection->phase == USH_PHASE_PROXY && connection->message.raw.total > 0)
		malformed = "proxy-header";
	else if (connection->phase == USH_PHASE_BODY &&
	         connection->message.framing != USH_FRAMING_QUIET)
		malformed = "body-incomplete";
	ush_message_done(connection, malformed);
	/* Nothing more comes, so nothing more is waited for. */
	connection->phase = USH_PHASE_CLOSING;
}

static size_t
feed_start(struct ush_connection *connection, const uint8_t *data, size_t len)
{
	struct ush_message *message = &connection->message;
	size_t room;

	/* A PROXY header that was none may have begun it. */
	if (message->deadline_ms == 0)
		ush_message_begin(connection);
	room = message->raw.max - message->raw.used;
	len = len < room ? len : room;
	ush_received_add(&message->raw, data, len);
	switch (ush_sniff(message->raw.data, message->raw.used)) {
	case USH_SNIFF_MORE:
		return len;
	case USH_SNIFF_HTTP:
		connection->phase = USH_PHASE_HEAD;
		break;
	case USH_SNIFF_TLS:
		connection->phase = USH_PHASE_HELLO;
		message->raw.max = USH_HELLO_MAX;
		break;
	case USH_SNIFF_RAW:
		connection->phase = USH_PHASE_RAW;
		message->raw.max = RAW_MAX;
		break;
	}
	/* The phase that follows gets these bytes itself. */
	ush_received_give_back(&message->raw, len);
	return 0;
}

static void
start_body(struct ush_connection *connection)
{
	struct ush_message *message = &connection->message;
	struct ush_http_head *head = &connection->loop->head;
	const struct ush_sinkhole_settings *settings = settings_of(connection);

	ush_http_head_read(head, message->raw.data, message->head_bytes, true);
	message->framing = head->framing;
	message->left = head->content_length;
	message->raw.max = message->head_bytes + settings->max_body;
	if (head->framing == USH_FRAMING_NONE || ush_text_is_nocase(head->method, "CONNECT")) {
		connection->loop->read_of = message;
		ush_message_done(connection, NULL);
		return;
	}
	connection->phase = USH_PHASE_BODY;
	ush_received_init(&message->body, settings->max_body);
}

static size_t
feed_head(struct ush_connection *connection, const uint8_t *data, size_t len)
{
	struct ush_message *message = &connection->message;
	size_t room = message->raw.max - message->raw.used;
	size_t end;

	len = len < room ? len : room;
	ush_received_add(&message->raw, data, len);
	end = ush_http_head_end(message->raw.data, message->raw.used, message->seen);
	if (end > 0) {
		size_t extra = message->raw.used - end;

		ush_received_give_back(&message->raw, extra);
		message->head_bytes = end;
		start_body(connection);
		/* Asked for only when the sender is really waiting. */
		if (extra == 0 && connection->phase == USH_PHASE_BODY &&
		    connection->loop->head.expects_continue &&
		    settings_of(connection)->beacon_status != 0)
			send_answer(connection, "HTTP/1.1 100 Continue\r\n\r\n", 25);
		return len - extra;
	}
	message->seen = message->raw.used;
	if (message->raw.used == message->raw.max || message->raw.failed)
		ush_message_done(connection, "head-too-large");
	return len;
}

static void
add_body(void *arg, const uint8_t *data, size_t len)
{
	ush_received_add(arg, data, len);
}

static size_t
feed_chunked(struct ush_connection *connection, const uint8_t *data, size_t len)
{
	struct ush_message *message = &connection->message;
	size_t used;
	enum ush_chunked_result result =
	    ush_chunked_feed(&message->chunked, data, len, &used, add_body, &message->body);

	ush_received_add(&message->raw, data, used);
	if (result == USH_CHUNKED_DONE)
		ush_message_done(connection, NULL);
	else if (result == USH_CHUNKED_BROKEN)
		ush_message_done(connection, "chunked");
	return used;
}

static size_t
feed_body(struct ush_connection *connection, const uint8_t *data, size_t len)
{
	struct ush_message *message = &connection->message;

	if (message->framing == USH_FRAMING_CHUNKED)
		return feed_chunked(connection, data, len);
	if (message->framing == USH_FRAMING_LENGTH && len > message->left)
		len = (size_t)message->left;
	ush_received_add(&message->raw, data, len);
	if (message->framing == USH_FRAMING_LENGTH) {
		message->left -= len;
		if (message->left == 0)
			ush_message_done(connection, NULL);
	}
	return len;
}

static size_t
feed_hello(struct ush_connection *connection, const uint8_t *data, size_t len)
{
	struct ush_message *message = &connection->message;
	struct ush_loop *loop = connection->loop;

	ush_received_add(&message->raw, data, len);
	switch (ush_hello_read(&loop->hello, message->raw.data, message->raw.used)) {
	case USH_HELLO_DONE:
		loop->read_of = message;
		if (!ush_probe_begin(connection, loop->hello.server_name))
			ush_message_done(connection, NULL);
		loop->read_of = NULL;
		break;
	case USH_HELLO_BROKEN:
		ush_message_done(connection, "hello");
		break;
	case USH_HELLO_MORE:
		if (message->raw.total > message->raw.used)
			ush_message_done(connection, "hello-too-large");
		break;
	}
	return len;
}

static size_t
feed_raw(struct ush_connection *connection, const uint8_t *data, size_t len)
{
	ush_received_add(&connection->message.raw, data, len);
	if (connection->message.raw.total >= RAW_MAX)
		ush_message_done(connection, NULL);
	return len;
}

size_t
ush_message_feed(struct ush_connection *connection, const uint8_t *data, size_t len)
{
	switch (connection->phase) {
	case USH_PHASE_START:
		return feed_start(connection, data, len);
	case USH_PHASE_PROXY:
		return ush_proxy_feed(connection, data, len);
	case USH_PHASE_HEAD:
		return feed_head(connection, data, len);
	case USH_PHASE_BODY:
		return feed_body(connection, data, len);
	case USH_PHASE_HELLO:
		return feed_hello(connection, data, len);
	case USH_PHASE_RAW:
		return feed_raw(connection, data, len);
	default:
		return len;
	}
}
