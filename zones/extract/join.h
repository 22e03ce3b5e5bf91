/* SPDX-License-Identifier: BSD-3-Clause */
/* join.h - tokens that are broken over two lines, as in narrow columns and the text of PDFs. Values
 * only. */
#pragma once

#include "common/attr.h"
#include "zones/extract/kinds.h"
#include "zones/extract/report.h"
#include "zones/extract/tokens.h"

/* A whole token. */
struct ush_piece {
	char *text; /* malloced, for the caller to free */
	bool is_joined;
	const char *rest; /* what of the next line belongs to it; NULL: nothing */
	size_t rest_len;
};

/* Whether the token is what follows a hyphen at the end of the line before, in the same column: nothing
 * says if the hyphen belongs to the name. */
bool ush_is_rest(const struct ush_report *report, size_t number, const struct ush_token *token);

/* The token of line `number` (from 0), with what the next line begins with if only both together are an
 * indicator. -1 without memory. */
USH_MUST_CHECK int ush_join(const struct ush_report *report, const struct ush_kinds *kinds,
    size_t number, const struct ush_token *token, struct ush_piece *out);
