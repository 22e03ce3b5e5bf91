/* SPDX-License-Identifier: BSD-3-Clause */
#include "sinkhole/server/privileges.h"

#include <errno.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/unit/unit.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define FORBIDDEN 0 /* the leak check needs what is forbidden else */
#else
#define FORBIDDEN 1
#endif

static void *
nothing(void *arg)
{
	return arg;
}

static bool
is_refused(long result)
{
	return result == -1 && errno == EPERM;
}

/* Each test is a process of its own, so what is given up here is given up here alone. */
START_TEST(test_what_is_never_done_is_forbidden)
{
	char *const words[] = {(char *)"true", NULL};
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = 9};
	struct rlimit core;
	pthread_t thread;
	int fd;

	ck_assert_int_eq(ush_privileges_confine(NULL), 0);
	ck_assert_int_eq(getrlimit(RLIMIT_CORE, &core), 0);
	ck_assert_uint_eq(core.rlim_max, 0);
	if (FORBIDDEN) {
		ck_assert(is_refused(execve("/bin/true", words, NULL)));
		ck_assert(is_refused(fork()));
		ck_assert(is_refused(ptrace(PTRACE_TRACEME, 0, NULL, NULL)));
		fd = socket(AF_INET, SOCK_STREAM, 0);
		ck_assert(is_refused(connect(fd, (struct sockaddr *)&to, sizeof(to))));
		ck_assert(is_refused(
		    sendto(fd, "x", 1, MSG_FASTOPEN, (struct sockaddr *)&to, sizeof(to))));
		close(fd);
	}
	ck_assert_int_eq(pthread_create(&thread, NULL, nothing, NULL), 0);
	ck_assert_int_eq(pthread_join(thread, NULL), 0);
}
END_TEST

START_TEST(test_rights_to_a_directory_are_those_of_the_user)
{
	char directory[] = "/tmp/test-privileges-XXXXXX";

	ck_assert_ptr_nonnull(mkdtemp(directory));
	ck_assert(ush_privileges_may_write(NULL, directory));
	ck_assert(!ush_privileges_may_write(NULL, "/nowhere/at/all"));
	ck_assert_int_eq(errno, ENOENT);
	if (geteuid() == 0) {
		ck_assert(!ush_privileges_may_write("nobody", directory));
		ck_assert_int_eq(errno, EACCES);
	}
	rmdir(directory);
}
END_TEST

START_TEST(test_raises_the_limit_of_files_and_never_lowers_it)
{
	struct rlimit limit = {.rlim_cur = 64, .rlim_max = 100};

	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
	ck_assert_uint_eq(ush_privileges_files(80), 80);
	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
	ck_assert_uint_eq(limit.rlim_cur, 80);
	ck_assert_uint_eq(ush_privileges_files(70), 70); /* never lowered */
	if (geteuid() != 0)
		ck_assert_uint_eq(ush_privileges_files(200), 100);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("sinkhole/privileges");
	TCase *tcase = tcase_create("privileges");

	tcase_add_test(tcase, test_what_is_never_done_is_forbidden);
	tcase_add_test(tcase, test_rights_to_a_directory_are_those_of_the_user);
	tcase_add_test(tcase, test_raises_the_limit_of_files_and_never_lowers_it);
	suite_add_tcase(suite, tcase);
	return ush_unit_run(suite);
}
