/* SPDX-License-Identifier: BSD-3-Clause */
/* header.h - what stands above every answer: whether it is a drill, which time zone, how old the
 * list is and whether the sensors look. */
#pragma once

#include <jansson.h>
#include "sinkhole/sinkctl/command.h"

/* Lines of at most 80 columns to stdout. */
void ush_header_print(const struct ush_command *command, const struct ush_sensors *sensors);

/* The sensor whose list counts: the resolver's that spoke last, else any. NULL if none named one.
 */
const struct ush_sensor *ush_header_list(const struct ush_sensors *sensors);

/* The same for programs: puts "drill", "list" and "sensors" into object. */
void ush_header_put(
    json_t *object, const struct ush_command *command, const struct ush_sensors *sensors);
