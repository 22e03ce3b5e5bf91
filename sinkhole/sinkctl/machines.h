/* SPDX-License-Identifier: BSD-3-Clause */
/* machines.h - how far the exchange with PostgreSQL is: what is sent from here, and, where the answers
 * come from there, which machines sent what is known. */
#pragma once

#include <jansson.h>
#include "common/attr.h"
#include "common/error.h"
#include "sinkhole/sinkctl/command.h"
#include "sinkhole/store/changes.h"

/* The state of the sending; generation "" if nothing is sent. */
USH_MUST_CHECK int ush_machines_push(
    const struct ush_command *command, struct ush_push *out, struct ush_error *err);

/* Nothing, if the settings name no database. */
USH_MUST_CHECK int ush_machines_print(const struct ush_command *command, struct ush_error *err);
/* "push" and "pull" in an object. */
USH_MUST_CHECK int ush_machines_put(
    json_t *object, const struct ush_command *command, struct ush_error *err);
