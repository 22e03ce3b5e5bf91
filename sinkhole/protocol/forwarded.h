/* SPDX-License-Identifier: BSD-3-Clause */
/* forwarded.h - which host a request comes from when proxies passed it on.
 *
 * An address is trusted only if a proxy that the operator trusts wrote it on a request that it
 * forwarded itself: the right-most address of its header that is no trusted proxy is the source.
 * Every other address in these headers is a claim: it is recorded, and not trusted. A proxy writes
 * X-Forwarded-For or Forwarded (RFC 7239) and passes the other one through as it came, so the
 * operator sets which of the two is used, and the other one is a claim. Nothing in a head that is
 * not `strict` is trusted: the proxy may have read it differently, and its own line may be the one
 * that is missing. Pure, any thread may call. */
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
	/* Left to right, each once, without the source; the nearest ones. */
	struct ush_address claimed[USH_FORWARDED_CLAIMED_MAX];
	size_t claimed_count;
};

/* Adds what the head says to *from, which holds the source so far: the peer, or what is known from
 * a PROXY header or of the tunnel around the request. `trusted` NULL: the headers are the client's
 * own words, all they name is claimed. */
void ush_forwarded_read(struct ush_forwarded *from, const struct ush_http_head *head,
    const struct ush_networks *trusted, enum ush_forwarded_header header);
