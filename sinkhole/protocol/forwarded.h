/* SPDX-License-Identifier: BSD-3-Clause */
/* forwarded.h - whom a proxy speaks for. Only what proxies that the operator trusts say is
 * believed: the right-most address of X-Forwarded-For that is no trusted proxy is the host; all
 * that stands left of it is what that host, or a stranger, claims. Of a head that is not
 * whole nothing is believed: the proxy's own line may be what is missing. Pure, any thread may
 * call. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include "common/address.h"
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
    const struct ush_address *peer, const struct ush_networks *trusted);
