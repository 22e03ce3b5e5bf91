/* SPDX-License-Identifier: BSD-3-Clause */
#include "sinkhole/store/logs.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "common/event.h"
#include "common/expand.h"

#define BUFFER_BYTES (1u << 20)
#define WHAT_HELPS "expand it, or compress it with gzip or zstd"

struct ush_lines {
	int fd;
	char *path;
	struct ush_expander *expander; /* NULL: the file is not compressed */
	char head[USH_LOG_HEAD_MAX];
	size_t head_len;
	uint64_t size;
	uint64_t offset; /* in the file, of buf[0] */
	size_t start;
	size_t end;
	char buf[BUFFER_BYTES];
};

static bool
ends_with(const char *name, const char *end)
{
	size_t len = strlen(name);
	size_t end_len = strlen(end);

	return len > end_len && strcmp(name + len - end_len, end) == 0;
}

/* What is compressed in another way cannot be read, and must not go by without a word. */
static bool
is_unreadable_form(const char *path)
{
	static const char *const ends[] = {
	    ".xz", ".bz2", ".lzma", ".lz4", ".lz", ".lzo", ".br", ".7z", ".zip", ".Z"};

	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		if (ends_with(path, ends[i]))
			return true;
	}
	return false;
}

/* "dns.jsonl" itself, or with what logrotate appends. */
static bool
is_of_log(const char *name, const char *base)
{
	size_t len = strlen(base);

	return strncmp(name, base, len) == 0 &&
	       (name[len] == '\0' || ((name[len] == '.' || name[len] == '-') &&
	                                 name[len + 1] >= '0' && name[len + 1] <= '9'));
}

static int
add_file(struct ush_log_files *files, const char *directory, const char *name, bool is_live)
{
	struct ush_log_file *items = reallocarray(files->items, files->count + 1, sizeof(*items));
	struct stat st;
	char *path;

	if (items == NULL)
		return -1;
	files->items = items;
	if (asprintf(&path, "%s/%s", directory, name) == -1)
		return -1;
	if (stat(path, &st) != 0 || !S_ISREG(st.st_mode)) {
		free(path);
		return 0;
	}
	items[files->count++] = (struct ush_log_file){
	    .path = path,
	    .is_live = is_live,
	    .mtime_ns = (int64_t)st.st_mtim.tv_sec * 1000000000 + st.st_mtim.tv_nsec,
	    .size = (uint64_t)st.st_size,
	    .device = st.st_dev,
	    .inode = st.st_ino,
	};
	return 0;
}

static int
older_first(const void *a, const void *b)
{
	const struct ush_log_file *x = a;
	const struct ush_log_file *y = b;

	if (x->is_live != y->is_live)
		return x->is_live ? 1 : -1;
	if (x->mtime_ns != y->mtime_ns)
		return x->mtime_ns < y->mtime_ns ? -1 : 1;
	return strcmp(x->path, y->path);
}

static int
scan(struct ush_log_files *out, DIR *dir, const char *directory, const char *base)
{
	const struct dirent *entry;

	while ((entry = readdir(dir)) != NULL) {
		if (is_of_log(entry->d_name, base) &&
		    add_file(out, directory, entry->d_name, strcmp(entry->d_name, base) == 0) != 0)
			return -1;
	}
	return 0;
}

static bool
has_original(const struct ush_log_files *files, const char *path)
{
	size_t len = ush_expanded_name(path);

	if (path[len] == '\0')
		return false;
	for (size_t i = 0; i < files->count; i++) {
		if (strncmp(files->items[i].path, path, len) == 0 &&
		    files->items[i].path[len] == '\0')
			return true;
	}
	return false;
}

static void
leave_out_unfinished(struct ush_log_files *files)
{
	for (size_t i = files->count; i-- > 0;) {
		if (!has_original(files, files->items[i].path))
			continue;
		free(files->items[i].path);
		files->items[i] = files->items[--files->count];
	}
}

int
ush_log_files_find(struct ush_log_files *out, const char *path, struct ush_error *err)
{
	const char *slash = strrchr(path, '/');
	const char *base = slash != NULL ? slash + 1 : path;
	char *directory = slash != NULL ? strndup(path, (size_t)(slash - path)) : strdup(".");
	DIR *dir = NULL;
	int rc = 0;

	*out = (struct ush_log_files){0};
	if (directory == NULL)
		return ush_fail(err, path, 0, "out of memory");
	dir = opendir(directory[0] == '\0' ? "/" : directory);
	if (dir == NULL) {
		if (errno != ENOENT)
			rc = ush_fail_errno(err, directory, "cannot look for event logs");
		goto out;
	}
	if (scan(out, dir, directory, base) != 0) {
		rc = ush_fail(err, path, 0, "out of memory");
		ush_log_files_fini(out);
		goto out;
	}
	leave_out_unfinished(out);
	if (out->count > 1)
		qsort(out->items, out->count, sizeof(*out->items), older_first);
out:
	if (dir != NULL)
		closedir(dir);
	free(directory);
	return rc;
}

void
ush_log_files_fini(struct ush_log_files *files)
{
	for (size_t i = 0; i < files->count; i++)
		free(files->items[i].path);
	free(files->items);
	*files = (struct ush_log_files){0};
}

bool
ush_log_files_equal(const struct ush_log_files *a, const struct ush_log_files *b)
{
	if (a->count != b->count)
		return false;
	for (size_t i = 0; i < a->count; i++) {
		const struct ush_log_file *x = &a->items[i];
		const struct ush_log_file *y = &b->items[i];

		if (strcmp(x->path, y->path) != 0 || x->inode != y->inode || x->device != y->device)
			return false;
	}
	return true;
}

/* Up to `size` bytes at `offset`; a compressed file stands there already. */
static ssize_t
read_some(struct ush_lines *lines, char *to, size_t size, uint64_t offset, struct ush_error *err)
{
	ssize_t got;

	if (lines->expander != NULL) {
		got = ush_expander_read(lines->expander, to, size);
		if (got == -1)
			ush_fail(err, lines->path, 0, "%s", ush_expander_trouble(lines->expander));
		return got;
	}
	do
		got = pread(lines->fd, to, size, (off_t)offset);
	while (got == -1 && errno == EINTR);
	if (got == -1)
		ush_fail_errno(err, lines->path, "cannot be read");
	return got;
}

/* More bytes behind those in the buffer. 1: there were some, 0: end of file, -1: error. */
static int
fill(struct ush_lines *lines, struct ush_error *err)
{
	ssize_t got;

	if (lines->start > 0) {
		memmove(lines->buf, lines->buf + lines->start, lines->end - lines->start);
		lines->offset += lines->start;
		lines->end -= lines->start;
		lines->start = 0;
	}
	got = read_some(lines, lines->buf + lines->end, sizeof(lines->buf) - lines->end,
	    lines->offset + lines->end, err);
	if (got == -1)
		return -1;
	lines->end += (size_t)got;
	return got > 0;
}

/* Our writers escape control characters; a few hundred bytes of a compressed file hold some. */
static bool
is_text(const char *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if ((unsigned char)bytes[i] < ' ' && memchr("\t\r\n", bytes[i], 3) == NULL)
			return false;
	}
	return true;
}

/* From the first `got` bytes. 1: the first line is there (or enough of it), 0: not yet, -1: there
 * will be none. */
static int
take_head(struct ush_lines *lines, const char *bytes, size_t got, struct ush_error *err)
{
	size_t len = got < sizeof(lines->head) ? got : sizeof(lines->head);
	const char *newline = memchr(bytes, '\n', len);

	if (newline == NULL && len < sizeof(lines->head))
		return is_text(bytes, len)
		           ? 0
		           : ush_fail(err, lines->path, 0, "is not text: " WHAT_HELPS);
	lines->head_len = newline != NULL ? (size_t)(newline - bytes) : len;
	memcpy(lines->head, bytes, lines->head_len);
	return 1;
}

/* Starts expanding at the beginning. */
static int
rewind_expander(struct ush_lines *lines, struct ush_error *err)
{
	ush_expander_free(lines->expander);
	lines->expander = NULL;
	lines->offset = lines->start = lines->end = 0;
	if (lseek(lines->fd, 0, SEEK_SET) == -1)
		return ush_fail_errno(err, lines->path, "cannot be read");
	lines->expander = ush_expander_new(lines->fd, 0);
	return lines->expander != NULL ? 0 : ush_fail(err, lines->path, 0, "out of memory");
}

/* Expands the file once to its end, where the checksum is. As take_head(), or -1. */
static int
verify(struct ush_lines *lines, struct ush_error *err)
{
	size_t have = 0; /* of the head, at the start of the buffer */
	ssize_t got;
	int rc;

	while ((got = read_some(lines, lines->buf + have, sizeof(lines->buf) - have, 0, err)) > 0) {
		lines->size += (uint64_t)got;
		have += (size_t)got;
		have = have < sizeof(lines->head) ? have : sizeof(lines->head);
	}
	if (got == -1) {
		if (err != NULL)
			strncat(err->text, "; nothing of it was read",
			    sizeof(err->text) - strlen(err->text) - 1);
		return -1;
	}
	rc = take_head(lines, lines->buf, have, err);
	return rc != -1 && rewind_expander(lines, err) == 0 ? rc : -1;
}

/* As take_head(), or -1. */
static int
look_at(struct ush_lines *lines, struct ush_error *err)
{
	struct stat st;
	ssize_t got;

	if (fstat(lines->fd, &st) != 0)
		return ush_fail_errno(err, lines->path, "cannot be looked at");
	if (is_unreadable_form(lines->path))
		return ush_fail(err, lines->path, 0,
		    "is compressed in a form that is not read here: " WHAT_HELPS);
	if (rewind_expander(lines, err) != 0)
		return -1;
	if (ush_expander_is_compressed(lines->expander))
		return verify(lines, err);
	ush_expander_free(lines->expander);
	lines->expander = NULL;
	lines->size = (uint64_t)st.st_size;
	got = read_some(lines, lines->buf, sizeof(lines->head), 0, err);
	return got == -1 ? -1 : take_head(lines, lines->buf, (size_t)got, err);
}

int
ush_lines_open(struct ush_lines **out, const char *path, struct ush_error *err)
{
	struct ush_lines *lines = malloc(sizeof(*lines));
	int rc = 0;

	*out = NULL;
	if (lines == NULL)
		return ush_fail(err, path, 0, "out of memory");
	memset(lines, 0, offsetof(struct ush_lines, buf)); /* not the buffer: it is large */
	lines->fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	lines->path = strdup(path);
	if (lines->path == NULL)
		rc = ush_fail(err, path, 0, "out of memory");
	else if (lines->fd != -1)
		rc = look_at(lines, err);
	else if (errno != ENOENT) /* rotated away since the directory was read */
		rc = ush_fail_errno(err, path, "cannot be opened");
	if (rc == 1) {
		*out = lines;
		return 0;
	}
	ush_lines_close(lines);
	return rc;
}

void
ush_lines_close(struct ush_lines *lines)
{
	if (lines == NULL)
		return;
	if (lines->fd != -1)
		close(lines->fd);
	ush_expander_free(lines->expander);
	free(lines->path);
	free(lines);
}

const char *
ush_lines_head(const struct ush_lines *lines, size_t *len)
{
	*len = lines->head_len;
	return lines->head;
}

uint64_t
ush_lines_size(const struct ush_lines *lines)
{
	return lines->size;
}

bool
ush_lines_is_compressed(const struct ush_lines *lines)
{
	return lines->expander != NULL;
}

int
ush_lines_seek(struct ush_lines *lines, uint64_t offset, struct ush_error *err)
{
	if (lines->expander == NULL) {
		lines->offset = offset;
		lines->start = lines->end = 0;
		return 0;
	}
	if (offset < lines->offset && rewind_expander(lines, err) != 0)
		return -1;
	while (lines->offset + lines->end < offset) {
		int rc;

		lines->start = lines->end;
		rc = fill(lines, err);
		if (rc != 1)
			return rc == -1 ? -1 : ush_fail(err, lines->path, 0, "has become shorter");
	}
	lines->start = (size_t)(offset - lines->offset);
	return 0;
}

uint64_t
ush_lines_offset(const struct ush_lines *lines)
{
	return lines->offset + lines->start;
}

int
ush_lines_fail_if_none(const struct ush_lines *lines, const struct ush_log_file *file,
    bool has_event, struct ush_error *err)
{
	if (has_event || (file->is_live && ush_lines_offset(lines) == 0))
		return 0;
	if (!is_text(lines->head, lines->head_len))
		return ush_fail(err, lines->path, 0, "is not text: " WHAT_HELPS);
	return ush_fail(err, lines->path, 0, "none of its lines is an event");
}

/* A line too long to be ours: pass over it. 1 when its newline was found; at the end of the file it
 * is left. */
static int
skip_line(struct ush_lines *lines, struct ush_error *err)
{
	uint64_t begin = ush_lines_offset(lines);
	int rc;

	for (;;) {
		const char *at = lines->buf + lines->start;
		const char *newline = memchr(at, '\n', lines->end - lines->start);

		if (newline != NULL) {
			lines->start += (size_t)(newline - at) + 1;
			return 1;
		}
		lines->offset += lines->end;
		lines->start = 0;
		lines->end = 0;
		rc = fill(lines, err);
		if (rc != 1)
			return ush_lines_seek(lines, begin, err) == 0 ? rc : -1;
	}
}

int
ush_lines_next(struct ush_lines *lines, const char **line, size_t *len, struct ush_error *err)
{
	for (;;) {
		const char *at = lines->buf + lines->start;
		size_t have = lines->end - lines->start;
		const char *newline = memchr(at, '\n', have);
		int rc;

		if (newline != NULL) {
			*len = (size_t)(newline - at);
			*line = *len < USH_EVENT_MAX ? at : NULL;
			lines->start += *len + 1;
			return 1;
		}
		if (have >= USH_EVENT_MAX) {
			*line = NULL;
			*len = 0;
			return skip_line(lines, err);
		}
		rc = fill(lines, err);
		if (rc != 1)
			return rc;
	}
}
