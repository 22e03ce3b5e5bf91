/* SPDX-License-Identifier: BSD-3-Clause */
#include "sinkhole/server/snapshot.h"

#include <stdlib.h>

/* Settings or a list, shared by the snapshots that use them. One of the two is set. */
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
find_identity(
    struct ush_snapshot *snapshot, const struct ush_snapshot *before, struct ush_error *err)
{
	if (before != NULL && before->identity != NULL)
		snapshot->identity = ush_tls_identity_hold(before->identity);
	else if (snapshot->settings->sinkhole.tls == USH_TLS_PROBE)
		return ush_tls_identity_new(&snapshot->identity, err);
	return 0;
}

/* What follows from settings and list. */
static int
derive(struct ush_snapshot *snapshot, struct ush_error *err)
{
	const struct ush_settings *settings = snapshot->settings;

	if (snapshot->list != NULL) {
		ush_blocklist_info(snapshot->list, &snapshot->info);
		if (ush_policy_new(&snapshot->policy, snapshot->list, &settings->module.pool,
		        &settings->campaigns, &settings->feeds, err) != 0)
			return -1;
	}
	snapshot->watchlist = (struct ush_watchlist){
	    .list = snapshot->list,
	    .policy = snapshot->policy,
	    .pool = &settings->module.pool,
	};
	snapshot->context = (struct ush_record_context){
	    .observer = settings->observer,
	    .drill = settings->drill,
	    .capture = settings->sinkhole.capture,
	    .list_serial = snapshot->info.serial,
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
ush_snapshot_new(struct ush_snapshot **out, const struct ush_snapshot *before,
    struct ush_settings *settings, struct ush_blocklist *list, struct ush_error *err)
{
	struct ush_snapshot *snapshot = calloc(1, sizeof(*snapshot));

	if (snapshot == NULL)
		return ush_fail(err, NULL, 0, "out of memory");
	snapshot->holders = 1;
	snapshot->settings_part =
	    settings != NULL ? part_new(settings, NULL) : part_hold(before->settings_part);
	snapshot->list_part = list != NULL     ? part_new(NULL, list)
	                      : before != NULL ? part_hold(before->list_part)
	                                       : NULL;
	if (snapshot->settings_part == NULL || (list != NULL && snapshot->list_part == NULL)) {
		(void)ush_fail(err, NULL, 0, "out of memory");
		goto failed;
	}
	snapshot->settings = snapshot->settings_part->settings;
	snapshot->list = snapshot->list_part != NULL ? snapshot->list_part->list : NULL;
	if (derive(snapshot, err) != 0 || find_identity(snapshot, before, err) != 0)
		goto failed;
	*out = snapshot;
	return 0;
failed:
	disown(snapshot->settings_part, settings != NULL);
	disown(snapshot->list_part, list != NULL);
	ush_snapshot_release(snapshot);
	return -1;
}

struct ush_snapshot *
ush_snapshot_hold(struct ush_snapshot *snapshot)
{
	atomic_fetch_add(&snapshot->holders, 1);
	return snapshot;
}

void
ush_snapshot_release(struct ush_snapshot *snapshot)
{
	if (snapshot == NULL || atomic_fetch_sub(&snapshot->holders, 1) != 1)
		return;
	ush_tls_identity_release(snapshot->identity);
	ush_policy_free(snapshot->policy);
	part_release(snapshot->list_part);
	part_release(snapshot->settings_part);
	free(snapshot);
}
