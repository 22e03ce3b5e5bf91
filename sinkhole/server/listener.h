/* SPDX-License-Identifier: BSD-3-Clause */
/* listener.h - the sockets that `listen:` asks for, bound while the process may still bind low
 * ports. A single address gets a socket of its own. Networks (AnyIP) share one socket a port on the
 * wildcard address; what comes to an address outside of them is none of ours. Belongs to the
 * server, immutable once open. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "common/address.h"
#include "common/attr.h"
#include "common/error.h"
#include "common/settings.h"

struct ush_inherited;

struct ush_listener {
	int fd;
	bool udp;
	uint8_t family;
	uint16_t port;
	bool wildcard;
	bool syn; /* the kernel keeps the packet that opens a connection */
	bool proxy_protocol;
	bool transparent; /* the kernel may hand over what went to other ports (TPROXY) */
	struct ush_networks networks; /* where it listens */
	unsigned line;                /* of the settings that asked for it */
};

struct ush_listeners {
	struct ush_listener *items;
	size_t count;
};

/* What would be opened: fd is -1. Start with a zeroed struct. */
USH_MUST_CHECK int ush_listeners_plan(struct ush_listeners *out,
    const struct ush_sinkhole_settings *settings, const char *file, struct ush_error *err);
/* Opens all of them, or none: -1 with file and line; what was inherited is taken first. Of `loops`
 * sets that share their ports this is number `loop` (from 0, opened in this order): a host is
 * always served by the same loop, so that its limits and aggregates are those of one host. */
USH_MUST_CHECK int ush_listeners_open(struct ush_listeners *listeners, unsigned loop,
    unsigned loops, struct ush_inherited *inherited, const char *file, struct ush_error *err);
bool ush_listener_accepts(
    const struct ush_listener *listener, const struct ush_address *destination);
void ush_listeners_fini(struct ush_listeners *listeners);
