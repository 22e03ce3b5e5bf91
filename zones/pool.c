/* SPDX-License-Identifier: BSD-3-Clause */
#include "zones/pool.h"

#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct route_request {
	struct nlmsghdr head;
	struct rtmsg route;
	struct rtattr destination;
	uint8_t octets[16];
};

static void
make_request(struct route_request *request, const struct ush_address *address)
{
	unsigned octets = address->family == AF_INET ? 4 : 16;

	*request = (struct route_request){
	    .head = {.nlmsg_type = RTM_GETROUTE, .nlmsg_flags = NLM_F_REQUEST},
	    .route = {.rtm_family = (unsigned char)address->family,
	        .rtm_dst_len = (unsigned char)(octets * 8)},
	    .destination = {.rta_type = RTA_DST, .rta_len = (unsigned short)RTA_LENGTH(octets)},
	};
	memcpy(request->octets, address->octets, octets);
	request->head.nlmsg_len =
	    (uint32_t)(offsetof(struct route_request, destination) + RTA_SPACE(octets));
}

/* A type of route (RTN_*); RTN_UNSPEC if there is none. */
static unsigned
route_type(int fd, const struct ush_address *address)
{
	struct route_request request;
	union {
		struct nlmsghdr head;
		char octets[4096];
	} reply;
	ssize_t len;

	make_request(&request, address);
	if (send(fd, &request, request.head.nlmsg_len, 0) == -1)
		return RTN_UNSPEC;
	len = recv(fd, &reply, sizeof(reply), 0);
	if (len < (ssize_t)NLMSG_LENGTH(sizeof(struct rtmsg)) ||
	    reply.head.nlmsg_type != RTM_NEWROUTE)
		return RTN_UNSPEC;
	return ((const struct rtmsg *)NLMSG_DATA(&reply.head))->rtm_type;
}

enum ush_pool_place
ush_pool_place(const struct ush_network *pool)
{
	struct ush_address address;
	unsigned type;
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);

	if (ush_network_nth(pool, 1, &address) != 0)
		address = pool->base;
	if (fd == -1)
		return USH_POOL_UNKNOWN;
	type = route_type(fd, &address);
	close(fd);
	if (type == RTN_LOCAL)
		return USH_POOL_HERE;
	return type == RTN_UNICAST ? USH_POOL_ROUTED : USH_POOL_NOWHERE;
}

static bool
overlap(const struct ush_network *a, const struct ush_network *b)
{
	return ush_network_contains(a, &b->base) || ush_network_contains(b, &a->base);
}

/* An answer can have an address of this network: one of sinkhole-addresses, or one that the settings
 * give to a campaign. */
static bool
leads_to(const struct ush_settings *settings, const struct ush_network *network)
{
	const struct ush_networks *pool = &settings->module.pool;

	for (size_t i = 0; i < pool->count; i++) {
		if (overlap(&pool->items[i], network))
			return true;
	}
	for (size_t i = 0; i < settings->campaigns.count; i++) {
		const struct ush_override *override = &settings->campaigns.items[i];

		if (ush_network_contains(network, &override->address4) ||
		    ush_network_contains(network, &override->address6))
			return true;
	}
	return false;
}

bool
ush_pool_is_outside(const struct ush_settings *settings, const struct ush_listen *listen)
{
	return settings->module.pool.count > 0 && !listen->proxy_protocol &&
	       !leads_to(settings, &listen->address);
}
