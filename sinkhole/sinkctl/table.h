/* SPDX-License-Identifier: BSD-3-Clause */
/* table.h - tables for people: columns as narrow as they can be, shortened where they must be to
 * fit the width. Every cell is made safe for a terminal. A table copies its cells; one thread. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include "common/attr.h"
#include "common/terminal.h"

#define USH_TABLE_COLUMNS 12
#define USH_TABLE_WIDTH 80

struct ush_column {
	const char *title; /* NULL ends a list of columns */
	bool to_right;
	enum ush_elide elide;
	size_t least; /* columns that are left when it is shortened */
};

struct ush_table;

/* `columns` must outlive the table. NULL if there is no memory. */
struct ush_table *ush_table_new(const struct ush_column *columns);
void ush_table_free(struct ush_table *table); /* NULL is allowed */

/* One cell a column. -1: no memory. */
USH_MUST_CHECK int ush_table_add(struct ush_table *table, const char *const *cells);

/* A line under the row that was added last, indented and wrapped; at most one a row. Made safe, too.
 * -1: no memory. */
USH_MUST_CHECK int ush_table_note(struct ush_table *table, const char *text);

/* width 0: as wide as it gets. No line ends in a blank. -1: no memory or `to` cannot be written. */
USH_MUST_CHECK int ush_table_print(const struct ush_table *table, FILE *to, size_t width);
