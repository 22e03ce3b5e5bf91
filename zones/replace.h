/* SPDX-License-Identifier: BSD-3-Clause */
/* replace.h - puts a new file in the place of an old one, whole or not at all: it grows in a
 * temporary file beside it, gets the old one's owner, group and mode (else 0644), is synced,
 * renamed, and its directory synced. A symbolic link stays; what it points to is replaced. One
 * owner, one thread. */
#pragma once

#include <stdbool.h>
#include "common/attr.h"
#include "common/error.h"

struct ush_replacement {
	char *path; /* without links */
	char *temporary;
	int fd;          /* to write to; closed by ush_replacement_close() */
	bool group_lost; /* set by the commit: the group of the old file could not be kept */
	bool committed;
};

/* What `path` really is: a regular file without links, or where a new one will be. Caller frees;
 * NULL with the reason. */
char *ush_replacement_path(const char *path, struct ush_error *err);

USH_MUST_CHECK int ush_replacement_open(
    struct ush_replacement *out, const char *path, struct ush_error *err);
USH_MUST_CHECK int ush_replacement_commit(
    struct ush_replacement *replacement, struct ush_error *err);

/* Remove temporary files beside `path` of a process that was killed before its commit. The caller
 * ensures that no other process replaces the file at the moment. */
void ush_replacement_sweep(const char *path);

/* Without a commit nothing has happened. After an open that failed, too. */
void ush_replacement_close(struct ush_replacement *replacement);
