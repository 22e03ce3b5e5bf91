/* SPDX-License-Identifier: BSD-3-Clause */
/* texts.h - a set of texts, each with bits of the caller's: gathered in any order, then sorted. Used by
 * one thread. */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include "common/attr.h"

/* Zeroed: the empty set. Everything is owned. */
struct ush_texts {
	char *bytes;
	size_t used, size;
	struct ush_texts_item {
		size_t at; /* of the text in bytes */
		uint32_t bits;
	} * items;
	size_t count, room;
};

/* Copies the text. -1 without memory. */
USH_MUST_CHECK int ush_texts_add(struct ush_texts *texts, const char *text, uint32_t bits);
/* Sorts them as strcmp() does; of one that was added several times one is left, with all its bits. */
void ush_texts_sort(struct ush_texts *texts);
/* Good until something is added. */
const char *ush_texts_nth(const struct ush_texts *texts, size_t n);
/* Makes it empty and keeps the memory. */
void ush_texts_clear(struct ush_texts *texts);
void ush_texts_fini(struct ush_texts *texts);
