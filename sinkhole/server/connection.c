/* SPDX-License-Identifier: BSD-3-Clause */
#include "sinkhole/server/connection.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "sinkhole/server/clock.h"
#include "sinkhole/server/loop.h"

/* More waiting answers than this and the peer gets no further ones: it does not read, it floods. */
#define OUTPUT_MAX (64 * 1024)
/* How long a closed connection is still listened to, so that its last answer is not reset away. */
#define CLOSING_S 2
/* Connections that are opened without a look for bytes after one that had none. */
#define BLIND_OPENS 7
/* A body without a length is over when the sender has paused this long. */
#define QUIET_S 1

static void
connection_free(struct ush_connection *connection)
{
	struct ush_loop *loop = connection->loop;

	event_del(&connection->event);
	close(event_get_fd(&connection->event));
	TAILQ_REMOVE(&loop->connections, connection, link);
	loop->connection_count--;
	atomic_store_explicit(&loop->counters.open, loop->connection_count, memory_order_relaxed);
	connection->host->connections--;
	ush_message_fini(&connection->message);
	free(connection->output);
	free(connection->tunnel);
	ush_probe_free(connection);
	free(connection);
}

static void on_event(evutil_socket_t fd, short what, void *arg);

static time_t
patience(const struct ush_connection *connection)
{
	if (connection->phase == USH_PHASE_CLOSING && !connection->writing)
		return CLOSING_S;
	if (connection->phase == USH_PHASE_BODY && connection->message.framing == USH_FRAMING_QUIET)
		return QUIET_S;
	return (time_t)connection->loop->view->settings->sinkhole.idle_timeout;
}

/* Waits for what is to come next, with the patience that the phase deserves. */
static int
await(struct ush_connection *connection)
{
	struct timeval idle = {.tv_sec = patience(connection)};
	const struct timeval *timeout;
	/* Who does not read its answers is heard all the same. */
	short what = (short)((connection->writing ? EV_WRITE : 0) |
	                     (connection->writing && connection->at_end ? 0 : EV_READ));

	/* An event that persists begins its time anew whenever it fires. */
	if (connection->awaited == what && connection->patience == idle.tv_sec)
		return 0;
	connection->awaited = what;
	connection->patience = idle.tv_sec;
	if ((event_get_events(&connection->event) & (EV_READ | EV_WRITE)) != what) {
		int fd = event_get_fd(&connection->event);

		event_del(&connection->event);
		event_assign(&connection->event, connection->loop->base, fd,
		    (short)(what | EV_PERSIST), on_event, connection);
	}
	timeout = event_base_init_common_timeout(connection->loop->base, &idle);
	return event_add(&connection->event, timeout != NULL ? timeout : &idle);
}

/* A socket that is closed with bytes unread, or that gets more later, resets the connection, and
 * with it the answer under way. Where more may come it is listened to for a while. */
static void
stop_sending(struct ush_connection *connection)
{
	if (!connection->unheard || connection->at_end ||
	    shutdown(event_get_fd(&connection->event), SHUT_WR) != 0)
		connection->phase = USH_PHASE_DEAD;
	connection->message.deadline_ms = ush_monotonic_ms() + CLOSING_S * 1000;
}

/* Sent, or never to be sent. Who gets no more answers need not wait for them. */
static void
forget_output(struct ush_connection *connection)
{
	free(connection->output);
	connection->output = NULL;
	connection->output_len = connection->output_sent = 0;
	connection->writing = false;
	if (connection->mute)
		(void)shutdown(event_get_fd(&connection->event), SHUT_WR);
}

/* Sends what waits. False if the peer is gone. */
static bool
flush(struct ush_connection *connection)
{
	while (connection->output_sent < connection->output_len) {
		ssize_t sent = send(event_get_fd(&connection->event),
		    connection->output + connection->output_sent,
		    connection->output_len - connection->output_sent, MSG_NOSIGNAL);

		if (sent < 0)
			return errno == EAGAIN || errno == EINTR;
		connection->output_sent += (size_t)sent;
	}
	forget_output(connection);
	return true;
}

/* Nobody takes what waits. Whoever it was for is heard on: what it says is what we are here for. */
static void
stop_answering(struct ush_connection *connection)
{
	connection->mute = true;
	forget_output(connection);
}

void
ush_connection_send(struct ush_connection *connection, const void *data, size_t len)
{
	uint8_t *grown;
	ssize_t sent = 0;

	if (connection->mute)
		return;
	if (!connection->writing) {
		sent = send(event_get_fd(&connection->event), data, len, MSG_NOSIGNAL);
		if (sent < 0 && errno != EAGAIN && errno != EINTR)
			return; /* gone; the next read says so */
		sent = sent < 0 ? 0 : sent;
	}
	len -= (size_t)sent;
	if (len == 0)
		return;
	/* An answer that is left out must not be followed by another. */
	connection->mute = connection->output_len + len > OUTPUT_MAX;
	grown = connection->mute ? NULL : realloc(connection->output, connection->output_len + len);
	if (grown == NULL) {
		connection->mute = true;
		return;
	}
	memcpy(grown + connection->output_len, (const uint8_t *)data + sent, len);
	connection->output = grown;
	connection->output_len += len;
	if (!connection->writing)
		connection->write_deadline_ms =
		    ush_monotonic_ms() +
		    (uint64_t)connection->loop->view->settings->sinkhole.request_timeout * 1000;
	connection->writing = true;
}

void
ush_connection_feed(struct ush_connection *connection, const uint8_t *data, size_t len)
{
	while (len > 0 && connection->phase < USH_PHASE_CLOSING) {
		size_t used = ush_message_feed(connection, data, len);

		data += used;
		len -= used;
		/* A proxy sends the next request when this one is answered. One that came along
		 * with it may be a part of this one to the proxy. */
		if (len > 0 && connection->spoke && connection->message.deadline_ms == 0)
			connection->unsure = true;
	}
	connection->unheard = connection->unheard || len > 0;
}

/* One read. False when there is nothing more for now. */
static bool
receive(struct ush_connection *connection)
{
	struct ush_loop *loop = connection->loop;
	ssize_t got = read(event_get_fd(&connection->event), loop->input, sizeof(loop->input));

	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		return false;
	if (got <= 0) {
		connection->at_end = true;
		ush_message_end(connection);
		return false;
	}
	connection->unheard = (size_t)got == sizeof(loop->input);
	if (connection->probe != NULL)
		ush_probe_feed(connection, loop->input, (size_t)got);
	else
		ush_connection_feed(connection, loop->input, (size_t)got);
	return true;
}

/* Slow senders: each byte wins them time against the idle limit, not against this one. */
static void
check_deadline(struct ush_connection *connection)
{
	uint64_t deadline = connection->message.deadline_ms != 0 ? connection->message.deadline_ms
	                                                         : ush_probe_deadline(connection);

	if (deadline == 0 || ush_monotonic_ms() <= deadline)
		return;
	if (connection->phase == USH_PHASE_CLOSING)
		connection->phase = USH_PHASE_DEAD;
	else
		ush_message_end(connection);
}

/* Answers that wait for a peer that takes a byte now and then. */
static bool
is_overdue(const struct ush_connection *connection)
{
	return connection->writing && ush_monotonic_ms() > connection->write_deadline_ms;
}

/* Nothing more is to be had from it, nor to be sent; what it was in the middle of is recorded. */
static void
give_up(struct ush_connection *connection)
{
	ush_message_end(connection);
	connection->phase = USH_PHASE_DEAD;
}

static void
on_timeout(struct ush_connection *connection)
{
	if (connection->writing || connection->phase == USH_PHASE_CLOSING)
		give_up(connection);
	else
		ush_message_end(connection);
}

/* What follows on what has just been done: more is awaited, or nothing. */
static void
go_on(struct ush_connection *connection, bool was_closing)
{
	if (connection->phase == USH_PHASE_CLOSING && !connection->writing && !was_closing) {
		ush_probe_close(connection);
		if (!connection->writing)
			stop_sending(connection);
	}
	if (connection->phase != USH_PHASE_DEAD && await(connection) != 0)
		give_up(connection);
	if (connection->phase == USH_PHASE_DEAD)
		connection_free(connection);
}

static void
on_event(evutil_socket_t fd, short what, void *arg)
{
	struct ush_connection *connection = arg;
	bool was_closing = connection->phase == USH_PHASE_CLOSING && !connection->writing;
	struct ush_loop *loop = connection->loop;

	(void)fd;
	/* Who takes its time with our answers is idle. */
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
		if (connection->writing && (!flush(connection) || is_overdue(connection)))
			stop_answering(connection);
		if (was_closing && connection->at_end)
			give_up(connection);
	}
	go_on(connection, was_closing);
}

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
    struct ush_loop *loop, int fd, const struct ush_endpoints *ends, struct ush_host *host)
{
	struct ush_connection *connection = calloc(1, sizeof(*connection));

	if (connection == NULL)
		return -1;
	connection->loop = loop;
	connection->host = host;
	connection->ends = *ends;
	connection->phase = ends->proxy_header ? USH_PHASE_PROXY : USH_PHASE_START;
	connection->message.since_ms = ush_time_now_ms();
	if (loop->view->settings->sinkhole.syn)
		connection->has_syn = read_syn(&connection->syn, fd);
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
	else if (!receive(connection) && !connection->at_end)
		loop->blind_opens = BLIND_OPENS;
	go_on(connection, false);
	return 0;
}

void
ush_connection_finish(struct ush_connection *connection)
{
	/* What the kernel holds now is all that will be heard; a flood does not stop the stop. */
	for (unsigned i = 0; i < 64 && connection->phase < USH_PHASE_CLOSING; i++) {
		if (!receive(connection))
			break;
	}
	if (connection->phase < USH_PHASE_CLOSING)
		ush_message_end(connection);
	flush(connection);
	connection_free(connection);
}
