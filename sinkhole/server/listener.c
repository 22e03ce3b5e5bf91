/* SPDX-License-Identifier: BSD-3-Clause */
#include "sinkhole/server/listener.h"

#include <errno.h>
#include <linux/filter.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sinkhole/server/inherited.h"

#define BACKLOG 4096

static bool
is_single(const struct ush_network *network)
{
	return network->bits == (network->base.family == AF_INET6 ? 128 : 32);
}

static int
add_network(struct ush_listener *listener, const struct ush_network *network)
{
	if (!is_single(network))
		listener->wildcard = true;
	for (size_t i = 0; i < listener->networks.count; i++) {
		const struct ush_network *have = &listener->networks.items[i];

		if (have->bits == network->bits && ush_address_equal(&have->base, &network->base))
			return 0;
	}
	return ush_networks_add(&listener->networks, network);
}

static int
no_memory(struct ush_error *err)
{
	return ush_fail(err, NULL, 0, "out of memory");
}

/* All networks of one family, transport and port stand together first: the kernel does not allow a
 * wildcard socket beside one for a single address. */
static int
plan_one(struct ush_listeners *out, const struct ush_listen *listen, uint16_t port, bool udp,
    const char *file, struct ush_error *err)
{
	uint8_t family = listen->address.base.family;
	struct ush_listener *items;

	for (size_t i = 0; i < out->count; i++) {
		struct ush_listener *have = &out->items[i];

		if (have->family != family || have->port != port || have->udp != udp)
			continue;
		if (have->proxy_protocol != listen->proxy_protocol)
			return ush_fail(err, file, listen->line,
			    "port %u has proxy-protocol in one entry and not in another", port);
		return add_network(have, &listen->address) == 0 ? 0 : no_memory(err);
	}
	items = reallocarray(out->items, out->count + 1, sizeof(*items));
	if (items == NULL)
		return no_memory(err);
	out->items = items;
	items[out->count] = (struct ush_listener){.fd = -1,
	    .udp = udp,
	    .family = family,
	    .port = port,
	    .proxy_protocol = listen->proxy_protocol,
	    .line = listen->line};
	return add_network(&items[out->count++], &listen->address) == 0 ? 0 : no_memory(err);
}

/* Where only single addresses stand together each gets its own socket. */
static int
split_singles(struct ush_listeners *out)
{
	size_t planned = out->count;

	for (size_t i = 0; i < planned; i++) {
		while (!out->items[i].wildcard && out->items[i].networks.count > 1) {
			struct ush_listener *items =
			    reallocarray(out->items, out->count + 1, sizeof(*items));
			struct ush_listener *from;

			if (items == NULL)
				return -1;
			out->items = items;
			from = &items[i];
			items[out->count] = *from;
			items[out->count].networks = (struct ush_networks){0};
			out->count++;
			from->networks.count--;
			if (ush_networks_add(&items[out->count - 1].networks,
			        &from->networks.items[from->networks.count]) != 0)
				return -1;
		}
	}
	return 0;
}

int
ush_listeners_plan(struct ush_listeners *out, const struct ush_sinkhole_settings *settings,
    const char *file, struct ush_error *err)
{
	*out = (struct ush_listeners){0};
	for (size_t i = 0; i < settings->listen_count; i++) {
		const struct ush_listen *listen = &settings->listen[i];

		for (size_t j = 0; j < listen->tcp_count; j++) {
			if (plan_one(out, listen, listen->tcp[j], false, file, err) != 0)
				goto failed;
		}
		for (size_t j = 0; j < listen->udp_count; j++) {
			if (plan_one(out, listen, listen->udp[j], true, file, err) != 0)
				goto failed;
		}
	}
	if (out->count == 0)
		return ush_fail(err, file, 0,
		    "there is nothing to listen on; give sinkhole.listen an address with tcp or "
		    "udp ports");
	for (size_t i = 0; i < out->count; i++) {
		out->items[i].transparent = settings->transparent;
		out->items[i].syn = settings->syn;
	}
	if (split_singles(out) == 0)
		return 0;
	(void)no_memory(err);
failed:
	ush_listeners_fini(out);
	return -1;
}

static int
set(int fd, int level, int option)
{
	int on = 1;

	return setsockopt(fd, level, option, &on, sizeof(on));
}

static int
prepare_socket(const struct ush_listener *listener, int fd)
{
	bool ipv6 = listener->family == AF_INET6;

	if (listener->transparent && (ipv6 ? set(fd, IPPROTO_IPV6, IPV6_TRANSPARENT)
	                                   : set(fd, IPPROTO_IP, IP_TRANSPARENT)) != 0)
		return -1;
	if (listener->udp)
		return ipv6 ? set(fd, IPPROTO_IPV6, IPV6_RECVORIGDSTADDR)
		            : set(fd, IPPROTO_IP, IP_RECVORIGDSTADDR);
	if (listener->syn && set(fd, IPPROTO_TCP, TCP_SAVE_SYN) != 0)
		return -1;
	/* Answers are one write each; nothing is gained by holding them back. Inherited by
	 * connections. */
	return set(fd, IPPROTO_TCP, TCP_NODELAY) != 0 ? -1 : set(fd, SOL_SOCKET, SO_REUSEADDR);
}

static struct ush_address
bound_to(const struct ush_listener *listener)
{
	struct ush_address any = {.family = listener->family};

	return listener->wildcard ? any : listener->networks.items[0].base;
}

static int
bind_socket(const struct ush_listener *listener, int fd)
{
	struct ush_address to = bound_to(listener);
	struct sockaddr_storage address;
	socklen_t len = ush_address_to_sockaddr(&to, listener->port, &address);

	if (listener->family == AF_INET6 && set(fd, IPPROTO_IPV6, IPV6_V6ONLY) != 0)
		return -1;
	if (bind(fd, (const struct sockaddr *)&address, len) != 0)
		return -1;
	return listener->udp ? 0 : listen(fd, BACKLOG);
}

static const char *
advice(int error)
{
	switch (error) {
	case EADDRNOTAVAIL:
		return "; add the address to an interface or route it locally";
	case EADDRINUSE:
		return "; another program listens there";
	case EPERM:
		return "; transparent needs root, or CAP_NET_ADMIN";
	case EACCES:
		return "; start as root (it drops to sinkhole.user) or use ports above 1023";
	default:
		return "";
	}
}

/* A filter for the sockets of one port, run by the kernel for each connection or datagram: the
 * number of the socket that gets it, from the sender's address. (Offsets from SKF_NET_OFF on are in
 * the IP header.) */
static int
steer(const struct ush_listener *listener, unsigned loops)
{
	enum { MULTIPLIER = 0x9e3779b1u }; /* the golden ratio: neighbours are spread */
	static const uint32_t source_v4 = (uint32_t)SKF_NET_OFF + 12;
	static const uint32_t source_v6 = (uint32_t)SKF_NET_OFF + 8;
	bool ipv6 = listener->family == AF_INET6;
	struct sock_filter code[] = {
	    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, ipv6 ? source_v6 : source_v4),
	    BPF_STMT(BPF_MISC | BPF_TAX, 0),
	    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, ipv6 ? source_v6 + 4 : source_v4),
	    BPF_STMT(BPF_ALU | BPF_ADD | BPF_X, 0),
	    BPF_STMT(BPF_MISC | BPF_TAX, 0),
	    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, ipv6 ? source_v6 + 12 : source_v4),
	    BPF_STMT(BPF_ALU | BPF_ADD | BPF_X, 0),
	    BPF_STMT(BPF_ALU | BPF_MUL | BPF_K, (uint32_t)MULTIPLIER),
	    BPF_STMT(BPF_ALU | BPF_RSH | BPF_K, 16),
	    BPF_STMT(BPF_ALU | BPF_MOD | BPF_K, loops),
	    BPF_STMT(BPF_RET | BPF_A, 0),
	};
	struct sock_fprog program = {.len = sizeof(code) / sizeof(code[0]), .filter = code};

	return setsockopt(
	    listener->fd, SOL_SOCKET, SO_ATTACH_REUSEPORT_CBPF, &program, sizeof(program));
}

static int
share_port(const struct ush_listener *listener, unsigned loop, unsigned loops)
{
	if (loops == 1)
		return 0;
	if (set(listener->fd, SOL_SOCKET, SO_REUSEPORT) != 0)
		return -1;
	return loop == 0 ? steer(listener, loops) : 0;
}

/* A socket that was handed over is bound and listens already. -1 if there is none, or it cannot be
 * used (then with an error). */
static int
take_inherited(struct ush_listener *listener, struct ush_inherited *inherited)
{
	struct ush_address to = bound_to(listener);

	listener->fd = ush_inherited_take(inherited, listener->udp, &to, listener->port);
	if (listener->fd == -1 || prepare_socket(listener, listener->fd) != 0)
		return -1;
	/* One that listens already gets our backlog; one that cannot is an error. */
	return listener->udp ? 0 : listen(listener->fd, BACKLOG);
}

static int
open_one(struct ush_listener *listener, unsigned loop, unsigned loops,
    struct ush_inherited *inherited, const char *file, struct ush_error *err)
{
	int type = (listener->udp ? SOCK_DGRAM : SOCK_STREAM) | SOCK_NONBLOCK | SOCK_CLOEXEC;
	char network[USH_NETWORK_TEXT_MAX];
	int saved;

	if (take_inherited(listener, inherited) == 0)
		return 0;
	if (listener->fd == -1)
		listener->fd = socket(listener->family, type, 0);
	if (listener->fd != -1 && prepare_socket(listener, listener->fd) == 0 &&
	    share_port(listener, loop, loops) == 0 && bind_socket(listener, listener->fd) == 0)
		return 0;
	saved = errno;
	return ush_fail(err, file, listener->line, "cannot listen on %s port %u (%s): %s%s",
	    ush_network_to_text(&listener->networks.items[0], network), listener->port,
	    listener->udp ? "udp" : "tcp", strerror(saved), advice(saved));
}

int
ush_listeners_open(struct ush_listeners *listeners, unsigned loop, unsigned loops,
    struct ush_inherited *inherited, const char *file, struct ush_error *err)
{
	for (size_t i = 0; i < listeners->count; i++) {
		if (open_one(&listeners->items[i], loop, loops, inherited, file, err) != 0)
			return -1;
	}
	return 0;
}

bool
ush_listener_accepts(const struct ush_listener *listener, const struct ush_address *destination)
{
	return ush_networks_contain(&listener->networks, destination);
}

void
ush_listeners_fini(struct ush_listeners *listeners)
{
	for (size_t i = 0; i < listeners->count; i++) {
		if (listeners->items[i].fd != -1)
			close(listeners->items[i].fd);
		ush_networks_fini(&listeners->items[i].networks);
	}
	free(listeners->items);
	*listeners = (struct ush_listeners){0};
}
