/* SPDX-License-Identifier: BSD-3-Clause */
#include "zones/update/updating.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

/* Whether it is the copy of a feed that the settings do not name. */
static bool
is_leftover(const struct ush_update_settings *settings, const char *file)
{
	size_t len = strlen(file);
	size_t end = strlen(USH_COPY_SUFFIX);

	if (len <= end || strcmp(file + len - end, USH_COPY_SUFFIX) != 0)
		return false;
	for (size_t i = 0; i < settings->feed_count; i++) {
		const char *name = settings->feeds[i].name;

		if (strlen(name) == len - end && strncmp(name, file, len - end) == 0)
			return false;
	}
	return true;
}

void
ush_update_leftovers(struct updating *updating)
{
	DIR *directory = opendir(updating->settings->directory);
	struct dirent *entry;

	while (directory != NULL && (entry = readdir(directory)) != NULL) {
		const char *file = entry->d_name;
		int len = (int)(strlen(file) - strlen(USH_COPY_SUFFIX));

		if (!is_leftover(updating->settings, file))
			continue;
		if (unlinkat(dirfd(directory), file, 0) == 0)
			ush_update_say(updating, false,
			    "%.*s: no longer in the settings; its copy was removed", len, file);
		else
			ush_update_say(updating, true, "%s/%s: cannot remove the copy: %s",
			    updating->settings->directory, file, strerror(errno));
	}
	if (directory != NULL)
		closedir(directory);
}
