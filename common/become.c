/* SPDX-License-Identifier: BSD-3-Clause */
#include "common/become.h"

#include <errno.h>
#include <grp.h>
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
