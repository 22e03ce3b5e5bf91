/* SPDX-License-Identifier: BSD-3-Clause */
#include "sinkhole/server/snapshot.h"

#include <stdlib.h>

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
	const struct ush_blocklist *list =
	    snapshot->list != NULL ? snapshot->list->blocklist : NULL;

	if (list != NULL && ush_policy_new(&snapshot->policy, list, &settings->module.pool,
	                        &settings->campaigns, &settings->feeds, err) != 0)
		return -1;
	snapshot->watchlist = (struct ush_watchlist){
	    .list = list,
	    .policy = snapshot->policy,
	    .pool = &settings->module.pool,
	};
	snapshot->context = (struct ush_record_context){
	    .observer = settings->observer,
	    .drill = settings->drill,
	    .capture = settings->sinkhole.capture,
	    .list_serial = list != NULL ? snapshot->list->info.serial : 0,
	};
	return 0;
}

int
ush_snapshot_new(struct ush_snapshot **out, struct ush_shared_settings *settings,
    struct ush_shared_list *list, const struct ush_snapshot *before, struct ush_error *err)
{
	struct ush_snapshot *snapshot = calloc(1, sizeof(*snapshot));

	if (snapshot == NULL)
		return ush_fail(err, NULL, 0, "out of memory");
	snapshot->holders = 1;
	snapshot->shared_settings = ush_shared_settings_hold(settings);
	snapshot->settings = settings->settings;
	snapshot->list = ush_shared_list_hold(list);
	if (derive(snapshot, err) != 0 || find_identity(snapshot, before, err) != 0) {
		ush_snapshot_release(snapshot);
		return -1;
	}
	*out = snapshot;
	return 0;
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
	ush_shared_list_release(snapshot->list);
	ush_shared_settings_release(snapshot->shared_settings);
	free(snapshot);
}
