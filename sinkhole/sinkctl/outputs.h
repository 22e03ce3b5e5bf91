/* SPDX-License-Identifier: BSD-3-Clause */
/* outputs.h - how it stands with the alerts of sinkwatch and with each output. Without outputs in the
 * settings there is nothing to say. One thread. */
#pragma once

#include <jansson.h>
#include <stdio.h>
#include "sinkhole/alerts/queue.h"
#include "sinkhole/sinkctl/command.h"

/* How it stood with all of them at one moment. Zeroed: not known. */
struct ush_outputs {
	bool is_known;
	uint64_t begun_ms; /* 0: sinkwatch has not begun */
	uint64_t held;     /* messages that wait for the end of quiet hours or of the hour */
	struct ush_output_state *items; /* owned; their names are those of the settings */
	size_t count;
};
/* settings must live as long. May wait for a writer, so not for a thread that others wait for. -1: what is
 * known cannot be read; *out is to be ended with ush_outputs_fini() all the same. */
USH_MUST_CHECK int ush_outputs_load(
    struct ush_outputs *out, const struct ush_settings *settings, struct ush_error *err);
void ush_outputs_fini(struct ush_outputs *outputs);

/* A paragraph to stdout. */
void ush_outputs_print(const struct ush_command *command);
/* "alerts": begun, held, outputs; by command->outputs if that is set. */
void ush_outputs_put(json_t *object, const struct ush_command *command);
void ush_outputs_put_metrics(FILE *to, const struct ush_command *command);
