/* SPDX-License-Identifier: BSD-3-Clause */
/* header.h - what stands above every answer: whether it is a drill, which time zone, and for each
 * sensor whether it looks, with which list, and what of its logs could not be read. Keeps nothing of
 * what it is given; for sinkctl's one thread. */
#pragma once

#include <jansson.h>
#include "sinkhole/sinkctl/command.h"

/* Lines of at most 80 columns to stdout. */
void ush_header_print(const struct ush_command *command, const struct ush_sensors *sensors);

/* Of these only what an answer cannot know, or what must be known before it is read. */
void ush_header_print_troubles(
    const struct ush_command *command, const struct ush_sensors *sensors);

/* Which window of time the answer is of; nothing if none was given. */
void ush_header_print_window(const struct ush_command *command);
void ush_header_put_window(json_t *object, const struct ush_command *command);

/* Whether "nothing seen" means that nothing was there: all sensors look, all logs were read to
 * their end. */
bool ush_header_is_looking(const struct ush_command *command, const struct ush_sensors *sensors);

/* The same for programs: puts "drill", "looking", "unread" and "sensors" into object. */
void ush_header_put(
    json_t *object, const struct ush_command *command, const struct ush_sensors *sensors);
