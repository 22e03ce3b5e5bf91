/* SPDX-License-Identifier: BSD-3-Clause */
/* canary.h - the way of an infected host, walked by a test: the question for the canary, and a call at
 * the address that comes back. Waits for seconds at most; any thread. */
#pragma once

#include <stdbool.h>
#include "common/address.h"
#include "common/attr.h"
#include "common/endpoint.h"
#include "common/error.h"

/* Asks the resolver for `name` over UDP, for an address of the family. Returns 0 and the first
 * address of the answer, or -1 with the reason: no answer in time, or none with an address. */
USH_MUST_CHECK int ush_canary_ask(struct ush_address *out, const char *name, int family,
    const struct ush_endpoint *resolver, struct ush_error *err);

/* Sends an HTTP request for `name` and `path` there. Returns 0 and whether it was answered, or the
 * connection closed in order behind it; -1 with the reason. */
USH_MUST_CHECK int ush_canary_call(const struct ush_endpoint *sinkhole, const char *name,
    const char *path, bool *is_answered, struct ush_error *err);
