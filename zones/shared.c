/* SPDX-License-Identifier: BSD-3-Clause */
#include "zones/shared.h"

#include <stdlib.h>

int
ush_shared_settings_open(struct ush_shared_settings **out, const char *path, struct ush_error *err)
{
	struct ush_shared_settings *settings = calloc(1, sizeof(*settings));

	if (settings == NULL)
		return ush_fail(err, NULL, 0, "out of memory");
	if (ush_settings_load(&settings->settings, path, err) != 0) {
		free(settings);
		return -1;
	}
	*out = ush_shared_settings_hold(settings);
	return 0;
}

struct ush_shared_settings *
ush_shared_settings_hold(struct ush_shared_settings *settings)
{
	atomic_fetch_add(&settings->holders, 1);
	return settings;
}

void
ush_shared_settings_release(struct ush_shared_settings *settings)
{
	if (settings == NULL || atomic_fetch_sub(&settings->holders, 1) != 1)
		return;
	ush_settings_free(settings->settings);
	free(settings);
}

int
ush_shared_list_open(
    struct ush_shared_list **out, const char *path, unsigned parts, struct ush_error *err)
{
	struct ush_shared_list *list = calloc(1, sizeof(*list));

	if (list == NULL)
		return ush_fail(err, NULL, 0, "out of memory");
	if (ush_blocklist_open(&list->blocklist, path, parts, err) != 0) {
		free(list);
		return -1;
	}
	ush_blocklist_info(list->blocklist, &list->info);
	*out = ush_shared_list_hold(list);
	return 0;
}

struct ush_shared_list *
ush_shared_list_hold(struct ush_shared_list *list)
{
	if (list != NULL)
		atomic_fetch_add(&list->holders, 1);
	return list;
}

void
ush_shared_list_release(struct ush_shared_list *list)
{
	if (list == NULL || atomic_fetch_sub(&list->holders, 1) != 1)
		return;
	ush_blocklist_close(list->blocklist);
	free(list);
}
