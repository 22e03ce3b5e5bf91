/* SPDX-License-Identifier: BSD-3-Clause */
/* sender.h - a thread that sends what the logs here say to PostgreSQL, every few seconds, where the
 * settings have store.push-to (exchange/engine.h). It alone waits for the network. */
#pragma once

#include "common/attr.h"
#include "common/error.h"

struct ush_sending;

/* `path`: the settings, read again each time; borrowed. Returns 0 and *out owned by the caller. */
USH_MUST_CHECK int ush_sending_start(
    struct ush_sending **out, const char *path, struct ush_error *err);
void ush_sending_stop(struct ush_sending *sending); /* NULL is allowed */
