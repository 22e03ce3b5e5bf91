/* SPDX-License-Identifier: BSD-3-Clause */
/* exception.h - what to put into the settings or a feed, so that a false alarm does not come again.
 * Printed to stdout; one thread. */
#pragma once

#include "sinkhole/sinkctl/command.h"

/* Both ways: a role for the host, or never-block entries for the listed things that it met. */
USH_MUST_CHECK int ush_exception_print(const struct ush_command *command, struct ush_error *err);
/* "role" and "never_block" as YAML texts. */
USH_MUST_CHECK int ush_exception_put(
    json_t *object, const struct ush_command *command, struct ush_error *err);
