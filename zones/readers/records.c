/* SPDX-License-Identifier: BSD-3-Clause */
#include "zones/readers/records.h"

#include <stdlib.h>
#include <string.h>

#define RECORD_MAX (64u << 10) /* no record of a policy is near that */

struct ush_zone_records {
	struct ush_input *input;
	unsigned line;     /* number of the line at `start` */
	unsigned cut_line; /* of the last one that was cut; nothing is read beyond it */
	size_t start;
	size_t end;
	/* At most RECORD_MAX of what was given, a record, a line. */
	char buffer[2 * RECORD_MAX + USH_INPUT_LINE_MAX + 1];
};

struct ush_zone_records *
ush_zone_records_new(struct ush_input *input)
{
	struct ush_zone_records *records = calloc(1, sizeof(*records));

	if (records != NULL) {
		records->input = input;
		records->line = 1;
	}
	return records;
}

void
ush_zone_records_free(struct ush_zone_records *records)
{
	free(records);
}

/* Where the line at `at` ends, which is read if it is not there yet. */
static int
get_line(struct ush_zone_records *records, size_t at, size_t *end, struct ush_error *err)
{
	const char *line;
	size_t len;
	int more;

	if (at < records->end) {
		line = records->buffer + at;
		*end =
		    (size_t)((char *)memchr(line, '\n', records->end - at) + 1 - records->buffer);
		return 1;
	}
	if ((more = ush_input_line(records->input, &line, &len, err)) != 1)
		return more;
	if (ush_input_line_is_cut(records->input))
		records->cut_line = ush_input_line_number(records->input);
	memcpy(records->buffer + at, line, len);
	records->buffer[at + len] = '\n';
	*end = records->end = at + len + 1;
	return 1;
}

/* How deep in parentheses the end of a line is if its start is `depth` deep; -1 if it closes more
 * than was open, which ldns would take for the end of all. */
static int
depth_after(const char *line, size_t len, int depth, bool *opens)
{
	bool quoted = false;

	*opens = false;
	for (size_t i = 0; i < len && depth >= 0; i++) {
		if (line[i] == '\\') {
			i++;
		} else if (line[i] == '"') {
			quoted = !quoted;
		} else if (!quoted && line[i] == ';') {
			break;
		} else if (!quoted && line[i] == '(') {
			*opens = true;
			depth++;
		} else if (!quoted && line[i] == ')') {
			depth--;
		}
	}
	return depth;
}

/* The first line of a record. Returns how deep in parentheses it ends. */
static int
begin_record(const struct ush_zone_records *records, size_t end, struct ush_zone_record *out)
{
	const char *line = records->buffer + records->start;
	bool opens;
	int depth = depth_after(line, end - records->start, 0, &opens);

	out->text = line;
	out->len = end - records->start;
	out->line = records->line;
	out->why = USH_REFUSED_NOT;
	if (out->line == records->cut_line)
		out->why = USH_REFUSED_CUT;
	else if (depth < 0)
		out->why = USH_REFUSED_PARENTHESIS;
	return out->why == USH_REFUSED_NOT ? depth : 0;
}

/* The lines until the parenthesis is closed. Parentheses are not nested over several lines, so a
 * second one means that the first was not closed: then the record is the line of the first, and
 * nothing after it is lost. */
static int
go_on(struct ush_zone_records *records, int depth, unsigned *lines, struct ush_zone_record *out,
    struct ush_error *err)
{
	size_t at = records->start + out->len;
	int more = 1;

	while (depth > 0 && at - records->start < RECORD_MAX) {
		size_t end = at;
		bool opens;

		if ((more = get_line(records, at, &end, err)) != 1)
			break;
		depth = depth_after(records->buffer + at, end - at, depth, &opens);
		if (opens || depth < 0 || records->line + *lines == records->cut_line)
			depth = -1;
		at = end;
		++*lines;
	}
	if (depth == 0) {
		out->len = at - records->start;
	} else {
		out->why = USH_REFUSED_PARENTHESIS;
		*lines = 1;
	}
	return more == -1 ? -1 : 1;
}

/* The record at `start`. */
static int
get_record(struct ush_zone_records *records, struct ush_zone_record *out, struct ush_error *err)
{
	unsigned lines = 1;
	size_t end;
	int depth;
	int more = get_line(records, records->start, &end, err);

	if (more != 1)
		return more;
	if ((depth = begin_record(records, end, out)) > 0)
		more = go_on(records, depth, &lines, out, err);
	records->start += out->len;
	records->line += lines;
	return more;
}

static bool
is_blank(const struct ush_zone_record *record)
{
	size_t i = 0;

	while (strchr(" \t\f\v\r", record->text[i]) != NULL && record->text[i] != '\0')
		i++;
	return record->text[i] == ';' ||
	       (record->text[i] == '\n' && record->why == USH_REFUSED_NOT);
}

int
ush_zone_records_next(
    struct ush_zone_records *records, struct ush_zone_record *out, struct ush_error *err)
{
	int more;

	do {
		if (records->start == records->end || records->start >= RECORD_MAX) {
			memmove(records->buffer, records->buffer + records->start,
			    records->end - records->start);
			records->end -= records->start;
			records->start = 0;
		}
		more = get_record(records, out, err);
	} while (more == 1 && is_blank(out));
	return more;
}
