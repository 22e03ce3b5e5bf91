/* SPDX-License-Identifier: BSD-3-Clause */
/* extract.h - indicators out of a report in free text, for a person to confirm. Nothing that is made
 * here blocks anything. One thread. */
#pragma once

#include <stdio.h>
#include "common/attr.h"
#include "common/error.h"
#include "common/settings.h"
#include "zones/extract/findings.h"

struct ush_extract_options {
	const char *report;             /* "-": standard input */
	const struct ush_names *own;    /* domains of the site; may be NULL */
	const char *const *never_block; /* feeds; ends with NULL */
};

/* What the report has, in its order. Wants its fini also after an error. */
USH_MUST_CHECK int ush_extract(
    struct ush_findings *out, const struct ush_extract_options *options, struct ush_error *err);

/* Write a draft in our own format (docs/feeds.md). `report` is its path. */
void ush_draft_write(FILE *to, const struct ush_findings *findings, const char *report);

struct ush_draft_counts {
	size_t entries;
	size_t comments;
};
struct ush_draft_counts ush_draft_count(const struct ush_findings *findings);

/* Print how the findings differ from a feed. 1 if they do, 0 if not, -1 if it cannot be read. */
USH_MUST_CHECK int ush_findings_compare(
    FILE *to, const struct ush_findings *findings, const char *feed, struct ush_error *err);
