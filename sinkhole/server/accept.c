/* SPDX-License-Identifier: BSD-3-Clause */
#include "sinkhole/server/accept.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "sinkhole/server/connection.h"
#include "sinkhole/server/emit.h"
#include "sinkhole/server/limits.h"

/* So that a flood of connections does not keep those that are open from being served. */
#define ACCEPTS_AT_ONCE 64
#define PAUSE_MS 100

/* Makes room for one more connection: the one that has been silent longest is recorded and ended, so
 * that a flood of open ones keeps no new one out. */
static void
make_room(struct ush_loop *loop)
{
	size_t most = loop->snapshot->settings->sinkhole.max_connections;

	most = loop->files < most ? loop->files : most;
	while (loop->connection_count > 0 && loop->connection_count * loop->share >= most) {
		ush_connection_finish(TAILQ_FIRST(&loop->connections));
		atomic_fetch_add_explicit(&loop->counters.evicted, 1, memory_order_relaxed);
	}
}

/* Where it was meant to go; a socket for one address need not be asked. */
static int
find_destination(const struct ush_watch *watch, int fd, struct ush_endpoints *ends)
{
	const struct ush_listener *listener = watch->listener;
	struct sockaddr_storage local;
	socklen_t len = sizeof(local);

	if (!listener->wildcard && !listener->transparent) {
		ends->destination = listener->networks.items[0].base;
		ends->destination_port = listener->port;
		return 0;
	}
	if (getsockname(fd, (struct sockaddr *)&local, &len) != 0 ||
	    ush_address_from_sockaddr(
	        &ends->destination, &ends->destination_port, (const struct sockaddr *)&local) != 0)
		return -1;
	return ush_listener_accepts(listener, &ends->destination) ? 0 : -1;
}

static void
take_connection(struct ush_watch *watch, int fd, const struct sockaddr *sa, bool may_stay)
{
	struct ush_loop *loop = watch->loop;
	struct ush_endpoints ends = {.proxy_header = watch->listener->proxy_protocol};
	struct ush_host_entry *host;

	if (ush_address_from_sockaddr(&ends.peer, &ends.peer_port, sa) != 0 ||
	    find_destination(watch, fd, &ends) != 0) {
		close(fd);
		return;
	}
	atomic_fetch_add_explicit(&loop->counters.accepted, 1, memory_order_relaxed);
	host = ush_limits_host(loop, &ends.peer);
	if (may_stay && !ush_limits_connection(loop, host)) {
		ush_emit_counted(loop, host, USH_LIMIT_HOST_CONNECTIONS, false, &ends);
		close(fd);
		return;
	}
	if (may_stay)
		make_room(loop);
	if (!may_stay || ush_connection_open(loop, fd, &ends, host) != 0) {
		ush_emit_counted(loop, host, USH_LIMIT_FILES, false, &ends);
		close(fd);
	}
}

static void
pause_accepting(struct ush_loop *loop)
{
	const struct timeval pause = {.tv_usec = PAUSE_MS * 1000};

	for (size_t i = 0; i < loop->watch_count; i++) {
		if (!loop->watches[i].listener->udp)
			event_del(&loop->watches[i].event);
	}
	event_add(&loop->resume, &pause);
}

void
ush_accept_resume(evutil_socket_t fd, short what, void *arg)
{
	struct ush_loop *loop = arg;

	(void)fd;
	(void)what;
	for (size_t i = 0; i < loop->watch_count; i++) {
		if (!loop->watches[i].listener->udp)
			event_add(&loop->watches[i].event, NULL);
	}
}

/* No more files: with the spare one a connection can at least be taken, counted and closed. */
static void
refuse_one(struct ush_watch *watch)
{
	struct ush_loop *loop = watch->loop;
	struct sockaddr_storage peer;
	socklen_t len = sizeof(peer);
	int fd;

	if (loop->spare_fd != -1)
		close(loop->spare_fd);
	fd = accept4(
	    watch->listener->fd, (struct sockaddr *)&peer, &len, SOCK_NONBLOCK | SOCK_CLOEXEC);
	if (fd != -1)
		take_connection(watch, fd, (const struct sockaddr *)&peer, false);
	loop->spare_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
}

void
ush_accept_ready(evutil_socket_t listener, short what, void *arg)
{
	struct ush_watch *watch = arg;

	(void)what;
	for (unsigned i = 0; i < ACCEPTS_AT_ONCE; i++) {
		struct sockaddr_storage peer;
		socklen_t len = sizeof(peer);
		int fd =
		    accept4(listener, (struct sockaddr *)&peer, &len, SOCK_NONBLOCK | SOCK_CLOEXEC);

		if (fd != -1) {
			take_connection(watch, fd, (const struct sockaddr *)&peer, true);
			continue;
		}
		if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
			refuse_one(watch);
			pause_accepting(watch->loop);
			return;
		}
		/* ECONNABORTED and the like: gone before we looked. */
		if (errno != EINTR && errno != ECONNABORTED)
			return;
	}
}
