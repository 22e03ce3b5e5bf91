/* SPDX-License-Identifier: BSD-3-Clause */
#include "zones/update/fetch.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "zones/update/folder.h"
#include "zones/update/zone.h"

#define BLOCK 65536
#define LOOK_AGAIN_MS 5
#define COMPLAINT 256 /* bytes of the last line on standard error that are kept */

static int
write_all(int fd, const char *data, size_t len)
{
	while (len > 0) {
		ssize_t written = write(fd, data, len);

		if (written == -1 && errno == EINTR)
			continue;
		if (written <= 0)
			return -1;
		data += written;
		len -= (size_t)written;
	}
	return 0;
}

static int
fail_too_long(const struct ush_feed_source *source, struct ush_error *err)
{
	return ush_fail(err, NULL, 0, "has more than %u bytes (max-bytes)", source->max_bytes);
}

static int
copy_file(
    const struct ush_feed_source *source, int from, int to, uint64_t *bytes, struct ush_error *err)
{
	char block[BLOCK];
	ssize_t got;

	while ((got = read(from, block, sizeof(block))) > 0) {
		if ((*bytes += (uint64_t)got) > source->max_bytes)
			return fail_too_long(source, err);
		if (write_all(to, block, (size_t)got) != 0)
			return ush_fail_errno(err, NULL, "cannot write its copy");
	}
	return got == 0 ? 0 : ush_fail_errno(err, NULL, "cannot read %.200s", source->file);
}

static int
fetch_file(const struct ush_feed_source *source, int to, uint64_t *bytes, struct ush_error *err)
{
	int from = open(source->file, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat st;
	int rc;

	if (from == -1)
		return ush_fail_errno(err, NULL, "cannot open %.200s", source->file);
	if (fstat(from, &st) == 0 && !S_ISREG(st.st_mode))
		rc = ush_fail(err, NULL, 0, "%.200s is no regular file", source->file);
	else
		rc = copy_file(source, from, to, bytes, err);
	close(from);
	return rc;
}

struct running {
	pid_t pid;
	int out;
	int complaints;
	char last[COMPLAINT]; /* line of its standard error */
	size_t last_len;
	bool line_ended;
};

static void
run_command(const char *command, const char *copy, int out, int complaints)
{
	int nothing = open("/dev/null", O_RDONLY);

	setpgid(0, 0);
	if (nothing == -1 || dup2(nothing, STDIN_FILENO) == -1 || dup2(out, STDOUT_FILENO) == -1 ||
	    dup2(complaints, STDERR_FILENO) == -1 || setenv("FEED_COPY", copy, 1) != 0)
		_exit(126);
	execl("/bin/sh", "sh", "-c", command, (char *)NULL);
	_exit(127);
}

static int
start(struct running *running, const char *command, const char *copy, struct ush_error *err)
{
	int out[2] = {-1, -1};
	int complaints[2] = {-1, -1};

	if (pipe2(out, O_CLOEXEC) == -1 || pipe2(complaints, O_CLOEXEC) == -1 ||
	    (running->pid = fork()) == -1) {
		ush_fail_errno(err, NULL, "cannot start its command");
		for (int i = 0; i < 2; i++) {
			if (out[i] != -1)
				close(out[i]);
			if (complaints[i] != -1)
				close(complaints[i]);
		}
		return -1;
	}
	if (running->pid == 0)
		run_command(command, copy, out[1], complaints[1]);
	setpgid(running->pid, running->pid); /* the child does it, too: whichever is first */
	close(out[1]);
	close(complaints[1]);
	running->out = out[0];
	running->complaints = complaints[0];
	return 0;
}

static void
keep_last_line(struct running *running, const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (text[i] == '\n' || text[i] == '\r') {
			running->line_ended = true;
			continue;
		}
		if (running->line_ended)
			running->last_len = 0;
		running->line_ended = false;
		if (running->last_len < sizeof(running->last) - 1)
			running->last[running->last_len++] = text[i];
	}
	running->last[running->last_len] = '\0';
}

static int64_t
now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* One block from a pipe: its bytes, 0 at the end (the pipe is closed then), -1 if it cannot be read. */
static ssize_t
take_block(struct pollfd *pipe, char block[BLOCK])
{
	ssize_t got;

	if (pipe->revents == 0)
		return -1;
	do
		got = read(pipe->fd, block, BLOCK);
	while (got == -1 && errno == EINTR);
	if (got <= 0)
		pipe->fd = -1; /* poll() passes over it */
	return got;
}

static int
fail_too_slow(const struct ush_feed_source *source, struct ush_error *err)
{
	return ush_fail(err, NULL, 0, "its command took more than %u s (timeout)", source->timeout);
}

/* Until both pipes are at their end. `end`: as of now_ms(). */
static int
collect(struct running *running, const struct ush_feed_source *source, int64_t end, int to,
    uint64_t *bytes, struct ush_error *err)
{
	struct pollfd pipes[] = {
	    {.fd = running->out, .events = POLLIN},
	    {.fd = running->complaints, .events = POLLIN},
	};
	char block[BLOCK];

	while (pipes[0].fd != -1 || pipes[1].fd != -1) {
		int64_t left = end - now_ms();
		ssize_t got;

		if (left <= 0)
			return fail_too_slow(source, err);
		if (poll(pipes, 2, (int)left) == -1) {
			if (errno == EINTR)
				continue; /* revents is of the last time */
			return ush_fail_errno(err, NULL, "cannot wait for its command");
		}
		if ((got = take_block(&pipes[0], block)) > 0) {
			if ((*bytes += (uint64_t)got) > source->max_bytes)
				return fail_too_long(source, err);
			if (write_all(to, block, (size_t)got) != 0)
				return ush_fail_errno(err, NULL, "cannot write its copy");
		}
		if ((got = take_block(&pipes[1], block)) > 0)
			keep_last_line(running, block, (size_t)got);
	}
	return 0;
}

/* A command may close its output and go on. */
static int
await_end(const struct running *running, const struct ush_feed_source *source, int64_t end,
    int *status, struct ush_error *err)
{
	pid_t ended;

	while ((ended = waitpid(running->pid, status, WNOHANG)) != running->pid) {
		if (ended == -1 && errno != EINTR)
			return ush_fail_errno(err, NULL, "cannot wait for its command");
		if (now_ms() >= end)
			return fail_too_slow(source, err);
		poll(NULL, 0, LOOK_AGAIN_MS);
	}
	return 0;
}

static int
judge_end(const struct running *running, int status, struct ush_error *err)
{
	const char *colon = running->last[0] != '\0' ? ": " : "";

	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return 0;
	if (WIFEXITED(status))
		return ush_fail(err, NULL, 0, "its command ended with status %d%s%s",
		    WEXITSTATUS(status), colon, running->last);
	return ush_fail(err, NULL, 0, "its command was ended by signal %d%s%s", WTERMSIG(status),
	    colon, running->last);
}

static int
fetch_command(const struct ush_feed_source *source, const char *copy, int to, uint64_t *bytes,
    struct ush_error *err)
{
	int64_t end = now_ms() + (int64_t)source->timeout * 1000;
	struct running running = {0};
	int status;
	int rc;

	if (start(&running, source->command, copy, err) != 0)
		return -1;
	rc = collect(&running, source, end, to, bytes, err);
	if (rc == 0)
		rc = await_end(&running, source, end, &status, err);
	close(running.out);
	close(running.complaints);
	if (rc == 0)
		return judge_end(&running, status, err);
	kill(-running.pid, SIGKILL);
	while (waitpid(running.pid, &status, 0) == -1 && errno == EINTR)
		;
	return -1;
}

int
ush_fetch(const struct ush_feed_source *source, const char *copy, int fd, uint64_t *bytes,
    struct ush_error *err)
{
	*bytes = 0;
	if (source->file != NULL)
		return fetch_file(source, fd, bytes, err);
	if (source->directory != NULL)
		return ush_folder_fetch(source, fd, bytes, err);
	if (source->command != NULL)
		return fetch_command(source, copy, fd, bytes, err);
	return ush_zone_fetch(source, copy, fd, bytes, err);
}
