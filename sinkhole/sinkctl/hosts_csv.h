/* SPDX-License-Identifier: BSD-3-Clause */
/* hosts_csv.h - the rows of `sinkctl hosts` for a spreadsheet (csv.h). Everything is borrowed for the
 * call; one thread. */
#pragma once

#include <stdio.h>
#include "sinkhole/sinkctl/command.h"
#include "sinkhole/store/hosts.h"

/* The line with the names of the columns. */
void ush_hosts_csv_begin(FILE *to);
void ush_hosts_csv_row(FILE *to, const struct ush_command *command, const struct ush_host *host);
