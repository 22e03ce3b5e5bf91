/* SPDX-License-Identifier: BSD-3-Clause */
/* judge.h - whether what was found in a report is an indicator, by how it is written, by what stands
 * around it, and by what is known of it. Values only. */
#pragma once

#include "zones/extract/findings.h"
#include "zones/extract/known.h"
#include "zones/extract/report.h"
#include "zones/extract/tokens.h"

struct ush_judged {
	const struct ush_report *report;
	const struct ush_report_line *line;
	const struct ush_token *token;
	const struct ush_identified *what;
	const struct ush_known *known;
	bool defanged;
	bool is_rest;       /* join.h */
	bool plain_lists;   /* names in lists of indicators are not defanged in this report */
	bool after_another; /* on the same line, which a word in parentheses may explain */
};

/* Set near, why_not, context and doubtful of *finding, and its kind where the surroundings decide it.
 * False: it is nothing that a person has to see. */
bool ush_judge(const struct ush_judged *judged, struct ush_finding *finding);
