/* SPDX-License-Identifier: BSD-3-Clause */
/* outputs.h - how it stands with the alerts of sinkwatch and with each output. Without outputs in the
 * settings there is nothing to say. One thread. */
#pragma once

#include <jansson.h>
#include <stdio.h>
#include "sinkhole/alerts/queue.h"
#include "sinkhole/sinkctl/command.h"

/* A paragraph to stdout. */
void ush_outputs_print(const struct ush_command *command);
/* "alerts": begun, held, outputs. */
void ush_outputs_put(json_t *object, const struct ush_command *command);
void ush_outputs_put_metrics(FILE *to, const struct ush_command *command);

/* Calls fn for each output of the settings. -1: what is known of them cannot be read. */
typedef void ush_output_state_fn(void *arg, const struct ush_output_state *state);
USH_MUST_CHECK int ush_outputs_each(
    const struct ush_settings *settings, ush_output_state_fn *fn, void *arg, struct ush_error *err);
