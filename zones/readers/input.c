/* SPDX-License-Identifier: BSD-3-Clause */
#include "zones/readers/input.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "common/expand.h"

#define BUFFER_SIZE (256u << 10)
/* Lists shrink to a third or a tenth; what shrinks more than this is no list. */
#define RATIO_MAX 200

struct ush_input {
	char *path;
	int fd;
	struct ush_expander *expander;
	unsigned line;
	bool at_end; /* of the file; the buffer may still hold some */
	bool in_long_line;
	bool is_cut;
	size_t start;
	size_t end;
	char buffer[BUFFER_SIZE];
};

/* Make room and read once more. */
static int
fill(struct ush_input *input, struct ush_error *err)
{
	ssize_t got;

	if (input->start > 0) {
		memmove(input->buffer, input->buffer + input->start, input->end - input->start);
		input->end -= input->start;
		input->start = 0;
	}
	got = ush_expander_read(
	    input->expander, input->buffer + input->end, BUFFER_SIZE - input->end);
	if (got == -1)
		return ush_fail(err, input->path, 0, "cannot be read to its end: %s",
		    ush_expander_trouble(input->expander));
	input->at_end = got == 0;
	input->end += (size_t)got;
	return 0;
}

int
ush_input_open(struct ush_input **out, const char *path, struct ush_error *err)
{
	struct ush_input *input = calloc(1, sizeof(*input));
	bool is_stdin = strcmp(path, "-") == 0;

	*out = NULL;
	if (input == NULL || (input->path = strdup(is_stdin ? "standard input" : path)) == NULL) {
		free(input);
		return ush_fail(err, path, 0, "no memory");
	}
	input->fd = is_stdin ? dup(STDIN_FILENO) : open(path, O_RDONLY | O_CLOEXEC);
	if (input->fd == -1) {
		ush_fail_errno(err, input->path, "cannot read the feed");
		goto fail;
	}
	if ((input->expander = ush_expander_new(input->fd, RATIO_MAX)) == NULL) {
		ush_fail(err, input->path, 0, "no memory");
		goto fail;
	}
	/* A pipe gives what is there; looking at the format wants more than its first drop. */
	while (!input->at_end && input->end < BUFFER_SIZE / 2) {
		if (fill(input, err) != 0)
			goto fail;
	}
	if (input->end >= 3 && memcmp(input->buffer, "\xef\xbb\xbf", 3) == 0)
		input->start = 3;
	*out = input;
	return 0;
fail:
	ush_input_close(input);
	return -1;
}

void
ush_input_close(struct ush_input *input)
{
	if (input == NULL)
		return;
	ush_expander_free(input->expander);
	if (input->fd != -1)
		close(input->fd);
	free(input->path);
	free(input);
}

const char *
ush_input_peek(const struct ush_input *input, size_t *len)
{
	*len = input->end - input->start;
	return input->buffer + input->start;
}

/* Skip the rest of a line that was too long. */
static int
skip_line(struct ush_input *input, struct ush_error *err)
{
	input->in_long_line = false;
	for (;;) {
		char *newline =
		    memchr(input->buffer + input->start, '\n', input->end - input->start);

		if (newline != NULL) {
			input->start = (size_t)(newline - input->buffer) + 1;
			return 0;
		}
		input->start = input->end;
		if (input->at_end)
			return 0;
		if (fill(input, err) != 0)
			return -1;
	}
}

int
ush_input_line(struct ush_input *input, const char **line, size_t *len, struct ush_error *err)
{
	char *newline = NULL;
	size_t seen = 0;

	if (input->in_long_line && skip_line(input, err) != 0)
		return -1;
	while ((newline = memchr(input->buffer + input->start + seen, '\n',
	            input->end - input->start - seen)) == NULL &&
	       !input->at_end && input->end - input->start < USH_INPUT_LINE_MAX) {
		seen = input->end - input->start;
		if (fill(input, err) != 0)
			return -1;
	}
	if (input->start == input->end)
		return 0;
	*line = input->buffer + input->start;
	*len = newline != NULL ? (size_t)(newline - *line) : input->end - input->start;
	input->start += *len + (newline != NULL ? 1 : 0);
	input->in_long_line = newline == NULL && !input->at_end;
	input->line++;
	input->is_cut = input->in_long_line || *len > USH_INPUT_LINE_MAX;
	if (*len > 0 && (*line)[*len - 1] == '\r')
		--*len;
	if (*len > USH_INPUT_LINE_MAX)
		*len = USH_INPUT_LINE_MAX;
	return 1;
}

unsigned
ush_input_line_number(const struct ush_input *input)
{
	return input->line;
}

bool
ush_input_line_is_cut(const struct ush_input *input)
{
	return input->is_cut;
}

static ssize_t
take(struct ush_input *input, char *to, size_t size, struct ush_error *err)
{
	size_t part;

	if (input->start == input->end && !input->at_end && fill(input, err) != 0)
		return -1;
	part = input->end - input->start < size ? input->end - input->start : size;
	memcpy(to, input->buffer + input->start, part);
	input->start += part;
	return (ssize_t)part;
}

char *
ush_input_rest(struct ush_input *input, size_t max, size_t *len, struct ush_error *err)
{
	size_t size = BUFFER_SIZE;
	char *text = malloc(size);
	ssize_t got = 1;

	for (*len = 0; text != NULL && got > 0; *len += (size_t)got) {
		if (*len == size) {
			char *more = size <= max ? realloc(text, size *= 2) : NULL;

			if (more == NULL) {
				free(text);
				ush_fail(err, input->path, 0, "is larger than %zu bytes", max);
				return NULL;
			}
			text = more;
		}
		if ((got = take(input, text + *len, size - *len, err)) == -1) {
			free(text);
			return NULL;
		}
	}
	if (text == NULL)
		ush_fail(err, input->path, 0, "no memory");
	return text;
}
