/* SPDX-License-Identifier: BSD-3-Clause */
/* own_file.h - databases beside the store, for what the logs do not say: each has its tables, made once
 * and never rebuilt. The caller uses the store's functions for statements on `base`. One thread. */
#pragma once

#include <stdbool.h>
#include "sinkhole/store/internal.h"

struct ush_own_file {
	const char *what;   /* in messages: "records" */
	const char *schema; /* statements that make its tables */
	unsigned version;   /* PRAGMA user_version */
};

/* Opens the file at `path`, which is base's from then on, also on failure. `writable`: it is created.
 * Returns 0; 1 if it is not to be created and there is none; -1 if it cannot be opened or is no such
 * file. In each case it is to be ended with ush_own_file_close(). */
USH_MUST_CHECK int ush_own_file_open(struct ush_store *base, char *path,
    const struct ush_own_file *kind, bool writable, struct ush_error *err);
void ush_own_file_close(struct ush_store *base);
