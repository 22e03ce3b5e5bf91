/* SPDX-License-Identifier: BSD-3-Clause */
/* web.h - the page over HTTP or, with a certificate, HTTPS. Only GET and HEAD, only for the names by
 * which this machine may be asked (a foreign web page that resolves its own name to us is refused), and
 * only for those who have access. Belongs to the loop's thread. */
#pragma once

#include <event2/event.h>
#include "common/attr.h"
#include "common/error.h"
#include "common/settings.h"
#include "sinkhole/sinkwatch/follower.h"

struct ush_web;

/* Listens at settings->watch.listen. base, follower and settings must live longer.
 * Returns 0 and *out owned by the caller. */
USH_MUST_CHECK int ush_web_open(struct ush_web **out, struct event_base *base,
    struct ush_follower *follower, const struct ush_settings *settings, struct ush_error *err);
void ush_web_close(struct ush_web *web); /* NULL is allowed */

/* Whether a Host header names this machine: a loopback address, localhost, or one of `names`; with
 * any port or none. `any_address`: every address, since such a header is no name that leads here. */
bool ush_web_host_is_ours(const char *host, const struct ush_names *names, bool any_address);
