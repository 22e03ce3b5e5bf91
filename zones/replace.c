/* SPDX-License-Identifier: BSD-3-Clause */
#include "zones/replace.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SUFFIX ".sinkzone-" /* of temporary files, with six more characters behind it */

char *
ush_replacement_path(const char *path, struct ush_error *err)
{
	char *real = realpath(path, NULL);
	struct stat st;

	if (real == NULL && lstat(path, &st) == 0 && S_ISLNK(st.st_mode)) {
		ush_fail_errno(err, path,
		    "is a link to nothing; make the file it points to, or remove the link");
		return NULL;
	}
	/* A rename would put a file in the place of a device or pipe. */
	if (real != NULL && stat(real, &st) == 0 && !S_ISREG(st.st_mode)) {
		ush_fail(err, path, 0, "is no regular file, so it cannot be replaced by one");
		free(real);
		return NULL;
	}
	if (real == NULL && (real = strdup(path)) == NULL)
		ush_fail(err, path, 0, "no memory");
	return real;
}

int
ush_replacement_open(struct ush_replacement *out, const char *path, struct ush_error *err)
{
	*out = (struct ush_replacement){.fd = -1};
	if ((out->path = ush_replacement_path(path, err)) == NULL)
		return -1;
	if (asprintf(&out->temporary, "%s" SUFFIX "XXXXXX", out->path) == -1) {
		out->temporary = NULL;
		return ush_fail(err, path, 0, "no memory");
	}
	if ((out->fd = mkostemp(out->temporary, O_CLOEXEC)) == -1)
		return ush_fail_errno(err, path, "cannot make a temporary file beside it");
	return 0;
}

/* Only root can change the owner; any user can change the group to one of its own. The user of the
 * module reads the list through that group. */
static int
keep_owner(struct ush_replacement *replacement, const struct stat *old)
{
	unsigned group = old->st_mode >> 3 & 7;

	if (fchown(replacement->fd, old->st_uid, old->st_gid) == 0)
		return 0;
	if (errno == EPERM && fchown(replacement->fd, (uid_t)-1, old->st_gid) == 0)
		return 0;
	if (errno != EPERM)
		return -1;
	replacement->group_lost = (group & ~old->st_mode) != 0; /* others cannot do it as well */
	return 0;
}

static int
set_rights(struct ush_replacement *replacement)
{
	struct stat old;

	if (stat(replacement->path, &old) != 0)
		return fchmod(replacement->fd, 0644);
	if (keep_owner(replacement, &old) != 0)
		return -1;
	return fchmod(replacement->fd, old.st_mode & 07777);
}

/* A rename is only on the disk when its directory is. */
static int
sync_directory(const char *path)
{
	char *copy = strdup(path);
	int fd = copy != NULL ? open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
	int rc = fd != -1 ? fsync(fd) : -1;

	if (fd != -1)
		close(fd);
	free(copy);
	return rc;
}

int
ush_replacement_commit(struct ush_replacement *replacement, struct ush_error *err)
{
	if (set_rights(replacement) != 0 || fsync(replacement->fd) != 0)
		return ush_fail_errno(err, replacement->temporary, "cannot write the new file");
	if (rename(replacement->temporary, replacement->path) != 0)
		return ush_fail_errno(err, replacement->path, "cannot put the new file in place");
	replacement->committed = true;
	if (sync_directory(replacement->path) != 0)
		return ush_fail_errno(err, replacement->path,
		    "the new file is in place, but its directory could not be synced");
	return 0;
}

static bool
is_temporary_of(const char *name, const char *file, size_t len)
{
	return strncmp(name, file, len) == 0 && strncmp(name + len, SUFFIX, strlen(SUFFIX)) == 0 &&
	       strlen(name + len) == strlen(SUFFIX) + strlen("XXXXXX");
}

void
ush_replacement_sweep(const char *path)
{
	const char *slash = strrchr(path, '/');
	const char *file = slash != NULL ? slash + 1 : path;
	char *copy = strdup(path);
	DIR *dir = copy != NULL ? opendir(dirname(copy)) : NULL;
	const struct dirent *entry;

	while (dir != NULL && (entry = readdir(dir)) != NULL) {
		if (is_temporary_of(entry->d_name, file, strlen(file)))
			(void)unlinkat(dirfd(dir), entry->d_name, 0);
	}
	if (dir != NULL)
		closedir(dir);
	free(copy);
}

void
ush_replacement_close(struct ush_replacement *replacement)
{
	if (replacement->fd != -1) {
		close(replacement->fd);
		if (!replacement->committed)
			unlink(replacement->temporary);
	}
	free(replacement->temporary);
	free(replacement->path);
	*replacement = (struct ush_replacement){.fd = -1};
}
