/* SPDX-License-Identifier: BSD-3-Clause */
/* answers.h - the answers for programs, as sinkctl prints and sinkwatch serves them: one function
 * each, so that both say the same. An answer belongs to the caller (json_decref); everything else is
 * borrowed for the call. */
#pragma once

#include <jansson.h>
#include "sinkhole/sinkctl/host_page.h"
#include "sinkhole/store/sums.h"

/* Whether the row passes the filters of the command. */
bool ush_host_is_wanted(const struct ush_command *command, const struct ush_host *host);
/* One row. */
json_t *ush_host_row_answer(const struct ush_command *command, const struct ush_host *host);
/* The rows that do. */
json_t *ush_hosts_answer(const struct ush_command *command, const struct ush_hosts *hosts,
    const struct ush_sensors *sensors);
/* Moves rows that are cleaned or false alarms behind the others, each in their order. -1: no memory. */
USH_MUST_CHECK int ush_hosts_settled_last(struct ush_hosts *hosts, const struct ush_marks *marks,
    const struct ush_identities *identities);

/* These two: NULL if the store cannot be read. */
json_t *ush_host_answer(const struct ush_host_page *page, struct ush_error *err);
json_t *ush_status_answer(const struct ush_command *command, const struct ush_sensors *sensors,
    const struct ush_sums *sums, struct ush_error *err);
