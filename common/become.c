/* SPDX-License-Identifier: BSD-3-Clause */
#include "common/become.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <libgen.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int
ush_become(const struct passwd *user, struct ush_error *err)
{
	if (initgroups(user->pw_name, user->pw_gid) != 0 || setgid(user->pw_gid) != 0 ||
	    setuid(user->pw_uid) != 0)
		return ush_fail_errno(err, NULL, "cannot become user %s", user->pw_name);
	/* A process that can take root back has not given it up. */
	if (user->pw_uid != 0 && setuid(0) == 0)
		return ush_fail(err, NULL, 0, "user %s can become root again", user->pw_name);
	return 0;
}

int
ush_become_owner(const char *directory, struct ush_error *err)
{
	const struct passwd *owner;
	struct stat st;

	if (geteuid() != 0 || stat(directory, &st) != 0 || st.st_uid == 0)
		return 0;
	if ((owner = getpwuid(st.st_uid)) == NULL)
		return ush_fail(err, directory, 0, "belongs to user %lu, which does not exist",
		    (unsigned long)st.st_uid);
	return ush_become(owner, err);
}

/* Root in a directory of another user? Then its owner. */
static bool
is_foreign_place(const char *path, struct stat *directory)
{
	char *copy = geteuid() == 0 ? strdup(path) : NULL;
	bool is_foreign =
	    copy != NULL && stat(dirname(copy), directory) == 0 && directory->st_uid != 0;

	free(copy);
	return is_foreign;
}

void
ush_give_to_owner(int fd, const char *path)
{
	struct stat directory;

	if (is_foreign_place(path, &directory))
		(void)!fchown(fd, directory.st_uid, directory.st_gid);
}

void
ush_make_for_owner(const char *path)
{
	struct stat directory;
	int fd;

	if (!is_foreign_place(path, &directory))
		return;
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0640);
	if (fd == -1)
		return; /* it is there, or the caller's open says why not */
	(void)!fchown(fd, directory.st_uid, directory.st_gid);
	close(fd);
}
