/* SPDX-License-Identifier: BSD-3-Clause */
/* forwarded.h - whom a proxy speaks for. Only what proxies that the operator trusts say is
 * believed: the right-most address of their header that is no trusted proxy is the host; all
 * that stands left of it is what that host, or a stranger, claims. A proxy writes X-Forwarded-For
 * or Forwarded (RFC 7239) and passes the other one through as it came, so one of the two is
 * believed, as the operator says, and the other one is a claim whatever it says. Of a head that is
 * not whole nothing is believed: the proxy's own line may be what is missing. Pure, any thread may
 * call. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include "common/address.h"
#include "common/settings.h"
#include "sinkhole/protocol/http.h"

#define USH_FORWARDED_CLAIMED_MAX 8

struct ush_forwarded {
	struct ush_address source; /* the host: the peer itself unless `proxied` */
	bool proxied;              /* a trusted proxy named the source */
	struct ush_address claimed[USH_FORWARDED_CLAIMED_MAX]; /* left to right, the nearest ones */
	size_t claimed_count;
};

/* `head` may be NULL. */
void ush_forwarded_read(struct ush_forwarded *out, const struct ush_http_head *head,
    const struct ush_address *peer, const struct ush_networks *trusted,
    enum ush_forwarded_header believed);
