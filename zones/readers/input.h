/* SPDX-License-Identifier: BSD-3-Clause */
/* input.h - the lines of a feed file or of standard input, compressed or not (expand.h), through
 * one bounded buffer. One thread. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include "common/attr.h"
#include "common/error.h"

#define USH_INPUT_LINE_MAX 65536

struct ush_input;

/* "-" is standard input. The first block is there for ush_input_peek(). */
USH_MUST_CHECK int ush_input_open(struct ush_input **out, const char *path, struct ush_error *err);
void ush_input_close(struct ush_input *input); /* NULL is allowed */

/* What was read but not taken yet: the beginning of the file, without a byte order mark. */
const char *ush_input_peek(const struct ush_input *input, size_t *len);

/* The next line without its LF or CRLF, valid until the next call. 1, 0 at the end, -1 if it
 * cannot be read. What a line has beyond USH_INPUT_LINE_MAX is dropped; ush_input_line_is_cut()
 * says so. */
USH_MUST_CHECK int ush_input_line(
    struct ush_input *input, const char **line, size_t *len, struct ush_error *err);
unsigned ush_input_line_number(const struct ush_input *input); /* of the last line */

bool ush_input_line_is_cut(const struct ush_input *input); /* the last line */

/* All that is left, at most `max` bytes: malloced, for the caller to free; NULL with the reason. */
char *ush_input_rest(struct ush_input *input, size_t max, size_t *len, struct ush_error *err);
