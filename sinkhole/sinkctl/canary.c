/* SPDX-License-Identifier: BSD-3-Clause */
#include "sinkhole/sinkctl/canary.h"

#include <arpa/nameser.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>
#include "common/name.h"

#define TRIES 2
#define ANSWER_S 2 /* for each try */
#define CALL_S 5
#define MESSAGE_MAX 1232

/* A connected socket that waits so long at most for each step; -1 with errno. */
static int
connect_to(const struct ush_endpoint *to, int type, time_t seconds)
{
	struct timeval timeout = {.tv_sec = seconds};
	struct sockaddr_storage storage;
	socklen_t len = ush_address_to_sockaddr(&to->address, to->port, &storage);
	int fd = socket(to->address.family, type | SOCK_CLOEXEC, 0);
	int saved;

	if (fd == -1)
		return -1;
	if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout)) == 0 &&
	    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof(timeout)) == 0 &&
	    connect(fd, (const struct sockaddr *)&storage, len) == 0)
		return fd;
	saved = errno;
	close(fd);
	errno = saved;
	return -1;
}

/* A query with recursion desired; its length. */
static size_t
write_query(uint8_t query[MESSAGE_MAX], const struct ush_name *name, uint16_t type)
{
	static const uint8_t flags_and_counts[] = {1, 0, 0, 1, 0, 0, 0, 0, 0, 0};
	size_t len = 2;

	if (getrandom(query, 2, 0) != 2)
		memset(query, 0, 2);
	memcpy(query + len, flags_and_counts, sizeof(flags_and_counts));
	len += sizeof(flags_and_counts);
	memcpy(query + len, name->wire, name->len);
	len += name->len;
	query[len++] = 0;
	query[len++] = (uint8_t)type;
	query[len++] = 0;
	query[len++] = ns_c_in;
	return len;
}

/* One try. The length of the answer; -1: none that belongs to the query. */
static ssize_t
exchange(const struct ush_endpoint *resolver, const uint8_t *query, size_t len, uint8_t *answer)
{
	int fd = connect_to(resolver, SOCK_DGRAM, ANSWER_S);
	ssize_t got = -1;

	if (fd == -1)
		return -1;
	if (send(fd, query, len, 0) == (ssize_t)len)
		got = recv(fd, answer, MESSAGE_MAX, 0);
	close(fd);
	return got >= NS_HFIXEDSZ && memcmp(answer, query, 2) == 0 ? got : -1;
}

/* The first address of that type in the answer. */
static int
find_address(struct ush_address *out, const uint8_t *answer, size_t len, uint16_t type, int family)
{
	ns_msg message;
	ns_rr rr;

	if (ns_initparse(answer, (int)len, &message) != 0)
		return -1;
	for (int i = 0; i < ns_msg_count(message, ns_s_an); i++) {
		if (ns_parserr(&message, ns_s_an, i, &rr) != 0)
			return -1;
		if (ns_rr_type(rr) != type ||
		    ns_rr_rdlen(rr) != (family == AF_INET ? NS_INADDRSZ : NS_IN6ADDRSZ))
			continue;
		*out = (struct ush_address){.family = (uint8_t)family};
		memcpy(out->octets, ns_rr_rdata(rr), ns_rr_rdlen(rr));
		return 0;
	}
	return -1;
}

int
ush_canary_ask(struct ush_address *out, const char *name, int family,
    const struct ush_endpoint *resolver, struct ush_error *err)
{
	uint16_t type = family == AF_INET ? ns_t_a : ns_t_aaaa;
	char text[USH_ADDRESS_TEXT_MAX];
	uint8_t query[MESSAGE_MAX];
	uint8_t answer[MESSAGE_MAX];
	struct ush_name wire;
	ssize_t got = -1;
	size_t len;

	ush_address_to_text(&resolver->address, text);
	if (ush_name_from_text(&wire, name, strlen(name)) != 0)
		return ush_fail(err, NULL, 0, "canary: \"%s\" is no domain name", name);
	len = write_query(query, &wire, type);
	for (unsigned i = 0; i < TRIES && got == -1; i++)
		got = exchange(resolver, query, len, answer);
	if (got == -1)
		return ush_fail(err, NULL, 0, "the resolver %s port %u gives no answer", text,
		    (unsigned)resolver->port);
	if (find_address(out, answer, (size_t)got, type, family) != 0)
		return ush_fail(err, NULL, 0,
		    "the resolver %s has no address for %s (response code %u)", text, name,
		    answer[3] & 0xfu);
	return 0;
}

int
ush_canary_call(const struct ush_endpoint *sinkhole, const char *name, const char *path,
    bool *is_answered, struct ush_error *err)
{
	char text[USH_ADDRESS_TEXT_MAX];
	char request[USH_NAME_TEXT_MAX + 256];
	char answer[16];
	ssize_t got = -1;
	int len;
	int fd = connect_to(sinkhole, SOCK_STREAM, CALL_S);

	ush_address_to_text(&sinkhole->address, text);
	if (fd == -1)
		return ush_fail_errno(err, NULL, "the sinkhole %s port %u cannot be reached", text,
		    (unsigned)sinkhole->port);
	len = snprintf(request, sizeof(request),
	    "GET %s HTTP/1.1\r\nHost: %s\r\nUser-Agent: sinkctl-check\r\nConnection: close\r\n\r\n",
	    path, name);
	if (send(fd, request, (size_t)len, MSG_NOSIGNAL) == len)
		got = recv(fd, answer, sizeof(answer), 0);
	close(fd);
	if (got == -1)
		return ush_fail(err, NULL, 0,
		    "the sinkhole %s port %u takes the connection and does not answer", text,
		    (unsigned)sinkhole->port);
	if (got > 0 && (got < 5 || memcmp(answer, "HTTP/", 5) != 0))
		return ush_fail(err, NULL, 0, "what answers at %s port %u does not speak HTTP",
		    text, (unsigned)sinkhole->port);
	*is_answered = got > 0;
	return 0;
}
