/* SPDX-License-Identifier: BSD-3-Clause */
/* text.h - a piece of received text: borrowed, not NUL-terminated, any bytes. Comparisons know
 * ASCII letters alone, whatever the locale. Values only, any thread may call. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "common/address.h"

struct ush_text {
	const char *at; /* may be NULL if len is 0 */
	size_t len;
};

/* A text over a NUL-terminated string. */
struct ush_text ush_text(const char *string);
struct ush_text ush_text_of(const char *at, size_t len);

bool ush_text_is(struct ush_text text, const char *string);
bool ush_text_is_nocase(struct ush_text text, const char *string);
bool ush_text_equal_nocase(struct ush_text a, struct ush_text b);
bool ush_text_starts_nocase(struct ush_text text, const char *prefix);
bool ush_text_ends_nocase(struct ush_text text, const char *suffix);
bool ush_text_has(struct ush_text text, const char *string);
bool ush_text_has_nocase(struct ush_text text, const char *string);

/* Without blanks and tabs at both ends. */
struct ush_text ush_text_trim(struct ush_text text);
/* At most the first `max` bytes. */
struct ush_text ush_text_clip(struct ush_text text, size_t max);
/* Takes what stands before the next `separator` off *rest (all of it if there is none). False at
 * the end. */
bool ush_text_split(struct ush_text *rest, char separator, struct ush_text *part);
/* Offset of the byte, or text.len. */
size_t ush_text_find(struct ush_text text, char byte);
/* -1 if the text is no IP address. */
USH_MUST_CHECK int ush_text_to_address(struct ush_text text, struct ush_address *out);
/* What follows the first `count` bytes. */
struct ush_text ush_text_from(struct ush_text text, size_t count);
