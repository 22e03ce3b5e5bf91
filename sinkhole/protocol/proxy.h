/* SPDX-License-Identifier: BSD-3-Clause */
/* proxy.h - the PROXY protocol, versions 1 (a line of text) and 2 (binary): what a proxy says of a
 * connection before it passes the client's own bytes on. Read strictly: half an understanding would
 * name the wrong host. Whether the sender is trusted is for the caller to know. Pure, any
 * thread may call. */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include "common/address.h"

enum ush_proxy_result {
	USH_PROXY_NONE, /* these bytes are something else */
	USH_PROXY_MORE, /* it may still become one */
	USH_PROXY_DONE,
	USH_PROXY_BROKEN,
};

struct ush_proxy_header {
	size_t bytes; /* DONE, BROKEN: of the header; what follows is the client's */
	/* Family 0: the proxy calls on its own account (LOCAL) or does not know for which host. */
	struct ush_address source;
	struct ush_address destination;
	uint16_t source_port;
	uint16_t destination_port;
};

/* `out` is all zero unless there is something to say. Version 2 may be as long as 65,551 bytes:
 * the caller stops when he has had enough. */
enum ush_proxy_result ush_proxy_read(struct ush_proxy_header *out, const uint8_t *data, size_t len);
