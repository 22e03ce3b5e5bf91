/* SPDX-License-Identifier: BSD-3-Clause */
/* logs.h - event logs as they lie on disk: the file being written, those that logrotate put aside
 * next to it, and their lines.
 *
 * A log is known by how its first line begins, not by name or inode: every line holds an event id
 * that is given once, so a log is the same after a rename, after copytruncate and after a copy, and
 * no line is read twice. One thread uses one reader; nothing is shared. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "common/attr.h"
#include "common/error.h"

#define USH_LOG_HEAD_MAX 512

/* One file of a log, oldest first in a list. */
struct ush_log_file {
	char *path;
	bool is_live; /* the one that is being written */
	int64_t mtime_ns;
	uint64_t size;
	uint64_t device;
	uint64_t inode;
};

/* items is malloced and owned by the list. Zeroed: the empty list. */
struct ush_log_files {
	struct ush_log_file *items;
	size_t count;
};

/* `path` and its rotated siblings (dns.jsonl.1, dns.jsonl-20261122.gz). None of them need exist. A
 * compressed one whose original still lies beside it is left out: it is being made.
 * -1 if the directory is there and cannot be read. */
USH_MUST_CHECK int ush_log_files_find(
    struct ush_log_files *out, const char *path, struct ush_error *err);
void ush_log_files_fini(struct ush_log_files *files);

/* Whether both name the same files. */
bool ush_log_files_equal(const struct ush_log_files *a, const struct ush_log_files *b);

struct ush_lines;

/* Opens one file. *out is NULL when it has gone or has no whole first line yet (0 is returned). A
 * compressed file is expanded once to its end first: where that fails nothing of it is given out,
 * since its lines may have changed without a sign. */
USH_MUST_CHECK int ush_lines_open(struct ush_lines **out, const char *path, struct ush_error *err);
void ush_lines_close(struct ush_lines *lines); /* NULL is allowed */

/* How the first line begins: what the log is known by. Borrowed. */
const char *ush_lines_head(const struct ush_lines *lines, size_t *len);
/* Bytes when it was opened; of a compressed file: of what was compressed. */
uint64_t ush_lines_size(const struct ush_lines *lines);
bool ush_lines_is_compressed(const struct ush_lines *lines);

/* Goes on reading at `offset`, the beginning of a line, at most the size. -1 if the file cannot be
 * read. */
USH_MUST_CHECK int ush_lines_seek(struct ush_lines *lines, uint64_t offset, struct ush_error *err);
/* The offset behind the last line that was handed out. */
uint64_t ush_lines_offset(const struct ush_lines *lines);

/* At the end of a file that was read from its beginning, where `has_event` says whether any line was
 * an event. -1 with the reason if none was: then nothing of the file was read. A first line that is
 * still being written is no error. */
USH_MUST_CHECK int ush_lines_fail_if_none(const struct ush_lines *lines,
    const struct ush_log_file *file, bool has_event, struct ush_error *err);

/* The next whole line without its newline, borrowed until the next call. Returns 1; 0 at the end (a
 * half line is left for another time); -1 if the file cannot be read. A line over USH_EVENT_MAX
 * comes with *line NULL. */
USH_MUST_CHECK int ush_lines_next(
    struct ush_lines *lines, const char **line, size_t *len, struct ush_error *err);
