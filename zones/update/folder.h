/* SPDX-License-Identifier: BSD-3-Clause */
/* folder.h - a feed that is all files of a directory, one behind the other. One thread. */
#pragma once

#include <stdint.h>
#include "common/attr.h"
#include "common/error.h"
#include "common/settings.h"

#define USH_FOLDER_FILES_MAX 1000

/* Write the files of source->directory to `fd` in the order of their names, expanded, each behind a
 * comment with its name. Hidden ones, backups (~) and what is no file are passed over. 0 with *bytes; or
 * -1 with the reason, also if one file cannot be read: the feed would lose what it has. */
USH_MUST_CHECK int ush_folder_fetch(
    const struct ush_feed_source *source, int fd, uint64_t *bytes, struct ush_error *err);
