/* SPDX-License-Identifier: BSD-3-Clause */
/* What a compile makes of good feeds, and promises over the years: order, scopes, serial, mode. */
#include "compiling.h"

#include <grp.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "zones/compile/lock.h"

START_TEST(test_serial_only_moves_forward)
{
	uint32_t first;

	use_names(3);
	must_compile();
	first = info().serial;
	ck_assert_uint_eq(first, TEST_NOW_MS / 1000);
	must_compile(); /* the same second */
	ck_assert_uint_eq(info().serial, first + 1);
	options.now_ms -= 3600 * 1000; /* a clock set back */
	must_compile();
	ck_assert_uint_eq(info().serial, first + 2);
	options.now_ms += 7200 * 1000;
	must_compile();
	ck_assert_uint_eq(info().serial, first + 3600);
}
END_TEST

START_TEST(test_nothing_new_is_no_new_list)
{
	uint32_t serial;

	use_names(3);
	feeds[1] = (struct ush_feed_options){.path = test_write("two.txt", "a.example.jp\n")};
	options.feed_count = 2;
	must_compile();
	serial = info().serial;
	test_write("names.txt", "");
	test_write("two.txt", "");
	ck_assert_int_eq(compile(), -1);
	ck_assert_ptr_nonnull(strstr(err.text, "has no good indicator"));
	ck_assert_ptr_nonnull(strstr(err.text, "--force=names takes it anyway"));
	ck_assert_uint_eq(info().serial, serial);
	/* A feed that the list does not know has nothing to keep. */
	test_write("two.txt", "a.example.jp\n");
	feeds[0].name = "other";
	ck_assert_int_eq(compile(), -1);
	ck_assert_uint_eq(info().serial, serial);
	/* Nor has one that changed sides. */
	feeds[0].name = NULL;
	feeds[0].never_block = true;
	ck_assert_int_eq(compile(), -1);
	ck_assert_uint_eq(info().serial, serial);
}
END_TEST

START_TEST(test_the_mode_stays)
{
	struct stat st;

	use_names(3);
	must_compile();
	ck_assert_int_eq(stat(options.path, &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0644);
	ck_assert_int_eq(chmod(options.path, 0640), 0);
	must_compile();
	ck_assert_int_eq(stat(options.path, &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0640);
}
END_TEST

START_TEST(test_nothing_is_left_behind)
{
	char command[600];

	use_names(3);
	must_compile();
	use_names(0);
	ck_assert_int_eq(compile(), -1);
	snprintf(command, sizeof(command), "test $(ls %s | grep -c list) = 1", test_directory());
	ck_assert_int_eq(system(command), 0);
	free((char *)options.path);
	options.path = strdup("/nonexistent/list.db");
	ck_assert_int_eq(compile(), -1);
}
END_TEST

START_TEST(test_scopes_by_format)
{
	static const struct {
		const char *format;
		const char *text;
		enum ush_action self;
		enum ush_action below;
	} formats[] = {
	    {"domains", "a.example.jp\n", USH_ACTION_SINKHOLE, USH_ACTION_SINKHOLE},
	    {"wildcards", "*.a.example.jp\n", USH_ACTION_SINKHOLE, USH_ACTION_SINKHOLE},
	    {"domains", ".a.example.jp\n", USH_ACTION_SINKHOLE, USH_ACTION_SINKHOLE},
	    {"dnsmasq", "address=/.a.example.jp/::\n", USH_ACTION_SINKHOLE, USH_ACTION_SINKHOLE},
	    {"adblock", "||a.example.jp^\n", USH_ACTION_SINKHOLE, USH_ACTION_SINKHOLE},
	    {"hosts", "0.0.0.0 a.example.jp\n", USH_ACTION_SINKHOLE, USH_ACTION_NONE},
	    {"urls", "http://a.example.jp/x\n", USH_ACTION_SINKHOLE, USH_ACTION_NONE},
	    {"rpz", "z. SOA l. h. 1 2 3 4 5\n*.a.example.jp.z. CNAME *.\n", USH_ACTION_NONE,
	        USH_ACTION_NODATA},
	    {"rpz", "z. SOA l. h. 1 2 3 4 5\na.example.jp.z. CNAME .\n", USH_ACTION_NXDOMAIN,
	        USH_ACTION_NONE},
	};

	for (int i = 0; i < USH_COUNT(formats); i++) {
		struct ush_blocklist *list;

		options.force = true;
		options.feed_count = 1;
		feeds[0] = (struct ush_feed_options){
		    .path = test_write("feed.txt", formats[i].text),
		    .format = formats[i].format,
		};
		must_compile();
		list = test_open(options.path, USH_PART_NAMES);
		ck_assert_int_eq(test_action(list, "a.example.jp"), formats[i].self);
		ck_assert_int_eq(test_action(list, "x.a.example.jp"), formats[i].below);
		ck_assert_int_eq(test_action(list, "example.jp"), USH_ACTION_NONE);
		ush_blocklist_close(list);
	}
}
END_TEST

START_TEST(test_feeds_in_the_order_given)
{
	static const struct {
		const char *name;
		enum ush_action action;
	} cases[] = {
	    {"a.example.jp", USH_ACTION_DROP},     /* first feed, subdomain... */
	    {"www.a.example.jp", USH_ACTION_DROP}, /* ...wins over exact in the second */
	    {"b.example.jp", USH_ACTION_NODATA},   /* listed twice: exact first... */
	    {"f.example.jp", USH_ACTION_NODATA},   /* ...in whatever order */
	    {"x.f.example.jp", USH_ACTION_NXDOMAIN},
	    {"g.example.jp", USH_ACTION_NXDOMAIN},   /* else the first class of the feed */
	    {"c.b.example.jp", USH_ACTION_PASSTHRU}, /* the longest */
	    {"d.c.b.example.jp", USH_ACTION_PASSTHRU}, {"e.b.example.jp", USH_ACTION_NXDOMAIN},
	    {"third.example.jp",
	        USH_ACTION_SINKHOLE}, /* a passthru later in order changes nothing */
	};
	struct ush_blocklist *list;

	feeds[0].path = test_write("one.yaml",
	    "feed: one\nindicators:\n"
	    "  - {type: domain, value: a.example.jp, scope: subdomains, action: drop}\n"
	    "  - {type: domain, value: b.example.jp, scope: subdomains, action: nxdomain}\n"
	    "  - {type: domain, value: b.example.jp, action: nodata}\n"
	    "  - {type: domain, value: c.b.example.jp, scope: subdomains, action: passthru}\n"
	    "  - {type: domain, value: third.example.jp}\n"
	    "  - {type: domain, value: f.example.jp, action: nodata}\n"
	    "  - {type: domain, value: f.example.jp, scope: subdomains, action: nxdomain}\n"
	    "  - {type: domain, value: g.example.jp, action: nodata}\n"
	    "  - {type: domain, value: g.example.jp, action: nxdomain}\n");
	feeds[1].path = test_write("two.yaml",
	    "feed: two\nindicators:\n"
	    "  - {type: domain, value: www.a.example.jp, action: monitor}\n"
	    "  - {type: domain, value: third.example.jp, action: passthru}\n");
	options.feed_count = 2;
	must_compile();
	list = test_open(options.path, USH_PART_NAMES);
	for (int i = 0; i < USH_COUNT(cases); i++) {
		ck_assert_msg(
		    test_action(list, cases[i].name) == cases[i].action, "%s", cases[i].name);
	}
	ush_blocklist_close(list);
}
END_TEST

/* In whatever order they are listed, on as many lines. */
START_TEST(test_what_is_said_of_a_url_adds_up)
{
	static const char *const lines[] = {"{type: url, value: www.example.jp/x}",
	    "{type: url, value: www.example.jp/x, path: planted}",
	    "{type: url-path, value: /x, hosts: [www.example.jp]}",
	    "{type: url-path, value: /x, hosts: [www.example.jp], path: planted}"};
	static const struct {
		unsigned first;
		unsigned second;
		unsigned line; /* that says most */
		bool planted;
		bool host_known;
	} cases[] = {{0, 1, 4, true, true}, {1, 0, 3, true, true}, {2, 0, 4, false, true},
	    {0, 2, 3, false, true}, {0, 3, 4, true, true}, {3, 0, 3, true, true},
	    {2, 3, 4, true, false}, {1, 3, 3, true, true}, {1, 1, 3, true, true}};

	for (int i = 0; i < USH_COUNT(cases); i++) {
		char text[512];
		struct ush_blocklist *list;
		struct ush_url_match match;
		struct ush_source source;
		struct ush_name host;

		snprintf(text, sizeof(text), "feed: one\nindicators:\n  - %s\n  - %s\n",
		    lines[cases[i].first], lines[cases[i].second]);
		list = test_list("one.yaml", text);
		ck_assert_int_eq(ush_name_from_text(&host, "www.example.jp", 14), 0);
		ck_assert(ush_blocklist_match_url(list, NULL, &host, "/x", 2, &match));
		ck_assert_msg(match.planted == cases[i].planted, "%d", i);
		ck_assert_msg(match.host_known == cases[i].host_known, "%d", i);
		ck_assert_uint_eq(match.line, cases[i].line);
		ck_assert_int_eq(ush_blocklist_source(list, match.rule, &source), 0);
		ck_assert_uint_eq(source.line, cases[i].line);
		ush_blocklist_close(list);
	}
}
END_TEST

/* The first feed's planted one that is not switched off, and at once: the same path is listed with
 * a hundred thousand hosts. */
START_TEST(test_planted_paths_are_found_without_their_host)
{
	static const struct {
		bool off[2]; /* of planted one and two */
		const char *feed;
	} cases[] = {{{false, false}, "one"}, {{true, false}, "two"}, {{true, true}, NULL}};
	FILE *file = fopen(test_path("long.txt"), "w");
	struct ush_blocklist *list;
	struct ush_blocklist_info all;
	struct ush_url_match match;
	struct ush_source source;
	clock_t start;

	for (unsigned i = 0; i < 100000; i++)
		fprintf(file, "http://n%u.example.jp/\n", i);
	fclose(file);
	feeds[0].path = test_path("long.txt");
	feeds[1].path =
	    test_write("one.yaml", "feed: one\nindicators:\n"
	                           "  - {type: url, value: a.example.jp/, path: planted}\n"
	                           "  - {type: url, value: b.example.jp/, path: planted}\n"
	                           "  - {type: url, value: a.example.jp/x, path: planted}\n");
	feeds[2].path =
	    test_write("two.yaml", "feed: two\nindicators:\n"
	                           "  - {type: url, value: a.example.jp/, path: planted}\n");
	options.feed_count = 3;
	must_compile();
	list = test_open(options.path, USH_PART_ALL);
	ush_blocklist_info(list, &all);
	ck_assert_uint_eq(all.classes, 3);
	for (int i = 0; i < USH_COUNT(cases); i++) {
		const uint8_t actions[] = {USH_ACTION_SINKHOLE,
		    cases[i].off[0] ? USH_ACTION_OFF : USH_ACTION_SINKHOLE,
		    cases[i].off[1] ? USH_ACTION_OFF : USH_ACTION_SINKHOLE};

		ck_assert(ush_blocklist_match_url(list, actions, NULL, "/", 1, &match) ==
		          (cases[i].feed != NULL));
		if (cases[i].feed == NULL)
			continue;
		ck_assert_int_eq(ush_blocklist_source(list, match.rule, &source), 0);
		ck_assert_str_eq(source.feed, cases[i].feed);
		ck_assert(match.planted && !match.host_known);
	}
	ck_assert(ush_blocklist_match_url(list, NULL, NULL, "/x", 2, &match));
	ck_assert(!ush_blocklist_match_url(list, NULL, NULL, "/y", 2, &match));
	start = clock();
	for (unsigned i = 0; i < 100000; i++)
		ck_assert(ush_blocklist_match_url(list, NULL, NULL, "/", 1, &match));
	ck_assert_int_lt((clock() - start) / CLOCKS_PER_SEC, 4);
	ush_blocklist_close(list);
}
END_TEST

START_TEST(test_expired_ones_are_left_out)
{
	struct ush_blocklist *list;

	feeds[0].path = test_write("one.yaml",
	    "feed: one\nindicators:\n"
	    "  - {type: domain, value: old.example.jp, expires: 2027-01-15}\n"
	    "  - {type: domain, value: new.example.jp, expires: 2027-01-16}\n");
	options.feed_count = 1;
	must_compile();
	ck_assert_uint_eq(result.feeds[0].refused[USH_REFUSED_EXPIRED], 1);
	list = test_open(options.path, USH_PART_NAMES);
	ck_assert_int_eq(test_action(list, "old.example.jp"), USH_ACTION_NONE);
	ck_assert_int_eq(test_action(list, "new.example.jp"), USH_ACTION_SINKHOLE);
	ush_blocklist_close(list);
}
END_TEST

START_TEST(test_what_never_block_saves)
{
	static const struct {
		const char *value;
		unsigned line;
		bool in_part;
	} saved[] = {
	    {"exact.example.jp", 4, false},
	    {"both.example.jp", 5, true}, /* what is below it stays listed */
	    {"a.below.example.jp", 6, false},
	    {"below.example.jp", 6, false},
	    {"only.below.example.jp", 6, false},
	    {"192.0.2.128/25", 7, false},
	    {"www.exact.example.jp", 8, false},
	};

	feeds[0].path = test_write("one.yaml",
	    "feed: one\nindicators:\n"
	    "  - {type: domain, value: exact.example.jp}\n"
	    "  - {type: domain, value: both.example.jp, scope: subdomains}\n"
	    "  - {type: domain, value: a.below.example.jp}\n"
	    "  - {type: domain, value: below.example.jp, scope: subdomains}\n"
	    "  - {type: domain, value: example.jp, scope: subdomains}\n" /* parents are not saved */
	    "  - {type: domain, value: other.example.jp}\n"
	    "  - {type: domain, value: x.both.example.jp}\n");
	feeds[1].path = test_write("two.rpz",
	    "z. SOA l. h. 1 2 3 4 5\n*.only.below.example.jp.z. CNAME .\n"
	    "*.exact.example.jp.z. CNAME .\n"
	    "25.128.2.0.192.rpz-ip.z. CNAME .\n16.0.0.0.192.rpz-ip.z. CNAME .\n"
	    "www.exact.example.jp.z. CNAME .\n");
	feeds[2].never_block = true;
	feeds[2].path = test_write("never.yaml",
	    "feed: never\nnever-block: true\nindicators:\n"
	    "  - {type: domain, value: exact.example.jp}\n"
	    "  - {type: domain, value: both.example.jp}\n"
	    "  - {type: domain, value: below.example.jp, scope: subdomains}\n"
	    "  - {type: ip, value: 192.0.2.0/24}\n"
	    "  - {type: domain, value: www.exact.example.jp}\n");
	options.feed_count = 3;
	must_compile();
	ck_assert_uint_eq(result.saved_count, USH_COUNT(saved));
	for (int i = 0; i < USH_COUNT(saved); i++) {
		ck_assert_str_eq(result.saved[i].value, saved[i].value);
		ck_assert_str_eq(result.saved[i].file, "never.yaml");
		ck_assert_uint_eq(result.saved[i].line, saved[i].line);
		ck_assert_int_eq(result.saved[i].in_part, saved[i].in_part);
	}
	ck_assert_uint_eq(result.feeds[0].saved, 0);
	ck_assert_uint_eq(result.feeds[1].saved, 4);
	ck_assert_uint_eq(result.feeds[2].saved, 3);
	/* A feed that is taken back and kept is counted once. */
	test_write("one.yaml", "feed: one\nindicators:\n"
	                       "  - {type: domain, value: exact.example.jp}\n");
	must_compile();
	ck_assert(result.feeds[1].kept);
	ck_assert_uint_eq(result.feeds[1].saved, 4);
	ck_assert_uint_eq(result.saved_count, USH_COUNT(saved));
}
END_TEST

START_TEST(test_two_feeds_of_one_name)
{
	feeds[0].path = test_write("a.txt", "a.example.jp\n");
	feeds[1].path = feeds[0].path;
	options.feed_count = 2;
	ck_assert_int_eq(compile(), -1);
	ck_assert_ptr_nonnull(strstr(err.text, "--name"));
	feeds[1].name = "b";
	must_compile();
}
END_TEST

static bool
exists(const char *name)
{
	return access(test_path(name), F_OK) == 0;
}

/* Take the lock as a user, and end without giving it back. 0 if it was taken. */
static int
take_lock_and_die(uid_t user)
{
	pid_t child = fork();
	struct ush_lock *lock;
	int status;

	if (child == 0) {
		if (user != 0 &&
		    (setgroups(0, NULL) != 0 || setgid(user) != 0 || setuid(user) != 0))
			_exit(2);
		_exit(ush_lock_take(&lock, options.path, 0, NULL, NULL, NULL) == 0 ? 0 : 1);
	}
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert(WIFEXITED(status));
	return WEXITSTATUS(status);
}

START_TEST(test_a_killed_compile_of_root_keeps_no_user_out)
{
	struct ush_lock *lock;
	struct stat st;

	if (geteuid() != 0)
		return;
	ck_assert_int_eq(chown(test_directory(), 12345, 12345), 0);
	ck_assert_int_eq(take_lock_and_die(0), 0);
	ck_assert(exists("list.db.lock"));
	ck_assert_int_eq(take_lock_and_die(12345), 0);
	ck_assert_int_eq(take_lock_and_die(0), 0);
	ck_assert_int_eq(take_lock_and_die(12345), 0);
	/* That user may have led root to another file. */
	ck_assert_int_eq(unlink(test_path("list.db.lock")), 0);
	ck_assert_int_eq(link(test_write("other", "good\n"), test_path("list.db.lock")), 0);
	ck_assert_int_eq(ush_lock_take(&lock, options.path, 0, NULL, NULL, &err), -1);
	ck_assert_int_eq(stat(test_path("other"), &st), 0);
	ck_assert_uint_eq(st.st_uid, 0);
	ck_assert_int_eq(st.st_size, 5);
}
END_TEST

START_TEST(test_one_compile_at_a_time)
{
	struct said said = {0};
	char expected[64];
	struct ush_lock *lock;

	use_names(3);
	ck_assert_int_eq(ush_lock_take(&lock, options.path, 0, NULL, NULL, &err), 0);
	ck_assert_int_eq(compile(), -1);
	snprintf(expected, sizeof(expected), "process %d is compiling it", (int)getpid());
	ck_assert_msg(strstr(err.text, expected) != NULL, "%s", err.text);
	ck_assert(!exists("list.db"));
	/* By another name too. */
	ck_assert_int_eq(symlink("list.db", test_path("link")), 0);
	test_write("list.db", "x");
	free((char *)options.path);
	options.path = strdup(test_path("link"));
	options.force = true;
	options.say = say;
	options.arg = &said;
	options.say_at_most = 10;
	options.wait_seconds = 1;
	ck_assert_int_eq(compile(), -1);
	ck_assert_uint_eq(said.count, 1);
	ck_assert_ptr_nonnull(strstr(said.text, "is compiling this list; waiting for it"));
	ush_lock_release(lock);
	must_compile();
	ck_assert(!exists("list.db.lock"));
	/* The lock of a killed process does not hold up the next. */
	test_write("list.db.lock", "1\n");
	must_compile();
	ck_assert(!exists("list.db.lock"));
	/* To look is no compile. */
	ck_assert_int_eq(ush_lock_take(&lock, test_path("list.db"), 0, NULL, NULL, &err), 0);
	free((char *)options.path);
	options.path = NULL;
	must_compile();
	ush_lock_release(lock);
}
END_TEST

START_TEST(test_what_the_killed_left_is_removed)
{
	static const char *const stay[] = {"list.db.sinkzone-", "list.db.sinkzone-1234567",
	    "list.db.backup", "blist.db.sinkzone-123456", "list.db2.sinkzone-123456"};

	for (int i = 0; i < USH_COUNT(stay); i++)
		test_write(stay[i], "");
	test_write("list.db.sinkzone-aB3456", "");
	test_write("list.db.sinkzone-123456", "");
	use_names(3);
	must_compile();
	for (int i = 0; i < USH_COUNT(stay); i++)
		ck_assert_msg(exists(stay[i]), "%s", stay[i]);
	ck_assert(!exists("list.db.sinkzone-aB3456") && !exists("list.db.sinkzone-123456"));
}
END_TEST

#define CLAIM                                                                             \
	"feed: claim\nnever-block: true\nindicators:\n"                                   \
	"  - {type: domain, value: c2.example.jp, scope: subdomains, action: sinkhole}\n" \
	"  - {type: domain, value: other.example.jp}\n"

/* Whether the claim is given first, and what c2.example.jp then gets. */
static const struct {
	unsigned place;
	bool with_option;
	enum ush_action c2;
} claims[] = {
    {1, false, USH_ACTION_SINKHOLE},
    {0, false, USH_ACTION_PASSTHRU},
    {1, true, USH_ACTION_NONE},
    {0, true, USH_ACTION_NONE},
};

START_TEST(a_feed_cannot_make_itself_never_block)
{
	struct ush_blocklist *list;
	struct said said = {0};
	char line[300];

	options.feed_count = 2;
	options.say = say;
	options.say_at_most = UINT32_MAX;
	options.arg = &said;
	feeds[claims[_i].place] = (struct ush_feed_options){
	    .path = test_write("claim.yaml", CLAIM), .never_block = claims[_i].with_option};
	feeds[1 - claims[_i].place] =
	    (struct ush_feed_options){.path = test_write("ours.txt", "c2.example.jp\n")};
	must_compile();
	list = test_open(options.path, USH_PART_NAMES);
	ck_assert_int_eq(test_action(list, "c2.example.jp"), claims[_i].c2);
	/* What it names is never blocked because of it. */
	ck_assert_int_eq(test_action(list, "other.example.jp"),
	    claims[_i].with_option ? USH_ACTION_NONE : USH_ACTION_PASSTHRU);
	ush_blocklist_close(list);
	ck_assert_uint_eq(said.count, claims[_i].with_option ? 0 : 1);
	snprintf(line, sizeof(line),
	    "%s:2: never-block: true: counts only in feeds given with "
	    "--never-block",
	    test_path("claim.yaml"));
	ck_assert(claims[_i].with_option || strncmp(said.text, line, strlen(line)) == 0);
	ck_assert_uint_eq(result.feeds[claims[_i].place].refused[USH_REFUSED_NEVER_BLOCK],
	    claims[_i].with_option ? 0 : 1);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("zones/compiler");
	TCase *tcase = tcase_create("all");

	suite_add_tcase(suite, tcase);
	tcase_set_timeout(tcase, 60);
	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_test(tcase, test_serial_only_moves_forward);
	tcase_add_test(tcase, test_nothing_new_is_no_new_list);
	tcase_add_test(tcase, test_the_mode_stays);
	tcase_add_test(tcase, test_nothing_is_left_behind);
	tcase_add_test(tcase, test_scopes_by_format);
	tcase_add_test(tcase, test_feeds_in_the_order_given);
	tcase_add_test(tcase, test_what_is_said_of_a_url_adds_up);
	tcase_add_test(tcase, test_planted_paths_are_found_without_their_host);
	tcase_add_test(tcase, test_expired_ones_are_left_out);
	tcase_add_test(tcase, test_what_never_block_saves);
	tcase_add_test(tcase, test_two_feeds_of_one_name);
	tcase_add_test(tcase, test_one_compile_at_a_time);
	tcase_add_test(tcase, test_a_killed_compile_of_root_keeps_no_user_out);
	tcase_add_test(tcase, test_what_the_killed_left_is_removed);
	tcase_add_loop_test(tcase, a_feed_cannot_make_itself_never_block, 0, USH_COUNT(claims));
	return ush_unit_run(suite);
}
