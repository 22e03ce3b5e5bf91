/* SPDX-License-Identifier: BSD-3-Clause */
/* brief.h - the answer to "what is going on?" on one screen: what stands above and below the first rows
 * of the table. One thread. */
#pragma once

#include <stddef.h>
#include "sinkhole/sinkctl/command.h"
#include "sinkhole/store/hosts.h"

/* How many rows fit: on the terminal if `screen` of the command says that it fills one, else on 24
 * lines. */
size_t ush_brief_rows(const struct ush_command *command);

/* Whether all sensors look, everything that the answer cannot know, and how many rows have which
 * call. */
void ush_brief_print_head(const struct ush_command *command, const struct ush_hosts *hosts,
    const struct ush_sensors *sensors);
/* How many of `rows` are not shown, and what to ask next. */
void ush_brief_print_foot(
    const struct ush_command *command, const struct ush_hosts *hosts, size_t rows);
