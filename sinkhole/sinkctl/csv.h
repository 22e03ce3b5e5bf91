/* SPDX-License-Identifier: BSD-3-Clause */
/* csv.h - lines of RFC 4180: UTF-8, fields between commas, lines ended by CR LF. Texts that came from
 * the network stay texts: what a spreadsheet would take for a formula gets an apostrophe before it,
 * and control characters become blanks. Values only, one thread. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct ush_csv {
	FILE *to;
	bool begun; /* the line has a field */
};

/* One field. */
void ush_csv_text(struct ush_csv *csv, const char *text);
void ush_csv_uint(struct ush_csv *csv, uint64_t value);
void ush_csv_time(struct ush_csv *csv, uint64_t ms); /* RFC 3339 in UTC; 0: an empty field */
/* Ends the line. */
void ush_csv_end(struct ush_csv *csv);
