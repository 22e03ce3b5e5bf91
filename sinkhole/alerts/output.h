/* SPDX-License-Identifier: BSD-3-Clause */
/* output.h - the ways out: each takes one message, or says why not. They wait for the other side, within
 * the output's time limit: called by the output's own thread (workers.h). Any thread. */
#pragma once

#include <jansson.h>
#include <stdatomic.h>
#include "common/attr.h"
#include "common/error.h"
#include "common/settings.h"

/* Borrowed for the call. */
struct ush_outgoing {
	const char *body; /* the JSON text */
	const json_t *message;
	uint64_t now_ms;
	const atomic_bool *is_stopping; /* then the attempt is given up */
};

/* Returns 0 if the other side has taken it. */
typedef int ush_output_fn(const struct ush_alert_output *output,
    const struct ush_outgoing *outgoing, struct ush_error *err);

ush_output_fn ush_output_webhook;
ush_output_fn ush_output_mail;
ush_output_fn ush_output_syslog;
ush_output_fn ush_output_program;

/* A text of the message; "" if there is none. */
static inline const char *
ush_outgoing_text(const struct ush_outgoing *outgoing, const char *key)
{
	const char *text = json_string_value(json_object_get(outgoing->message, key));

	return text != NULL ? text : "";
}
