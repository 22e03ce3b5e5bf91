/* SPDX-License-Identifier: BSD-3-Clause */
/* workers.h - a thread for each output, which brings it what is in the queue, one message after the other:
 * a receiver that is slow or dead holds up its own output alone. Each has the queue open for itself. */
#pragma once

#include "common/attr.h"
#include "common/error.h"
#include "common/settings.h"

struct ush_alert_workers;

/* Starts the threads (all signals blocked). `settings` is borrowed until they are stopped. Returns 0 and
 * *out owned by the caller. */
USH_MUST_CHECK int ush_alert_workers_start(
    struct ush_alert_workers **out, const struct ush_settings *settings, struct ush_error *err);
/* Gives up what is being sent; it stays in the queue. NULL is allowed. */
void ush_alert_workers_stop(struct ush_alert_workers *workers);
