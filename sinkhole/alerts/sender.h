/* SPDX-License-Identifier: BSD-3-Clause */
/* sender.h - what brings the queue to the outputs, so that neither the page nor reading the logs waits for a
 * receiver: a thread that reads the settings when they change, and one for each of their outputs
 * (workers.h). With a mistake in the settings it goes on with the last good ones. */
#pragma once

#include "common/attr.h"
#include "common/error.h"

struct ush_alert_sender;

/* Starts it (all signals blocked). `path` is the settings file and must live longer. Called
 * once in a process, before other threads start. Returns 0 and *out owned by the caller. */
USH_MUST_CHECK int ush_alert_sender_start(
    struct ush_alert_sender **out, const char *path, struct ush_error *err);
/* Gives up what is being sent; it stays in the queue. NULL is allowed. */
void ush_alert_sender_stop(struct ush_alert_sender *sender);
