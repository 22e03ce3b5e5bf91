/* SPDX-License-Identifier: BSD-3-Clause */
/* Who is let in as what, how often a password may be tried, pseudonyms, and files that are refused. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>
#include "sinkhole/sinkwatch/access/access.h"
#include "sinkhole/sinkwatch/access/attempts.h"
#include "sinkhole/sinkwatch/access/tls.h"

static char directory[] = "/tmp/ush-access-XXXXXX";

static const char *
path_of(const char *name)
{
	static char path[256];

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	return path;
}

static void
write_file(const char *path, const char *text, mode_t mode)
{
	FILE *file = fopen(path, "w");

	ck_assert_ptr_nonnull(file);
	fputs(text, file);
	fclose(file);
	ck_assert_int_eq(chmod(path, mode), 0);
}

static struct ush_address
address_of(const char *text)
{
	struct ush_address address;

	ck_assert_int_eq(ush_address_from_text(&address, text), 0);
	return address;
}

static const struct {
	const char *groups;
	const char *viewers; /* the one group; NULL: none is set */
	enum ush_group group;
} grouped[] = {
    {"soc", NULL, USH_GROUP_RESPONDER},
    {"staff, soc", NULL, USH_GROUP_RESPONDER},
    {" soc ;staff", NULL, USH_GROUP_RESPONDER},
    {"soc\t", NULL, USH_GROUP_RESPONDER},
    {"socks", NULL, USH_GROUP_VIEWER},
    {"no soc", NULL, USH_GROUP_VIEWER},
    {"SOC", NULL, USH_GROUP_VIEWER},
    {"", NULL, USH_GROUP_VIEWER},
    {",;, ,", NULL, USH_GROUP_VIEWER},
    {"", "staff", USH_GROUP_NONE},
    {"soc", "staff", USH_GROUP_RESPONDER},
    {"a,staff,b", "staff", USH_GROUP_VIEWER},
};

START_TEST(test_groups_of_a_proxy)
{
	char *responder = (char[]){"soc"};
	char *viewer = (char[]){"staff"};
	struct ush_network loopback;
	char key[256];
	char log[256];
	struct ush_settings settings = {.observer = (char[]){"test"},
	    .watch = {.login = USH_LOGIN_PROXY,
	        .responders = {&responder, 1},
	        .proxies = {&loopback, 1},
	        .pseudonym_key = key,
	        .access_log = log}};
	const struct ush_credentials credentials = {
	    .peer = "::ffff:127.0.0.1", .user = "rina", .groups = grouped[_i].groups};
	struct ush_access *access;
	struct ush_visitor visitor;

	ck_assert_int_eq(ush_network_from_text(&loopback, "127.0.0.0/8"), 0);
	snprintf(key, sizeof(key), "%s/groups.key", directory);
	snprintf(log, sizeof(log), "%s/groups.jsonl", directory);
	if (grouped[_i].viewers != NULL)
		settings.watch.viewers = (struct ush_names){&viewer, 1};
	ck_assert_int_eq(ush_access_open(&access, &settings, NULL), 0);
	ck_assert_int_eq(ush_access_ask(access, &credentials, 1, &visitor),
	    grouped[_i].group != USH_GROUP_NONE ? USH_ACCESS_GRANTED : USH_ACCESS_REFUSED);
	ck_assert_int_eq(visitor.group, grouped[_i].group);
	ush_access_close(access);
}
END_TEST

START_TEST(test_attempts_are_counted_by_address_and_user)
{
	struct ush_attempts attempts = {0};
	struct ush_address one = address_of("2001:db8::1");
	struct ush_address same = address_of("2001:db8::2");
	struct ush_address other = address_of("2001:db8:0:1::1");

	for (uint64_t i = 1; i <= 10; i++) {
		ck_assert(ush_attempts_allow(&attempts, &one, "rina", i * 1000));
		ush_attempts_failed(&attempts, &one, "rina", i * 1000);
	}
	ck_assert(!ush_attempts_allow(&attempts, &one, "rina", 12000));
	ck_assert(!ush_attempts_allow(&attempts, &same, "rina", 12000));
	ck_assert(ush_attempts_allow(&attempts, &one, "vera", 12000));
	ck_assert(ush_attempts_allow(&attempts, &other, "rina", 12000));
	ck_assert(ush_attempts_allow(&attempts, &one, "rina", 61000));
}
END_TEST

START_TEST(test_so_many_a_second_in_all)
{
	struct ush_attempts attempts = {0};
	char address[32];
	int allowed = 0;

	for (int i = 0; i < 1000; i++) {
		struct ush_address from;

		snprintf(address, sizeof(address), "10.0.%d.%d", i / 250, i % 250);
		from = address_of(address);
		allowed += ush_attempts_allow(&attempts, &from, "rina", 5000);
		ush_attempts_failed(&attempts, &from, "rina", 5000);
	}
	ck_assert_int_eq(allowed, 5);
}
END_TEST

START_TEST(test_a_pseudonym_has_one_kind_one_key_and_no_clear_text)
{
	struct ush_aliases *aliases, *again, *others;
	char a[USH_ALIAS_MAX], b[USH_ALIAS_MAX];

	ck_assert_int_eq(ush_aliases_open(&aliases, path_of("one.key"), NULL), 0);
	ck_assert_int_eq(ush_aliases_open(&again, path_of("one.key"), NULL), 0);
	ck_assert_int_eq(ush_aliases_open(&others, path_of("two.key"), NULL), 0);
	ush_alias_of(aliases, USH_ALIAS_HOST, "10.0.0.1", a);
	ck_assert(ush_alias_is(USH_ALIAS_HOST, a) && !ush_alias_is(USH_ALIAS_NAME, a));
	ck_assert_str_eq(a, ush_alias_of(again, USH_ALIAS_HOST, "10.0.0.1", b));
	ck_assert_str_ne(a, ush_alias_of(others, USH_ALIAS_HOST, "10.0.0.1", b));
	ck_assert_str_ne(a, ush_alias_of(aliases, USH_ALIAS_HOST, "10.0.0.2", b));
	ush_alias_of(aliases, USH_ALIAS_NAME, "10.0.0.1", b);
	ck_assert_str_ne(strchr(a, '-'), strchr(b, '-'));
	ck_assert_str_eq(ush_alias_of(aliases, USH_ALIAS_HOST, "", b), "");
	ck_assert(
	    !ush_alias_is(USH_ALIAS_HOST, "10.0.0.1") && !ush_alias_is(USH_ALIAS_HOST, "host-"));
	ush_aliases_close(aliases);
	ush_aliases_close(again);
	ush_aliases_close(others);
}
END_TEST

START_TEST(test_a_key_that_others_may_read_is_refused)
{
	struct ush_aliases *aliases;
	struct ush_error err = {0};

	write_file(path_of("open.key"), "0123456789abcdef0123456789abcdef", 0640);
	ck_assert_int_eq(ush_aliases_open(&aliases, path_of("open.key"), &err), -1);
	ck_assert_ptr_nonnull(strstr(err.text, "only its user may read"));
	write_file(path_of("short.key"), "0123456789abcdef", 0600);
	ck_assert_int_eq(ush_aliases_open(&aliases, path_of("short.key"), &err), -1);
	ck_assert_ptr_nonnull(strstr(err.text, "32 bytes"));
}
END_TEST

#define BCRYPT "$2y$05$abcdefghijklmnopqrstuuNtVWP1Zp4wRkUSmhQPhVVUNAO9LwDfm"

static const struct {
	const char *text;
	mode_t mode;
	unsigned line;
	const char *reason;
} files[] = {
    {"# comment\n\nrina:" BCRYPT "\nvera:" BCRYPT, 0640, 0, NULL},
    {"rina:" BCRYPT "\r\n", 0600, 0, NULL},
    {"rina:" BCRYPT "\n", 0644, 0, "not everyone may read"},
    {"rina:" BCRYPT "\nvera\n", 0600, 2, "expected user:hash"},
    {":" BCRYPT "\n", 0600, 1, "expected user:hash"},
    {"rina:" BCRYPT "\nrina:" BCRYPT "\n", 0600, 2, "a line before"},
    {"rina:geheim\n", 0600, 1, "none of crypt(5)"},
    {"rina:\n", 0600, 1, "none of crypt(5)"},
    {"rina:$apr1$abcdefgh$abcdefghijklmnopqrstuv\n", 0600, 1, "none of crypt(5)"},
    {"rina:$1$abcdefgh$abcdefghijklmnopqrstuv\n", 0600, 1, "none of crypt(5)"},
    {"rina:aaGDjmRMEmxgI\n", 0600, 1, "none of crypt(5)"},
    {"# nobody\n", 0600, 0, "no user"},
};

START_TEST(test_files_of_passwords)
{
	struct ush_passwords *passwords = NULL;
	struct ush_error err = {0};
	int rc;

	write_file(path_of("users"), files[_i].text, files[_i].mode);
	rc = ush_passwords_load(&passwords, path_of("users"), &err);
	ck_assert_msg((rc == 0) == (files[_i].reason == NULL), "%s: %s", files[_i].text, err.text);
	if (rc != 0) {
		ck_assert_msg(strstr(err.text, files[_i].reason) != NULL, "%s", err.text);
		ck_assert_uint_eq(err.line, files[_i].line);
	}
	ush_passwords_free(passwords);
}
END_TEST

static void
do_nothing(void *arg, bool has_room)
{
	(void)arg;
	(void)has_room;
}

/* A connection of which the other end is in *peer; freed by the caller. */
static SSL *
connection_of(struct ush_page_tls *tls, int *peer, uint64_t now_ms)
{
	SSL *ssl = ush_page_tls_session(tls, now_ms);
	int ends[2];

	ck_assert_ptr_nonnull(ssl);
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends), 0);
	ck_assert_int_eq(SSL_set_fd(ssl, ends[0]), 1);
	*peer = ends[1];
	return ssl;
}

static void
end_connection(SSL *ssl, int peer)
{
	close(SSL_get_fd(ssl));
	close(peer);
	SSL_free(ssl);
}

static bool
has_ended(int peer)
{
	char byte;

	return read(peer, &byte, 1) == 0;
}

START_TEST(test_a_connection_without_a_whole_request_ends)
{
	char certificate[256];
	char key[256];
	char command[1024];
	struct ush_page_tls *tls;
	int peers[2];
	SSL *slow;
	SSL *busy;

	snprintf(certificate, sizeof(certificate), "%s", path_of("page.pem"));
	snprintf(key, sizeof(key), "%s", path_of("page.key"));
	snprintf(command, sizeof(command),
	    "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 1 "
	    "-subj /CN=page -out %s -keyout %s 2>/dev/null",
	    certificate, key);
	ck_assert_int_eq(system(command), 0);
	ck_assert_int_eq(ush_page_tls_open(&tls, certificate, key, do_nothing, NULL, NULL), 0);
	slow = connection_of(tls, &peers[0], 1);
	busy = connection_of(tls, &peers[1], 1);
	ush_page_tls_asked(tls, busy, 2);
	ck_assert_int_eq(ush_page_tls_look(tls, USH_PAGE_SESSION_MS, NULL), 0);
	ck_assert(!has_ended(peers[0]));
	ck_assert_int_eq(ush_page_tls_look(tls, USH_PAGE_SESSION_MS + 1, NULL), 0);
	ck_assert(has_ended(peers[0]));
	ck_assert(!has_ended(peers[1]));
	end_connection(slow, peers[0]);
	ck_assert_int_eq(ush_page_tls_look(tls, USH_PAGE_SESSION_MS + 2, NULL), 0);
	ck_assert(has_ended(peers[1]));
	ush_page_tls_close(tls);
	end_connection(busy, peers[1]);
}
END_TEST

static void
remove_files(void)
{
	static const char *const names[] = {"groups.key", "groups.jsonl", "one.key", "two.key",
	    "open.key", "short.key", "users", "page.pem", "page.key"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		unlink(path_of(names[i]));
	rmdir(directory);
}

int
main(void)
{
	Suite *suite = suite_create("sinkwatch access");
	TCase *tcase = tcase_create("access");
	SRunner *runner;
	int failed;

	if (mkdtemp(directory) == NULL)
		return EXIT_FAILURE;
	tcase_add_loop_test(
	    tcase, test_groups_of_a_proxy, 0, (int)(sizeof(grouped) / sizeof(grouped[0])));
	tcase_add_test(tcase, test_attempts_are_counted_by_address_and_user);
	tcase_add_test(tcase, test_so_many_a_second_in_all);
	tcase_add_test(tcase, test_a_pseudonym_has_one_kind_one_key_and_no_clear_text);
	tcase_add_test(tcase, test_a_key_that_others_may_read_is_refused);
	tcase_add_loop_test(
	    tcase, test_files_of_passwords, 0, (int)(sizeof(files) / sizeof(files[0])));
	tcase_add_test(tcase, test_a_connection_without_a_whole_request_ends);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	remove_files();
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
