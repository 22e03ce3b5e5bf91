/* SPDX-License-Identifier: BSD-3-Clause */
#include "sinkhole/server/proxy.h"

#include "sinkhole/server/emit.h"
#include "sinkhole/server/limits.h"

size_t
ush_proxy_feed(struct ush_message *message, struct ush_proxy_header *header, const uint8_t *data,
    size_t len, enum ush_proxy_result *result)
{
	struct ush_received *raw = &message->raw;
	size_t room = raw->max - raw->used;

	len = len < room ? len : room;
	ush_received_add(raw, data, len);
	*result = ush_proxy_read(header, raw->data, raw->used);
	switch (*result) {
	case USH_PROXY_MORE:
		if (raw->used == raw->max || raw->failed)
			*result = USH_PROXY_BROKEN;
		break;
	case USH_PROXY_NONE:
		ush_received_give_back(raw, len);
		len = 0;
		break;
	case USH_PROXY_BROKEN:
		/* What follows it may be a person's. */
		ush_received_give_back(raw, raw->used - header->bytes);
		break;
	case USH_PROXY_DONE:
		len -= raw->used - header->bytes;
		break;
	}
	if (*result == USH_PROXY_BROKEN)
		message->malformed = "proxy-header";
	return len;
}

/* From now on this is the host's connection, and counts as one of the host's. */
static bool
change_host(struct ush_loop *loop, struct ush_party *party, struct ush_host_entry **host,
    const struct ush_proxy_header *header)
{
	struct ush_endpoints *ends = &party->ends;
	struct ush_host_entry *named = ush_limits_host(loop, &header->source);

	ends->proxy = ends->peer;
	ends->peer = header->source;
	ends->peer_port = header->source_port;
	ends->destination = header->destination;
	ends->destination_port = header->destination_port;
	if (!ush_limits_connection(loop, named)) {
		ush_emit_counted(loop, named, USH_LIMIT_HOST_CONNECTIONS, false, ends);
		return false;
	}
	(*host)->connections--;
	*host = named;
	named->connections++;
	return true;
}

bool
ush_proxy_apply(struct ush_loop *loop, struct ush_party *party, struct ush_host_entry **host,
    const struct ush_proxy_header *header)
{
	bool trusted = ush_networks_contain(
	    &loop->snapshot->settings->sinkhole.trusted_proxies, &party->ends.peer);

	if (header == NULL) {
		/* A program may call such a port without any proxy; a proxy that does not say for
		 * which host it speaks is set up wrong. */
		party->flaw = trusted ? "proxy-missing" : NULL;
		party->nameless = trusted;
	} else if (!trusted) {
		party->flaw = "proxy-untrusted";
		party->ends.claimed = header->source;
	} else if (header->source.family == 0) {
		party->nameless = true;
	} else {
		return change_host(loop, party, host, header);
	}
	return true;
}
