/* SPDX-License-Identifier: BSD-3-Clause */
/* A program of the organisation's: the JSON is its standard input. */
#include <unistd.h>
#include "sinkhole/alerts/child.h"
#include "sinkhole/alerts/output.h"

int
ush_output_program(const struct ush_alert_output *output, const struct ush_outgoing *outgoing,
    struct ush_error *err)
{
	if (geteuid() == 0)
		return ush_fail(err, output->program.items[0], 0,
		    "is not run: sinkwatch runs as root, and programs do not need that");
	/* The list ends with NULL. */
	return ush_child_run(
	    output->program.items, outgoing->body, output->timeout, outgoing->is_stopping, err);
}
