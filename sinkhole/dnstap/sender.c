/* SPDX-License-Identifier: BSD-3-Clause */
#include "sinkhole/dnstap/sender.h"

#include <errno.h>
#include <fstrm.h>
#include <linux/sockios.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include "common/endpoint.h"

#define UNIX_PREFIX "unix:"
#define PATIENCE_MS 5000 /* for the handshake */
#define GONE_MS 60000    /* of a machine that acknowledges nothing */
#define LOOK_MS 100      /* between two looks at `stop` */
#define DRAIN_MS 10
#define PIECES_MAX 8 /* that libfstrm writes at once */

/* What libfstrm reads and writes through. Its own sockets wait without end, and do not say how much
 * the consumer has taken. */
struct stream {
	int fd;
	bool is_closing; /* it neither looks at `stop` nor waits without end */
	const volatile sig_atomic_t *stop;
};

struct ush_sender {
	struct stream stream;
	struct fstrm_writer *writer;
};

/* A socket's address; its length, 0 if the text is none. */
static socklen_t
read_target(struct sockaddr_storage *out, const char *to)
{
	struct sockaddr_un *local = (struct sockaddr_un *)out;
	const char *path = to + strlen(UNIX_PREFIX);
	struct ush_endpoint endpoint;

	memset(out, 0, sizeof(*out));
	if (strncmp(to, UNIX_PREFIX, strlen(UNIX_PREFIX)) == 0) {
		if (path[0] != '/' || strlen(path) >= sizeof(local->sun_path))
			return 0;
		local->sun_family = AF_UNIX;
		memcpy(local->sun_path, path, strlen(path));
		return sizeof(*local);
	}
	if (ush_endpoint_from_text(&endpoint, to, 0) != 0 || endpoint.port == 0)
		return 0;
	return ush_address_to_sockaddr(&endpoint.address, endpoint.port, out);
}

int
ush_sender_check(const char *to, struct ush_error *err)
{
	struct sockaddr_storage storage;

	if (read_target(&storage, to) != 0)
		return 0;
	return ush_fail(err, NULL, 0,
	    "\"%s\" is neither unix:/path nor an IP address with a port, as 127.0.0.1:6000", to);
}

/* Waits for one of the events. -1: the connection has ended, the time is over, or it is to stop.
 * timeout_ms -1: without end. */
static int
await(const struct stream *stream, short events, int timeout_ms)
{
	struct pollfd pollfd = {.fd = stream->fd, .events = events};

	if (stream->is_closing)
		timeout_ms = PATIENCE_MS;
	for (int waited = 0; timeout_ms == -1 || waited < timeout_ms; waited += LOOK_MS) {
		int ready = poll(&pollfd, 1, LOOK_MS);

		if ((*stream->stop && !stream->is_closing) || (ready == -1 && errno != EINTR))
			return -1;
		if (ready == 1 && (pollfd.revents & events) != 0)
			return 0;
		if (ready == 1)
			return -1;
	}
	errno = ETIMEDOUT;
	return -1;
}

static fstrm_res
read_bytes(void *arg, void *data, size_t count)
{
	struct stream *stream = arg;
	uint8_t *at = data;

	while (count > 0) {
		ssize_t got = recv(stream->fd, at, count, MSG_DONTWAIT);

		if (got > 0) {
			at += got;
			count -= (size_t)got;
		} else if (got == 0 || (errno != EAGAIN && errno != EINTR) ||
		           await(stream, POLLIN, PATIENCE_MS) != 0) {
			return fstrm_res_failure;
		}
	}
	return fstrm_res_success;
}

/* Takes off what was sent. */
static void
advance(struct msghdr *message, size_t sent)
{
	while (message->msg_iovlen > 0 && sent >= message->msg_iov->iov_len) {
		sent -= message->msg_iov->iov_len;
		message->msg_iov++;
		message->msg_iovlen--;
	}
	if (message->msg_iovlen > 0) {
		message->msg_iov->iov_base = (uint8_t *)message->msg_iov->iov_base + sent;
		message->msg_iov->iov_len -= sent;
	}
}

/* One call for a frame and its length: apart they would be two packets. */
static fstrm_res
write_bytes(void *arg, const struct iovec *iov, int count)
{
	struct stream *stream = arg;
	struct iovec left[PIECES_MAX];
	struct msghdr message = {.msg_iov = left, .msg_iovlen = (size_t)count};

	if (count < 0 || count > PIECES_MAX)
		return fstrm_res_failure;
	memcpy(left, iov, (size_t)count * sizeof(*iov));
	while (message.msg_iovlen > 0) {
		ssize_t sent = sendmsg(stream->fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL);

		if (sent >= 0)
			advance(&message, (size_t)sent);
		else if ((errno != EAGAIN && errno != EINTR) || await(stream, POLLOUT, -1) != 0)
			return fstrm_res_failure;
	}
	return fstrm_res_success;
}

/* The socket is connected before and closed behind libfstrm's back. */
static fstrm_res
do_nothing(void *arg)
{
	(void)arg;
	return fstrm_res_success;
}

static struct fstrm_writer *
make_writer(struct stream *stream, const char *type)
{
	struct fstrm_writer_options *options = fstrm_writer_options_init();
	struct fstrm_rdwr *rdwr = fstrm_rdwr_init(stream);
	struct fstrm_writer *writer = NULL;

	fstrm_rdwr_set_open(rdwr, do_nothing);
	fstrm_rdwr_set_close(rdwr, do_nothing);
	fstrm_rdwr_set_read(rdwr, read_bytes);
	fstrm_rdwr_set_write(rdwr, write_bytes);
	if (fstrm_writer_options_add_content_type(options, type, strlen(type)) == fstrm_res_success)
		writer = fstrm_writer_init(options, &rdwr);
	fstrm_writer_options_destroy(&options);
	fstrm_rdwr_destroy(&rdwr);
	return writer;
}

static int
connect_to(const char *to, struct ush_error *err)
{
	struct timeval timeout = {.tv_sec = PATIENCE_MS / 1000};
	unsigned gone_ms = GONE_MS;
	struct sockaddr_storage storage;
	socklen_t len = read_target(&storage, to);
	int fd = socket(storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd == -1)
		return ush_fail_errno(err, NULL, "no socket");
	(void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof(timeout)); /* of connect() */
	if (storage.ss_family != AF_UNIX)
		(void)setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &gone_ms, sizeof(gone_ms));
	if (connect(fd, (const struct sockaddr *)&storage, len) == 0)
		return fd;
	ush_fail_errno(err, NULL, "cannot connect to %s", to);
	close(fd);
	return -1;
}

int
ush_sender_open(struct ush_sender **out, const char *to, const char *type,
    const volatile sig_atomic_t *stop, struct ush_error *err)
{
	struct ush_sender *sender = calloc(1, sizeof(*sender));

	*out = NULL;
	if (sender == NULL)
		return ush_fail(err, NULL, 0, "out of memory");
	sender->stream = (struct stream){.fd = connect_to(to, err), .stop = stop};
	if (sender->stream.fd == -1) {
		free(sender);
		return -1;
	}
	sender->writer = make_writer(&sender->stream, type);
	if (sender->writer == NULL || fstrm_writer_open(sender->writer) != fstrm_res_success) {
		ush_sender_close(sender);
		return ush_fail(err, NULL, 0, "what listens at %s does not take %s", to, type);
	}
	*out = sender;
	return 0;
}

/* A consumer says nothing in the middle of a stream: what can be read is its end. Without this look a
 * frame that is written after it would be lost. */
static bool
has_ended(const struct stream *stream)
{
	struct pollfd pollfd = {.fd = stream->fd, .events = POLLIN | POLLRDHUP};

	return poll(&pollfd, 1, 0) != 0;
}

int
ush_sender_write(struct ush_sender *sender, const uint8_t *frame, size_t len)
{
	if (has_ended(&sender->stream))
		return -1;
	return fstrm_writer_write(sender->writer, frame, len) == fstrm_res_success ? 0 : -1;
}

int
ush_sender_drain(struct ush_sender *sender)
{
	int stopped_ms = 0;
	int waiting;

	while (!has_ended(&sender->stream) && ioctl(sender->stream.fd, SIOCOUTQ, &waiting) == 0) {
		if (waiting == 0)
			return 0;
		(void)poll(NULL, 0, DRAIN_MS);
		stopped_ms += *sender->stream.stop ? DRAIN_MS : 0;
		if (stopped_ms > PATIENCE_MS)
			break;
	}
	return -1;
}

void
ush_sender_close(struct ush_sender *sender)
{
	if (sender == NULL)
		return;
	sender->stream.is_closing = true;
	fstrm_writer_destroy(&sender->writer);
	close(sender->stream.fd);
	free(sender);
}
