/* SPDX-License-Identifier: BSD-3-Clause */
#include "sinkhole/server/connection.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "sinkhole/server/proxy.h"

/* How long what still comes is read and thrown away, so that the last answer arrives. */
#define LINGER_S 2
/* Connections that are opened without a look for bytes after one that had none. */
#define BLIND_OPENS 7
/* A body without a length is over when the sender has paused this long. */
#define QUIET_S 1

static const struct ush_sinkhole_settings *
settings_of(const struct ush_connection *connection)
{
	return &connection->loop->snapshot->settings->sinkhole;
}

static int
fd_of(const struct ush_connection *connection)
{
	return event_get_fd(&connection->event);
}

static void
connection_free(struct ush_connection *connection)
{
	struct ush_loop *loop = connection->loop;

	event_del(&connection->event);
	close(fd_of(connection));
	TAILQ_REMOVE(&loop->connections, connection, link);
	loop->connection_count--;
	atomic_store_explicit(&loop->counters.open, loop->connection_count, memory_order_relaxed);
	ush_probe_free(connection->probe);
	connection->host->connections--;
	ush_message_fini(&connection->message);
	ush_output_fini(&connection->output);
	free(connection->party.tunnel);
	free(connection);
}

/* Sending */

static void
send_bytes(struct ush_connection *connection, const void *data, size_t len)
{
	ush_output_send(&connection->output, fd_of(connection), data, len,
	    settings_of(connection)->request_timeout);
}

/* What TLS has ready for the client. */
static void
send_sealed(struct ush_connection *connection)
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
	send_sealed(connection);
}

/* Reading: the socket, TLS, the PROXY header, messages */

static void
expect_more(struct ush_connection *connection)
{
	if (connection->input == USH_INPUT_OPEN)
		connection->input = USH_INPUT_UNREAD;
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
		expect_more(connection);
	ush_respond(connection->loop, &connection->party, message,
	    around ? ush_probe_tls(connection->probe) : NULL, &response);
	if (response.len > 0)
		send_answer(connection, connection->loop->output, response.len);
	if (response.last)
		ush_output_end(&connection->output, fd_of(connection));
	connection->phase = response.close ? USH_PHASE_CLOSING : USH_PHASE_MESSAGES;
	ush_message_fini(message);
}

/* Nothing more will come: whatever there is of a message is over. */
static void
end_input(struct ush_connection *connection)
{
	struct ush_message *message = &connection->message;

	if (connection->phase >= USH_PHASE_CLOSING)
		return;
	if (connection->phase == USH_PHASE_PROXY && message->raw.total > 0)
		message->malformed = "proxy-header";
	else if (connection->phase == USH_PHASE_MESSAGES)
		ush_message_cut(message);
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
		ush_message_begin(message, settings_of(connection));
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

	len = ush_message_feed(
	    message, &connection->loop->parsed, settings_of(connection), data, len, &result);
	switch (result) {
	case USH_MESSAGE_MORE:
		break;
	case USH_MESSAGE_CONTINUE:
		if (settings_of(connection)->beacon_status != 0)
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
		size_t used = connection->phase == USH_PHASE_PROXY
		                  ? feed_proxy(connection, data, len)
		                  : feed_message(connection, data, len);

		data += used;
		len -= used;
		/* A proxy sends the next request when this one is answered. One that came along
		 * with it may be a part of this one to the proxy. */
		if (len > 0 && connection->party.spoke && connection->message.deadline_ms == 0)
			connection->party.unsure = true;
	}
	if (len > 0)
		expect_more(connection);
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
		expect_more(connection);
	send_sealed(connection);
	if (ush_probe_is_over(probe))
		end_input(connection);
}

/* One read. False when there is nothing more for now. */
static bool
receive(struct ush_connection *connection)
{
	struct ush_loop *loop = connection->loop;
	ssize_t got = read(fd_of(connection), loop->input, sizeof(loop->input));

	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		return false;
	if (got <= 0) {
		connection->input = USH_INPUT_ENDED;
		end_input(connection);
		return false;
	}
	connection->input = (size_t)got == sizeof(loop->input) ? USH_INPUT_UNREAD : USH_INPUT_OPEN;
	if (connection->probe != NULL)
		feed_sealed(connection, loop->input, (size_t)got);
	else
		feed(connection, loop->input, (size_t)got);
	return true;
}

/* Waiting */

static void on_event(evutil_socket_t fd, short what, void *arg);

static time_t
patience(const struct ush_connection *connection)
{
	const struct ush_message *message = &connection->message;

	if (connection->phase == USH_PHASE_LINGERING)
		return LINGER_S;
	if (message->phase == USH_MESSAGE_BODY && message->framing == USH_FRAMING_QUIET)
		return QUIET_S;
	return (time_t)settings_of(connection)->idle_timeout;
}

/* Waits for what is to come next, with the patience that the phase deserves. */
static int
await(struct ush_connection *connection)
{
	struct timeval idle = {.tv_sec = patience(connection)};
	bool writing = ush_output_waits(&connection->output);
	const struct timeval *timeout;
	/* A peer that does not read its answers is read from all the same. */
	short what = (short)((writing ? EV_WRITE : 0) |
	                     (writing && connection->input == USH_INPUT_ENDED ? 0 : EV_READ));

	/* An event that persists begins its time anew whenever it fires. */
	if (connection->awaited == what && connection->patience == idle.tv_sec)
		return 0;
	connection->awaited = what;
	connection->patience = idle.tv_sec;
	if ((event_get_events(&connection->event) & (EV_READ | EV_WRITE)) != what) {
		int fd = fd_of(connection);

		event_del(&connection->event);
		event_assign(&connection->event, connection->loop->base, fd,
		    (short)(what | EV_PERSIST), on_event, connection);
	}
	timeout = event_base_init_common_timeout(connection->loop->base, &idle);
	return event_add(&connection->event, timeout != NULL ? timeout : &idle);
}

/* Nothing more is to be had from it, nor to be sent; what it was in the middle of is recorded. */
static void
give_up(struct ush_connection *connection)
{
	end_input(connection);
	connection->phase = USH_PHASE_DEAD;
}

/* A slow sender wins time with each byte against the idle limit, not against this one. */
static void
check_deadline(struct ush_connection *connection)
{
	uint64_t deadline = connection->message.deadline_ms;

	if (connection->phase == USH_PHASE_LINGERING)
		deadline = connection->linger_ms;
	else if (deadline == 0 && connection->probe != NULL)
		deadline = ush_probe_deadline(connection->probe);
	if (deadline == 0 || ush_monotonic_ms() <= deadline)
		return;
	if (connection->phase == USH_PHASE_LINGERING)
		connection->phase = USH_PHASE_DEAD;
	else
		end_input(connection);
}

/* All answers are sent. Where more may come, it is read and thrown away for a while. */
static void
stop_sending(struct ush_connection *connection)
{
	connection->linger_ms = ush_monotonic_ms() + LINGER_S * 1000;
	connection->phase =
	    connection->input == USH_INPUT_UNREAD && shutdown(fd_of(connection), SHUT_WR) == 0
	        ? USH_PHASE_LINGERING
	        : USH_PHASE_DEAD;
}

/* What follows on what has just been done: more is awaited, or nothing. */
static void
go_on(struct ush_connection *connection)
{
	if (connection->phase == USH_PHASE_CLOSING && !ush_output_waits(&connection->output)) {
		if (connection->probe != NULL) {
			ush_probe_close(connection->probe);
			send_sealed(connection);
			/* The client says good-bye, too; to a closed socket that would be an
			 * error. */
			expect_more(connection);
		}
		if (!ush_output_waits(&connection->output))
			stop_sending(connection);
	}
	if (connection->phase != USH_PHASE_DEAD && await(connection) != 0)
		give_up(connection);
	if (connection->phase == USH_PHASE_DEAD)
		connection_free(connection);
}

static void
on_timeout(struct ush_connection *connection)
{
	if (ush_output_waits(&connection->output) || connection->phase >= USH_PHASE_CLOSING)
		give_up(connection);
	else
		end_input(connection);
}

static void
on_event(evutil_socket_t fd, short what, void *arg)
{
	struct ush_connection *connection = arg;
	bool lingered = connection->phase == USH_PHASE_LINGERING;
	struct ush_loop *loop = connection->loop;

	/* A peer that only takes its time with our answers is idle. */
	if ((what & EV_READ) != 0) {
		TAILQ_REMOVE(&loop->connections, connection, link);
		TAILQ_INSERT_TAIL(&loop->connections, connection, link);
	}
	if ((what & EV_TIMEOUT) != 0) {
		on_timeout(connection);
	} else {
		if ((what & EV_READ) != 0) {
			receive(connection);
			check_deadline(connection);
		}
		if (ush_output_waits(&connection->output))
			ush_output_flush(&connection->output, fd);
		if (lingered && connection->input == USH_INPUT_ENDED)
			give_up(connection);
	}
	go_on(connection);
}

/* Opening and ending */

/* The kernel keeps it for those that listeners asked it of, and gives it once. */
static bool
read_syn(struct ush_syn *out, int fd)
{
	uint8_t headers[USH_SYN_MAX];
	socklen_t len = sizeof(headers);

	return getsockopt(fd, IPPROTO_TCP, TCP_SAVED_SYN, headers, &len) == 0 &&
	       ush_syn_read(out, headers, len) == 0;
}

int
ush_connection_open(
    struct ush_loop *loop, int fd, const struct ush_endpoints *ends, struct ush_host_entry *host)
{
	struct ush_connection *connection = calloc(1, sizeof(*connection));

	if (connection == NULL)
		return -1;
	connection->loop = loop;
	connection->host = host;
	connection->party.ends = *ends;
	connection->phase = ends->proxy_header ? USH_PHASE_PROXY : USH_PHASE_MESSAGES;
	connection->message.since_ms = ush_time_now_ms();
	if (loop->snapshot->settings->sinkhole.syn)
		connection->party.has_syn = read_syn(&connection->party.syn, fd);
	event_assign(
	    &connection->event, loop->base, fd, EV_READ | EV_PERSIST, on_event, connection);
	TAILQ_INSERT_TAIL(&loop->connections, connection, link);
	loop->connection_count++;
	atomic_store_explicit(&loop->counters.open, loop->connection_count, memory_order_relaxed);
	host->connections++;
	/* Under load the first bytes are there already, and what they complete needs no wait at
	 * all. Where they are not, looking for them is work for nothing. */
	if (loop->blind_opens > 0)
		loop->blind_opens--;
	else if (!receive(connection) && connection->input != USH_INPUT_ENDED)
		loop->blind_opens = BLIND_OPENS;
	go_on(connection);
	return 0;
}

void
ush_connection_finish(struct ush_connection *connection)
{
	/* What the kernel holds now is all that will be read; a flood does not stop the stop. */
	for (unsigned i = 0; i < 64 && connection->phase < USH_PHASE_CLOSING; i++) {
		if (!receive(connection))
			break;
	}
	end_input(connection);
	ush_output_flush(&connection->output, fd_of(connection));
	connection_free(connection);
}
