/* SPDX-License-Identifier: BSD-3-Clause */
/* exception.h - what to put into the settings or a feed, so that a false alarm does not come again: a
 * role for the host, or never-block entries for the listed things that it met. One thread. */
#pragma once

#include "sinkhole/sinkctl/command.h"

/* YAML, to be chosen from. */
struct ush_exception {
	char role[160];    /* for the settings */
	char *never_block; /* a feed; owned */
};
USH_MUST_CHECK int ush_exception_make(
    struct ush_exception *out, const struct ush_command *command, struct ush_error *err);
void ush_exception_fini(struct ush_exception *exception);

/* Both, to stdout. */
USH_MUST_CHECK int ush_exception_print(const struct ush_command *command, struct ush_error *err);
/* "role" and "never_block" as YAML texts. */
USH_MUST_CHECK int ush_exception_put(
    json_t *object, const struct ush_command *command, struct ush_error *err);
