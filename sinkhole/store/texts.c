/* SPDX-License-Identifier: BSD-3-Clause */
#include "sinkhole/store/texts.h"

#include <stdlib.h>
#include <string.h>

const char *
ush_texts_nth(const struct ush_texts *texts, size_t n)
{
	return texts->bytes + texts->items[n].at;
}

/* Room for one more of `len` octets. */
static int
grow(struct ush_texts *texts, size_t len)
{
	if (texts->count == texts->room) {
		size_t room = texts->room == 0 ? 32 : texts->room * 2;
		struct ush_texts_item *items = reallocarray(texts->items, room, sizeof(*items));

		if (items == NULL)
			return -1;
		texts->items = items;
		texts->room = room;
	}
	if (texts->size - texts->used < len) {
		size_t size = (texts->size + len) * 2;
		char *bytes = realloc(texts->bytes, size);

		if (bytes == NULL)
			return -1;
		texts->bytes = bytes;
		texts->size = size;
	}
	return 0;
}

/* The same text often comes several times in a row. */
int
ush_texts_add(struct ush_texts *texts, const char *text, uint32_t bits)
{
	size_t len = strlen(text) + 1;

	if (texts->count > 0 && strcmp(ush_texts_nth(texts, texts->count - 1), text) == 0) {
		texts->items[texts->count - 1].bits |= bits;
		return 0;
	}
	if (grow(texts, len) != 0)
		return -1;
	memcpy(texts->bytes + texts->used, text, len);
	texts->items[texts->count++] = (struct ush_texts_item){texts->used, bits};
	texts->used += len;
	return 0;
}

static int
by_text(const void *a, const void *b, void *bytes)
{
	const struct ush_texts_item *x = a;
	const struct ush_texts_item *y = b;

	return strcmp((const char *)bytes + x->at, (const char *)bytes + y->at);
}

void
ush_texts_sort(struct ush_texts *texts)
{
	size_t kept = 0;

	if (texts->count < 2)
		return;
	qsort_r(texts->items, texts->count, sizeof(*texts->items), by_text, texts->bytes);
	for (size_t i = 1; i < texts->count; i++) {
		if (by_text(&texts->items[kept], &texts->items[i], texts->bytes) == 0)
			texts->items[kept].bits |= texts->items[i].bits;
		else
			texts->items[++kept] = texts->items[i];
	}
	texts->count = kept + 1;
}

void
ush_texts_clear(struct ush_texts *texts)
{
	texts->used = 0;
	texts->count = 0;
}

void
ush_texts_fini(struct ush_texts *texts)
{
	free(texts->bytes);
	free(texts->items);
	*texts = (struct ush_texts){0};
}
