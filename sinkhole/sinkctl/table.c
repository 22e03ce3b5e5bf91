/* SPDX-License-Identifier: BSD-3-Clause */
#include "sinkhole/sinkctl/table.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define NOTE_INDENT 9

struct ush_table {
	const struct ush_column *columns;
	size_t column_count;
	char **cells; /* row by row, the titles first */
	char **notes; /* one a row, NULL: none */
	size_t rows;
	size_t room;
};

struct ush_table *
ush_table_new(const struct ush_column *columns)
{
	struct ush_table *table = calloc(1, sizeof(*table));
	const char *titles[USH_TABLE_COLUMNS];

	if (table == NULL)
		return NULL;
	table->columns = columns;
	while (
	    table->column_count < USH_TABLE_COLUMNS && columns[table->column_count].title != NULL) {
		titles[table->column_count] = columns[table->column_count].title;
		table->column_count++;
	}
	if (ush_table_add(table, titles) != 0) {
		ush_table_free(table);
		return NULL;
	}
	return table;
}

void
ush_table_free(struct ush_table *table)
{
	if (table == NULL)
		return;
	for (size_t i = 0; i < table->rows * table->column_count; i++)
		free(table->cells[i]);
	for (size_t i = 0; i < table->rows; i++)
		free(table->notes[i]);
	free(table->cells);
	free(table->notes);
	free(table);
}

static int
make_room(struct ush_table *table)
{
	size_t room = table->room == 0 ? 64 : table->room * 2;
	char **more;

	if (table->rows < table->room)
		return 0;
	more = reallocarray(table->cells, room * table->column_count, sizeof(*more));
	if (more == NULL)
		return -1;
	table->cells = more;
	more = reallocarray(table->notes, room, sizeof(*more));
	if (more == NULL)
		return -1;
	table->notes = more;
	table->room = room;
	return 0;
}

int
ush_table_add(struct ush_table *table, const char *const *cells)
{
	size_t at = table->rows * table->column_count;

	if (make_room(table) != 0)
		return -1;
	for (size_t i = 0; i < table->column_count; i++) {
		table->cells[at + i] = ush_terminal_text(cells[i]);
		if (table->cells[at + i] == NULL) {
			while (i-- > 0)
				free(table->cells[at + i]);
			return -1;
		}
	}
	table->notes[table->rows] = NULL;
	table->rows++;
	return 0;
}

int
ush_table_note(struct ush_table *table, const char *text)
{
	char **note = &table->notes[table->rows - 1];

	free(*note);
	*note = ush_terminal_text(text);
	return *note != NULL ? 0 : -1;
}

/* Takes columns off where most are to spare, one by one, until the line fits. */
static void
shrink(const struct ush_table *table, size_t *widths, size_t width)
{
	size_t total = table->column_count - 1;

	for (size_t i = 0; i < table->column_count; i++)
		total += widths[i];
	while (total > width) {
		size_t widest = SIZE_MAX;
		size_t spare = 0;

		for (size_t i = 0; i < table->column_count; i++) {
			const struct ush_column *column = &table->columns[i];

			if (column->elide != USH_ELIDE_NEVER && widths[i] > column->least &&
			    widths[i] - column->least > spare) {
				widest = i;
				spare = widths[i] - column->least;
			}
		}
		if (widest == SIZE_MAX)
			return;
		widths[widest]--;
		total--;
	}
}

static int
print_cell(const struct ush_table *table, FILE *to, size_t column, const char *cell, size_t width)
{
	bool is_last = column + 1 == table->column_count;
	char *fitted = ush_terminal_fit(cell, width, table->columns[column].elide);
	size_t pad;

	if (fitted == NULL)
		return -1;
	pad = ush_terminal_width(fitted);
	pad = pad < width ? width - pad : 0;
	if (table->columns[column].to_right)
		fprintf(to, "%*s%s", (int)pad, "", fitted);
	else
		fprintf(to, "%s%*s", fitted, is_last ? 0 : (int)pad, "");
	if (!is_last)
		fputc(' ', to);
	free(fitted);
	return 0;
}

static void
print_note(FILE *to, const char *note, size_t width)
{
	while (note != NULL && *note != '\0') {
		size_t bytes =
		    width == 0 ? strlen(note) : ush_terminal_break(note, width - NOTE_INDENT);

		fprintf(to, "%*s%.*s\n", NOTE_INDENT, "", (int)bytes, note);
		note += bytes;
		while (*note == ' ')
			note++;
	}
}

int
ush_table_print(const struct ush_table *table, FILE *to, size_t width)
{
	size_t widths[USH_TABLE_COLUMNS] = {0};
	size_t columns = table->column_count;

	for (size_t i = 0; i < table->rows * columns; i++) {
		size_t needs = ush_terminal_width(table->cells[i]);

		if (needs > widths[i % columns])
			widths[i % columns] = needs;
	}
	if (width > 0)
		shrink(table, widths, width);
	for (size_t row = 0; row < table->rows; row++) {
		for (size_t i = 0; i < columns; i++) {
			const char *cell = table->cells[row * columns + i];

			if (print_cell(table, to, i, cell, widths[i]) != 0)
				return -1;
		}
		fputc('\n', to);
		print_note(to, table->notes[row], width);
	}
	return ferror(to) ? -1 : 0;
}
