/* SPDX-License-Identifier: BSD-3-Clause */
#include "common/watched.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define RETRY_S 10
/* A copy that has not gone on for so long is over. */
#define PATIENCE_S 5

static void
look(const char *path, struct ush_file_state *state)
{
	struct stat st;

	memset(state, 0, sizeof(*state));
	if (stat(path, &st) != 0)
		return;
	state->exists = true;
	state->device = st.st_dev;
	state->inode = st.st_ino;
	state->size = st.st_size;
	state->modified = st.st_mtim;
	state->changed = st.st_ctim;
}

static bool
same_time(const struct timespec *a, const struct timespec *b)
{
	return a->tv_sec == b->tv_sec && a->tv_nsec == b->tv_nsec;
}

static bool
same(const struct ush_file_state *a, const struct ush_file_state *b)
{
	return a->exists == b->exists && a->device == b->device && a->inode == b->inode &&
	       a->size == b->size && same_time(&a->modified, &b->modified) &&
	       same_time(&a->changed, &b->changed);
}

void
ush_watched_init(struct ush_watched *watched, unsigned looks_per_second)
{
	memset(watched, 0, sizeof(*watched));
	watched->looks_per_second = looks_per_second;
	watched->taken.size = -1; /* no file has this */
}

bool
ush_watched_is_due(struct ush_watched *watched, const char *path)
{
	struct ush_file_state now;
	bool is_still;

	look(path, &now);
	is_still = same(&now, &watched->seen);
	watched->still_looks = is_still ? watched->still_looks + 1 : 0;
	watched->seen = now;
	if (same(&now, &watched->taken))
		return watched->idle_looks > 0 &&
		       ++watched->idle_looks > RETRY_S * watched->looks_per_second;
	if (is_still && watched->is_unfinished)
		return watched->still_looks >= PATIENCE_S * watched->looks_per_second;
	watched->is_unfinished = false;
	return is_still || now.inode != watched->taken.inode;
}

void
ush_watched_taken(struct ush_watched *watched)
{
	watched->taken = watched->seen;
	watched->idle_looks = 0;
	watched->is_unfinished = false;
	watched->reported[0] = '\0';
}

/* Whether it may be no good because it is still being written: over the old one, or where none was
 * before. */
static bool
may_go_on(const struct ush_watched *watched)
{
	const struct ush_file_state *taken = &watched->taken, *seen = &watched->seen;

	return seen->exists && !same(seen, taken) &&
	       watched->still_looks < PATIENCE_S * watched->looks_per_second &&
	       (seen->inode == taken->inode || (!taken->exists && taken->size == 0));
}

bool
ush_watched_refused(struct ush_watched *watched, const char *reason)
{
	bool known =
	    same(&watched->taken, &watched->seen) && strcmp(reason, watched->reported) == 0;

	if (may_go_on(watched)) {
		watched->is_unfinished = true;
		return false;
	}
	watched->is_unfinished = false;
	watched->taken = watched->seen;
	watched->idle_looks = 1;
	(void)snprintf(watched->reported, sizeof(watched->reported), "%s", reason);
	return !known;
}
