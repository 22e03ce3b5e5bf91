/* SPDX-License-Identifier: BSD-3-Clause */
/* The files of a passive record, by their names. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include "common/passive_file.h"

#define PARTS_MAX 1000000u

void
ush_passive_file_name(char buf[USH_PASSIVE_NAME_MAX], uint64_t begin_ms, unsigned part)
{
	time_t begin = (time_t)(begin_ms / 1000);
	struct tm utc;

	(void)gmtime_r(&begin, &utc);
	(void)snprintf(buf, USH_PASSIVE_NAME_MAX, "%04d%02d%02dT%02d-%03u.passive",
	    (utc.tm_year + 1900) % 10000, utc.tm_mon + 1, utc.tm_mday, utc.tm_hour,
	    part % PARTS_MAX);
}

/* False if it is not exactly a name that we give. */
static bool
read_name(struct ush_passive_entry *entry, const char *name)
{
	struct tm utc = {0};
	char again[USH_PASSIVE_NAME_MAX];

	if (sscanf(name, "%4d%2d%2dT%2d-%6u.passive", &utc.tm_year, &utc.tm_mon, &utc.tm_mday,
	        &utc.tm_hour, &entry->part) != 5)
		return false;
	utc.tm_year -= 1900;
	utc.tm_mon -= 1;
	entry->begin_ms = (uint64_t)timegm(&utc) * 1000;
	ush_passive_file_name(again, entry->begin_ms, entry->part);
	memcpy(entry->name, again, sizeof(again));
	return strcmp(name, again) == 0;
}

static int
compare(const void *a, const void *b)
{
	const struct ush_passive_entry *x = a, *y = b;

	if (x->begin_ms != y->begin_ms)
		return x->begin_ms < y->begin_ms ? -1 : 1;
	return x->part < y->part ? -1 : x->part > y->part;
}

static int
add(struct ush_passive_entries *entries, const struct ush_passive_entry *entry)
{
	struct ush_passive_entry *items = entries->items;

	if ((entries->count & (entries->count + 1)) == 0) /* one less than a power of two */
		items = reallocarray(items, 2 * (entries->count + 1), sizeof(*items));
	if (!items)
		return -1;
	entries->items = items;
	items[entries->count++] = *entry;
	return 0;
}

static int
add_all(struct ush_passive_entries *entries, DIR *dir)
{
	const struct dirent *file;
	int rc = 0;

	while (rc == 0 && (file = readdir(dir)) != NULL) {
		struct ush_passive_entry entry;
		struct stat st;

		if (!read_name(&entry, file->d_name) ||
		    fstatat(dirfd(dir), file->d_name, &st, AT_SYMLINK_NOFOLLOW) != 0)
			continue;
		entry.bytes = (uint64_t)st.st_size;
		rc = add(entries, &entry);
	}
	return rc;
}

int
ush_passive_entries_find(
    struct ush_passive_entries *out, const char *directory, struct ush_error *err)
{
	DIR *dir = opendir(directory);
	int rc;

	*out = (struct ush_passive_entries){0};
	if (!dir && errno == ENOENT)
		return 0;
	if (!dir)
		return ush_fail_errno(err, directory, "cannot read the directory");
	rc = add_all(out, dir);
	(void)closedir(dir);
	if (rc != 0) {
		ush_passive_entries_fini(out);
		return ush_fail(err, directory, 0, "out of memory");
	}
	if (out->count > 0)
		qsort(out->items, out->count, sizeof(out->items[0]), compare);
	return 0;
}

/* As ush_wholefile_replace() names it. */
static bool
is_unfinished(const char *name)
{
	static const char ending[] = ".new";
	char whole[USH_PASSIVE_NAME_MAX] = "";
	struct ush_passive_entry entry;
	size_t len = strlen(name);

	if (len < sizeof(ending) || len - sizeof(ending) + 1 >= sizeof(whole) ||
	    strcmp(name + len - sizeof(ending) + 1, ending) != 0)
		return false;
	memcpy(whole, name, len - sizeof(ending) + 1);
	return read_name(&entry, whole);
}

void
ush_passive_remove_unfinished(const char *directory)
{
	DIR *dir = opendir(directory);
	const struct dirent *file;

	while (dir && (file = readdir(dir)) != NULL) {
		if (is_unfinished(file->d_name))
			(void)unlinkat(dirfd(dir), file->d_name, 0);
	}
	if (dir)
		(void)closedir(dir);
}

void
ush_passive_entries_fini(struct ush_passive_entries *entries)
{
	free(entries->items);
	*entries = (struct ush_passive_entries){0};
}
