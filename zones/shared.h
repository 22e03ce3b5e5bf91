/* SPDX-License-Identifier: BSD-3-Clause */
/* shared.h - settings and a list as read once from their files and used by several holders: the
 * snapshots of the module (generation.h) and of sinkholed (snapshot.h). They never change, and are
 * freed with their last holder. Any thread may hold and release. */
#pragma once

#include <stdatomic.h>
#include "common/attr.h"
#include "common/error.h"
#include "common/settings.h"
#include "zones/blocklist.h"

struct ush_shared_settings {
	struct ush_settings *settings;
	_Atomic unsigned holders;
};

struct ush_shared_list {
	struct ush_blocklist *blocklist;
	struct ush_blocklist_info info;
	_Atomic unsigned holders;
};

/* Load and check the settings file. Held by the caller. */
USH_MUST_CHECK int ush_shared_settings_open(
    struct ush_shared_settings **out, const char *path, struct ush_error *err);
struct ush_shared_settings *ush_shared_settings_hold(struct ush_shared_settings *settings);
void ush_shared_settings_release(struct ush_shared_settings *settings); /* NULL is allowed */

/* Load and verify these parts (USH_PART_*) of a compiled list. Held by the caller. */
USH_MUST_CHECK int ush_shared_list_open(
    struct ush_shared_list **out, const char *path, unsigned parts, struct ush_error *err);
struct ush_shared_list *ush_shared_list_hold(struct ush_shared_list *list); /* NULL is allowed */
void ush_shared_list_release(struct ush_shared_list *list);                 /* NULL is allowed */
