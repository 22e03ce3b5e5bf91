/* SPDX-License-Identifier: BSD-3-Clause */
/* draft.h - a text of any length being written, in UTF-8. One thread. */
#pragma once

#include <stddef.h>
#include <stdio.h>
#include "common/attr.h"

struct ush_draft {
	FILE *to; /* to be written to until ush_draft_end() */
	char *text;
	size_t len;
};

/* -1 without memory. */
USH_MUST_CHECK int ush_draft_begin(struct ush_draft *draft);
/* The whole text, good until ush_draft_fini(); "" if memory was short. */
const char *ush_draft_end(struct ush_draft *draft);
void ush_draft_fini(struct ush_draft *draft);

/* Cuts the text behind `max` bytes at most, and not within a character. Returns text. */
char *ush_cut(char *text, size_t max);
