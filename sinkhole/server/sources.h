/* SPDX-License-Identifier: BSD-3-Clause */
/* sources.h - the two files that a snapshot is made of. A bad file leaves the snapshot in force. It
 * belongs to the main thread, so that no loop waits while a list is read. */
#pragma once

#include <stdbool.h>
#include "common/attr.h"
#include "common/error.h"
#include "common/watched.h"
#include "sinkhole/server/snapshot.h"

/* Start with a zeroed struct. */
struct ush_sources {
	struct ush_snapshot *snapshot; /* held; NULL before the first settings */
	struct ush_watched list_file;
	bool refused; /* the file that is there now is not the one in force */
};

/* Reads the settings; on failure the snapshot stays. */
USH_MUST_CHECK int ush_sources_load_settings(
    struct ush_sources *sources, const char *path, struct ush_error *err);

/* Look whether the list's file is another one than before and take it (see watched.h); once a
 * second. Returns 1 if there is a new snapshot with it, 0 if nothing changed, -1 with the reason
 * (once a version of the file) if it cannot be used. */
USH_MUST_CHECK int ush_sources_watch_list(struct ush_sources *sources, struct ush_error *err);

void ush_sources_fini(struct ush_sources *sources);
