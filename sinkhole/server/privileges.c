/* SPDX-License-Identifier: BSD-3-Clause */
#include "sinkhole/server/privileges.h"

#include <errno.h>
#include <pwd.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include "common/become.h"

int
ush_privileges_drop(const char *user, const char *file, unsigned line, struct ush_error *err)
{
	const struct passwd *entry;

	if (user != NULL) {
		errno = 0;
		entry = getpwnam(user);
		if (entry == NULL)
			return ush_fail(err, file, line,
			    "there is no user '%s'; create it or change sinkhole.user", user);
		if (geteuid() != 0 && geteuid() != entry->pw_uid)
			return ush_fail(err, file, line,
			    "only root can become user '%s'; start as root or leave sinkhole.user "
			    "out",
			    user);
		if (geteuid() == 0 && ush_become(entry, err) != 0)
			return -1;
	}
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return ush_fail_errno(err, NULL, "cannot refuse new privileges");
	return 0;
}

/* The sanitizers' leak check makes a process that traces its parent. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#else
#define SANITIZED 0
#endif

static int
forbid_calls(scmp_filter_ctx filter)
{
	static const int calls[] = {SCMP_SYS(execve), SCMP_SYS(execveat), SCMP_SYS(fork),
	    SCMP_SYS(vfork), SCMP_SYS(connect), SCMP_SYS(ptrace), SCMP_SYS(process_vm_readv),
	    SCMP_SYS(process_vm_writev), SCMP_SYS(mount), SCMP_SYS(umount2), SCMP_SYS(pivot_root),
	    SCMP_SYS(chroot), SCMP_SYS(unshare), SCMP_SYS(setns), SCMP_SYS(bpf),
	    SCMP_SYS(perf_event_open), SCMP_SYS(init_module), SCMP_SYS(finit_module),
	    SCMP_SYS(delete_module), SCMP_SYS(kexec_load), SCMP_SYS(keyctl), SCMP_SYS(add_key),
	    SCMP_SYS(request_key), SCMP_SYS(userfaultfd), SCMP_SYS(io_uring_setup),
	    SCMP_SYS(open_by_handle_at), SCMP_SYS(personality), SCMP_SYS(reboot), SCMP_SYS(swapon),
	    SCMP_SYS(clock_settime), SCMP_SYS(settimeofday)};
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < sizeof(calls) / sizeof(calls[0]); i++)
		rc = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), calls[i], 0);
	/* These can connect, too. */
	if (rc == 0)
		rc = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(sendto), 1,
		    SCMP_A3(SCMP_CMP_MASKED_EQ, MSG_FASTOPEN, MSG_FASTOPEN));
	if (rc == 0)
		rc = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(sendmsg), 1,
		    SCMP_A2(SCMP_CMP_MASKED_EQ, MSG_FASTOPEN, MSG_FASTOPEN));
	if (rc == 0)
		rc = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(sendmmsg), 1,
		    SCMP_A3(SCMP_CMP_MASKED_EQ, MSG_FASTOPEN, MSG_FASTOPEN));
	/* Threads may be made, processes not. What clone3() asks for cannot be seen from here:
	 * without it the C library uses clone(). */
	if (rc == 0)
		rc = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(clone), 1,
		    SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_THREAD, 0));
	if (rc == 0)
		rc = seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0);
	return rc != 0 ? rc : seccomp_load(filter);
}

int
ush_privileges_confine(struct ush_error *err)
{
	const struct rlimit none = {0};
	scmp_filter_ctx filter;
	int rc;

	if (setrlimit(RLIMIT_CORE, &none) != 0)
		return ush_fail_errno(err, NULL, "cannot forbid core files");
	if (SANITIZED)
		return 0;
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0)
		return ush_fail_errno(err, NULL, "cannot forbid core files");
	filter = seccomp_init(SCMP_ACT_ALLOW);
	rc = filter != NULL ? forbid_calls(filter) : -ENOMEM;
	seccomp_release(filter);
	if (rc == 0)
		return 0;
	errno = -rc;
	return ush_fail_errno(err, NULL, "cannot give up what is not needed (seccomp)");
}

bool
ush_privileges_may_write(const char *user, const char *directory)
{
	const struct passwd *entry = user != NULL && geteuid() == 0 ? getpwnam(user) : NULL;
	int status = 0;
	pid_t child;

	if (entry == NULL)
		return access(directory, W_OK | X_OK) == 0;
	child = fork();
	if (child == 0) {
		if (ush_become(entry, NULL) != 0)
			_exit(EPERM);
		_exit(access(directory, W_OK | X_OK) == 0 ? 0 : errno);
	}
	if (child == -1 || waitpid(child, &status, 0) != child)
		return false;
	errno = WIFEXITED(status) ? WEXITSTATUS(status) : EPERM;
	return errno == 0;
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
