/* SPDX-License-Identifier: BSD-3-Clause */
#include "common/wholefile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static int
write_part(int fd, const struct iovec *part)
{
	const char *at = part->iov_base;
	size_t left = part->iov_len;

	while (left > 0) {
		ssize_t out = write(fd, at, left);

		if (out > 0) {
			at += out;
			left -= (size_t)out;
		} else if (out == 0) {
			errno = ENOSPC;
			return -1;
		} else if (errno != EINTR) {
			return -1;
		}
	}
	return 0;
}

static int
write_new(const char *path, const struct iovec *parts, size_t count, struct ush_error *err)
{
	int fd, rc = 0;

	(void)unlink(path);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0640);
	if (fd == -1)
		return ush_fail_errno(err, path, "cannot make it");
	for (size_t i = 0; i < count && rc == 0; i++)
		rc = write_part(fd, &parts[i]);
	if (rc != 0)
		(void)ush_fail_errno(err, path, "cannot write to it");
	(void)close(fd);
	return rc;
}

int
ush_wholefile_replace(
    const char *path, const struct iovec *parts, size_t count, struct ush_error *err)
{
	char *temporary;
	int rc;

	if (asprintf(&temporary, "%s.new", path) == -1)
		return ush_fail(err, path, 0, "out of memory");
	rc = write_new(temporary, parts, count, err);
	if (rc == 0 && rename(temporary, path) != 0)
		rc = ush_fail_errno(err, path, "cannot replace it");
	if (rc != 0)
		(void)unlink(temporary);
	free(temporary);
	return rc;
}

static void *
read_open(int fd, const char *path, size_t *size, struct ush_error *err)
{
	ssize_t in = 1;
	struct stat st;
	char *memory;

	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
		(void)ush_fail(err, path, 0, "not a regular file");
		return NULL;
	}
	memory = malloc((size_t)st.st_size + 1);
	if (!memory) {
		(void)ush_fail(err, path, 0, "out of memory");
		return NULL;
	}
	for (*size = 0; *size < (size_t)st.st_size && in > 0; *size += in > 0 ? (size_t)in : 0)
		in = read(fd, memory + *size, (size_t)st.st_size - *size);
	if (in >= 0)
		return memory;
	(void)ush_fail_errno(err, path, "cannot read it");
	free(memory);
	return NULL;
}

void *
ush_wholefile_read(const char *path, size_t *size, struct ush_error *err)
{
	int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	void *memory;

	if (fd == -1) {
		(void)ush_fail_errno(err, path, "cannot open it");
		return NULL;
	}
	memory = read_open(fd, path, size, err);
	(void)close(fd);
	return memory;
}
