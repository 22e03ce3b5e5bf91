/* SPDX-License-Identifier: BSD-3-Clause */
/* A file is replaced whole, or stays. */
#include "zones/replace.h"

#include <grp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include "support.h"
#include "tests/unit/unit.h"

static struct ush_error err;

static int
replace(const char *path, const char *text, bool *group_lost)
{
	struct ush_replacement file;
	int rc = ush_replacement_open(&file, path, &err);

	if (rc == 0) {
		ck_assert_int_eq(write(file.fd, text, strlen(text)), (ssize_t)strlen(text));
		rc = ush_replacement_commit(&file, &err);
	}
	if (group_lost != NULL)
		*group_lost = file.group_lost;
	ush_replacement_close(&file);
	return rc;
}

static void
must_hold(const char *path, const char *text)
{
	char read[64] = "";
	FILE *file = fopen(path, "re");

	ck_assert_ptr_nonnull(file);
	ck_assert_uint_eq(fread(read, 1, sizeof(read) - 1, file), strlen(text));
	ck_assert_str_eq(read, text);
	fclose(file);
}

static unsigned
files(void)
{
	char command[600];
	unsigned count = 0;
	FILE *pipe;

	snprintf(command, sizeof(command), "ls -A %s | wc -l", test_directory());
	ck_assert_ptr_nonnull(pipe = popen(command, "r"));
	ck_assert_int_eq(fscanf(pipe, "%u", &count), 1);
	pclose(pipe);
	return count;
}

START_TEST(test_a_new_file)
{
	struct stat st;

	ck_assert_int_eq(replace(test_path("new"), "text", NULL), 0);
	must_hold(test_path("new"), "text");
	ck_assert_int_eq(stat(test_path("new"), &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0644);
	ck_assert_int_eq(replace("/nonexistent/file", "text", NULL), -1);
}
END_TEST

START_TEST(test_without_a_commit_nothing_happens)
{
	struct ush_replacement file;
	const char *path = test_write("file", "old");

	ck_assert_int_eq(ush_replacement_open(&file, path, &err), 0);
	ck_assert_int_eq(write(file.fd, "x", 1), 1);
	ush_replacement_close(&file);
	must_hold(path, "old");
	ck_assert_uint_eq(files(), 1);
}
END_TEST

START_TEST(test_a_link_stays)
{
	const char *path = test_write("file", "old");
	const char *link = test_path("link");
	struct stat st;

	ck_assert_int_eq(symlink("file", link), 0);
	ck_assert_int_eq(chmod(path, 0600), 0);
	ck_assert_int_eq(replace(link, "new", NULL), 0);
	must_hold(path, "new");
	ck_assert_int_eq(lstat(link, &st), 0);
	ck_assert(S_ISLNK(st.st_mode));
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0600);
	/* A link to nothing: what is meant is not known. */
	ck_assert_int_eq(unlink(path), 0);
	ck_assert_int_eq(replace(link, "new", NULL), -1);
	ck_assert_ptr_nonnull(strstr(err.text, "link to nothing"));
	ck_assert_int_eq(lstat(link, &st), 0);
	ck_assert_uint_eq(files(), 1);
}
END_TEST

START_TEST(test_replaces_no_device_and_no_directory)
{
	ck_assert_int_eq(replace("/dev/null", "new", NULL), -1);
	ck_assert_ptr_nonnull(strstr(err.text, "no regular file"));
	ck_assert_int_eq(replace(test_directory(), "new", NULL), -1);
}
END_TEST

START_TEST(test_the_owner_stays)
{
	const char *path = test_write("file", "old");
	struct stat st;

	if (geteuid() != 0)
		return;
	ck_assert_int_eq(chown(path, 12345, 23456), 0);
	ck_assert_int_eq(chmod(path, 0640), 0);
	ck_assert_int_eq(replace(path, "new", NULL), 0);
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_uint_eq(st.st_uid, 12345);
	ck_assert_uint_eq(st.st_gid, 23456);
	ck_assert_uint_eq(st.st_mode & 07777, 0640);
}
END_TEST

/* As user 12345 with one more group: 23456. */
static int
replace_as_user(const char *path, bool *group_lost)
{
	gid_t group = 23456;
	pid_t child = fork();
	int status;

	if (child == 0) {
		if (chown(test_directory(), 12345, 12345) != 0 || setgroups(1, &group) != 0 ||
		    setgid(12345) != 0 || setuid(12345) != 0 ||
		    replace(path, "new", group_lost) != 0)
			_exit(2);
		_exit(*group_lost);
	}
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert(WIFEXITED(status));
	*group_lost = WEXITSTATUS(status) == 1;
	return WEXITSTATUS(status) == 2 ? -1 : 0;
}

START_TEST(test_who_is_not_root_keeps_the_group)
{
	static const struct {
		gid_t group;
		gid_t becomes;
		mode_t mode;
		bool lost;
	} cases[] = {
	    {23456, 23456, 0640, false},
	    {34567, 12345, 0640, true},
	    {34567, 12345, 0644, false}, /* others can read it too */
	    {12345, 12345, 0640, false},
	};
	const char *path = test_path("file");
	bool lost;

	if (geteuid() != 0)
		return;
	for (int i = 0; i < USH_COUNT(cases); i++) {
		struct stat st;

		test_write("file", "old");
		ck_assert_int_eq(chown(path, 12345, cases[i].group), 0);
		ck_assert_int_eq(chmod(path, cases[i].mode), 0);
		ck_assert_int_eq(replace_as_user(path, &lost), 0);
		ck_assert_int_eq(stat(path, &st), 0);
		ck_assert_uint_eq(st.st_gid, cases[i].becomes);
		ck_assert_uint_eq(st.st_mode & 07777, cases[i].mode);
		ck_assert_int_eq(lost, cases[i].lost);
	}
	/* A file of root's: the group can be kept, the owner not. */
	test_write("file", "old");
	ck_assert_int_eq(chown(path, 0, 23456), 0);
	ck_assert_int_eq(chmod(path, 0640), 0);
	ck_assert_int_eq(replace_as_user(path, &lost), 0);
	ck_assert(!lost);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("zones/replace");
	TCase *tcase = tcase_create("all");

	suite_add_tcase(suite, tcase);
	tcase_add_checked_fixture(tcase, NULL, test_directory_remove);
	tcase_add_test(tcase, test_a_new_file);
	tcase_add_test(tcase, test_without_a_commit_nothing_happens);
	tcase_add_test(tcase, test_a_link_stays);
	tcase_add_test(tcase, test_replaces_no_device_and_no_directory);
	tcase_add_test(tcase, test_the_owner_stays);
	tcase_add_test(tcase, test_who_is_not_root_keeps_the_group);
	return ush_unit_run(suite);
}
