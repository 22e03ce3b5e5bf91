/* SPDX-License-Identifier: BSD-3-Clause */
/* watched.h - when to load a file that others replace or rewrite: by what stat() says of it. One
 * thread, which looks at regular times. The path is given at each look; a file that is missing is a
 * state like any other. */
#pragma once

#include <stdbool.h>
#include <sys/types.h>
#include <time.h>

#define USH_WATCHED_REASON_MAX 700

/* What distinguishes one state of a file from another. */
struct ush_file_state {
	bool exists;
	dev_t device;
	ino_t inode;
	off_t size;
	struct timespec modified;
	struct timespec changed;
};

struct ush_watched {
	unsigned looks_per_second;
	struct ush_file_state taken; /* what was last loaded or refused */
	struct ush_file_state seen;  /* what the last look saw */
	unsigned still_looks;        /* since it changed */
	bool is_unfinished;          /* it was no good, but may still be being written */
	unsigned idle_looks;         /* since it was refused; 0: it was not */
	char reported[USH_WATCHED_REASON_MAX];
};

/* The first look finds a change, in a missing file too. */
void ush_watched_init(struct ush_watched *watched, unsigned looks_per_second);

/* Look at the file: should it be loaded now? Then one of the next two follows. A file that was
 * renamed into place is whole. One that is written in place is not loaded until one look has found
 * it unchanged; if it cannot be used then, it may still be being written: it is tried again when it
 * has grown further, and refused when it has not for five seconds. A refused file is tried again
 * every ten seconds: memory may have been short. */
bool ush_watched_is_due(struct ush_watched *watched, const char *path);
void ush_watched_taken(struct ush_watched *watched);
/* The file could not be used. True if the operator should learn it: not again for the same version
 * with the same reason, and not as long as the file may still be being written. */
bool ush_watched_refused(struct ush_watched *watched, const char *reason);
