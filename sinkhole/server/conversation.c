/* SPDX-License-Identifier: BSD-3-Clause */
#include "sinkhole/server/conversation.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "sinkhole/server/proxy.h"

/* Sending */

static void
send_bytes(struct ush_connection *connection, const void *data, size_t len)
{
	ush_output_send(&connection->output, ush_connection_fd(connection), data, len,
	    ush_connection_settings(connection)->request_timeout);
}

/* What TLS has ready for the client. */
void
ush_conversation_seal(struct ush_connection *connection)
{
	uint8_t sealed[4096];
	size_t len;

	while ((len = ush_probe_output(connection->probe, sealed, sizeof(sealed))) > 0)
		send_bytes(connection, sealed, len);
}

static void
send_answer(struct ush_connection *connection, const void *data, size_t len)
{
	if (connection->probe == NULL) {
		send_bytes(connection, data, len);
		return;
	}
	ush_probe_write(connection->probe, data, len);
	ush_conversation_seal(connection);
}

/* Reading: the socket, TLS, the PROXY header, messages */

void
ush_conversation_expect_more(struct ush_connection *connection)
{
	if (connection->input == USH_INPUT_OPEN)
		connection->input = USH_INPUT_UNREAD;
}

/* Sends the answer to a message that is over. */
static void
answer(struct ush_connection *connection, const char *data, const struct ush_response *response)
{
	if (response->len > 0)
		send_answer(connection, data, response->len);
	if (response->last)
		ush_output_end(&connection->output, ush_connection_fd(connection));
	connection->phase = response->close ? USH_PHASE_CLOSING : USH_PHASE_MESSAGES;
}

/* Keeps the answer back. False if there is no memory. */
static bool
hold(struct ush_connection *connection, const struct ush_response *response)
{
	connection->held = ush_held_new(connection->loop, response);
	if (connection->held == NULL)
		return false;
	connection->phase = USH_PHASE_HELD;
	return true;
}

/* Sends what was kept back, if anything was. */
void
ush_conversation_release(struct ush_connection *connection)
{
	struct ush_held *held = connection->held;

	if (held == NULL)
		return;
	connection->held = NULL;
	answer(connection, held->answer, &held->response);
	ush_held_free(connection->loop, held);
}

/* The message is over: it is recorded and answered. */
static void
finish_message(struct ush_connection *connection)
{
	struct ush_message *message = &connection->message;
	bool around = connection->phase == USH_PHASE_PROBE ||
	              (connection->probe != NULL && message->phase != USH_MESSAGE_HELLO);
	struct ush_response response;

	/* A sender that is cut short goes on sending. */
	if (message->malformed != NULL || message->phase == USH_MESSAGE_RAW)
		ush_conversation_expect_more(connection);
	ush_respond(connection->loop, &connection->party, message,
	    around ? ush_probe_tls(connection->probe) : NULL, &response);
	if (response.hold == 0 || !hold(connection, &response))
		answer(connection, connection->loop->output, &response);
	ush_message_fini(message);
}

/* Nothing more will come: whatever there is of a message is over. */
void
ush_conversation_end_input(struct ush_connection *connection)
{
	struct ush_message *message = &connection->message;

	ush_conversation_release(connection);
	if (connection->phase >= USH_PHASE_CLOSING)
		return;
	if (connection->phase == USH_PHASE_PROXY && message->raw.total > 0)
		message->malformed = "proxy-header";
	else if (connection->phase == USH_PHASE_MESSAGES)
		ush_message_cut(message);
	connection->party.ended = true;
	if (!connection->party.spoke || !ush_message_is_blank(message))
		finish_message(connection);
	connection->phase = USH_PHASE_CLOSING;
}

static size_t
feed_proxy(struct ush_connection *connection, const uint8_t *data, size_t len)
{
	struct ush_message *message = &connection->message;
	uint64_t since_ms;
	struct ush_proxy_header header;
	enum ush_proxy_result result;

	if (message->deadline_ms == 0)
		ush_message_begin(message, ush_connection_settings(connection));
	since_ms = message->since_ms;
	len = ush_proxy_feed(message, &header, data, len, &result);
	if (result == USH_PROXY_MORE)
		return len;
	if (result == USH_PROXY_BROKEN) {
		finish_message(connection);
		return len;
	}
	if (result == USH_PROXY_DONE) {
		ush_message_fini(message);
		message->since_ms = since_ms;
	}
	connection->phase = ush_proxy_apply(connection->loop, &connection->party, &connection->host,
	                        result == USH_PROXY_DONE ? &header : NULL)
	                        ? USH_PHASE_MESSAGES
	                        : USH_PHASE_CLOSING;
	return len;
}

static void feed_sealed(struct ush_connection *connection, const uint8_t *data, size_t len);

/* Answers the ClientHello that is the message, if that is to be done and can be. TLS is fed a copy:
 * the message ends, and its bytes are freed, at the first plain byte. */
static void
start_probe(struct ush_connection *connection)
{
	const struct ush_received *raw = &connection->message.raw;
	uint8_t hello[USH_HELLO_MAX];
	size_t len = raw->used;
	struct ush_probe *probe = NULL;

	if (connection->probe == NULL && raw->total == len && len <= sizeof(hello) && !raw->failed)
		probe = ush_probe_new(
		    connection->loop, connection->host, connection->loop->parsed.hello.server_name);
	if (probe == NULL) {
		finish_message(connection);
		return;
	}
	connection->probe = probe;
	connection->phase = USH_PHASE_PROBE;
	memcpy(hello, raw->data, len);
	feed_sealed(connection, hello, len);
}

static size_t
feed_message(struct ush_connection *connection, const uint8_t *data, size_t len)
{
	struct ush_message *message = &connection->message;
	enum ush_message_result result;

	len = ush_message_feed(message, &connection->loop->parsed,
	    ush_connection_settings(connection), data, len, &result);
	switch (result) {
	case USH_MESSAGE_MORE:
		break;
	case USH_MESSAGE_CONTINUE:
		if (ush_connection_settings(connection)->beacon_status != 0)
			send_answer(connection, "HTTP/1.1 100 Continue\r\n\r\n", 25);
		break;
	case USH_MESSAGE_DONE:
	case USH_MESSAGE_TUNNEL:
		finish_message(connection);
		break;
	case USH_MESSAGE_WANTS_TLS:
		start_probe(connection);
		break;
	}
	return len;
}

/* Plain bytes, by the phases. */
static void
feed(struct ush_connection *connection, const uint8_t *data, size_t len)
{
	while (len > 0 && connection->phase < USH_PHASE_CLOSING) {
		size_t used;

		/* The next request is here already: it waits for nothing. */
		ush_conversation_release(connection);
		if (connection->phase >= USH_PHASE_CLOSING)
			break;
		used = connection->phase == USH_PHASE_PROXY ? feed_proxy(connection, data, len)
		                                            : feed_message(connection, data, len);

		data += used;
		len -= used;
		/* A proxy sends the next request when this one is answered. One that came along
		 * with it may be a part of this one to the proxy. */
		if (len > 0 && connection->party.spoke && connection->message.deadline_ms == 0)
			connection->party.unsure = true;
	}
	if (len > 0)
		ush_conversation_expect_more(connection);
}

/* The message is what came before the plain bytes, so it ends before they are read. */
static void
feed_plain(struct ush_connection *connection, const uint8_t *data, size_t len)
{
	if (connection->phase == USH_PHASE_PROBE) {
		atomic_fetch_add_explicit(
		    &connection->loop->counters.untrusted_accepted, 1, memory_order_relaxed);
		finish_message(connection);
	}
	feed(connection, data, len);
}

/* Sealed bytes. What is not to be read any more need not be decrypted. */
static void
feed_sealed(struct ush_connection *connection, const uint8_t *data, size_t len)
{
	struct ush_probe *probe = connection->probe;
	uint8_t plain[USH_PROBE_PLAIN_MAX];
	size_t got;

	while (len > 0 && !ush_probe_is_over(probe) && connection->phase < USH_PHASE_CLOSING) {
		size_t used = ush_probe_feed(probe, data, len);

		data += used;
		len -= used;
		while ((got = ush_probe_read(probe, plain)) > 0)
			feed_plain(connection, plain, got);
	}
	if (len > 0)
		ush_conversation_expect_more(connection);
	ush_conversation_seal(connection);
	if (ush_probe_is_over(probe))
		ush_conversation_end_input(connection);
}

/* One read. False when there is nothing more for now. */
bool
ush_conversation_receive(struct ush_connection *connection)
{
	struct ush_loop *loop = connection->loop;
	ssize_t got = read(ush_connection_fd(connection), loop->input, sizeof(loop->input));

	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		return false;
	if (got <= 0) {
		connection->input = USH_INPUT_ENDED;
		ush_conversation_end_input(connection);
		return false;
	}
	connection->input = (size_t)got == sizeof(loop->input) ? USH_INPUT_UNREAD : USH_INPUT_OPEN;
	if (connection->probe != NULL)
		feed_sealed(connection, loop->input, (size_t)got);
	else
		feed(connection, loop->input, (size_t)got);
	return true;
}
