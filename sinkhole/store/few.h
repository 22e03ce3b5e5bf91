/* SPDX-License-Identifier: BSD-3-Clause */
/* few.h - the first few of some texts, and how many there are. Values only, any thread may call. */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include "common/attr.h"

#define USH_FEW_MAX 8

/* In their order. Zeroed: none. */
struct ush_few {
	char **items; /* owned; NULL: none */
	size_t count; /* of items, at most USH_FEW_MAX */
	uint64_t total;
};

/* One more, which is none of them yet. Copies the text. Both: -1 without memory. */
USH_MUST_CHECK int ush_few_add(struct ush_few *few, const char *text, size_t len);
/* The words of a text, separated by blanks, that are not among the items. */
USH_MUST_CHECK int ush_few_add_words(struct ush_few *few, const char *text);
USH_MUST_CHECK int ush_few_copy(struct ush_few *out, const struct ush_few *few);
void ush_few_fini(struct ush_few *few);
