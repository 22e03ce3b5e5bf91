/* SPDX-License-Identifier: BSD-3-Clause */
/* json_line.h - one line of JSON as values in a row, each found by its path.
 *
 * A scanner reads what our writers write, compact JSON without surprises, in one pass and at a
 * fraction of what jansson needs. It gives up where it is not sure (white space, fractions, long
 * numbers, a key twice, surrogates, deep nesting, invalid UTF-8), and jansson reads that line
 * instead. Both give the same values for the same line. Any thread may call; a line belongs to the
 * caller that read it. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "common/attr.h"

enum ush_value_kind {
	USH_VALUE_OBJECT,
	USH_VALUE_ARRAY,
	USH_VALUE_STRING,
	USH_VALUE_INTEGER,
	USH_VALUE_TRUE,
	USH_VALUE_FALSE,
	USH_VALUE_OTHER, /* null, a fraction */
};

struct ush_value {
	const char *key; /* of a member of an object; else NULL */
	union {
		char *text; /* of a string: UTF-8, ended by a NUL; NULs may stand in it as well */
		int64_t number;
	};
	uint32_t key_len;
	uint32_t len;  /* of text */
	uint32_t span; /* this value and all that are in it: the next one stands so far behind */
	enum ush_value_kind kind;
};

/* Of one line of ours; more are malloced. */
#define USH_VALUES_FEW 192

/* values[0] is the outermost object. Texts may be changed in place, but not made longer. */
struct ush_json_line {
	struct ush_value *values;
	size_t count;
	char *block; /* malloced: all texts, then `room` bytes for the caller's own */
	char *rest;
	size_t room;
	struct ush_value few[USH_VALUES_FEW];
};

/* Reads line[0..len), a newline at its end may be there or not. Returns 0 and *out, to be ended with
 * ush_json_line_fini(); -1 (nothing to end) if it is not one JSON object. There is then room for as
 * many bytes as the line has and 64 more. */
USH_MUST_CHECK int ush_json_line_read(struct ush_json_line *out, const char *line, size_t len);
void ush_json_line_fini(struct ush_json_line *line);

/* Ends the line but keeps its texts: returns the block, to be freed by the caller. */
char *ush_json_line_keep(struct ush_json_line *line);

/* Copies bytes into the room that is left, with a NUL. NULL if there is not enough. */
const char *ush_json_line_put(struct ush_json_line *line, const char *bytes, size_t len);

/* The same by one of the two readers alone: for the tests that compare them. The scanner returns -1
 * as well where it is not sure. */
USH_MUST_CHECK int ush_json_line_scan(struct ush_json_line *out, const char *line, size_t len);
USH_MUST_CHECK int ush_json_line_parse(struct ush_json_line *out, const char *line, size_t len);

/* The value at a path like "dns.question.name" below `from`. NULL if there is none, or `from` is
 * NULL or no object. */
const struct ush_value *ush_value_at(const struct ush_value *from, const char *path);

/* The values of an array or object in their order: each call gives the one behind `previous` (NULL:
 * the first), NULL at the end. */
static inline const struct ush_value *
ush_value_next(const struct ush_value *of, const struct ush_value *previous)
{
	const struct ush_value *next = previous != NULL ? previous + previous->span : of + 1;

	return of != NULL && next < of + of->span ? next : NULL;
}

static inline bool
ush_value_is(const struct ush_value *value, enum ush_value_kind kind)
{
	return value != NULL && value->kind == kind;
}
