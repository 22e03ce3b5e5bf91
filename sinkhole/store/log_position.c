/* SPDX-License-Identifier: BSD-3-Clause */
#include "sinkhole/store/log_position.h"

#include <string.h>

bool
ush_log_position_is_in(const struct ush_log_position *position, const struct ush_lines *lines)
{
	size_t len;
	const char *head = ush_lines_head(lines, &len);

	return position->is_known && len == position->head_len &&
	       memcmp(head, position->head, len) == 0;
}

void
ush_log_position_set(
    struct ush_log_position *position, const struct ush_lines *lines, uint64_t offset)
{
	const char *head = ush_lines_head(lines, &position->head_len);

	memcpy(position->head, head, position->head_len);
	position->offset = offset;
	position->is_known = true;
}

int
ush_log_position_set_end(struct ush_log_position *position, struct ush_error *err)
{
	struct ush_lines *lines;

	if (ush_lines_open(&lines, position->path, err) != 0)
		return -1;
	if (lines != NULL)
		ush_log_position_set(position, lines, ush_lines_size(lines));
	ush_lines_close(lines);
	return 0;
}

/* The number of the file with which reading goes on, the first one if the position is not known, and
 * the offset in it; the number of files if the file of the position is gone. The newest file is looked
 * at first: it is almost always the one. */
static size_t
find(const struct ush_log_position *position, const struct ush_log_files *files, uint64_t *offset)
{
	*offset = 0;
	if (!position->is_known)
		return 0;
	for (size_t i = files->count; i-- > 0;) {
		struct ush_lines *lines;
		bool is_it;

		if (ush_lines_open(&lines, files->items[i].path, NULL) != 0 || lines == NULL)
			continue;
		is_it = ush_log_position_is_in(position, lines);
		ush_lines_close(lines);
		if (is_it) {
			*offset = position->offset;
			return i;
		}
	}
	return files->count;
}

/* Opens a file at `offset`, the beginning of a line; of a file that became shorter the end. *out is
 * NULL if it has no line or is gone. */
static int
open_at(struct ush_lines **out, const char *path, uint64_t offset, struct ush_error *err)
{
	if (ush_lines_open(out, path, err) != 0)
		return -1;
	if (*out == NULL)
		return 0;
	if (offset > ush_lines_size(*out))
		offset = ush_lines_size(*out);
	if (ush_lines_seek(*out, offset, err) == 0)
		return 0;
	ush_lines_close(*out);
	*out = NULL;
	return -1;
}

int
ush_log_position_read(struct ush_log_position *position, const struct ush_log_reader *reader)
{
	struct ush_log_files files = {0};
	struct ush_error err = {0};
	uint64_t offset;
	size_t i;
	int rc = 0;

	if (ush_log_files_find(&files, position->path, &err) != 0) {
		reader->note(reader->arg, &err);
		return 0;
	}
	i = find(position, &files, &offset);
	if (i == files.count && files.count > 0) {
		ush_fail(&err, position->path, 0,
		    "the file that was read last is gone; what followed in it was not read");
		reader->note(reader->arg, &err);
		i = 0;
	}
	for (; i < files.count && rc == 0; i++, offset = 0) {
		struct ush_lines *lines;
		struct ush_error trouble = {0};

		if (open_at(&lines, files.items[i].path, offset, &trouble) != 0)
			reader->note(reader->arg, &trouble);
		if (lines != NULL)
			rc = reader->read(reader->arg, position, lines);
		ush_lines_close(lines);
	}
	ush_log_files_fini(&files);
	return rc;
}
