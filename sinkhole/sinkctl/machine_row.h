/* SPDX-License-Identifier: BSD-3-Clause */
/* machine_row.h - which machine a row is about, as text and as JSON. Everything is borrowed for the
 * call; one thread. */
#pragma once

#include <jansson.h>
#include "sinkhole/sinkctl/command.h"
#include "sinkhole/store/hosts.h"

#define USH_MACHINES_TEXT_MAX 768

/* The machine that had the address all the time from the row's first to its last event. False: not
 * known, or not one machine alone. */
bool ush_host_machine(
    const struct ush_command *command, const struct ush_host *host, struct ush_machine *out);
/* The time of all rows of one host together: a row of nothing else. Without rows: now. */
struct ush_host ush_hosts_together(const struct ush_hosts *hosts, const char *address);
/* Its name; "?" if there were several machines or some of the time is not known, "-" if nothing at all
 * is known of the address. */
const char *ush_host_name(const struct ush_command *command, const struct ush_host *host);

/* "had by pc-a 08:00:00 to 11:59:59, pc-b 12:00:00 to 12:30:00", if it was not one machine all the
 * time; else "". Returns buf. */
const char *ush_machines_text(char buf[USH_MACHINES_TEXT_MAX], const struct ush_command *command,
    const char *address, uint64_t first_ms, uint64_t last_ms);

/* Puts "name", "hardware", "owner", "place", "asset" as far as they are certain, else "machines". */
void ush_host_put_machine(
    json_t *object, const struct ush_command *command, const struct ush_host *host);
