/* SPDX-License-Identifier: BSD-3-Clause */
#include "sinkhole/alerts/child.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>
#include "common/event.h"

#define LOOK_MS 200

/* A file in memory: the program reads it when it likes, and nothing waits for it. */
static int
open_input(const char *text, struct ush_error *err)
{
	size_t len = strlen(text);
	int fd = memfd_create("alert", MFD_CLOEXEC);

	if (fd >= 0 && write(fd, text, len) == (ssize_t)len && lseek(fd, 0, SEEK_SET) == 0)
		return fd;
	ush_fail_errno(err, NULL, "the message cannot be handed over");
	if (fd >= 0)
		close(fd);
	return -1;
}

static int
set_up(posix_spawnattr_t *attributes, posix_spawn_file_actions_t *actions, int input)
{
	sigset_t all;
	sigset_t none;

	sigfillset(&all);
	sigemptyset(&none);
	return posix_spawnattr_setflags(attributes,
	           POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF) != 0 ||
	               posix_spawnattr_setsigmask(attributes, &none) != 0 ||
	               posix_spawnattr_setsigdefault(attributes, &all) != 0 ||
	               posix_spawn_file_actions_adddup2(actions, input, STDIN_FILENO) != 0 ||
	               posix_spawn_file_actions_addopen(
	                   actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0) != 0 ||
	               posix_spawn_file_actions_addclosefrom_np(actions, STDERR_FILENO + 1) != 0
	           ? -1
	           : 0;
}

static int
spawn(pid_t *pid, char *const *argv, int input, struct ush_error *err)
{
	static char path[] = "PATH=/usr/sbin:/usr/bin:/sbin:/bin";
	static char locale[] = "LC_ALL=C.UTF-8";
	char *const environment[] = {path, locale, NULL};
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	int rc = -1;

	posix_spawnattr_init(&attributes);
	posix_spawn_file_actions_init(&actions);
	if (set_up(&attributes, &actions, input) == 0)
		rc = posix_spawn(pid, argv[0], &actions, &attributes, argv, environment);
	posix_spawn_file_actions_destroy(&actions);
	posix_spawnattr_destroy(&attributes);
	return rc == 0 ? 0
	               : ush_fail(err, argv[0], 0, "cannot be started: %s",
	                     rc > 0 ? strerrordesc_np(rc) : "out of memory");
}

/* Whether it ended by itself. */
static bool
await(int process, uint32_t timeout_s, const atomic_bool *is_stopping)
{
	uint64_t end_ms = ush_monotonic_ms() + (uint64_t)timeout_s * 1000;
	struct pollfd ended = {.fd = process, .events = POLLIN};

	while (poll(&ended, 1, LOOK_MS) <= 0) {
		if (ush_monotonic_ms() >= end_ms || atomic_load(is_stopping))
			return false;
	}
	return true;
}

static int
judge(const char *program, int status, bool has_ended, uint32_t timeout_s, struct ush_error *err)
{
	if (!has_ended)
		return ush_fail(err, program, 0, "did not end within %u s", timeout_s);
	if (WIFSIGNALED(status))
		return ush_fail(err, program, 0, "was ended by signal %d", WTERMSIG(status));
	if (WEXITSTATUS(status) != 0)
		return ush_fail(err, program, 0, "ended with exit status %d", WEXITSTATUS(status));
	return 0;
}

int
ush_child_run(char *const *argv, const char *text, uint32_t timeout_s,
    const atomic_bool *is_stopping, struct ush_error *err)
{
	int input = open_input(text, err);
	bool has_ended = false;
	int process;
	int status = 0;
	pid_t pid = 0;
	int rc;

	if (input < 0)
		return -1;
	rc = spawn(&pid, argv, input, err);
	close(input);
	if (rc != 0)
		return -1;
	process = pidfd_open(pid, 0);
	if (process >= 0) {
		has_ended = await(process, timeout_s, is_stopping);
		close(process);
	}
	if (!has_ended)
		kill(-pid, SIGKILL);
	if (waitpid(pid, &status, 0) != pid) /* if SIGCHLD was ignored when we were started */
		return ush_fail_errno(err, argv[0], "how it ended is not known");
	return judge(argv[0], status, has_ended, timeout_s, err);
}
