/* SPDX-License-Identifier: BSD-3-Clause */
/* archive.h - what a tar archive from anybody would have tar(1) make, seen before tar makes it: files and
 * folders like those of a bundle of ours, and no more bytes than the archive has. Any thread. */
#pragma once

#include "common/attr.h"
#include "common/error.h"

/* Many times what a bundle of ours has. */
#define USH_BUNDLE_FILES_MAX 100000u

/* Reads the headers of the archive from its beginning; where `fd` reads next stays as it is. -1 if it is
 * no tar archive, or has what no bundle of ours has. */
USH_MUST_CHECK int ush_archive_check(int fd, const char *path, struct ush_error *err);
