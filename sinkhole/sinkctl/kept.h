/* SPDX-License-Identifier: BSD-3-Clause */
/* kept.h - the last good settings, kept beside the store (<store.path>.settings), so that a mistake
 * in the settings does not take the answer away. One thread. */
#pragma once

#include <stdio.h>
#include "common/attr.h"
#include "common/error.h"
#include "common/settings.h"

/* Keeps these settings, as they are understood. Where that is not possible nothing is kept: the
 * answer does not depend on it. */
void ush_kept_save(const struct ush_settings *settings);

/* What to go on with where the file at `path` has a mistake, which has been said: the settings kept,
 * else what can be read of the file. Says to `to` (NULL: not at all) which, and in *which in a few
 * words (constant). Returns 0 and *out owned by the caller, or -1 if there is neither. */
USH_MUST_CHECK int ush_kept_load(
    struct ush_settings **out, const char **which, const char *path, FILE *to);

/* The settings kept, and nothing less: for a program that would serve or act by what is missing. Says
 * nothing. Returns 0 and *out owned by the caller, or -1 if there are none. */
USH_MUST_CHECK int ush_kept_load_whole(struct ush_settings **out, const char *path);
