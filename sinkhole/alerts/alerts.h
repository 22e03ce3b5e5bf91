/* SPDX-License-Identifier: BSD-3-Clause */
/* alerts.h - messages to people and programs about what is in an overview and was not said before: one
 * for each host, again when it gets worse, never one for each event. Deciding (decide.h, pace.h), what
 * is kept (memory.h, queue.h) and sending (sender.h) are apart. */
#pragma once

#include "common/attr.h"
#include "common/error.h"
#include "sinkhole/sinkwatch/overview.h"

/* Compares the overview (made_ms is now) with what was said, and queues what is new. What was known when
 * it is called for the first time comes in one message. Without outputs in the settings nothing is done
 * or kept. On failure nothing has changed, and the next look says it all. One thread. */
USH_MUST_CHECK int ush_alerts_look(
    const struct ush_overview *overview, struct ush_store *store, struct ush_error *err);
