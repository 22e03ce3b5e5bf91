/* SPDX-License-Identifier: BSD-3-Clause */
/* proxy.c - the PROXY header before the first message of a connection, on listeners that have one:
 * it is believed from trusted proxies alone, and then the connection is the named host's. */
#include "sinkhole/protocol/proxy.h"
#include "sinkhole/server/connection.h"
#include "sinkhole/server/emit.h"
#include "sinkhole/server/limits.h"
#include "sinkhole/server/loop.h"

/* From now on this is the host's connection, and counts as one of the host's. */
static void
change_host(struct ush_connection *connection, const struct ush_proxy_header *header)
{
	struct ush_loop *loop = connection->loop;
	struct ush_endpoints *ends = &connection->ends;
	struct ush_host *host = ush_limits_host(loop, &header->source);

	ends->proxy = ends->peer;
	ends->peer = header->source;
	ends->peer_port = header->source_port;
	ends->destination = header->destination;
	ends->destination_port = header->destination_port;
	if (!ush_limits_connection(loop, host)) {
		ush_emit_folded(loop, host, USH_FOLD_HOST_CONNECTIONS, false, ends);
		connection->phase = USH_PHASE_CLOSING;
		return;
	}
	connection->host->connections--;
	connection->host = host;
	host->connections++;
}

static void
take_header(struct ush_connection *connection, const struct ush_proxy_header *header, bool trusted)
{
	uint64_t since_ms = connection->message.since_ms;

	ush_message_fini(&connection->message);
	connection->message.since_ms = since_ms;
	connection->phase = USH_PHASE_START;
	if (!trusted) {
		connection->flaw = "proxy-untrusted";
		connection->ends.claimed = header->source;
	} else if (header->source.family == 0) {
		connection->nameless = true;
	} else {
		change_host(connection, header);
	}
}

size_t
ush_proxy_feed(struct ush_connection *connection, const uint8_t *data, size_t len)
{
	const struct ush_sinkhole_settings *settings = &connection->loop->view->settings->sinkhole;
	struct ush_received *raw = &connection->message.raw;
	bool trusted = ush_networks_contain(&settings->trusted_proxies, &connection->ends.peer);
	struct ush_proxy_header header;
	size_t room, extra;

	if (raw->total == 0)
		ush_message_begin(connection);
	room = raw->max - raw->used;
	len = len < room ? len : room;
	ush_received_add(raw, data, len);
	switch (ush_proxy_read(&header, raw->data, raw->used)) {
	case USH_PROXY_MORE:
		if (raw->used == raw->max || raw->failed)
			ush_message_done(connection, "proxy-header");
		return len;
	case USH_PROXY_NONE:
		/* A program may call such a port without any proxy; a proxy that is silent about
		 * whom it speaks for is set up wrong. */
		connection->flaw = trusted ? "proxy-missing" : NULL;
		connection->nameless = trusted;
		connection->phase = USH_PHASE_START;
		ush_received_give_back(raw, len);
		return 0;
	case USH_PROXY_BROKEN:
		/* What follows it may be a person's. */
		ush_received_give_back(raw, raw->used - header.bytes);
		ush_message_done(connection, "proxy-header");
		return len;
	case USH_PROXY_DONE:
		extra = raw->used - header.bytes;
		take_header(connection, &header, trusted);
		return len - extra;
	}
	return len;
}
