/* SPDX-License-Identifier: BSD-3-Clause */
#include "sinkhole/server/sources.h"

#include <string.h>

#define LOOKS_PER_SECOND 1

static int
take(struct ush_sources *sources, struct ush_shared_settings *settings,
    struct ush_shared_list *list, struct ush_error *err)
{
	struct ush_snapshot *snapshot;

	if (ush_snapshot_new(&snapshot, settings, list, sources->snapshot, err) != 0)
		return -1;
	ush_snapshot_release(sources->snapshot);
	sources->snapshot = snapshot;
	return 0;
}

int
ush_sources_load_settings(struct ush_sources *sources, const char *path, struct ush_error *err)
{
	struct ush_shared_list *list = sources->snapshot != NULL ? sources->snapshot->list : NULL;
	struct ush_shared_settings *settings;
	int result;

	/* A reload looks at the list anew, too. */
	ush_watched_init(&sources->list_file, LOOKS_PER_SECOND);
	if (ush_shared_settings_open(&settings, path, err) != 0)
		return -1;
	result = take(sources, settings, list, err);
	ush_shared_settings_release(settings);
	return result;
}

static int
load_list(struct ush_sources *sources, const char *path, struct ush_error *err)
{
	struct ush_shared_list *list;
	int result;

	if (ush_shared_list_open(&list, path,
	        USH_PART_NAMES | USH_PART_URLS | USH_PART_SOURCES | USH_PART_ENDPOINTS, err) != 0)
		return -1;
	result = take(sources, sources->snapshot->shared_settings, list, err);
	ush_shared_list_release(list);
	return result;
}

int
ush_sources_watch_list(struct ush_sources *sources, struct ush_error *err)
{
	const char *path = sources->snapshot->settings->sinkhole.database;
	char reason[USH_WATCHED_REASON_MAX];

	if (!ush_watched_is_due(&sources->list_file, path))
		return 0;
	if (load_list(sources, path, err) == 0) {
		ush_watched_taken(&sources->list_file);
		sources->refused = false;
		return 1;
	}
	(void)ush_error_format(err, reason, sizeof(reason));
	if (!ush_watched_refused(&sources->list_file, reason))
		return 0;
	sources->refused = true;
	return -1;
}

void
ush_sources_fini(struct ush_sources *sources)
{
	ush_snapshot_release(sources->snapshot);
	memset(sources, 0, sizeof(*sources));
}
