/* SPDX-License-Identifier: BSD-3-Clause */
#include "sinkhole/alerts/draft.h"

#include <stdlib.h>
#include <string.h>

int
ush_draft_begin(struct ush_draft *draft)
{
	*draft = (struct ush_draft){0};
	draft->to = open_memstream(&draft->text, &draft->len);
	return draft->to != NULL ? 0 : -1;
}

const char *
ush_draft_end(struct ush_draft *draft)
{
	int rc = fclose(draft->to);

	draft->to = NULL;
	return rc == 0 && draft->text != NULL ? draft->text : "";
}

void
ush_draft_fini(struct ush_draft *draft)
{
	if (draft->to != NULL)
		fclose(draft->to);
	free(draft->text);
	*draft = (struct ush_draft){0};
}

char *
ush_cut(char *text, size_t max)
{
	if (strlen(text) > max) {
		while (max > 0 && ((unsigned char)text[max] & 0xc0) == 0x80)
			max--;
		text[max] = '\0';
	}
	return text;
}
