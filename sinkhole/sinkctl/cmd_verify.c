/* SPDX-License-Identifier: BSD-3-Clause */
/* sinkctl verify DIR|FILE.tar: whether what `sinkctl evidence` made is as it was. Needs no settings. It may
 * come from anybody: no file outside is read, and no more is kept or said of it than of a bundle of ours.
 * Of an archive no more is unpacked or read than it has bytes; in a folder a file may be of any size. */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "common/terminal.h"
#include "sinkhole/sinkctl/command.h"
#include "sinkhole/sinkctl/evidence/archive.h"
#include "sinkhole/sinkctl/evidence/bundle.h"

#define PATH_LEN 4096
#define SUMS_MAX (USH_BUNDLE_FILES_MAX * 256u) /* bytes */
#define PROBLEMS_MAX 1000u                     /* that are said */

struct verifying {
	const char *folder;
	uint64_t files; /* that are as they were */
	uint64_t bad;
	json_t *problems;
};

/* Names in a bundle may be any bytes: one that is no UTF-8 is written with escapes. */
static void
complain(struct verifying *verifying, const char *name, const char *what)
{
	char line[PATH_LEN];
	char *safe;
	json_t *text;

	snprintf(line, sizeof(line), "%s: %s", name, what);
	safe = ush_terminal_text(line);
	text = json_string(line);
	if (text == NULL)
		text = json_string(safe != NULL ? safe : what);
	if (++verifying->bad > PROBLEMS_MAX) {
		free(safe);
		json_decref(text);
		return;
	}
	json_array_append_new(verifying->problems, text);
	fprintf(stderr, USH_PROGRAM ": %s\n", safe != NULL ? safe : what);
	free(safe);
}

/* A name as bundles have them, in one way only: no way out of the folder, and one folder at most. */
static bool
is_name(const char *name)
{
	const char *slash = strchr(name, '/');

	if (name[0] == '\0' || slash == name || strstr(name, "..") != NULL ||
	    strncmp(name, "./", 2) == 0)
		return false;
	return slash == NULL || (slash[1] != '\0' && strchr(slash + 1, '/') == NULL);
}

/* A link in place of its folder would lead to files that are not of the bundle. */
static bool
is_inside(const struct verifying *verifying, const char *name)
{
	const char *slash = strchr(name, '/');
	char path[PATH_LEN];
	struct stat st;

	if (slash == NULL)
		return true;
	snprintf(path, sizeof(path), "%s/%.*s", verifying->folder, (int)(slash - name), name);
	return lstat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

/* "<sum>  <name>" */
static void
check_line(struct verifying *verifying, char *line, json_t *names)
{
	char path[PATH_LEN];
	char sum[USH_SUM_TEXT_MAX];
	size_t len = strcspn(line, "\n");

	line[len] = '\0';
	if (len < 67 || line[64] != ' ' || line[65] != ' ' || !is_name(line + 66)) {
		complain(verifying, USH_BUNDLE_SUMS, "has a line that is no sum and name");
		return;
	}
	line[64] = '\0';
	if (json_object_get(names, line + 66) != NULL) {
		complain(verifying, line + 66, "has two sums");
		return;
	}
	json_object_set_new(names, line + 66, json_true());
	snprintf(path, sizeof(path), "%s/%s", verifying->folder, line + 66);
	if (!is_inside(verifying, line + 66) || ush_sum_file(path, sum, NULL) != 0)
		complain(verifying, line + 66, "is missing, or no file");
	else if (strcmp(sum, line) != 0)
		complain(verifying, line + 66, "was changed");
	else
		verifying->files++;
}

/* What lies in a folder (at most one level below) and has no sum. */
static void
find_more(struct verifying *verifying, const char *below, const json_t *names)
{
	char path[PATH_LEN];
	struct dirent *entry;
	DIR *folder;

	snprintf(path, sizeof(path), "%s/%s", verifying->folder, below);
	folder = opendir(path);
	if (folder == NULL)
		complain(verifying, below[0] != '\0' ? below : ".", "cannot be looked into");
	while (folder != NULL && (entry = readdir(folder)) != NULL) {
		char name[PATH_LEN];
		struct stat st;

		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		snprintf(name, sizeof(name), "%s%s%s", below, below[0] != '\0' ? "/" : "",
		    entry->d_name);
		if (json_object_get(names, name) != NULL || strcmp(name, USH_BUNDLE_SUMS) == 0)
			continue;
		if (below[0] == '\0' &&
		    fstatat(dirfd(folder), entry->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
		    S_ISDIR(st.st_mode))
			find_more(verifying, name, names);
		else
			complain(verifying, name, "was added");
	}
	if (folder != NULL)
		closedir(folder);
}

static int
check_folder(struct verifying *verifying, char seal[USH_SUM_TEXT_MAX], struct ush_error *err)
{
	char path[PATH_LEN];
	char line[PATH_LEN];
	struct stat st;
	json_t *names;
	FILE *sums;

	snprintf(path, sizeof(path), "%s/" USH_BUNDLE_SUMS, verifying->folder);
	if (lstat(path, &st) == 0 && st.st_size > (off_t)SUMS_MAX)
		return ush_fail(err, path, 0, "has more than %u bytes", SUMS_MAX);
	if (ush_sum_file(path, seal, err) != 0)
		return -1;
	names = json_object();
	sums = fopen(path, "re");
	/* What does not fit is no line of ours. */
	while (sums != NULL && json_object_size(names) < USH_BUNDLE_FILES_MAX &&
	       fgets(line, sizeof(line), sums) != NULL)
		check_line(verifying, line, names);
	if (sums != NULL && !feof(sums) && json_object_size(names) >= USH_BUNDLE_FILES_MAX)
		complain(verifying, USH_BUNDLE_SUMS, "has sums of too many files");
	if (sums != NULL)
		fclose(sums);
	/* Every bundle has files: without a sum there is nothing that was checked. */
	if (json_object_size(names) == 0)
		complain(verifying, USH_BUNDLE_SUMS, "has no sum of any file");
	find_more(verifying, "", names);
	json_decref(names);
	return 0;
}

/* Opens an archive of which tar makes what a bundle has. */
static int
open_archive(const char *path, struct ush_error *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	if (fd == -1) {
		ush_fail_errno(err, path, "cannot be read");
		return -1;
	}
	if (ush_archive_check(fd, path, err) == 0)
		return fd;
	close(fd);
	return -1;
}

/* The one folder that the archive holds, under `directory`. */
static int
unpack(char out[PATH_LEN], const char *directory, const char *path, struct ush_error *err)
{
	int fd = open_archive(path, err);
	struct dirent *entry;
	unsigned count = 0;
	struct stat st;
	DIR *folder;
	int rc;

	if (fd == -1)
		return -1;
	rc = ush_tar((const char *const[]){"--extract", "--file", "-", "--directory", directory,
	                 "--no-same-owner", "--no-same-permissions", NULL},
	    fd, err);
	close(fd);
	if (rc != 0)
		return -1;
	folder = opendir(directory);
	while (folder != NULL && (entry = readdir(folder)) != NULL) {
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		snprintf(out, PATH_LEN, "%s/%s", directory, entry->d_name);
		count++;
	}
	if (folder != NULL)
		closedir(folder);
	/* A link would lead to what is not in the archive. */
	if (count == 1 && lstat(out, &st) == 0 && S_ISDIR(st.st_mode))
		return 0;
	return ush_fail(err, path, 0, "does not hold one folder");
}

static int
check_path(struct verifying *verifying, const char *path, char seal[USH_SUM_TEXT_MAX],
    struct ush_error *err)
{
	char directory[] = "/tmp/sinkctl-verify-XXXXXX";
	char inside[PATH_LEN];
	struct stat st;
	int rc;

	if (stat(path, &st) != 0)
		return ush_fail_errno(err, path, "cannot be read");
	verifying->folder = path;
	if (S_ISDIR(st.st_mode))
		return check_folder(verifying, seal, err);
	if (!S_ISREG(st.st_mode))
		return ush_fail(err, path, 0, "is no folder and no archive");
	if (mkdtemp(directory) == NULL)
		return ush_fail_errno(err, directory, "cannot be made");
	verifying->folder = inside;
	rc = unpack(inside, directory, path, err);
	if (rc == 0)
		rc = check_folder(verifying, seal, err);
	verifying->folder = NULL;
	ush_remove_tree(directory);
	return rc;
}

int
ush_cmd_verify(struct ush_command *command)
{
	struct verifying verifying = {.problems = json_array()};
	char seal[USH_SUM_TEXT_MAX] = "";
	struct ush_error err = {0};
	int rc = check_path(&verifying, command->asked, seal, &err);

	if (rc != 0)
		ush_command_fail(&err);
	if (rc == 0 && command->json) {
		json_t *answer = json_object();

		ush_put_text(answer, "seal", seal);
		ush_put_uint(answer, "files", verifying.files);
		json_object_set(answer, "problems", verifying.problems);
		rc = ush_print_json(answer) == USH_EXIT_DONE ? 0 : -1;
	} else if (rc == 0) {
		printf(
		    "%llu files are as they were, %llu problems.\nSeal (compare it with the one in the "
		    "case):\n%s\n",
		    (unsigned long long)verifying.files, (unsigned long long)verifying.bad, seal);
	}
	json_decref(verifying.problems);
	return rc == 0 && verifying.bad == 0 ? USH_EXIT_DONE : USH_EXIT_BAD;
}
