/* SPDX-License-Identifier: BSD-3-Clause */
/* child.h - a program that is given a text and must end within a time. It gets no descriptor but its
 * standard ones, no signal disposition and hardly an environment of ours. Any thread. */
#pragma once

#include <stdatomic.h>
#include <stdint.h>
#include "common/attr.h"
#include "common/error.h"

/* argv[0] is a whole path. The text is its standard input, what it writes to its standard error is
 * ours. Returns 0 if its exit status was 0. When the time is over, or *is_stopping, it is killed with
 * all that it started. */
USH_MUST_CHECK int ush_child_run(char *const *argv, const char *text, uint32_t timeout_s,
    const atomic_bool *is_stopping, struct ush_error *err);
