/* SPDX-License-Identifier: BSD-3-Clause */
/* rows.h - rows on their way into a table: events of the same key are one row before SQLite sees
 * any of them, and rows are written in the order of their keys, which is the order in which they lie
 * in the table. Used by the store's thread. */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include "common/attr.h"

/* A key: texts each ended by a NUL, and numbers. Compared octet by octet. Bounded by what an event
 * can hold; what would be longer is cut. */
#define USH_ROW_KEY_MAX 16384
struct ush_row_key {
	size_t len;
	uint8_t bytes[USH_ROW_KEY_MAX];
};
void ush_row_key_bytes(struct ush_row_key *key, const char *text, size_t len); /* no NUL in it */
void ush_row_key_text(struct ush_row_key *key, const char *text);
void ush_row_key_uint(struct ush_row_key *key, uint64_t value, unsigned octets); /* big-endian */

/* What was put in, in the same order; *at is moved on. The text is borrowed from the key. */
const char *ush_row_text(const uint8_t **at);
uint64_t ush_row_uint(const uint8_t **at, unsigned octets);

struct ush_rows;

/* Rows with `value_size` octets of the caller's beside the key. NULL without memory. */
struct ush_rows *ush_rows_new(size_t value_size);
void ush_rows_free(struct ush_rows *rows); /* NULL is allowed */

/* The value of the row with this key, made of zeros if there was none: valid until the rows are
 * cleared. NULL without memory. */
void *ush_rows_at(struct ush_rows *rows, const struct ush_row_key *key);

size_t ush_rows_bytes(const struct ush_rows *rows); /* memory in use */

/* Calls fn for each row in the order of keys until it returns other than 0, and returns that; -1
 * without memory. */
typedef int ush_row_fn(void *arg, const uint8_t *key, const void *value);
USH_MUST_CHECK int ush_rows_each(const struct ush_rows *rows, ush_row_fn *fn, void *arg);
void ush_rows_clear(struct ush_rows *rows);
