/* SPDX-License-Identifier: BSD-3-Clause */
#include "sinkhole/server/privileges.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

static int
become(const struct passwd *user, struct ush_error *err)
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
ush_privileges_drop(const char *user, const char *file, struct ush_error *err)
{
	const struct passwd *entry;

	if (user != NULL) {
		errno = 0;
		entry = getpwnam(user);
		if (entry == NULL)
			return ush_fail(err, file, 0,
			    "there is no user '%s'; create it or change sinkhole.user", user);
		if (geteuid() != 0 && geteuid() != entry->pw_uid)
			return ush_fail(err, file, 0,
			    "only root can become user '%s'; start as root or leave sinkhole.user "
			    "out",
			    user);
		if (geteuid() == 0 && become(entry, err) != 0)
			return -1;
	}
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return ush_fail_errno(err, NULL, "cannot refuse new privileges");
	return 0;
}

unsigned
ush_privileges_files(unsigned wanted)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
		return wanted;
	if (limit.rlim_cur < wanted) {
		struct rlimit raised = {.rlim_cur = wanted, .rlim_max = limit.rlim_max};

		if (raised.rlim_max < wanted && geteuid() == 0)
			raised.rlim_max = wanted;
		if (raised.rlim_cur > raised.rlim_max)
			raised.rlim_cur = raised.rlim_max;
		if (setrlimit(RLIMIT_NOFILE, &raised) == 0)
			limit = raised;
	}
	return limit.rlim_cur < wanted ? (unsigned)limit.rlim_cur : wanted;
}
