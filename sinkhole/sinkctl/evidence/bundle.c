/* SPDX-License-Identifier: BSD-3-Clause */
#include "sinkhole/sinkctl/evidence/bundle.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <openssl/evp.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define WORDS_MAX 16

extern char **environ;

struct ush_bundle {
	char *path;      /* as it will be called */
	char *temporary; /* as it is called */
	char *current;   /* the file that is being written: its name */
	FILE *file;
	char *sums; /* of the files so far, as lines of SHA256SUMS */
	size_t sums_len;
	FILE *sums_to;
	bool is_tar;
};

const char *
ush_sum_text(const unsigned char digest[32], char out[USH_SUM_TEXT_MAX])
{
	for (size_t i = 0; i < 32; i++)
		snprintf(out + 2 * i, 3, "%02x", digest[i]);
	return out;
}

int
ush_sum_bytes(const void *data, size_t len, char out[USH_SUM_TEXT_MAX])
{
	unsigned char digest[32];

	if (EVP_Digest(data, len, digest, NULL, EVP_sha256(), NULL) != 1)
		return -1;
	ush_sum_text(digest, out);
	return 0;
}

/* `size`: of the file; some of the kernel's have no end. */
static int
sum_stream(EVP_MD_CTX *context, int fd, off_t size, unsigned char digest[32])
{
	unsigned char buf[65536];
	ssize_t count = 0;

	if (EVP_DigestInit_ex(context, EVP_sha256(), NULL) != 1)
		return -1;
	for (; size > 0; size -= count) {
		count = read(fd, buf, size < (off_t)sizeof(buf) ? (size_t)size : sizeof(buf));
		if (count <= 0)
			break;
		if (EVP_DigestUpdate(context, buf, (size_t)count) != 1)
			return -1;
	}
	return count >= 0 && EVP_DigestFinal_ex(context, digest, NULL) == 1 ? 0 : -1;
}

int
ush_sum_file(const char *path, char out[USH_SUM_TEXT_MAX], struct ush_error *err)
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	unsigned char digest[32];
	struct stat st;
	int rc = -1;
	int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);

	if (fd == -1 || fstat(fd, &st) != 0)
		ush_fail_errno(err, path, "cannot be read");
	else if (!S_ISREG(st.st_mode))
		ush_fail(err, path, 0, "is no file");
	else if (context == NULL || sum_stream(context, fd, st.st_size, digest) != 0)
		ush_fail_errno(err, path, "cannot be read");
	else
		rc = 0;
	if (rc == 0)
		ush_sum_text(digest, out);
	if (fd != -1)
		close(fd);
	EVP_MD_CTX_free(context);
	return rc;
}

int
ush_tar(const char *const *words, int input, struct ush_error *err)
{
	posix_spawn_file_actions_t actions;
	char *argv[WORDS_MAX] = {NULL};
	int status = 0;
	pid_t pid;
	int rc;

	argv[0] = (char *)(uintptr_t) "tar";
	argv[1] =
	    (char *)(uintptr_t) "--force-local"; /* "2001:db8::1.tar" is no file at host 2001 */
	for (size_t i = 0; words[i] != NULL && i + 3 < WORDS_MAX; i++)
		argv[i + 2] = (char *)(uintptr_t)words[i];
	posix_spawn_file_actions_init(&actions);
	rc = input != -1 ? posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO) : 0;
	if (rc == 0)
		rc = posix_spawnp(&pid, "tar", &actions, NULL, argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	if (rc != 0) {
		errno = rc;
		return ush_fail_errno(err, "tar", "cannot be started");
	}
	while (waitpid(pid, &status, 0) == -1 && errno == EINTR)
		;
	return status == 0 ? 0 : ush_fail(err, "tar", 0, "has failed");
}

static int
remove_one(const char *path, const struct stat *st, int kind, struct FTW *walk)
{
	(void)st, (void)kind, (void)walk;
	return remove(path);
}

void
ush_remove_tree(const char *path)
{
	(void)nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

int
ush_bundle_open(struct ush_bundle **out, const char *path, struct ush_error *err)
{
	struct ush_bundle *bundle = calloc(1, sizeof(*bundle));
	size_t len = strlen(path);

	*out = NULL;
	while (len > 1 && path[len - 1] == '/')
		len--;
	if (bundle == NULL || (bundle->path = strndup(path, len)) == NULL ||
	    asprintf(&bundle->temporary, "%s.XXXXXX", bundle->path) == -1 ||
	    (bundle->sums_to = open_memstream(&bundle->sums, &bundle->sums_len)) == NULL) {
		ush_bundle_close(bundle);
		return ush_fail(err, path, 0, "out of memory");
	}
	bundle->is_tar = len > 4 && strcmp(bundle->path + len - 4, ".tar") == 0;
	if (access(bundle->path, F_OK) == 0)
		ush_fail(err, path, 0, "is there already");
	else if (mkdtemp(bundle->temporary) == NULL)
		ush_fail_errno(err, path, "cannot be made");
	else {
		*out = bundle;
		return 0;
	}
	bundle->temporary[0] = '\0';
	ush_bundle_close(bundle);
	return -1;
}

void
ush_bundle_close(struct ush_bundle *bundle)
{
	if (bundle == NULL)
		return;
	if (bundle->file != NULL)
		fclose(bundle->file);
	if (bundle->temporary != NULL && bundle->temporary[0] != '\0')
		ush_remove_tree(bundle->temporary);
	if (bundle->sums_to != NULL)
		fclose(bundle->sums_to);
	free(bundle->sums);
	free(bundle->current);
	free(bundle->temporary);
	free(bundle->path);
	free(bundle);
}

/* Owned by the caller; NULL without memory. */
static char *
inside(const struct ush_bundle *bundle, const char *name)
{
	char *path;

	return asprintf(&path, "%s/%s", bundle->temporary, name) == -1 ? NULL : path;
}

static int
make_folder(const struct ush_bundle *bundle, const char *name, struct ush_error *err)
{
	const char *slash = strchr(name, '/');
	char *path;
	int rc = 0;

	if (slash == NULL)
		return 0;
	if (asprintf(&path, "%s/%.*s", bundle->temporary, (int)(slash - name), name) == -1)
		return ush_fail(err, name, 0, "out of memory");
	if (mkdir(path, 0750) != 0 && errno != EEXIST)
		rc = ush_fail_errno(err, path, "cannot be made");
	free(path);
	return rc;
}

FILE *
ush_bundle_begin(struct ush_bundle *bundle, const char *name, struct ush_error *err)
{
	char *path = inside(bundle, name);

	bundle->current = strdup(name);
	if (path == NULL || bundle->current == NULL)
		ush_fail(err, name, 0, "out of memory");
	else if (make_folder(bundle, name, err) == 0 && (bundle->file = fopen(path, "wxe")) == NULL)
		ush_fail_errno(err, path, "cannot be made");
	free(path);
	return bundle->file;
}

int
ush_bundle_end(struct ush_bundle *bundle, struct ush_error *err)
{
	char *path = inside(bundle, bundle->current);
	bool is_bad = ferror(bundle->file) != 0 || fflush(bundle->file) != 0 ||
	              fsync(fileno(bundle->file)) != 0;
	char sum[USH_SUM_TEXT_MAX];
	int rc;

	is_bad = fclose(bundle->file) != 0 || is_bad;
	bundle->file = NULL;
	if (is_bad || path == NULL) {
		ush_fail_errno(err, bundle->current, "cannot be written");
		rc = -1;
	} else {
		rc = ush_sum_file(path, sum, err);
	}
	if (rc == 0)
		fprintf(bundle->sums_to, "%s  %s\n", sum, bundle->current);
	free(path);
	free(bundle->current);
	bundle->current = NULL;
	return rc;
}

int
ush_bundle_put(struct ush_bundle *bundle, const char *name, const void *data, size_t len,
    struct ush_error *err)
{
	FILE *to = ush_bundle_begin(bundle, name, err);

	if (to == NULL)
		return -1;
	fwrite(data, 1, len, to);
	return ush_bundle_end(bundle, err);
}

/* The bundle under its own name. */
static int
give_name(struct ush_bundle *bundle, struct ush_error *err)
{
	const char *slash = strrchr(bundle->path, '/');
	const char *name = slash != NULL ? slash + 1 : bundle->path;
	char *transform;
	int rc;

	if (!bundle->is_tar) {
		if (rename(bundle->temporary, bundle->path) != 0)
			return ush_fail_errno(err, bundle->path, "cannot be made");
		bundle->temporary[0] = '\0';
		return 0;
	}
	if (strpbrk(name, ",&\\\n") != NULL)
		return ush_fail(err, name, 0, "has a character that is none for a name");
	/* "10.0.0.23.tar" holds "10.0.0.23/…". */
	if (asprintf(&transform, "s,^\\.,%.*s,", (int)(strlen(name) - 4), name) == -1)
		return ush_fail(err, bundle->path, 0, "out of memory");
	/* In the format that `verify` reads. */
	rc = ush_tar((const char *const[]){"--create", "--file", bundle->path, "--format=gnu",
	                 "--sort=name", "--owner=0", "--group=0", "--numeric-owner", "--transform",
	                 transform, "--directory", bundle->temporary, ".", NULL},
	    -1, err);
	free(transform);
	if (rc != 0)
		(void)unlink(bundle->path); /* half an archive */
	return rc;
}

int
ush_bundle_finish(struct ush_bundle *bundle, char seal[USH_SUM_TEXT_MAX], struct ush_error *err)
{
	FILE *to;

	if (fflush(bundle->sums_to) != 0 ||
	    ush_sum_bytes(bundle->sums, bundle->sums_len, seal) != 0)
		return ush_fail(err, bundle->path, 0, "out of memory");
	to = ush_bundle_begin(bundle, USH_BUNDLE_SUMS, err);
	if (to == NULL)
		return -1;
	fwrite(bundle->sums, 1, bundle->sums_len, to);
	if (ush_bundle_end(bundle, err) != 0)
		return -1;
	return give_name(bundle, err);
}
