/* SPDX-License-Identifier: BSD-3-Clause */
/* records.h - the records of a zone file, each with its lines: what is between parentheses goes on
 * over their ends. Private to zones/readers. One thread. */
#pragma once

#include "zones/readers/feed.h"

/* Good until the next one. */
struct ush_zone_record {
	const char *text; /* ends with LF */
	size_t len;
	unsigned line;        /* where it begins */
	enum ush_refusal why; /* not NOT: the text is a line that is no record */
};

struct ush_zone_records;

/* NULL if there is no memory. The input is borrowed. */
struct ush_zone_records *ush_zone_records_new(struct ush_input *input);
void ush_zone_records_free(struct ush_zone_records *records); /* NULL is allowed */

/* The next record or directive; blank lines and comments are none. 1, 0 at the end, -1 if it cannot
 * be read. */
USH_MUST_CHECK int ush_zone_records_next(
    struct ush_zone_records *records, struct ush_zone_record *out, struct ush_error *err);
