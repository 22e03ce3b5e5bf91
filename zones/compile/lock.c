/* SPDX-License-Identifier: BSD-3-Clause */
#include "zones/compile/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include "common/become.h"
#include "zones/replace.h"

#define LOOK_AGAIN_MS 50

struct ush_lock {
	char *path;
	int fd;
};

/* Root's lock belongs to the owner of the directory: if root's compile is killed, the file that stays
 * would keep that user out. A file with another name (a hard link) is none of ours to write to or give
 * away. */
static int
open_file(struct ush_lock *lock, struct ush_error *err)
{
	struct stat st;

	lock->fd = open(lock->path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (lock->fd == -1)
		return ush_fail_errno(err, lock->path, "cannot lock the list by this file");
	if (fstat(lock->fd, &st) == -1 || !S_ISREG(st.st_mode) || st.st_nlink > 1)
		return ush_fail(
		    err, lock->path, 0, "is no regular file with this name alone; remove it");
	ush_give_to_owner(lock->fd, lock->path);
	return 0;
}

/* The holder removes the file before it unlocks: a process that waited may have locked a file that
 * is removed. */
static bool
is_in_place(const struct ush_lock *lock)
{
	struct stat mine;
	struct stat there;

	return fstat(lock->fd, &mine) == 0 && stat(lock->path, &there) == 0 &&
	       mine.st_dev == there.st_dev && mine.st_ino == there.st_ino;
}

/* 1: locked, 0: another process holds it, -1: error. */
static int
try_lock(struct ush_lock *lock, struct ush_error *err)
{
	for (;;) {
		if (lock->fd == -1 && open_file(lock, err) != 0)
			return -1;
		if (flock(lock->fd, LOCK_EX | LOCK_NB) == -1) {
			if (errno == EWOULDBLOCK)
				return 0;
			return ush_fail_errno(err, lock->path, "cannot lock the list");
		}
		if (is_in_place(lock))
			return 1;
		close(lock->fd);
		lock->fd = -1;
	}
}

static long
holder(const struct ush_lock *lock)
{
	char text[16] = "";

	if (pread(lock->fd, text, sizeof(text) - 1, 0) <= 0)
		return 0;
	return strtol(text, NULL, 10);
}

static void
write_holder(const struct ush_lock *lock)
{
	char text[16];
	int len = snprintf(text, sizeof(text), "%ld\n", (long)getpid());

	/* Only for the message of a process that has to wait. */
	if (ftruncate(lock->fd, 0) == 0)
		(void)!pwrite(lock->fd, text, (size_t)len, 0);
}

static int
wait_for(struct ush_lock *lock, const char *path, unsigned seconds, ush_lock_wait_fn *wait,
    void *arg, struct ush_error *err)
{
	const struct timespec pause = {.tv_nsec = LOOK_AGAIN_MS * 1000L * 1000};
	char text[128];
	int rc;

	for (unsigned long looks = 0; (rc = try_lock(lock, err)) == 0; looks++) {
		if (looks >= seconds * 1000ul / LOOK_AGAIN_MS)
			return ush_fail(err, path, 0,
			    "process %ld is compiling it and has not ended within %u s; try again "
			    "later, or end it",
			    holder(lock), seconds);
		if (looks == 0 && wait != NULL) {
			snprintf(text, sizeof(text),
			    "process %ld is compiling this list; waiting for it, at most %u s",
			    holder(lock), seconds);
			wait(arg, text);
		}
		nanosleep(&pause, NULL);
	}
	return rc == 1 ? 0 : -1;
}

int
ush_lock_take(struct ush_lock **out, const char *path, unsigned seconds, ush_lock_wait_fn *wait,
    void *arg, struct ush_error *err)
{
	struct ush_lock *lock = calloc(1, sizeof(*lock));

	*out = NULL;
	if (lock == NULL)
		return ush_fail(err, path, 0, "no memory");
	lock->fd = -1;
	if (asprintf(&lock->path, "%s.lock", path) == -1) {
		free(lock);
		return ush_fail(err, path, 0, "no memory");
	}
	if (wait_for(lock, path, seconds, wait, arg, err) != 0) {
		if (lock->fd != -1)
			close(lock->fd);
		free(lock->path);
		free(lock);
		return -1;
	}
	write_holder(lock);
	ush_replacement_sweep(path);
	*out = lock;
	return 0;
}

void
ush_lock_release(struct ush_lock *lock)
{
	if (lock == NULL)
		return;
	unlink(lock->path);
	close(lock->fd);
	free(lock->path);
	free(lock);
}
