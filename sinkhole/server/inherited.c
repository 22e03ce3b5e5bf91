/* SPDX-License-Identifier: BSD-3-Clause */
#include "sinkhole/server/inherited.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define FIRST_FD 3 /* systemd's convention */

struct bound {
	bool udp;
	struct ush_address address;
	uint16_t port;
};

static int
look_at(int fd, struct bound *out)
{
	struct sockaddr_storage local;
	socklen_t len = sizeof(local);
	socklen_t type_len = sizeof(int);
	int type;

	if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &type_len) != 0 ||
	    getsockname(fd, (struct sockaddr *)&local, &len) != 0)
		return -1;
	out->udp = type == SOCK_DGRAM;
	return ush_address_from_sockaddr(
	    &out->address, &out->port, (const struct sockaddr *)&local);
}

int
ush_inherited_find(struct ush_inherited *out, struct ush_error *err)
{
	const char *pid = getenv("LISTEN_PID");
	const char *fds = getenv("LISTEN_FDS");
	struct bound bound;
	unsigned long count = 0;

	*out = (struct ush_inherited){.first = FIRST_FD};
	if (pid != NULL && fds != NULL && strtol(pid, NULL, 10) == (long)getpid())
		count = strtoul(fds, NULL, 10);
	unsetenv("LISTEN_PID");
	unsetenv("LISTEN_FDS");
	unsetenv("LISTEN_FDNAMES");
	if (count > USH_INHERITED_MAX)
		return ush_fail(
		    err, NULL, 0, "more than %d sockets were handed over", USH_INHERITED_MAX);
	for (int fd = FIRST_FD; fd < FIRST_FD + (int)count; fd++) {
		if (look_at(fd, &bound) != 0 || fcntl(fd, F_SETFD, FD_CLOEXEC) != 0 ||
		    fcntl(fd, F_SETFL, O_NONBLOCK) != 0)
			return ush_fail(err, NULL, 0,
			    "what was handed over as descriptor %d is no IP socket", fd);
	}
	out->count = (unsigned)count;
	return 0;
}

int
ush_inherited_take(
    struct ush_inherited *inherited, bool udp, const struct ush_address *address, uint16_t port)
{
	struct bound bound;

	for (unsigned i = 0; i < inherited->count; i++) {
		int fd = inherited->first + (int)i;

		if (inherited->taken[i] || look_at(fd, &bound) != 0 || bound.udp != udp ||
		    bound.port != port || !ush_address_equal(&bound.address, address))
			continue;
		inherited->taken[i] = true;
		return fd;
	}
	return -1;
}

unsigned
ush_inherited_left(const struct ush_inherited *inherited, char *buf, unsigned size)
{
	char text[USH_ADDRESS_TEXT_MAX];
	struct bound bound;
	unsigned left = 0;

	for (unsigned i = 0; i < inherited->count; i++) {
		if (inherited->taken[i])
			continue;
		if (left++ == 0 && look_at(inherited->first + (int)i, &bound) == 0)
			snprintf(buf, size, "%s %s port %u", bound.udp ? "udp" : "tcp",
			    ush_address_to_text(&bound.address, text), bound.port);
	}
	return left;
}

void
ush_inherited_fini(struct ush_inherited *inherited)
{
	for (unsigned i = 0; i < inherited->count; i++) {
		if (!inherited->taken[i])
			close(inherited->first + (int)i);
	}
	*inherited = (struct ush_inherited){0};
}
