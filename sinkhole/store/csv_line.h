/* SPDX-License-Identifier: BSD-3-Clause */
/* csv_line.h - one line of a CSV file as fields (RFC 4180, without line ends inside of quotes), found
 * by the names in the first line. Values in the caller's buffers, any thread. */
#pragma once

#include <stddef.h>

#define USH_CSV_FIELDS 32

struct ush_csv_line {
	char *fields[USH_CSV_FIELDS]; /* inside of the line */
	size_t count;                 /* more than USH_CSV_FIELDS are left out */
};

/* Splits the line in place; its end (CR, LF) is taken off. */
void ush_csv_split(struct ush_csv_line *out, char *line);

/* Where a column is, by either case of its name; `names`: alternatives between blanks. -1: it is not
 * there. */
int ush_csv_column(const struct ush_csv_line *head, const char *names);

/* The field of a column, "" if the line has none. */
const char *ush_csv_field(const struct ush_csv_line *line, int column);
