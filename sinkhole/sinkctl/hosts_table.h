/* SPDX-License-Identifier: BSD-3-Clause */
/* hosts_table.h - the table of hosts for people. One thread. */
#pragma once

#include <stddef.h>
#include "sinkhole/sinkctl/command.h"
#include "sinkhole/store/hosts.h"

/* Prints the rows that the command asks for, with what must be known to read them; if it is to be
 * brief, only as many as fit, and nothing below them. Sets *rows to how many there are, printed or not.
 * -1: no memory, or stdout cannot be written. */
USH_MUST_CHECK int ush_hosts_table_print(
    const struct ush_command *command, const struct ush_hosts *hosts, size_t *rows);
