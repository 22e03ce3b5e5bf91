/* SPDX-License-Identifier: BSD-3-Clause */
#include "sinkhole/server/udp.h"

#include <linux/in6.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include "sinkhole/evidence/community.h"
#include "sinkhole/server/emit.h"
#include "sinkhole/server/limits.h"

#define DATAGRAMS_AT_ONCE 64
#define KEPT_MAX 4096

/* Where it was meant to go; the socket may serve a whole network, and other ports than its own. */
static int
find_destination(struct msghdr *message, struct ush_endpoints *ends)
{
	for (struct cmsghdr *part = CMSG_FIRSTHDR(message); part != NULL;
	     part = CMSG_NXTHDR(message, part)) {
		struct sockaddr_storage address = {0};
		size_t len = part->cmsg_len - CMSG_LEN(0);

		if (!(part->cmsg_level == IPPROTO_IP && part->cmsg_type == IP_ORIGDSTADDR) &&
		    !(part->cmsg_level == IPPROTO_IPV6 && part->cmsg_type == IPV6_ORIGDSTADDR))
			continue;
		memcpy(&address, CMSG_DATA(part), len < sizeof(address) ? len : sizeof(address));
		return ush_address_from_sockaddr(
		    &ends->destination, &ends->destination_port, (const struct sockaddr *)&address);
	}
	return -1;
}

static void
take_datagram(struct ush_watch *watch, const struct ush_endpoints *ends, size_t len)
{
	struct ush_loop *loop = watch->loop;
	struct ush_host_entry *host = ush_limits_host(loop, &ends->peer);
	uint64_t now = ush_time_now_ms();
	char community[USH_COMMUNITY_TEXT_MAX];
	struct ush_received raw;
	struct ush_contact contact = {
	    .kind = USH_CONTACT_UDP,
	    .time_ms = now,
	    .peer = ends->peer,
	    .peer_port = ends->peer_port,
	    .from = {.source = ends->peer},
	    .destination = ends->destination,
	    .destination_port = ends->destination_port,
	    .community = community,
	    .raw = &raw,
	};

	atomic_fetch_add_explicit(&loop->counters.datagrams, 1, memory_order_relaxed);
	/* The sources in the overflow entry are not known, and may all be forged. */
	if (ush_host_entry_is_overflow(host) ||
	    !ush_budget_take(&host->budget, USH_BUDGET_DATAGRAMS, USH_HOST_DATAGRAMS, now)) {
		ush_emit_counted(loop, host, USH_LIMIT_HOST_DATAGRAMS, true, ends);
		return;
	}
	ush_community_id(loop->record.digests, &ends->peer, ends->peer_port, &ends->destination,
	    ends->destination_port, true, community);
	ush_received_init(&raw, KEPT_MAX);
	ush_received_add(&raw, loop->input, len);
	ush_emit_contact(loop, &contact);
	ush_received_fini(&raw);
}

void
ush_udp_ready(evutil_socket_t fd, short what, void *arg)
{
	struct ush_watch *watch = arg;
	union {
		struct cmsghdr align;
		uint8_t bytes[CMSG_SPACE(sizeof(struct sockaddr_in6))];
	} control;

	(void)what;
	for (unsigned i = 0; i < DATAGRAMS_AT_ONCE; i++) {
		struct sockaddr_storage peer;
		struct iovec data = {watch->loop->input, sizeof(watch->loop->input)};
		struct msghdr message = {.msg_name = &peer,
		    .msg_namelen = sizeof(peer),
		    .msg_iov = &data,
		    .msg_iovlen = 1,
		    .msg_control = &control,
		    .msg_controllen = sizeof(control)};
		struct ush_endpoints ends = {0};
		ssize_t len = recvmsg(fd, &message, 0);

		if (len < 0)
			return;
		if (find_destination(&message, &ends) == 0 &&
		    ush_address_from_sockaddr(
		        &ends.peer, &ends.peer_port, (const struct sockaddr *)&peer) == 0 &&
		    ush_listener_accepts(watch->listener, &ends.destination))
			take_datagram(watch, &ends, (size_t)len);
	}
}
