/* SPDX-License-Identifier: BSD-3-Clause */
#include "zones/update/dnsstream.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static int64_t
now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Until the socket can be read from or written to. */
static int
await(const struct ush_dns_stream *stream, short events, struct ush_error *err)
{
	struct pollfd waiting = {.fd = stream->fd, .events = events};

	for (;;) {
		int64_t left = stream->end_ms - now_ms();
		int ready;

		if (left <= 0)
			return ush_fail(err, NULL, 0, "the server took too long (timeout)");
		ready = poll(&waiting, 1, (int)left);
		if (ready > 0)
			return 0;
		if (ready == -1 && errno != EINTR)
			return ush_fail_errno(err, NULL, "cannot wait for the server");
	}
}

static int
connect_to(struct ush_dns_stream *stream, const struct ush_endpoint *server, struct ush_error *err)
{
	struct sockaddr_storage address;
	socklen_t len = ush_address_to_sockaddr(&server->address, server->port, &address);
	int trouble = 0;
	socklen_t size = sizeof(trouble);

	stream->fd = socket(address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (stream->fd == -1)
		return ush_fail_errno(err, NULL, "cannot make a socket");
	if (connect(stream->fd, (struct sockaddr *)&address, len) == 0)
		return 0;
	if (errno != EINPROGRESS)
		return ush_fail_errno(err, NULL, "cannot connect to the server");
	if (await(stream, POLLOUT, err) != 0)
		return -1;
	if (getsockopt(stream->fd, SOL_SOCKET, SO_ERROR, &trouble, &size) == -1 || trouble != 0) {
		errno = trouble != 0 ? trouble : errno;
		return ush_fail_errno(err, NULL, "cannot connect to the server");
	}
	return 0;
}

int
ush_dns_stream_open(struct ush_dns_stream *out, const struct ush_endpoint *server,
    unsigned timeout_s, struct ush_error *err)
{
	*out = (struct ush_dns_stream){.fd = -1, .end_ms = now_ms() + (int64_t)timeout_s * 1000};
	if (connect_to(out, server, err) == 0)
		return 0;
	ush_dns_stream_close(out);
	return -1;
}

void
ush_dns_stream_close(struct ush_dns_stream *stream)
{
	if (stream->fd != -1)
		close(stream->fd);
	stream->fd = -1;
}

int
ush_dns_stream_send(
    struct ush_dns_stream *stream, uint8_t *message, size_t len, struct ush_error *err)
{
	uint8_t *at = message - 2;

	at[0] = (uint8_t)(len >> 8);
	at[1] = (uint8_t)len;
	for (len += 2; len > 0;) {
		ssize_t sent = send(stream->fd, at, len, MSG_NOSIGNAL);

		if (sent == -1 && errno != EAGAIN && errno != EINTR)
			return ush_fail_errno(err, NULL, "cannot ask the server");
		if (sent == -1 && await(stream, POLLOUT, err) != 0)
			return -1;
		if (sent > 0) {
			at += sent;
			len -= (size_t)sent;
		}
	}
	return 0;
}

static int
receive(struct ush_dns_stream *stream, uint8_t *to, size_t len, struct ush_error *err)
{
	while (len > 0) {
		ssize_t got = recv(stream->fd, to, len, 0);

		if (got == 0)
			return ush_fail(err, NULL, 0, "the server closed the connection too early");
		if (got == -1 && errno != EAGAIN && errno != EINTR)
			return ush_fail_errno(err, NULL, "cannot read the server's answer");
		if (got == -1 && await(stream, POLLIN, err) != 0)
			return -1;
		if (got > 0) {
			to += got;
			len -= (size_t)got;
		}
		if (len > 0 && now_ms() > stream->end_ms)
			return ush_fail(err, NULL, 0, "the server took too long (timeout)");
	}
	return 0;
}

int
ush_dns_stream_receive(
    struct ush_dns_stream *stream, uint8_t *message, size_t *len, struct ush_error *err)
{
	uint8_t prefix[2];

	if (now_ms() > stream->end_ms)
		return ush_fail(err, NULL, 0, "the server took too long (timeout)");
	if (receive(stream, prefix, sizeof(prefix), err) != 0)
		return -1;
	*len = (size_t)prefix[0] << 8 | prefix[1];
	return receive(stream, message, *len, err);
}
