/* SPDX-License-Identifier: BSD-3-Clause */
/* view.h - the settings and the list in force. Both are immutable once loaded and swapped whole: a
 * bad file leaves what was good in place. Swaps happen between two events of the loop that owns the
 * view, so that nothing ever holds on to what was replaced (several loops will each have a view of
 * their own). */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>
#include "common/attr.h"
#include "common/error.h"
#include "common/settings.h"
#include "sinkhole/evidence/finding.h"
#include "sinkhole/evidence/record.h"
#include "zones/blocklist.h"
#include "zones/policy.h"

/* Tells one version of a file from the next. */
struct ush_file_id {
	dev_t device;
	ino_t inode;
	off_t size;
	struct timespec changed;
	bool there;
};

struct ush_view {
	struct ush_settings *settings;
	struct ush_blocklist *list; /* NULL: none yet */
	struct ush_policy *policy;
	struct ush_blocklist_info info;
	struct ush_file_id seen; /* the file that was loaded or refused last */
	bool looked;
	bool refused; /* the file that is there now is not the one in force */
	struct ush_watchlist watchlist;
	struct ush_record_context context;
};

/* Start with a zeroed view. Reads the settings; on failure the view is as before. */
USH_MUST_CHECK int ush_view_load_settings(
    struct ush_view *view, const char *path, struct ush_error *err);

/* Looks whether the list's file is another one than before and takes it. Returns 1 if there is a
 * new list in force, 0 if nothing changed, -1 with the reason (once a version of the file) if it
 * cannot be used. */
USH_MUST_CHECK int ush_view_watch_list(struct ush_view *view, struct ush_error *err);

void ush_view_fini(struct ush_view *view);
