/* SPDX-License-Identifier: BSD-3-Clause */
/* bench-connect - many clients in one loop, from as many source addresses as one likes.
 *
 *   bench-connect request ADDRESS PORT SECONDS AT_ONCE SOURCES HOST
 *       a new connection for every request ("Connection: close"), read to its end
 *   bench-connect hello ADDRESS PORT SECONDS AT_ONCE SOURCES HOST
 *       a new connection for every ClientHello with HOST as SNI, until the server closes or answers
 *   bench-connect idle ADDRESS PORT COUNT SOURCES HOST silent|asked
 *       opens COUNT connections ("asked": each gets one answer and stays open), prints "open",
 *       waits for the end of standard input
 *   bench-connect count request|hello ADDRESS PORT COUNT AT_ONCE SOURCES HOST
 *       as the first two, COUNT connections, of which no two have the same address and port
 *   bench-connect flood ADDRESS PORT SECONDS RATE SOURCES HOST
 *       RATE new connections a second, each with a request, whether or not any is answered: of
 *       FLOOD_AT_ONCE the oldest gives way
 *   bench-connect datagrams ADDRESS PORT SECONDS RATE SOURCES HOST
 *       RATE datagrams a second, of the request's bytes
 *
 * Sources are 10.20.0.1 and up; the server is an address of this machine. Prints "ok N bad N"; of a
 * flood "tried N ok N", where ok were answered (or, datagrams, sent). */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define CLIENTS_MAX 200000u
#define ROUND_MS 2000 /* a client that waits longer has failed */
#define FLOOD_AT_ONCE 10000u
#define BATCH 64u /* datagrams of one system call */

struct client {
	int fd; /* -1: none */
	size_t got;
	int64_t since;
};

struct load {
	struct sockaddr_in server;
	unsigned sources;
	unsigned next_source;
	int poll;
	bool keep;            /* an answer does not end the connection */
	bool any_end_is_good; /* also one without an answer */
	uint8_t message[1024];
	size_t message_len;
	struct client *clients;
	unsigned count;
	unsigned long limit; /* connections to make; 0: as many as time allows */
	unsigned long tried;
	unsigned long ok;
	unsigned long bad;
};

static int64_t
now_ms(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void
put16(uint8_t *at, size_t value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

/* A small TLS 1.2 ClientHello with a server name. */
static void
make_hello(struct load *load, const char *host)
{
	static const uint8_t suites[] = {0, 4, 0xc0, 0x2f, 0xc0, 0x30, 1, 0};
	static const uint8_t groups[] = {0, 10, 0, 6, 0, 4, 0, 29, 0, 23};
	size_t name = strlen(host);
	uint8_t *body = load->message + 9;
	size_t at = 0;

	put16(body, 0x0303);
	memset(body + 2, 7, 32);
	at = 35; /* no session id */
	memcpy(body + at, suites, sizeof(suites));
	at += sizeof(suites);
	put16(body + at, sizeof(groups) + 9 + name);
	memcpy(body + at + 2, groups, sizeof(groups));
	at += 2 + sizeof(groups);
	put16(body + at, 0);
	put16(body + at + 2, name + 5);
	put16(body + at + 4, name + 3);
	body[at + 6] = 0;
	put16(body + at + 7, name);
	memcpy(body + at + 9, host, name);
	at += 9 + name;
	load->message[0] = 22;
	put16(load->message + 1, 0x0301);
	put16(load->message + 3, at + 4);
	load->message[5] = 1;
	load->message[6] = 0;
	put16(load->message + 7, at);
	load->message_len = at + 9;
}

static void
make_request(struct load *load, const char *host, bool keep)
{
	int len = snprintf((char *)load->message, sizeof(load->message),
	    "GET /x?id=1 HTTP/1.1\r\nHost: %s\r\nUser-Agent: bench\r\n%s\r\n", host,
	    keep ? "" : "Connection: close\r\n");

	load->message_len = (size_t)len;
}

static uint32_t
next_source(struct load *load)
{
	return htonl(0x0a140001u + load->next_source++ % load->sources);
}

/* 0: the kernel chooses, and chooses some twice. */
static uint16_t
next_port(const struct load *load)
{
	unsigned first = load->any_end_is_good ? 30000 : 10000;

	return load->limit > 0 ? htons((uint16_t)(first + load->tried / load->sources % 20000)) : 0;
}

static int
start_client(struct load *load, struct client *client)
{
	struct sockaddr_in source = {.sin_family = AF_INET};
	struct epoll_event event = {.events = EPOLLOUT, .data.ptr = client};
	int on = 1;

	client->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	if (client->fd < 0)
		return -1;
	client->got = 0;
	client->since = now_ms();
	source.sin_addr.s_addr = next_source(load);
	source.sin_port = next_port(load);
	load->tried++;
	(void)setsockopt(client->fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof(on));
	(void)setsockopt(client->fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	(void)setsockopt(client->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	if (bind(client->fd, (struct sockaddr *)&source, sizeof(source)) != 0 ||
	    (connect(client->fd, (struct sockaddr *)&load->server, sizeof(load->server)) != 0 &&
	        errno != EINPROGRESS))
		return -1;
	return epoll_ctl(load->poll, EPOLL_CTL_ADD, client->fd, &event);
}

/* Reset, not closed: a million connections shall not leave a million in TIME-WAIT. */
static void
end_client(struct load *load, struct client *client, bool good)
{
	struct linger linger = {.l_onoff = 1, .l_linger = 0};

	(void)setsockopt(client->fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
	(void)close(client->fd);
	client->fd = -1;
	if (good)
		load->ok++;
	else
		load->bad++;
}

/* Returns 1 if the client has had its answer, -1 if it failed, 0 if it goes on. */
static int
step_client(struct load *load, struct client *client, uint32_t events)
{
	struct epoll_event reading = {.events = EPOLLIN, .data.ptr = client};
	char buf[8192];
	ssize_t len;

	if ((events & EPOLLOUT) != 0) {
		if (load->message_len > 0 && send(client->fd, load->message, load->message_len,
		                                 MSG_NOSIGNAL) != (ssize_t)load->message_len)
			return -1;
		if (epoll_ctl(load->poll, EPOLL_CTL_MOD, client->fd, &reading) != 0)
			return -1;
		return load->message_len == 0 ? 1 : 0;
	}
	len = recv(client->fd, buf, sizeof(buf), 0);
	if (len > 0)
		client->got += (size_t)len;
	if (len > 0 && !load->any_end_is_good)
		return load->keep ? 1 : 0;
	if (len < 0 && errno == EAGAIN)
		return 0;
	if (load->any_end_is_good)
		return len >= 0 || errno == ECONNRESET ? 1 : -1;
	return len == 0 && client->got > 12 ? 1 : -1;
}

static void
give_up_on_late(struct load *load, int64_t now)
{
	for (unsigned i = 0; i < load->count; i++)
		if (load->clients[i].fd >= 0 && now - load->clients[i].since > ROUND_MS)
			end_client(load, &load->clients[i], false);
}

static int
step_ready(struct load *load, int timeout_ms)
{
	struct epoll_event events[64];
	int count = epoll_wait(load->poll, events, 64, timeout_ms);

	for (int i = 0; i < count; i++) {
		struct client *client = events[i].data.ptr;
		int done = step_client(load, client, events[i].events);

		if (done != 0)
			end_client(load, client, done > 0);
	}
	return count;
}

static bool
is_over(const struct load *load, int64_t now, int64_t end)
{
	return load->limit > 0 ? load->ok + load->bad >= load->limit : now >= end;
}

static int
run_for(struct load *load, int64_t ms)
{
	int64_t end = now_ms() + ms;
	int64_t next_look = now_ms() + ROUND_MS;

	for (int64_t now = now_ms(); !is_over(load, now, end); now = now_ms()) {
		for (unsigned i = 0; i < load->count; i++) {
			if (load->clients[i].fd < 0 &&
			    (load->limit == 0 || load->tried < load->limit) &&
			    start_client(load, &load->clients[i]) != 0)
				return -1;
		}
		(void)step_ready(load, 100);
		if (now > next_look) {
			give_up_on_late(load, now);
			next_look = now + ROUND_MS;
		}
	}
	printf("ok %lu bad %lu\n", load->ok, load->bad);
	return 0;
}

/* What the clock allows to have been sent by now. */
static unsigned long
due(int64_t began, int64_t now, unsigned long rate)
{
	return (unsigned long)(now - began) * rate / 1000;
}

static int
flood(struct load *load, int64_t ms, unsigned long rate)
{
	int64_t began = now_ms();
	int64_t now = began;

	for (; now < began + ms; now = now_ms()) {
		for (unsigned i = 0; i < BATCH && load->tried < due(began, now, rate); i++) {
			struct client *client = &load->clients[load->tried % load->count];

			if (client->fd >= 0)
				end_client(load, client, false);
			if (start_client(load, client) != 0)
				return -1;
		}
		while (step_ready(load, load->tried < due(began, now, rate) ? 0 : 1) == 64) {
		}
	}
	printf("tried %lu ok %lu\n", load->tried, load->ok);
	return 0;
}

static unsigned
send_batch(struct load *load, int fd, unsigned count)
{
	static struct mmsghdr batch[BATCH];
	static union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(sizeof(struct in_pktinfo))];
	} control[BATCH];
	struct iovec data = {load->message, load->message_len};
	int sent;

	for (unsigned i = 0; i < count; i++) {
		struct msghdr *message = &batch[i].msg_hdr;
		struct in_pktinfo from = {.ipi_spec_dst.s_addr = next_source(load)};

		*message = (struct msghdr){.msg_name = &load->server,
		    .msg_namelen = sizeof(load->server),
		    .msg_iov = &data,
		    .msg_iovlen = 1,
		    .msg_control = &control[i],
		    .msg_controllen = sizeof(control[i])};
		*CMSG_FIRSTHDR(message) = (struct cmsghdr){.cmsg_level = IPPROTO_IP,
		    .cmsg_type = IP_PKTINFO,
		    .cmsg_len = CMSG_LEN(sizeof(from))};
		memcpy(CMSG_DATA(CMSG_FIRSTHDR(message)), &from, sizeof(from));
	}
	sent = sendmmsg(fd, batch, count, 0);
	return sent < 0 ? 0 : (unsigned)sent;
}

static int
send_datagrams(struct load *load, int64_t ms, unsigned long rate)
{
	static const struct timespec nap = {.tv_nsec = 500000};
	int64_t began = now_ms();
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	if (fd < 0)
		return -1;
	for (int64_t now = began; now < began + ms; now = now_ms()) {
		unsigned long wanted = due(began, now, rate);
		unsigned count;

		if (load->tried >= wanted) {
			(void)nanosleep(&nap, NULL);
			continue;
		}
		count = wanted - load->tried < BATCH ? (unsigned)(wanted - load->tried) : BATCH;
		load->tried += count;
		load->ok += send_batch(load, fd, count);
	}
	printf("tried %lu ok %lu\n", load->tried, load->ok);
	return 0;
}

/* Opens them a few at a time, so that no backlog overflows. */
static int
hold(struct load *load)
{
	struct epoll_event events[64];
	unsigned started = 0;
	unsigned done = 0;
	char byte;

	load->keep = true;
	while (done < load->count) {
		int count;

		while (started < load->count && started - done < 64)
			if (start_client(load, &load->clients[started++]) != 0)
				return -1;
		count = epoll_wait(load->poll, events, 64, ROUND_MS);
		if (count <= 0)
			return -1;
		for (int i = 0; i < count; i++) {
			struct client *client = events[i].data.ptr;
			int result = step_client(load, client, events[i].events);

			if (result < 0)
				return -1;
			if (result == 0)
				continue;
			done++;
			(void)epoll_ctl(load->poll, EPOLL_CTL_DEL, client->fd, NULL);
		}
	}
	puts("open");
	(void)fflush(stdout);
	while (read(STDIN_FILENO, &byte, 1) > 0) {
	}
	return 0;
}

/* As many files as there are clients. */
static void
raise_files(unsigned count)
{
	struct rlimit limit = {.rlim_cur = count + 64, .rlim_max = count + 64};
	struct rlimit now;

	if (getrlimit(RLIMIT_NOFILE, &now) == 0 && now.rlim_cur < limit.rlim_cur)
		(void)setrlimit(RLIMIT_NOFILE, &limit);
}

static int
prepare(struct load *load, char **where, const char *count, const char *sources)
{
	load->server.sin_family = AF_INET;
	load->server.sin_port = htons((uint16_t)strtoul(where[1], NULL, 10));
	load->count = (unsigned)strtoul(count, NULL, 10);
	load->sources = (unsigned)strtoul(sources, NULL, 10);
	if (inet_pton(AF_INET, where[0], &load->server.sin_addr) != 1 || load->count == 0 ||
	    load->count > CLIENTS_MAX || load->sources == 0)
		return -1;
	raise_files(load->count);
	load->clients = calloc(load->count, sizeof(*load->clients));
	load->poll = epoll_create1(0);
	if (!load->clients || load->poll < 0)
		return -1;
	for (unsigned i = 0; i < load->count; i++)
		load->clients[i].fd = -1;
	return 0;
}

static int
make_message(struct load *load, const char *kind, const char *host)
{
	if (strlen(host) > 253)
		return -1;
	if (strcmp(kind, "hello") == 0) {
		load->any_end_is_good = true;
		make_hello(load, host);
	} else {
		make_request(load, host, strcmp(kind, "idle") == 0);
	}
	return 0;
}

static int
run_idle(struct load *load, char **argv)
{
	if (prepare(load, argv + 2, argv[4], argv[5]) != 0)
		return -1;
	if (strcmp(argv[7], "silent") != 0 && make_message(load, "idle", argv[6]) != 0)
		return -1;
	return hold(load);
}

static int
run(struct load *load, char **argv)
{
	const char *kind = argv[1];
	int64_t ms;

	if (strcmp(kind, "idle") == 0)
		return run_idle(load, argv);
	if (strcmp(kind, "count") == 0) {
		argv++;
		kind = argv[1];
		load->limit = strtoul(argv[4], NULL, 10);
	}
	ms = (int64_t)(strtod(argv[4], NULL) * 1000);
	if (strcmp(kind, "flood") == 0 || strcmp(kind, "datagrams") == 0) {
		char at_once[16];
		unsigned long rate = strtoul(argv[5], NULL, 10);

		(void)snprintf(at_once, sizeof(at_once), "%u", FLOOD_AT_ONCE);
		if (prepare(load, argv + 2, at_once, argv[6]) != 0 ||
		    make_message(load, kind, argv[7]) != 0)
			return -1;
		return strcmp(kind, "flood") == 0 ? flood(load, ms, rate)
		                                  : send_datagrams(load, ms, rate);
	}
	if (prepare(load, argv + 2, argv[5], argv[6]) != 0 ||
	    make_message(load, kind, argv[7]) != 0)
		return -1;
	return run_for(load, ms);
}

int
main(int argc, char **argv)
{
	struct load load = {0};
	int words = argc > 1 && strcmp(argv[1], "count") == 0 ? 9 : 8;

	if (argc != words) {
		fputs("bench-connect: wrong usage, see the head of connect.c\n", stderr);
		return 2;
	}
	if (run(&load, argv) != 0) {
		fprintf(
		    stderr, "bench-connect: failed after %lu good: %s\n", load.ok, strerror(errno));
		return 1;
	}
	return 0;
}
