/* SPDX-License-Identifier: BSD-3-Clause */
/* shared_rows.h - rows of the store as they travel between machines: each table's columns in one
 * order, a decoded profile within its sighting. Values only. */
#pragma once

#include <stddef.h>
#include <stdint.h>

enum ush_shared_table {
	USH_SHARED_SIGHTING,
	USH_SHARED_MOMENT,
	USH_SHARED_CLAIM,
	USH_SHARED_REAL,
	USH_SHARED_SHOWN,
	USH_SHARED_RUN,
	USH_SHARED_RING,
	USH_SHARED_TABLES,
};

#define USH_SHARED_COLUMNS_MAX 25

/* Name and columns: sightings end with the five columns of `profile`, NULL without one. */
const char *ush_shared_name(enum ush_shared_table table);
const char *ush_shared_columns(enum ush_shared_table table);
size_t ush_shared_column_count(enum ush_shared_table table);

enum ush_cell_kind { USH_CELL_NULL, USH_CELL_INTEGER, USH_CELL_TEXT, USH_CELL_BLOB };

/* text[0..len): valid UTF-8 without NUL, or octets; borrowed. */
struct ush_cell {
	enum ush_cell_kind kind;
	int64_t number;
	const char *text;
	size_t len;
};
