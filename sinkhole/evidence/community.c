/* SPDX-License-Identifier: BSD-3-Clause */
#include "sinkhole/evidence/community.h"

#include <netinet/in.h>
#include <openssl/evp.h>
#include <string.h>

#include "sinkhole/protocol/digest.h"

static size_t
put_address(uint8_t *to, const struct ush_address *address)
{
	size_t len = address->family == AF_INET6 ? 16 : 4;

	memcpy(to, address->octets, len);
	return len;
}

static size_t
put_port(uint8_t *to, uint16_t port)
{
	to[0] = (uint8_t)(port >> 8);
	to[1] = (uint8_t)port;
	return 2;
}

/* The smaller end stands first, so that both directions have the same text. */
static bool
is_ordered(
    const struct ush_address *a, uint16_t a_port, const struct ush_address *b, uint16_t b_port)
{
	int order = memcmp(a->octets, b->octets, sizeof(a->octets));

	return order < 0 || (order == 0 && a_port <= b_port);
}

const char *
ush_community_id(struct ush_digests *digests, const struct ush_address *from, uint16_t from_port,
    const struct ush_address *to, uint16_t to_port, bool udp, char buf[USH_COMMUNITY_TEXT_MAX])
{
	uint8_t flow[2 + 16 + 16 + 2 + 4];
	uint8_t digest[USH_SHA1_BYTES];
	size_t len = 0;

	buf[0] = '\0';
	if (from->family == 0 || from->family != to->family)
		return buf;
	if (!is_ordered(from, from_port, to, to_port)) {
		const struct ush_address *address = from;
		uint16_t port = from_port;

		from = to;
		from_port = to_port;
		to = address;
		to_port = port;
	}
	len += put_port(flow, 0); /* the seed */
	len += put_address(flow + len, from);
	len += put_address(flow + len, to);
	flow[len++] = udp ? IPPROTO_UDP : IPPROTO_TCP;
	flow[len++] = 0;
	len += put_port(flow + len, from_port);
	len += put_port(flow + len, to_port);
	if (ush_digest_sha1(digests, flow, len, digest) != 0)
		return buf;
	memcpy(buf, "1:", 2);
	EVP_EncodeBlock((unsigned char *)buf + 2, digest, sizeof(digest));
	return buf;
}
