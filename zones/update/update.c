/* SPDX-License-Identifier: BSD-3-Clause */
#include "zones/update/update.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include "common/event.h"
#include "zones/compile/lock.h"
#include "zones/update/updating.h"

#define SHOWN_MAX 1024 /* bytes of one line */

void
ush_update_say(struct updating *updating, bool bad, const char *fmt, ...)
{
	char text[SHOWN_MAX];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	updating->any_bad = updating->any_bad || bad;
	if (bad || !updating->options->quiet)
		updating->options->say(updating->options->arg, bad, text);
}

static int
run(struct updating *updating, struct ush_error *err)
{
	struct ush_error why;
	int rc;

	if (ush_update_state_load(&updating->state, updating->settings, err) != 0)
		return -1;
	for (size_t i = 0; i < updating->settings->feed_count; i++)
		ush_update_feed(updating, i);
	rc = ush_update_list(updating, err);
	if (rc == 0)
		ush_update_leftovers(updating);
	/* What is known of the feeds is kept whatever became of the list. */
	if (ush_update_state_save(&updating->state, updating->settings, &why) != 0)
		ush_update_say(updating, true, "%s: %s", why.file, why.text);
	if (rc == 0 && updating->any_bad)
		rc = 1;
	return rc;
}

int
ush_update(const struct ush_update_options *options, struct ush_error *err)
{
	struct updating updating = {
	    .options = options,
	    .settings = &options->settings->update,
	    .now_ms = ush_time_now_ms(),
	};
	const char *directory = updating.settings->directory;
	struct ush_lock *lock = NULL;
	char *locked;
	int rc = -1;

	if (updating.settings->feed_count == 0)
		return ush_fail(err, options->settings->path, 0,
		    "names no feeds: write them under update: (docs/feeds.md)");
	if (mkdir(directory, 0755) == -1 && errno != EEXIST)
		return ush_fail_errno(err, directory, "cannot make the directory of the copies");
	if (asprintf(&locked, "%s/update", directory) == -1)
		return ush_fail(err, NULL, 0, "no memory");
	if (ush_lock_take(&lock, locked, options->wait_seconds, NULL, NULL, err) == 0)
		rc = run(&updating, err);
	ush_lock_release(lock);
	free(locked);
	ush_update_state_fini(&updating.state);
	return rc;
}
