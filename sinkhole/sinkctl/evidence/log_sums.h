/* SPDX-License-Identifier: BSD-3-Clause */
/* log_sums.h - logs.csv of an evidence folder: the log files that its lines come from, each with the
 * SHA-256 of its octets, so that the lines can be found again in logs that are kept: a log only grows,
 * and keeps its octets when it is renamed or compressed. One thread. */
#pragma once

#include <stddef.h>
#include "common/attr.h"
#include "common/error.h"
#include "sinkhole/sinkctl/csv.h"
#include "sinkhole/sinkctl/evidence/bundle.h"

/* Zeroed before its first use. */
struct ush_log_sums {
	struct ush_csv csv;
	char *text; /* of the file; owned */
	size_t len;
	char *path; /* of the log file that is open; owned */
	int fd;
};

/* -1: no memory. */
USH_MUST_CHECK int ush_log_sums_begin(struct ush_log_sums *sums, struct ush_error *err);
/* A line was taken from the file at `path`. -1 if that or the one before cannot be read. */
USH_MUST_CHECK int ush_log_sums_add(
    struct ush_log_sums *sums, const char *path, struct ush_error *err);
/* Writes logs.csv. */
USH_MUST_CHECK int ush_log_sums_put(
    struct ush_log_sums *sums, struct ush_bundle *bundle, struct ush_error *err);
void ush_log_sums_fini(struct ush_log_sums *sums);
