/* SPDX-License-Identifier: BSD-3-Clause */
/* endpoints.h - from where to where a connection or a datagram went. Plain data. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include "common/address.h"

struct ush_endpoints {
	struct ush_address peer;
	struct ush_address destination;
	uint16_t peer_port;
	uint16_t destination_port;
	struct ush_address proxy;   /* which named the others in its header; family 0: none did */
	struct ush_address claimed; /* what a PROXY header of a peer that is not trusted names */
	bool proxy_header;          /* the listener expects such a header */
};
