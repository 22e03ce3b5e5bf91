/* SPDX-License-Identifier: BSD-3-Clause */
/* logfile.h - a file of lines that is only appended to, in whole lines, across rotation.
 * Opened append-only, created 0640, never through a symbolic link, never anything but a regular
 * file. One thread at a time; the struct is the caller's and owns the descriptor and the path. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include "common/attr.h"
#include "common/error.h"

struct ush_logfile {
	char *path;
	int fd; /* -1: not open */
	dev_t device;
	ino_t inode;
	off_t size;         /* when last looked at */
	size_t half;        /* octets already written of a line whose rest did not fit */
	bool needs_newline; /* the file ends in a half line of an earlier writer (a crash) */
};

/* Nothing is opened yet: ush_logfile_follow() does. -1 if there is no memory. */
USH_MUST_CHECK int ush_logfile_init(struct ush_logfile *file, const char *path);
void ush_logfile_fini(struct ush_logfile *file);

/* Open what is not open; notice rotation by rename (open the new file) and truncation. Where the
 * new file cannot be opened the renamed one stays in use. 0, or -1 with the reason. */
int ush_logfile_follow(struct ush_logfile *file, struct ush_error *err);

/* Append lines[*done..len), where *done stands at the start of a line, and move *done behind the
 * last whole line that is out. -1 if not all are: call again with the same line, or abandon it. */
USH_MUST_CHECK int ush_logfile_append(
    struct ush_logfile *file, const char *lines, size_t len, size_t *done, struct ush_error *err);

/* The line that append got stuck in will not come again. */
void ush_logfile_abandon(struct ush_logfile *file);

/* Octets that the writer's user may still write on the file's disk; -1 if that is not known. */
USH_MUST_CHECK int ush_logfile_disk_free(const struct ush_logfile *file, uint64_t *octets);
