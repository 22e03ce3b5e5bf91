/* SPDX-License-Identifier: BSD-3-Clause */
/* upstream.h - the test host's side of the network: real answers as the iterator would hand them
 * over. */
#pragma once

#include "module/unbound/host.h"

/* An answer to `qinfo` in `region`: A 192.0.2.1, or for a name whose first label is "alias" a CNAME
 * to `target` (wire form) and its A record. */
struct dns_msg *upstream_answer(
    struct regional *region, const struct query_info *qinfo, uint8_t *target, size_t target_len);
