/* SPDX-License-Identifier: BSD-3-Clause */
/* limits.h - what a host, and all hosts together, may have of a loop: connections, TLS handshakes,
 * events and bytes of the log. The overflow entry and a trusted proxy are many hosts, so that the
 * limits of one do not hold them. Belongs to the loop's thread. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include "common/address.h"
#include "sinkhole/evidence/contact.h"
#include "sinkhole/evidence/finding.h"
#include "sinkhole/server/host_table.h"
#include "sinkhole/server/loop.h"

/* The entry that counts for this address: the host's own, that of its IPv6 /64, or the overflow
 * entry. */
struct ush_host_entry *ush_limits_host(struct ush_loop *loop, const struct ush_address *address);

/* Whether the host may have another connection. */
bool ush_limits_connection(const struct ush_loop *loop, const struct ush_host_entry *host);
/* Whether another ClientHello of the host may be answered; takes a handshake of the budgets if so.
 */
bool ush_limits_handshake(struct ush_loop *loop, struct ush_host_entry *host);

/* Whether an answer to the host may be kept back. */
bool ush_limits_hold(const struct ush_loop *loop, const struct ush_host_entry *host);

/* Whether a contact gets an event of its own; takes an event of the budgets if so. False, and which
 * limit was met, if it must only be counted. */
bool ush_limits_event(struct ush_loop *loop, struct ush_host_entry *host,
    const struct ush_contact *contact, const struct ush_finding *finding, enum ush_limit *limit);
/* Whether the event of an aggregate may be written now, or must wait. */
bool ush_limits_aggregate(const struct ush_loop *loop);
/* Counts the bytes of an event that was written; `host` NULL: of an aggregate. */
void ush_limits_written(struct ush_loop *loop, struct ush_host_entry *host, bool udp, size_t bytes);

/* Identifies the profile of a beacon that was decoded; 0: there is none. */
uint64_t ush_limits_profile(const struct ush_finding *finding);
