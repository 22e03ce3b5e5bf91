/* SPDX-License-Identifier: BSD-3-Clause */
#include "common/logfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

int
ush_logfile_init(struct ush_logfile *file, const char *path)
{
	*file = (struct ush_logfile){.path = strdup(path), .fd = -1};
	return file->path != NULL ? 0 : -1;
}

void
ush_logfile_fini(struct ush_logfile *file)
{
	if (file->fd != -1)
		close(file->fd);
	file->fd = -1;
	free(file->path);
	file->path = NULL;
}

/* Whether the last octet is a newline. The log's own descriptor is write-only. If the file
 * may not be read, its last line is assumed to be complete. */
static bool
ends_in_half_line(const char *path, off_t size)
{
	char last = '\n';
	int fd;

	if (size == 0)
		return false;
	fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd == -1)
		return false;
	if (pread(fd, &last, 1, size - 1) != 1)
		last = '\n';
	close(fd);
	return last != '\n';
}

static int
open_file(const char *path, struct stat *st, struct ush_error *err)
{
	/* O_NONBLOCK: should a named pipe lie there, do not hang before it is found out. */
	int fd = open(path,
	    O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, 0640);

	if (fd == -1) {
		if (errno == ELOOP)
			ush_fail(err, path, 0,
			    "it is a symbolic link; a log is never written through one");
		else
			ush_fail_errno(err, path, "cannot open it for appending");
		return -1;
	}
	if (fstat(fd, st) == -1) {
		ush_fail_errno(err, path, "cannot read its status");
	} else if (!S_ISREG(st->st_mode)) {
		ush_fail(err, path, 0, "not a regular file");
	} else {
		return fd;
	}
	close(fd);
	return -1;
}

static int
reopen(struct ush_logfile *file, struct ush_error *err)
{
	struct stat st;
	int fd = open_file(file->path, &st, err);

	if (fd == -1)
		return -1;
	if (file->fd != -1)
		close(file->fd);
	file->fd = fd;
	file->device = st.st_dev;
	file->inode = st.st_ino;
	file->size = st.st_size;
	file->half = 0;
	file->needs_newline = ends_in_half_line(file->path, st.st_size);
	return 0;
}

int
ush_logfile_follow(struct ush_logfile *file, struct ush_error *err)
{
	struct stat there;
	struct stat ours;

	if (file->fd == -1)
		return reopen(file, err);
	if (fstat(file->fd, &ours) == -1)
		return ush_fail_errno(err, file->path, "cannot read its status");
	if (lstat(file->path, &there) == 0 && there.st_dev == file->device &&
	    there.st_ino == file->inode) {
		if (ours.st_size < file->size) { /* truncated: our half line is gone too */
			file->half = 0;
			file->needs_newline = false;
		}
		file->size = ours.st_size;
		return 0;
	}
	if (reopen(file, err) == 0)
		return 0;
	if (ours.st_nlink == 0) { /* deleted: what is written to it is lost */
		close(file->fd);
		file->fd = -1;
	}
	return -1;
}

static int
write_all(int fd, const char *bytes, size_t len, size_t *done)
{
	while (*done < len) {
		ssize_t out = write(fd, bytes + *done, len - *done);

		if (out > 0) {
			*done += (size_t)out;
		} else if (out == 0) {
			errno = ENOSPC;
			return -1;
		} else if (errno != EINTR) {
			return -1;
		}
	}
	return 0;
}

/* Take the half line back, so that readers never meet it. A file with the append-only attribute
 * forbids that: then the rest follows when there is room. */
static void
cut_half_line(struct ush_logfile *file)
{
	struct stat st;

	if (fstat(file->fd, &st) == 0 && st.st_size >= (off_t)file->half &&
	    ftruncate(file->fd, st.st_size - (off_t)file->half) == 0) {
		file->size = st.st_size - (off_t)file->half;
		file->half = 0;
	}
}

int
ush_logfile_append(
    struct ush_logfile *file, const char *lines, size_t len, size_t *done, struct ush_error *err)
{
	size_t newline_done = 0;
	size_t at = *done + file->half;
	const char *newline;
	int saved;

	if (file->fd == -1)
		return ush_fail(err, file->path, 0, "not open");
	if (file->needs_newline && write_all(file->fd, "\n", 1, &newline_done) != 0)
		return ush_fail_errno(err, file->path, "cannot write to it");
	file->needs_newline = false;
	if (write_all(file->fd, lines, len, &at) == 0) {
		file->half = 0;
		*done = len;
		return 0;
	}
	saved = errno;
	newline = memrchr(lines + *done, '\n', at - *done);
	if (newline != NULL)
		*done = (size_t)(newline + 1 - lines);
	file->half = at - *done;
	if (file->half > 0)
		cut_half_line(file);
	errno = saved;
	return ush_fail_errno(err, file->path, "cannot write to it");
}

void
ush_logfile_abandon(struct ush_logfile *file)
{
	file->needs_newline = file->needs_newline || file->half > 0;
	file->half = 0;
}

int
ush_logfile_disk_free(const struct ush_logfile *file, uint64_t *octets)
{
	struct statvfs disk;

	if (file->fd == -1 || fstatvfs(file->fd, &disk) != 0)
		return -1;
	*octets = (uint64_t)disk.f_bavail * disk.f_frsize;
	return 0;
}
