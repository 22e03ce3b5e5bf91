/* SPDX-License-Identifier: BSD-3-Clause */
/* bench-connect - many TCP clients in one loop, from as many source addresses as one likes.
 *
 *   bench-connect request ADDRESS PORT SECONDS AT_ONCE SOURCES HOST
 *       a new connection for every request ("Connection: close"), read to its end
 *   bench-connect hello ADDRESS PORT SECONDS AT_ONCE SOURCES HOST
 *       a new connection for every ClientHello with HOST as SNI, until the server closes or answers
 *   bench-connect idle ADDRESS PORT COUNT SOURCES HOST silent|asked
 *       opens COUNT connections ("asked": each gets one answer and stays open), prints "open",
 * waits for the end of standard input
 *
 * Sources are 10.20.0.1 and up; the server is an address of this machine. Prints "ok N bad N". */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define CLIENTS_MAX 200000u
#define ROUND_MS 2000 /* a client that waits longer has failed */

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
	source.sin_addr.s_addr = htonl(0x0a140001u + load->next_source++ % load->sources);
	(void)setsockopt(client->fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof(on));
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
run_for(struct load *load, int64_t ms)
{
	int64_t end = now_ms() + ms;
	int64_t next_look = now_ms() + ROUND_MS;
	struct epoll_event events[64];

	for (int64_t now = now_ms(); now < end; now = now_ms()) {
		int count;

		for (unsigned i = 0; i < load->count; i++)
			if (load->clients[i].fd < 0 && start_client(load, &load->clients[i]) != 0)
				return -1;
		count = epoll_wait(load->poll, events, 64, 100);
		for (int i = 0; i < count; i++) {
			struct client *client = events[i].data.ptr;
			int done = step_client(load, client, events[i].events);

			if (done != 0)
				end_client(load, client, done > 0);
		}
		if (now > next_look) {
			give_up_on_late(load, now);
			next_look = now + ROUND_MS;
		}
	}
	printf("ok %lu bad %lu\n", load->ok, load->bad);
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

static int
run(struct load *load, char **argv)
{
	bool idle = strcmp(argv[1], "idle") == 0;
	const char *host = idle ? argv[6] : argv[7];

	load->server.sin_family = AF_INET;
	load->server.sin_port = htons((uint16_t)strtoul(argv[3], NULL, 10));
	load->count = (unsigned)strtoul(argv[idle ? 4 : 5], NULL, 10);
	load->sources = (unsigned)strtoul(argv[idle ? 5 : 6], NULL, 10);
	if (inet_pton(AF_INET, argv[2], &load->server.sin_addr) != 1 || load->count == 0 ||
	    load->count > CLIENTS_MAX || load->sources == 0 || strlen(host) > 253)
		return -1;
	load->clients = calloc(load->count, sizeof(*load->clients));
	load->poll = epoll_create1(0);
	if (!load->clients || load->poll < 0)
		return -1;
	for (unsigned i = 0; i < load->count; i++)
		load->clients[i].fd = -1;
	if (idle && strcmp(argv[7], "silent") == 0)
		return hold(load);
	if (strcmp(argv[1], "hello") == 0) {
		load->any_end_is_good = true;
		make_hello(load, host);
	} else {
		make_request(load, host, idle);
	}
	return idle ? hold(load) : run_for(load, (int64_t)(strtod(argv[4], NULL) * 1000));
}

int
main(int argc, char **argv)
{
	struct load load = {0};

	if (argc != 8) {
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
