/* SPDX-License-Identifier: BSD-3-Clause */
#include "common/html.h"

#include <stdlib.h>
#include <string.h>
#include "common/terminal.h"

#define REFERENCE_MAX 6 /* "&quot;" */

/* NULL: stands for itself. */
static const char *
reference_of(char c)
{
	switch (c) {
	case '&':
		return "&amp;";
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '"':
		return "&quot;";
	case '\'':
		return "&#39;";
	default:
		return NULL;
	}
}

char *
ush_html_escape(const char *text)
{
	char *safe = ush_terminal_text(text);
	char *escaped = safe != NULL ? malloc(strlen(safe) * REFERENCE_MAX + 1) : NULL;
	char *to = escaped;

	for (const char *from = safe; escaped != NULL && *from != '\0'; from++) {
		const char *reference = reference_of(*from);

		if (reference != NULL)
			to = stpcpy(to, reference);
		else
			*to++ = *from;
	}
	if (escaped != NULL)
		*to = '\0';
	free(safe);
	return escaped;
}
