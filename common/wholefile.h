/* SPDX-License-Identifier: BSD-3-Clause */
/* wholefile.h - small files that are read and replaced as a whole. Any thread; for one path one
 * writer. (zones/replace.h is for files that people own and that must survive a power cut.) */
#pragma once

#include <stddef.h>
#include <sys/uio.h>
#include "common/attr.h"
#include "common/error.h"

/* A file with these parts in the place of `path`, with mode 0640: a reader sees the old one or all of
 * the new one. Never through a symbolic link, not synced. */
USH_MUST_CHECK int ush_wholefile_replace(
    const char *path, const struct iovec *parts, size_t count, struct ush_error *err);

/* All that is in a regular file, and how much; owned by the caller. NULL with the reason. */
void *ush_wholefile_read(const char *path, size_t *size, struct ush_error *err);
