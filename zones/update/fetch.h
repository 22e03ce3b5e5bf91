/* SPDX-License-Identifier: BSD-3-Clause */
/* fetch.h - gets a feed from its source into a file, bounded in size and time. One thread. */
#pragma once

#include <stdint.h>
#include "common/attr.h"
#include "common/error.h"
#include "common/settings.h"

/* Write what the source has to `fd`. A command is run by /bin/sh in a process group of its own, with
 * $FEED_COPY set to `copy`; it is killed with its children when it takes too long or prints too much.
 * 0 with *bytes, which is 0 if a command printed nothing or a zone has the serial of the copy; or -1 with the reason, for a command the
 * last line of its standard error. */
USH_MUST_CHECK int ush_fetch(const struct ush_feed_source *source, const char *copy, int fd,
    uint64_t *bytes, struct ush_error *err);
