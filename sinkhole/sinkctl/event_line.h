/* SPDX-License-Identifier: BSD-3-Clause */
/* event_line.h - one line of a log: whether a command asks for it, and how it is shown. One thread. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include "sinkhole/sinkctl/command.h"
#include "sinkhole/store/event_read.h"

/* Whether the line can be of the command's host and campaign, found without parsing, which is what
 * costs. */
bool ush_event_line_may_be_wanted(const struct ush_command *command, const char *line, size_t len);

/* Whether the event is of the command's host, campaign and window. A state line has no host. What the
 * sensors say often is for programs. */
bool ush_event_is_wanted(const struct ush_command *command, const struct ush_event *event);

/* Prints the line itself for programs (json), else one line for people, as short as the command wants
 * it. `line` is what `event` was read from. */
void ush_event_print(
    const struct ush_command *command, const struct ush_event *event, const char *line, size_t len);
