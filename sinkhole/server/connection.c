/* SPDX-License-Identifier: BSD-3-Clause */
#include "sinkhole/server/connection.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "sinkhole/server/conversation.h"

/* How long what still comes is read and thrown away, so that the last answer arrives. */
#define LINGER_S 2
/* Connections that are opened without a look for bytes after one that had none. */
#define BLIND_OPENS 7
/* A body without a length is over when the sender has paused this long. */
#define QUIET_S 1

static void
connection_free(struct ush_connection *connection)
{
	struct ush_loop *loop = connection->loop;

	event_del(&connection->event);
	close(ush_connection_fd(connection));
	TAILQ_REMOVE(&loop->connections, connection, link);
	loop->connection_count--;
	atomic_store_explicit(&loop->counters.open, loop->connection_count, memory_order_relaxed);
	ush_probe_free(connection->probe);
	connection->host->connections--;
	ush_message_fini(&connection->message);
	ush_output_fini(&connection->output);
	ush_held_free(loop, connection->held);
	free(connection->party.tunnel);
	free(connection);
}

/* Waiting */

static void on_event(evutil_socket_t fd, short what, void *arg);

static time_t
patience(const struct ush_connection *connection)
{
	const struct ush_message *message = &connection->message;

	if (connection->phase == USH_PHASE_LINGERING)
		return LINGER_S;
	if (connection->phase == USH_PHASE_HELD)
		return (time_t)ush_connection_settings(connection)->hold;
	if (message->phase == USH_MESSAGE_BODY && message->framing == USH_FRAMING_QUIET)
		return QUIET_S;
	return (time_t)ush_connection_settings(connection)->idle_timeout;
}

/* Waits for what is to come next, with the patience that the phase deserves. */
static int
await(struct ush_connection *connection)
{
	struct timeval idle = {.tv_sec = patience(connection)};
	bool writing = ush_output_waits(&connection->output);
	const struct timeval *timeout;
	/* A peer that does not read its answers is read from all the same. */
	bool deaf = writing && connection->input == USH_INPUT_ENDED;
	short what = (short)((writing ? EV_WRITE : 0) | (deaf ? 0 : EV_READ));

	/* An event that persists begins its time anew whenever it fires. */
	if (connection->awaited == what && connection->patience == idle.tv_sec)
		return 0;
	connection->awaited = what;
	connection->patience = idle.tv_sec;
	if ((event_get_events(&connection->event) & (EV_READ | EV_WRITE)) != what) {
		int fd = ush_connection_fd(connection);

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
	ush_conversation_end_input(connection);
	connection->phase = USH_PHASE_DEAD;
}

/* A slow sender wins time with each byte against the idle limit, not against this one. */
static void
check_deadline(struct ush_connection *connection)
{
	uint64_t deadline = connection->message.deadline_ms;

	if (connection->phase == USH_PHASE_LINGERING)
		deadline = connection->until_ms;
	else if (deadline == 0 && connection->probe != NULL)
		deadline = ush_probe_deadline(connection->probe);
	if (deadline == 0 || ush_monotonic_ms() <= deadline)
		return;
	if (connection->phase == USH_PHASE_LINGERING)
		connection->phase = USH_PHASE_DEAD;
	else
		ush_conversation_end_input(connection);
}

/* All answers are sent. Where more may come, it is read and thrown away for a while. */
static void
stop_sending(struct ush_connection *connection)
{
	connection->until_ms = ush_monotonic_ms() + LINGER_S * 1000;
	connection->phase = connection->input == USH_INPUT_UNREAD &&
	                            shutdown(ush_connection_fd(connection), SHUT_WR) == 0
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
			ush_conversation_seal(connection);
			/* The client says good-bye, too; to a closed socket that would be an
			 * error. */
			ush_conversation_expect_more(connection);
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
	if (connection->phase == USH_PHASE_HELD)
		ush_conversation_release(connection);
	else if (ush_output_waits(&connection->output) || connection->phase >= USH_PHASE_CLOSING)
		give_up(connection);
	else
		ush_conversation_end_input(connection);
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
			/* The program has not waited: it has gone, or sends more. */
			ush_conversation_release(connection);
			ush_conversation_receive(connection);
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
	else if (!ush_conversation_receive(connection) && connection->input != USH_INPUT_ENDED)
		loop->blind_opens = BLIND_OPENS;
	go_on(connection);
	return 0;
}

void
ush_connections_release(struct ush_loop *loop)
{
	uint32_t hold = loop->snapshot->settings->sinkhole.hold;
	struct ush_connection *next;

	if (loop->held_count == 0)
		return;
	for (struct ush_connection *at = TAILQ_FIRST(&loop->connections); at != NULL; at = next) {
		next = TAILQ_NEXT(at, link);
		if (at->held == NULL || at->held->response.hold <= hold)
			continue;
		ush_conversation_release(at);
		go_on(at);
	}
}

void
ush_connection_finish(struct ush_connection *connection)
{
	ush_conversation_release(connection);
	/* What the kernel holds now is all that will be read; a flood does not stop the stop. */
	for (unsigned i = 0; i < 64 && connection->phase < USH_PHASE_CLOSING; i++) {
		if (!ush_conversation_receive(connection))
			break;
	}
	ush_conversation_end_input(connection);
	ush_output_flush(&connection->output, ush_connection_fd(connection));
	connection_free(connection);
}
