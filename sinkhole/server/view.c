/* SPDX-License-Identifier: BSD-3-Clause */
#include "sinkhole/server/view.h"

#include <stdlib.h>

/* Settings or a list, shared by the views that use them. One of the two is set. */
struct ush_part {
	_Atomic unsigned holders;
	struct ush_settings *settings;
	struct ush_blocklist *list;
};

static struct ush_part *
part_new(struct ush_settings *settings, struct ush_blocklist *list)
{
	struct ush_part *part = calloc(1, sizeof(*part));

	if (part != NULL)
		*part = (struct ush_part){.holders = 1, .settings = settings, .list = list};
	return part;
}

static struct ush_part *
part_hold(struct ush_part *part)
{
	if (part != NULL)
		atomic_fetch_add(&part->holders, 1);
	return part;
}

static void
part_release(struct ush_part *part)
{
	if (part == NULL || atomic_fetch_sub(&part->holders, 1) != 1)
		return;
	ush_settings_free(part->settings);
	ush_blocklist_close(part->list);
	free(part);
}

/* Once made, keys are kept. */
static int
find_identity(struct ush_view *view, const struct ush_view *before, struct ush_error *err)
{
	if (before != NULL && before->identity != NULL)
		view->identity = ush_tls_identity_hold(before->identity);
	else if (view->settings->sinkhole.tls == USH_TLS_PROBE)
		return ush_tls_identity_new(&view->identity, err);
	return 0;
}

/* What follows from settings and list. */
static int
derive(struct ush_view *view, struct ush_error *err)
{
	const struct ush_settings *settings = view->settings;

	if (view->list != NULL) {
		ush_blocklist_info(view->list, &view->info);
		if (ush_policy_new(&view->policy, view->list, &settings->module.pool,
		        &settings->campaigns, &settings->feeds, err) != 0)
			return -1;
	}
	view->watchlist = (struct ush_watchlist){
	    .list = view->list,
	    .policy = view->policy,
	    .pool = &settings->module.pool,
	};
	view->context = (struct ush_record_context){
	    .observer = settings->observer,
	    .drill = settings->drill,
	    .capture = settings->sinkhole.capture,
	    .list_serial = view->info.serial,
	};
	return 0;
}

/* Give back what the caller still owns. */
static void
disown(struct ush_part *part, bool is_new)
{
	if (part != NULL && is_new) {
		part->settings = NULL;
		part->list = NULL;
	}
}

int
ush_view_new(struct ush_view **out, const struct ush_view *before, struct ush_settings *settings,
    struct ush_blocklist *list, struct ush_error *err)
{
	struct ush_view *view = calloc(1, sizeof(*view));

	if (view == NULL)
		return ush_fail(err, NULL, 0, "out of memory");
	view->holders = 1;
	view->settings_part =
	    settings != NULL ? part_new(settings, NULL) : part_hold(before->settings_part);
	view->list_part = list != NULL     ? part_new(NULL, list)
	                  : before != NULL ? part_hold(before->list_part)
	                                   : NULL;
	if (view->settings_part == NULL || (list != NULL && view->list_part == NULL)) {
		(void)ush_fail(err, NULL, 0, "out of memory");
		goto failed;
	}
	view->settings = view->settings_part->settings;
	view->list = view->list_part != NULL ? view->list_part->list : NULL;
	if (derive(view, err) != 0 || find_identity(view, before, err) != 0)
		goto failed;
	*out = view;
	return 0;
failed:
	disown(view->settings_part, settings != NULL);
	disown(view->list_part, list != NULL);
	ush_view_release(view);
	return -1;
}

struct ush_view *
ush_view_hold(struct ush_view *view)
{
	atomic_fetch_add(&view->holders, 1);
	return view;
}

void
ush_view_release(struct ush_view *view)
{
	if (view == NULL || atomic_fetch_sub(&view->holders, 1) != 1)
		return;
	ush_tls_identity_release(view->identity);
	ush_policy_free(view->policy);
	part_release(view->list_part);
	part_release(view->settings_part);
	free(view);
}
