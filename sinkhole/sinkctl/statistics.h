/* SPDX-License-Identifier: BSD-3-Clause */
/* statistics.h - the sums that "sinkctl status" ends with: the rules that fire, and the networks
 * whose hosts are sent to the sinkhole and never come. */
#pragma once

#include "sinkhole/sinkctl/command.h"
#include "sinkhole/store/sums.h"

/* Tables to stdout: the first ones, all of them with --wide. -1: the store cannot be read. */
USH_MUST_CHECK int ush_statistics_print(const struct ush_command *command, struct ush_error *err);

/* The same for programs, whole: puts "rules" and "networks" into object. */
void ush_statistics_put(json_t *object, const struct ush_sums *sums);
