/* SPDX-License-Identifier: BSD-3-Clause */
#include "sinkhole/server/view.h"

#include <string.h>
#include <sys/stat.h>

/* What the loops and events use of settings and list together. */
static void
derive(struct ush_view *view)
{
	const struct ush_settings *settings = view->settings;

	view->watchlist = (struct ush_watchlist){
	    .list = view->list,
	    .policy = view->policy,
	    .pool = &settings->module.pool,
	};
	view->context = (struct ush_record_context){
	    .observer = settings->observer,
	    .drill = settings->drill,
	    .capture = settings->sinkhole.capture,
	    .list_serial = view->list != NULL ? view->info.serial : 0,
	};
}

static int
make_policy(struct ush_policy **out, const struct ush_blocklist *list,
    const struct ush_settings *settings, struct ush_error *err)
{
	*out = NULL;
	if (list == NULL)
		return 0;
	return ush_policy_new(
	    out, list, &settings->module.pool, &settings->campaigns, &settings->feeds, err);
}

int
ush_view_load_settings(struct ush_view *view, const char *path, struct ush_error *err)
{
	struct ush_settings *settings = NULL;
	struct ush_policy *policy = NULL;

	if (ush_settings_load(&settings, path, err) != 0)
		return -1;
	if (make_policy(&policy, view->list, settings, err) != 0) {
		ush_settings_free(settings);
		return -1;
	}
	ush_policy_free(view->policy);
	ush_settings_free(view->settings);
	view->settings = settings;
	view->policy = policy;
	derive(view);
	return 0;
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
		id.changed = st.st_mtim;
	}
	return id;
}

static int
load_list(struct ush_view *view, const char *path, struct ush_error *err)
{
	struct ush_blocklist *list = NULL;
	struct ush_policy *policy = NULL;

	if (ush_blocklist_open(
	        &list, path, USH_PART_NAMES | USH_PART_URLS | USH_PART_SOURCES, err) != 0)
		return -1;
	if (make_policy(&policy, list, view->settings, err) != 0) {
		ush_blocklist_close(list);
		return -1;
	}
	ush_policy_free(view->policy);
	ush_blocklist_close(view->list);
	view->list = list;
	view->policy = policy;
	ush_blocklist_info(list, &view->info);
	derive(view);
	return 1;
}

int
ush_view_watch_list(struct ush_view *view, struct ush_error *err)
{
	const char *path = view->settings->sinkhole.database;
	struct ush_file_id id = identify(path);
	int result;

	if (view->looked && memcmp(&id, &view->seen, sizeof(id)) == 0)
		return 0;
	view->looked = true;
	view->seen = id;
	result = load_list(view, path, err);
	view->refused = result < 0;
	return result;
}

void
ush_view_fini(struct ush_view *view)
{
	ush_policy_free(view->policy);
	ush_blocklist_close(view->list);
	ush_settings_free(view->settings);
	memset(view, 0, sizeof(*view));
}
