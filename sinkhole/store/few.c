/* SPDX-License-Identifier: BSD-3-Clause */
#include "sinkhole/store/few.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

int
ush_few_add(struct ush_few *few, const char *text, size_t len)
{
	few->total++;
	if (few->count == USH_FEW_MAX)
		return 0;
	if (few->items == NULL)
		few->items = calloc(USH_FEW_MAX, sizeof(*few->items));
	if (few->items == NULL)
		return -1;
	few->items[few->count] = strndup(text, len);
	if (few->items[few->count] == NULL)
		return -1;
	few->count++;
	return 0;
}

static bool
has(const struct ush_few *few, const char *text, size_t len)
{
	for (size_t i = 0; i < few->count; i++) {
		if (strncmp(few->items[i], text, len) == 0 && few->items[i][len] == '\0')
			return true;
	}
	return false;
}

int
ush_few_add_words(struct ush_few *few, const char *text)
{
	while (*text != '\0') {
		size_t len = strcspn(text, " ");

		if (!has(few, text, len) && ush_few_add(few, text, len) != 0)
			return -1;
		text += len;
		text += strspn(text, " ");
	}
	return 0;
}

int
ush_few_copy(struct ush_few *out, const struct ush_few *few)
{
	*out = (struct ush_few){0};
	for (size_t i = 0; i < few->count; i++) {
		if (ush_few_add(out, few->items[i], strlen(few->items[i])) != 0) {
			ush_few_fini(out);
			return -1;
		}
	}
	out->total = few->total;
	return 0;
}

void
ush_few_fini(struct ush_few *few)
{
	for (size_t i = 0; i < few->count; i++)
		free(few->items[i]);
	free(few->items);
	*few = (struct ush_few){0};
}
