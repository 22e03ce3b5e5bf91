/* SPDX-License-Identifier: BSD-3-Clause */
/* update.h - one run of sinkzone update: asks every source for its feed, keeps a copy of what is good,
 * and makes the list of the copies. A feed that fails keeps its copy, and the others go on. One
 * thread; one process at a time, by a lock in the directory of the copies. */
#pragma once

#include <stdbool.h>
#include "common/attr.h"
#include "common/error.h"
#include "common/settings.h"

struct ush_update_options {
	const struct ush_settings *settings;
	const char *const
	    *forced; /* feeds that are taken whatever they look like; ends with NULL */
	unsigned shrink_percent;
	unsigned wait_seconds; /* for another update */
	bool quiet;
	/* One line about a feed or the list; `bad` if it is a problem. Texts may quote a source. */
	void (*say)(void *arg, bool bad, const char *text);
	void *arg;
};

/* 0 if every feed and the list are good, 1 if one of them is not (all was said), -1 if nothing could
 * be done, with the reason. */
USH_MUST_CHECK int ush_update(const struct ush_update_options *options, struct ush_error *err);
