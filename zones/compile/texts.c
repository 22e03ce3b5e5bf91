/* SPDX-License-Identifier: BSD-3-Clause */
#include "zones/compile/texts.h"

#include <stdlib.h>
#include <string.h>

#define FIRST_SIZE 4096

int
ush_texts_init(struct ush_texts *texts)
{
	*texts = (struct ush_texts){.data = malloc(FIRST_SIZE), .used = 1, .size = FIRST_SIZE};
	if (texts->data == NULL)
		return -1;
	texts->data[0] = '\0';
	return 0;
}

void
ush_texts_fini(struct ush_texts *texts)
{
	free(texts->data);
	*texts = (struct ush_texts){0};
}

static int
grow(struct ush_texts *texts, size_t need)
{
	size_t size = texts->size;
	char *data;

	if (need > UINT32_MAX)
		return -1;
	while (size < need)
		size *= 2;
	if ((data = realloc(texts->data, size)) == NULL)
		return -1;
	texts->data = data;
	texts->size = size;
	return 0;
}

int
ush_texts_add(struct ush_texts *texts, const char *text, size_t len, uint32_t *offset)
{
	*offset = 0;
	if (text == NULL || len == 0)
		return 0;
	if (texts->used - texts->last == len + 1 &&
	    memcmp(texts->data + texts->last, text, len) == 0) {
		*offset = texts->last;
		return 0;
	}
	if (len + 1 > texts->size - texts->used && grow(texts, texts->used + len + 1) != 0)
		return -1;
	memcpy(texts->data + texts->used, text, len);
	texts->data[texts->used + len] = '\0';
	*offset = texts->last = (uint32_t)texts->used;
	texts->used += len + 1;
	return 0;
}

int
ush_texts_intern(struct ush_texts *texts, const char *text, uint32_t *offset)
{
	for (size_t at = 0; text != NULL && at < texts->used; at += strlen(texts->data + at) + 1) {
		if (strcmp(texts->data + at, text) == 0) {
			*offset = (uint32_t)at;
			return 0;
		}
	}
	return ush_texts_add(texts, text, text != NULL ? strlen(text) : 0, offset);
}
