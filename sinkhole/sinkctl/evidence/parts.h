/* SPDX-License-Identifier: BSD-3-Clause */
/* parts.h - the parts of what `sinkctl evidence` hands on of one host. All write into the bundle
 * and return -1 with the reason. One thread. */
#pragma once

#include <jansson.h>
#include "sinkhole/sinkctl/evidence/bundle.h"
#include "sinkhole/sinkctl/command.h"

/* What was written, for the report. */
struct ush_evidence_count {
	uint64_t lines;
	uint64_t raw;      /* files with bytes that the host sent */
	uint64_t raw_left; /* that were too many to be files, or are a file already */
};

/* events/: the host's lines as they stand in the logs, in their order; events.csv: where each of them
 * stands; logs.csv: the sums of these files; raw/: the bytes that events keep, by event id. */
USH_MUST_CHECK int ush_evidence_events(struct ush_bundle *bundle, const struct ush_command *command,
    struct ush_evidence_count *out, struct ush_error *err);

/* report.html, report.ja.html: one page for people, from the answer of `sinkctl host --json` and what describes the
 * installation. Nothing in it is taken for markup. */
USH_MUST_CHECK int ush_evidence_report(struct ush_bundle *bundle, const json_t *answer,
    const json_t *about, const struct ush_evidence_count *count, struct ush_error *err);
