/* SPDX-License-Identifier: BSD-3-Clause */
#include "sinkhole/store/csv_line.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

/* Takes one field off at *at, without its quotes; *at is NULL behind the last one. */
static char *
take_field(char **at)
{
	char *field = *at;
	char *to = field;
	bool quoted = *field == '"';
	char *from = field + quoted;

	for (; *from != '\0'; from++) {
		if (quoted && from[0] == '"' && from[1] == '"')
			from++;
		else if (quoted && from[0] == '"') {
			quoted = false;
			continue;
		} else if (!quoted && from[0] == ',')
			break;
		*to++ = *from;
	}
	*at = *from == ',' ? from + 1 : NULL;
	*to = '\0';
	return field;
}

void
ush_csv_split(struct ush_csv_line *out, char *line)
{
	line[strcspn(line, "\r\n")] = '\0';
	if (strncmp(line, "\xef\xbb\xbf", 3) == 0) /* a byte order mark */
		line += 3;
	out->count = 0;
	while (line != NULL && out->count < USH_CSV_FIELDS)
		out->fields[out->count++] = take_field(&line);
}

int
ush_csv_column(const struct ush_csv_line *head, const char *names)
{
	while (*names != '\0') {
		size_t len = strcspn(names, " ");

		for (size_t i = 0; i < head->count; i++) {
			if (strlen(head->fields[i]) == len &&
			    strncasecmp(head->fields[i], names, len) == 0)
				return (int)i;
		}
		names += len;
		names += strspn(names, " ");
	}
	return -1;
}

const char *
ush_csv_field(const struct ush_csv_line *line, int column)
{
	return column >= 0 && (size_t)column < line->count ? line->fields[column] : "";
}
