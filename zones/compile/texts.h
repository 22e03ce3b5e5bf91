/* SPDX-License-Identifier: BSD-3-Clause */
/* texts.h - a growing section of NUL-terminated strings; a string is its offset. Offset 0 is "".
 * One owner, one thread. Bounded by 32-bit offsets. */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include "common/attr.h"

/* Zeroed is not enough: begin with ush_texts_init(). */
struct ush_texts {
	char *data;
	size_t used;
	size_t size;
	uint32_t last; /* offset of the string added last */
};

USH_MUST_CHECK int ush_texts_init(struct ush_texts *texts);
void ush_texts_fini(struct ush_texts *texts);

/* Append text[0..len), which must hold no NUL. NULL is "". A text equal to the one added just
 * before is shared. Returns -1 if there is no memory or the section would be over 4 GiB. */
USH_MUST_CHECK int ush_texts_add(
    struct ush_texts *texts, const char *text, size_t len, uint32_t *offset);

/* The same, but looks for an equal text first: for short lists of names. */
USH_MUST_CHECK int ush_texts_intern(struct ush_texts *texts, const char *text, uint32_t *offset);
