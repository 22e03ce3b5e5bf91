/* SPDX-License-Identifier: BSD-3-Clause */
#include "sinkhole/server/sources.h"

#include <string.h>
#include <sys/stat.h>

static int
take(struct ush_sources *sources, struct ush_settings *settings, struct ush_blocklist *list,
    struct ush_error *err)
{
	struct ush_view *view;

	if (ush_view_new(&view, sources->view, settings, list, err) != 0)
		return -1;
	ush_view_release(sources->view);
	sources->view = view;
	return 0;
}

int
ush_sources_load_settings(struct ush_sources *sources, const char *path, struct ush_error *err)
{
	struct ush_settings *settings = NULL;

	sources->looked = false; /* whoever asks wants the list looked at, too */
	if (ush_settings_load(&settings, path, err) != 0)
		return -1;
	if (take(sources, settings, NULL, err) == 0)
		return 0;
	ush_settings_free(settings);
	return -1;
}

static struct ush_file_id
identify(const char *path)
{
	struct ush_file_id id;
	struct stat st;

	/* Compared as bytes, so padding must be zero. */
	memset(&id, 0, sizeof(id));
	if (stat(path, &st) == 0) {
		id.there = true;
		id.device = st.st_dev;
		id.inode = st.st_ino;
		id.size = st.st_size;
		/* Not when it was written: rights that were given make a file readable. */
		id.changed = st.st_ctim;
	}
	return id;
}

static int
load_list(struct ush_sources *sources, const char *path, struct ush_error *err)
{
	struct ush_blocklist *list = NULL;

	if (ush_blocklist_open(
	        &list, path, USH_PART_NAMES | USH_PART_URLS | USH_PART_SOURCES, err) != 0)
		return -1;
	if (take(sources, NULL, list, err) == 0)
		return 1;
	ush_blocklist_close(list);
	return -1;
}

int
ush_sources_watch_list(struct ush_sources *sources, struct ush_error *err)
{
	const char *path = sources->view->settings->sinkhole.database;
	struct ush_file_id id = identify(path);
	int result;

	if (sources->looked && memcmp(&id, &sources->seen, sizeof(id)) == 0)
		return 0;
	sources->looked = true;
	sources->seen = id;
	result = load_list(sources, path, err);
	sources->refused = result < 0;
	return result;
}

void
ush_sources_fini(struct ush_sources *sources)
{
	ush_view_release(sources->view);
	memset(sources, 0, sizeof(*sources));
}
