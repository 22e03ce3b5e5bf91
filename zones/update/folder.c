/* SPDX-License-Identifier: BSD-3-Clause */
#include "zones/update/folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "common/expand.h"

#define BLOCK 65536
#define RATIO_MAX 1000 /* of an expanded file to its compressed one */

struct folder {
	const struct ush_feed_source *source;
	FILE *to;
	uint64_t bytes;
	struct ush_error *err;
};

static int
put(struct folder *folder, const char *data, size_t len)
{
	folder->bytes += len;
	if (folder->bytes > folder->source->max_bytes)
		return ush_fail(folder->err, NULL, 0, "has more than %u bytes (max-bytes)",
		    folder->source->max_bytes);
	if (fwrite(data, 1, len, folder->to) != len)
		return ush_fail_errno(folder->err, NULL, "cannot write its copy");
	return 0;
}

/* A name may have any byte but a slash. */
static int
put_heading(struct folder *folder, const char *name)
{
	char text[NAME_MAX + 8];
	int len = snprintf(text, sizeof(text), "# %s\n", name);

	for (int i = 0; i < len - 1; i++) {
		if ((unsigned char)text[i] < ' ' || text[i] == 0x7f)
			text[i] = '?';
	}
	return put(folder, text, (size_t)len);
}

static int
copy_file(struct folder *folder, int from, const char *name)
{
	struct ush_expander *expander = ush_expander_new(from, RATIO_MAX);
	char block[BLOCK];
	char last = '\n';
	ssize_t got = -1;

	if (expander == NULL)
		return ush_fail(folder->err, NULL, 0, "no memory");
	while ((got = ush_expander_read(expander, block, sizeof(block))) > 0) {
		last = block[got - 1];
		if (put(folder, block, (size_t)got) != 0)
			break;
	}
	if (got == -1)
		ush_fail(folder->err, NULL, 0, "cannot read %.200s: %.200s", name,
		    ush_expander_trouble(expander));
	ush_expander_free(expander);
	if (got != 0)
		return -1;
	return last == '\n' ? 0 : put(folder, "\n", 1);
}

static int
add_file(struct folder *folder, int directory, const char *name)
{
	int from = openat(directory, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat st;
	int rc = 0;

	if (from == -1 && errno == ENOENT)
		return 0; /* it vanished meanwhile */
	if (from == -1 || fstat(from, &st) == -1)
		rc = ush_fail_errno(folder->err, NULL, "cannot open %.200s", name);
	else if (S_ISREG(st.st_mode) && (rc = put_heading(folder, name)) == 0)
		rc = copy_file(folder, from, name);
	if (from != -1)
		close(from);
	return rc;
}

static int
is_wanted(const struct dirent *entry)
{
	size_t len = strlen(entry->d_name);

	return entry->d_name[0] != '.' && entry->d_name[len - 1] != '~';
}

static int
by_bytes(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static int
add_all(struct folder *folder)
{
	const char *path = folder->source->directory;
	int directory = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct dirent **entries = NULL;
	int count = -1;
	int rc = 0;

	if (directory == -1 || (count = scandir(path, &entries, is_wanted, by_bytes)) == -1)
		rc = ush_fail_errno(folder->err, NULL, "cannot read the directory %.200s", path);
	else if (count > USH_FOLDER_FILES_MAX)
		rc = ush_fail(folder->err, NULL, 0, "%.200s has more than %d files", path,
		    USH_FOLDER_FILES_MAX);
	for (int i = 0; i < count; i++) {
		if (rc == 0)
			rc = add_file(folder, directory, entries[i]->d_name);
		free(entries[i]);
	}
	free(entries);
	if (directory != -1)
		close(directory);
	return rc;
}

int
ush_folder_fetch(
    const struct ush_feed_source *source, int fd, uint64_t *bytes, struct ush_error *err)
{
	struct folder folder = {.source = source, .err = err};
	int own = dup(fd); /* the stream closes its own */
	int rc;

	if (own == -1 || (folder.to = fdopen(own, "w")) == NULL) {
		if (own != -1)
			close(own);
		return ush_fail_errno(err, NULL, "cannot write its copy");
	}
	rc = add_all(&folder);
	if (fclose(folder.to) != 0 && rc == 0)
		rc = ush_fail_errno(err, NULL, "cannot write its copy");
	*bytes = folder.bytes;
	return rc;
}
