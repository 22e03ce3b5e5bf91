/* SPDX-License-Identifier: BSD-3-Clause */
#include "common/logfile.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#include "tests/unit/unit.h"

static char directory[] = "/tmp/test-logfile-XXXXXX";
static char path[64], other[64];
static struct ush_logfile file;
static char text[4096];

static void
set_up(void)
{
	ck_assert_ptr_nonnull(mkdtemp(directory));
	snprintf(path, sizeof(path), "%s/log", directory);
	snprintf(other, sizeof(other), "%s/other", directory);
	ck_assert_int_eq(ush_logfile_init(&file, path), 0);
	umask(022);
}

static void
tear_down(void)
{
	ush_logfile_fini(&file);
	unlink(path);
	unlink(other);
	rmdir(directory);
}

/* What stands in a file. */
static const char *
contents(const char *name)
{
	int fd = open(name, O_RDONLY);
	ssize_t len = fd != -1 ? read(fd, text, sizeof(text) - 1) : -1;

	if (fd != -1)
		close(fd);
	text[len < 0 ? 0 : len] = '\0';
	return len < 0 ? NULL : text;
}

static void
write_file(const char *name, const char *what)
{
	FILE *to = fopen(name, "w");

	ck_assert_ptr_nonnull(to);
	fputs(what, to);
	fclose(to);
}

static int
append(const char *lines)
{
	size_t done = 0;

	return ush_logfile_append(&file, lines, strlen(lines), &done, NULL);
}

/* Files may grow to this size and no further: a full disk for anyone. */
static void
limit_size(rlim_t size)
{
	struct rlimit limit;

	signal(SIGXFSZ, SIG_IGN);
	getrlimit(RLIMIT_FSIZE, &limit);
	limit.rlim_cur = size;
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

START_TEST(test_appends_whole_lines_to_a_file_of_its_own_mode)
{
	struct stat st;

	ck_assert_int_eq(append("early\n"), -1);
	ck_assert_int_eq(ush_logfile_follow(&file, NULL), 0);
	ck_assert_int_eq(append("one\n"), 0);
	ck_assert_int_eq(ush_logfile_follow(&file, NULL), 0);
	ck_assert_int_eq(append("two\nthree\n"), 0);
	ck_assert_str_eq(contents(path), "one\ntwo\nthree\n");
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0640);
}
END_TEST

START_TEST(test_half_line_of_a_crash_is_ended)
{
	write_file(path, "whole\nhal");
	ck_assert_int_eq(ush_logfile_follow(&file, NULL), 0);
	ck_assert_str_eq(contents(path), "whole\nhal"); /* nothing to say yet */
	ck_assert_int_eq(append("one\n"), 0);
	ck_assert_int_eq(append("two\n"), 0);
	ck_assert_str_eq(contents(path), "whole\nhal\none\ntwo\n");
}
END_TEST

START_TEST(test_refuses_links_and_special_files)
{
	struct ush_error err = {0};

	ck_assert_int_eq(symlink("/dev/null", path), 0);
	ck_assert_int_eq(ush_logfile_follow(&file, &err), -1);
	ck_assert_ptr_nonnull(strstr(err.text, "symbolic link"));
	unlink(path);
	ck_assert_int_eq(mkfifo(path, 0600), 0);
	ck_assert_int_eq(ush_logfile_follow(&file, &err), -1); /* and does not hang */
	unlink(path);
	ck_assert_int_eq(mkdir(path, 0700), 0);
	ck_assert_int_eq(ush_logfile_follow(&file, &err), -1);
	rmdir(path);
	ck_assert_int_eq(ush_logfile_follow(&file, &err), 0);
}
END_TEST

START_TEST(test_rotation_by_rename)
{
	ck_assert_int_eq(ush_logfile_follow(&file, NULL), 0);
	ck_assert_int_eq(append("old\n"), 0);
	ck_assert_int_eq(rename(path, other), 0);
	ck_assert_int_eq(append("late\n"), 0);
	ck_assert_int_eq(ush_logfile_follow(&file, NULL), 0);
	ck_assert_int_eq(append("new\n"), 0);
	ck_assert_str_eq(contents(other), "old\nlate\n");
	ck_assert_str_eq(contents(path), "new\n");
	write_file(other, "made by logrotate\n");
	ck_assert_int_eq(rename(other, path), 0);
	ck_assert_int_eq(ush_logfile_follow(&file, NULL), 0);
	ck_assert_int_eq(append("newest\n"), 0);
	ck_assert_str_eq(contents(path), "made by logrotate\nnewest\n");
}
END_TEST

START_TEST(test_new_file_cannot_be_opened)
{
	struct ush_error err = {0};

	ck_assert_int_eq(ush_logfile_follow(&file, NULL), 0);
	ck_assert_int_eq(rename(path, other), 0);
	ck_assert_int_eq(symlink("/dev/null", path), 0);
	/* The renamed file is better than none; a deleted one is not. */
	ck_assert_int_eq(ush_logfile_follow(&file, &err), -1);
	ck_assert_int_eq(append("kept\n"), 0);
	ck_assert_str_eq(contents(other), "kept\n");
	unlink(other);
	ck_assert_int_eq(ush_logfile_follow(&file, &err), -1);
	ck_assert_int_eq(append("gone\n"), -1);
	unlink(path);
	ck_assert_int_eq(ush_logfile_follow(&file, &err), 0);
	ck_assert_int_eq(append("back\n"), 0);
	ck_assert_str_eq(contents(path), "back\n");
}
END_TEST

START_TEST(test_goes_on_at_the_start_of_a_truncated_file)
{
	ck_assert_int_eq(ush_logfile_follow(&file, NULL), 0);
	ck_assert_int_eq(append("old\n"), 0);
	ck_assert_int_eq(ush_logfile_follow(&file, NULL), 0);
	ck_assert_int_eq(truncate(path, 0), 0);
	ck_assert_int_eq(ush_logfile_follow(&file, NULL), 0);
	ck_assert_int_eq(append("new\n"), 0);
	ck_assert_str_eq(contents(path), "new\n");
}
END_TEST

/* The disk may fill up at any octet: whole lines only, and afterwards all of them, once. */
START_TEST(test_a_full_disk_keeps_whole_lines_and_loses_none)
{
	static const char lines[] = "first\nsecond\nthird\n";
	size_t done = 0, whole = 0;
	struct ush_error err = {0};

	ck_assert_int_eq(ush_logfile_follow(&file, NULL), 0);
	limit_size((rlim_t)_i);
	for (int attempt = 0; attempt < 2; attempt++) {
		ck_assert_int_eq(
		    ush_logfile_append(&file, lines, sizeof(lines) - 1, &done, &err), -1);
		ck_assert_ptr_nonnull(strstr(err.text, "cannot write to it: File too large"));
		whole = _i < 6 ? 0 : _i < 13 ? 6 : 13;
		ck_assert_uint_eq(done, whole);
		contents(path);
		ck_assert_uint_eq(strlen(text), whole);
	}
	limit_size(RLIM_INFINITY);
	ck_assert_int_eq(ush_logfile_append(&file, lines, sizeof(lines) - 1, &done, &err), 0);
	ck_assert_uint_eq(done, sizeof(lines) - 1);
	ck_assert_str_eq(contents(path), lines);
}
END_TEST

/* Where the half line cannot be taken back (chattr +a) its rest follows. A sealed memory file
 * refuses to shrink in the same way. */
START_TEST(test_half_line_that_stays)
{
	static const char lines[] = "first\nsecond\n";
	size_t done = 0;
	int sealed = memfd_create("log", MFD_ALLOW_SEALING);

	ck_assert_int_ne(sealed, -1);
	ck_assert_int_eq(fcntl(sealed, F_ADD_SEALS, F_SEAL_SHRINK), 0);
	file.fd = sealed;
	limit_size(9);
	ck_assert_int_eq(ush_logfile_append(&file, lines, sizeof(lines) - 1, &done, NULL), -1);
	ck_assert_uint_eq(done, 6);
	ck_assert_uint_eq(file.half, 3);
	limit_size(RLIM_INFINITY);
	ck_assert_int_eq(ush_logfile_append(&file, lines, sizeof(lines) - 1, &done, NULL), 0);
	ck_assert_int_eq(pread(sealed, text, sizeof(text), 0), (int)sizeof(lines) - 1);
	ck_assert_mem_eq(text, lines, sizeof(lines) - 1);
	/* Given up, it is ended before the next line. */
	limit_size(sizeof(lines) + 1);
	done = 0;
	ck_assert_int_eq(ush_logfile_append(&file, lines, sizeof(lines) - 1, &done, NULL), -1);
	limit_size(RLIM_INFINITY);
	ush_logfile_abandon(&file);
	ck_assert_int_eq(append("third\n"), 0);
	ck_assert_int_eq(pread(sealed, text, sizeof(text), 0), (int)sizeof(lines) - 1 + 9);
	ck_assert_mem_eq(text + sizeof(lines) - 1, "fi\nthird\n", 9);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("common/logfile");
	TCase *tcase = tcase_create("logfile");

	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_test(tcase, test_appends_whole_lines_to_a_file_of_its_own_mode);
	tcase_add_test(tcase, test_half_line_of_a_crash_is_ended);
	tcase_add_test(tcase, test_refuses_links_and_special_files);
	tcase_add_test(tcase, test_rotation_by_rename);
	tcase_add_test(tcase, test_new_file_cannot_be_opened);
	tcase_add_test(tcase, test_goes_on_at_the_start_of_a_truncated_file);
	tcase_add_loop_test(tcase, test_a_full_disk_keeps_whole_lines_and_loses_none, 0, 19);
	tcase_add_test(tcase, test_half_line_that_stays);
	suite_add_tcase(suite, tcase);
	return ush_unit_run(suite);
}
