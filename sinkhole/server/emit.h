/* SPDX-License-Identifier: BSD-3-Clause */
/* emit.h - from a contact to its event in the log, or to a count if a limit is met. On the loop's
 * thread. */
#pragma once

#include <stdbool.h>
#include "sinkhole/evidence/contact.h"
#include "sinkhole/server/endpoints.h"
#include "sinkhole/server/host_table.h"
#include "sinkhole/server/loop.h"

/* Judges a contact that needs no answer and writes its event; loop->finding holds what was found.
 */
void ush_emit_contact(struct ush_loop *loop, const struct ush_contact *contact);
/* Writes the event of a contact that loop->finding has judged already; false if it was only
 * counted. */
bool ush_emit_judged(struct ush_loop *loop, const struct ush_contact *contact);
/* Counts a contact that gets no event of its own. */
void ush_emit_counted(struct ush_loop *loop, struct ush_host_entry *host, enum ush_limit limit,
    bool udp, const struct ush_endpoints *ends);

/* For ush_host_table_sweep(), with the loop: writes an aggregate's event, or keeps the aggregate if
 * there is no room; or counts it as lost, when there is no later. */
ush_aggregate_fn ush_emit_aggregate;
ush_aggregate_fn ush_emit_lost_aggregate;
