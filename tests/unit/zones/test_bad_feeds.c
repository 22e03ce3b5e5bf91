/* SPDX-License-Identifier: BSD-3-Clause */
/* Bad feeds, and bad lines of good ones, replace nothing and are reported. */
#include "compiling.h"

#include <sys/stat.h>
#include <unistd.h>

START_TEST(test_bad_feeds_replace_nothing)
{
	static const struct {
		const char *text;
		const char *says;
	} bad[] = {
	    {"", "read as domains (--format says otherwise), it has no good indicator"},
	    {"# only comments\n\n", "no good indicator"},
	    {"<p>502 Bad Gateway</p>\n</body>\n", "no good indicator"},
	    {"<body>\n<p>x</p>\nexample.jp\n", "no indicators"},
	    {"com\njp\n", "no good indicator"},
	};
	uint32_t serial;

	use_names(3);
	must_compile();
	serial = info().serial;
	for (int i = 0; i < USH_COUNT(bad); i++) {
		feeds[0] = (struct ush_feed_options){
		    .path = test_write("names.txt", bad[i].text), .format = "domains"};
		ck_assert_int_eq(compile(), -1);
		ck_assert_msg(strstr(err.text, bad[i].says) != NULL, "%s", err.text);
		ck_assert_str_eq(err.file, feeds[0].path);
		ck_assert_uint_eq(info().serial, serial);
		ck_assert_uint_eq(info().names, 3);
	}
	options.force = true;
	must_compile();
	ck_assert_uint_eq(info().names, 0);
}
END_TEST

/* Whatever was asked for: none of the hosts that a page links to is ever a listing. */
START_TEST(test_web_pages_are_no_lists)
{
	static const char *const pages[] = {
	    "\xef\xbb\xbf\r\n \t<!doctype HTML PUBLIC \"-//W3C//DTD HTML 4.01//EN\"\n"
	    "\"http://www.w3.org/TR/html4/strict.dtd\">\n",
	    "<HTML lang=en>\nhttp://a.example.jp/\na.example.jp\n",
	    "<?xml version=\"1.0\"?>\n<Error>\nhttp://a.example.jp/\n</Error>\n",
	    "<!-- cached -->\n<html>\na.example.jp\nb.example.jp\nc.example.jp\n</html>\n"};

	options.force = true;
	options.feed_count = 1;
	for (int i = 0; i < USH_COUNT(pages); i++) {
		const char *path = test_write("page.txt", pages[i]);

		for (size_t k = 0; k == 0 || ush_feed_format_name(k - 1) != NULL; k++) {
			feeds[0] = (struct ush_feed_options){
			    .path = path, .format = ush_feed_format_name(k)};
			ck_assert_int_eq(compile(), -1);
			ck_assert_msg(strstr(err.text, "error page") != NULL, "%s", err.text);
		}
	}
}
END_TEST

/* Lists of indicators have senders of mails too. */
START_TEST(test_mail_addresses_list_no_provider)
{
	static const char *const formats[] = {
	    "urls", "domains", "wildcards", "hosts", "adblock", "dnsmasq"};
	struct ush_blocklist *list;

	options.force = true;
	options.feed_count = 1;
	for (int i = 0; i < USH_COUNT(formats); i++) {
		feeds[0] = (struct ush_feed_options){
		    .path = test_write("mails.txt",
		        "x@mail.jp\nmailto:x@mail.jp\nhttp://x@c2.example.jp/\n"
		        "0.0.0.0 x@mail.jp\n||x@mail.jp^\naddress=/x@mail.jp/0.0.0.0\n"),
		    .format = formats[i]};
		must_compile();
		list = test_open(options.path, USH_PART_NAMES);
		ck_assert_int_eq(test_action(list, "mail.jp"), USH_ACTION_NONE);
		ck_assert_int_eq(test_action(list, "c2.example.jp"),
		    i == 0 ? USH_ACTION_SINKHOLE : USH_ACTION_NONE);
		ush_blocklist_close(list);
	}
}
END_TEST

START_TEST(test_a_shrunken_feed_replaces_nothing)
{
	use_names(100);
	must_compile();
	use_names(50);
	must_compile(); /* half is allowed */
	use_names(24);
	ck_assert_int_eq(compile(), -1);
	ck_assert_ptr_nonnull(strstr(err.text,
	    "read as domains (--format says otherwise), it has 24 indicators where it had 50"));
	ck_assert_uint_eq(info().names, 50);
	options.shrink_percent = 60;
	must_compile();
	ck_assert_uint_eq(info().names, 24);
	use_names(1);
	options.force = true;
	must_compile();
}
END_TEST

/* What the list says of a text, for comparison over compiles. */
static void
describe(const char *text, char *out, size_t size)
{
	struct ush_blocklist *list = test_open(options.path, USH_PART_ALL);
	struct ush_blocklist_info all;
	size_t used = 0;

	out[0] = '\0';
	ush_blocklist_info(list, &all);
	for (uint32_t i = 0; i < all.rules; i++) {
		struct ush_source source;
		struct ush_class class;
		struct ush_rule rule;

		ush_blocklist_rule(list, i, &rule);
		if (rule.kind == USH_RULE_NONE || ush_blocklist_source(list, i, &source) != 0 ||
		    strcmp(source.trigger, text) != 0)
			continue;
		ush_blocklist_class(list, rule.class_id, &class);
		used += (size_t)snprintf(out + used, size - used,
		    "%d %d%d%d%d %s %s %s %d %d|%s:%u|%s|%s|%s|%s|%s|%u|%s;", rule.kind, rule.exact,
		    rule.subdomains, rule.planted, rule.host_known, text, class.feed,
		    class.campaign, class.action, class.never_block, source.file, source.line,
		    source.added, source.expires, source.confidence, source.raw, source.remark,
		    source.report_line, source.reference);
	}
	ush_blocklist_close(list);
}

static const char *const kept_triggers[] = {"a.example.jp", "b.example.jp", "c.example.jp",
    "192.0.2.0/24", "www.example.jp", "www.example.jp/x.php", "d.example.jp/y", "n.example.jp"};

START_TEST(test_a_bad_feed_keeps_its_rules)
{
	char before[USH_COUNT(kept_triggers)][512];
	char after[512];
	struct ush_blocklist *list;
	struct ush_note note;

	feeds[0].never_block = true;
	feeds[0].path = test_write("never.yaml", "feed: never\nnever-block: true\nindicators:\n  - "
	                                         "{type: domain, value: n.example.jp}\n");
	feeds[1].path = test_write("one.yaml",
	    "feed: one\ncampaign: c\nsoftware: S\nreference: r\ndate: 2026-01-01\nindicators:\n"
	    "  - {type: domain, value: a.example.jp, action: nodata, scope: subdomains}\n"
	    "  - {type: domain, value: a.example.jp, action: drop}\n"
	    "  - {type: domain, value: b.example.jp, raw: 'b[.]example', remark: m, source-line: "
	    "9}\n"
	    "  - {type: domain, value: c.example.jp, expires: 2027-01-16}\n"
	    "  - {type: ip, value: 192.0.2.0/24, action: drop}\n"
	    "  - {type: url, value: www.example.jp/x.php, path: planted, confidence: high}\n"
	    "  - {type: url-path, value: /y, hosts: [d.example.jp]}\n"
	    "  - {type: sha256, value: abc}\n"
	    "  - {type: domain, value: d1.example.jp, action: drop}\n" /* so that the second class
	                                                                */
	    "  - {type: domain, value: d2.example.jp, action: drop}\n" /* is met first */
	    "  - {type: domain, value: d3.example.jp, action: drop}\n"
	    "  - {type: domain, value: d4.example.jp, action: drop}\n"
	    "  - {type: domain, value: d5.example.jp, action: drop}\n"
	    "  - {type: domain, value: d6.example.jp, action: drop}\n");
	feeds[2].path = test_write("two.txt", "a.example.jp\ntwo.example.jp\n");
	options.feed_count = 3;
	must_compile();
	for (int i = 0; i < USH_COUNT(kept_triggers); i++) {
		describe(kept_triggers[i], before[i], sizeof(before[i]));
		ck_assert_str_ne(before[i], "");
	}
	/* Both come broken, the third with something new. */
	test_write("never.yaml", "feed: never\nnever-block: true\nindicators: []\n");
	test_write(
	    "one.yaml", "feed: one\nindicators:\n  - {type: domain, value: zz.example.jp}\n");
	test_write("two.txt", "a.example.jp\ntwo.example.jp\nnew.example.jp\n");
	must_compile();
	ck_assert(result.feeds[0].kept && result.feeds[1].kept && !result.feeds[2].kept);
	ck_assert_ptr_nonnull(strstr(result.feeds[0].why.text, "has no good indicator"));
	ck_assert_str_eq(result.feeds[0].why.file, feeds[0].path);
	ck_assert_ptr_nonnull(strstr(result.feeds[1].why.text, "has 1 indicators where it had 13"));
	ck_assert_uint_eq(result.feeds[1].kept_rules, 14);
	for (int i = 0; i < USH_COUNT(kept_triggers); i++) {
		describe(kept_triggers[i], after, sizeof(after));
		ck_assert_str_eq(after, before[i]);
	}
	list = test_open(options.path, USH_PART_ALL);
	ck_assert_int_eq(test_action(list, "new.example.jp"), USH_ACTION_SINKHOLE);
	ck_assert_int_eq(test_action(list, "zz.example.jp"), USH_ACTION_NONE);
	ck_assert_int_eq(test_action(list, "n.example.jp"), USH_ACTION_NONE);
	ck_assert_int_eq(test_action(list, "x.a.example.jp"), USH_ACTION_NODATA);
	ck_assert_int_eq(ush_blocklist_note(list, 0, &note), 0);
	ck_assert_str_eq(note.source.trigger, "abc");
	ck_assert_int_eq(ush_blocklist_note(list, 1, &note), -1);
	ush_blocklist_close(list);
	/* Measured against what it had; what expires meanwhile goes; one feed can be forced. */
	options.now_ms += UINT64_C(86400) * 1000;
	must_compile();
	ck_assert(result.feeds[1].kept);
	ck_assert_uint_eq(result.feeds[1].kept_rules, 13);
	ck_assert_uint_eq(result.feeds[1].previous, 13);
	options.forced = (const char *const[]){"one", "x", NULL};
	ck_assert_int_eq(compile(), -1);
	ck_assert_ptr_nonnull(strstr(err.text, "--force=x: none of the feeds has this name"));
	options.forced = (const char *const[]){"two", "one", NULL};
	must_compile();
	ck_assert(result.feeds[0].kept && !result.feeds[1].kept);
	describe("b.example.jp", after, sizeof(after));
	ck_assert_str_eq(after, "");
}
END_TEST

START_TEST(test_a_broken_list_is_not_forgotten)
{
	use_names(3);
	test_write("list.db", "this was a list once");
	ck_assert_int_eq(compile(), -1);
	ck_assert_ptr_nonnull(strstr(err.text, "--force"));
	options.force = true;
	must_compile();
	ck_assert_uint_eq(info().names, 3);
}
END_TEST

static uint64_t
size_of(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 ? (uint64_t)st.st_size : UINT64_MAX;
}

static void
overwrite(uint64_t offset, const void *bytes, size_t len)
{
	FILE *file = fopen(options.path, "r+");

	ck_assert_ptr_nonnull(file);
	ck_assert_int_eq(fseek(file, (long)offset, SEEK_SET), 0);
	ck_assert_uint_eq(fwrite(bytes, 1, len, file), len);
	ck_assert_int_eq(fclose(file), 0);
}

/* A list of three names, whose serial is far ahead of the clock. */
static uint32_t
make_list_ahead_of_the_clock(void)
{
	use_names(3);
	must_compile();
	options.now_ms -= UINT64_C(86400000);
	options.mend = true;
	return info().serial;
}

static void
check_mended(const char *says)
{
	struct stat st;

	must_compile();
	ck_assert_str_eq(result.set_aside, test_path("list.db.damaged"));
	ck_assert_str_eq(result.damage.file, options.path);
	ck_assert_msg(strstr(result.damage.text, says) != NULL, "%s", result.damage.text);
	ck_assert_ptr_null(strchr(result.damage.text, ';'));
	ck_assert_int_eq(ush_list_look(options.path, &err), USH_LIST_GOOD);
	ck_assert_uint_eq(info().names, 3);
	ck_assert_int_eq(stat(options.path, &st), 0);
	ck_assert_uint_eq(st.st_nlink, 1);
}

START_TEST(test_a_list_that_was_cut_short_is_set_aside)
{
	uint32_t serial = make_list_ahead_of_the_clock();
	struct stat st;

	ck_assert_int_eq(chmod(options.path, 0640), 0);
	ck_assert_int_eq(truncate(options.path, 100), 0);
	ck_assert_int_eq(ush_list_look(options.path, &err), USH_LIST_DAMAGED);
	test_write("list.db.damaged", "that of the last time");
	options.last_serial = serial;
	check_mended("is too short to be a blocklist");
	ck_assert(result.slots_lost);
	ck_assert_uint_eq(info().serial, serial + 1);
	ck_assert_uint_eq(size_of(test_path("list.db.damaged")), 100);
	ck_assert_int_eq(stat(options.path, &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0640); /* the resolver reads it by its group */
	must_compile();
	ck_assert_ptr_null(result.set_aside);
	ck_assert_uint_eq(info().serial, serial + 2);
}
END_TEST

START_TEST(test_a_damaged_list_gives_its_serial_as_long_as_its_header_is_good)
{
	uint32_t serial = make_list_ahead_of_the_clock();

	ck_assert_int_eq(truncate(options.path, (off_t)size_of(options.path) - 64), 0);
	check_mended("bytes where its header says");
	ck_assert(result.slots_lost);
	ck_assert_uint_eq(info().serial, serial + 1);
	/* Nobody knows it: by the date. */
	ck_assert_int_eq(truncate(options.path, 0), 0);
	check_mended("is too short");
	ck_assert_uint_eq(info().serial, options.now_ms / 1000);
}
END_TEST

START_TEST(test_a_list_with_damaged_rules_keeps_its_slots)
{
	static const char zeroes[64]; /* the texts of sources lie at the end */
	uint32_t serial = make_list_ahead_of_the_clock();
	uint32_t slot = slot_of("names");

	overwrite(size_of(options.path) - sizeof(zeroes), zeroes, sizeof(zeroes));
	check_mended("checksum");
	ck_assert(!result.slots_lost);
	ck_assert_uint_eq(slot_of("names"), slot);
	ck_assert_uint_eq(info().serial, serial + 1);
}
END_TEST

START_TEST(test_a_list_with_a_damaged_start_is_set_aside)
{
	static const char zeroes[600];

	make_list_ahead_of_the_clock();
	overwrite(0, zeroes, sizeof(zeroes));
	check_mended("is no blocklist");
	overwrite(8, zeroes, sizeof(zeroes)); /* the magic is good */
	check_mended("format version 0");
}
END_TEST

START_TEST(test_a_damaged_list_stays_where_no_new_one_can_be_made)
{
	static const char zeroes[64];
	uint64_t size;

	make_list_ahead_of_the_clock();
	size = size_of(options.path);
	overwrite(size - sizeof(zeroes), zeroes, sizeof(zeroes));
	use_names(0); /* and nothing of it can be kept from that list */
	ck_assert_int_eq(compile(), -1);
	ck_assert_ptr_nonnull(strstr(err.text, "has no good indicator"));
	ck_assert_ptr_null(result.set_aside);
	ck_assert_uint_eq(size_of(options.path), size);
	ck_assert_int_eq(ush_list_look(options.path, &err), USH_LIST_DAMAGED);
	ck_assert_uint_eq(size_of(test_path("list.db.damaged")), UINT64_MAX);
	/* Not for the compile by hand, which has its --force. */
	use_names(3);
	options.mend = false;
	ck_assert_int_eq(truncate(options.path, 100), 0);
	ck_assert_int_eq(compile(), -1);
	ck_assert_ptr_nonnull(strstr(err.text, "(--force does)"));
}
END_TEST

START_TEST(test_a_list_of_another_version_is_not_damaged)
{
	make_list_ahead_of_the_clock();
	overwrite(8, &(uint32_t){99}, sizeof(uint32_t));
	ck_assert_int_eq(ush_list_look(options.path, &err), USH_LIST_UNKNOWN);
	ck_assert_int_eq(compile(), -1);
	ck_assert_ptr_nonnull(strstr(err.text, "is of format version 99"));
	ck_assert_ptr_nonnull(strstr(err.text, "move it away"));
	ck_assert_ptr_null(result.set_aside);
	ck_assert_uint_eq(size_of(test_path("list.db.damaged")), UINT64_MAX);
	ck_assert_int_eq(ush_list_look(test_directory(), &err), USH_LIST_UNKNOWN);
	ck_assert_int_eq(ush_list_look(test_path("none.db"), &err), USH_LIST_ABSENT);
}
END_TEST

START_TEST(test_refusals_name_their_path_and_line)
{
	struct said said = {0};
	struct ush_blocklist *list;
	struct ush_feed_info feed;
	char text[512];

	feeds[0].path = test_write("a.txt", "a.example.jp\n\x1b[31mred\n");
	options.feed_count = 1;
	options.say = say;
	options.arg = &said;
	options.say_at_most = 10;
	must_compile();
	ck_assert_uint_eq(said.count, 1);
	snprintf(text, sizeof(text), "%s:2: \x1b[31mred: no indicator", feeds[0].path);
	ck_assert_str_eq(said.text, text); /* as it is */
	/* Not more than asked for, but counted. */
	feeds[0].path =
	    test_write("a.txt", "a.example.jp\nb.example.jp\nc.example.jp\ncom\njp\nnet\n");
	said.count = 0;
	options.say_at_most = 1;
	must_compile();
	ck_assert_uint_eq(said.count, 2);
	snprintf(text, sizeof(text), "%s: and 2 more", feeds[0].path);
	ck_assert_str_eq(said.text, text);
	/* The list knows the file, wherever it lay. */
	list = test_open(options.path, USH_PART_ALL);
	ush_blocklist_feed(list, 0, &feed);
	ck_assert_str_eq(feed.file, "a.txt");
	ush_blocklist_close(list);
}
END_TEST

START_TEST(test_networks_have_rails)
{
	struct said said = {0};

	feeds[0].path = test_write("n.yaml", "feed: n\nindicators:\n"
	                                     "  - {type: ip, value: 192.0.2.1}\n"
	                                     "  - {type: ip, value: 0.0.0.0/0}\n"
	                                     "  - {type: ip, value: 32.0.0.0/5}\n"
	                                     "  - {type: ip, value: 127.0.0.1}\n"
	                                     "  - {type: ip, value: nonsense}\n"
	                                     "  - {type: ip, value: 10.1.2.3}\n");
	options.feed_count = 1;
	options.say = say;
	options.arg = &said;
	options.say_at_most = 10;
	must_compile();
	ck_assert_uint_eq(result.feeds[0].refused[USH_REFUSED_WIDE], 2);
	ck_assert_uint_eq(result.feeds[0].refused[USH_REFUSED_LOCAL], 1);
	ck_assert_uint_eq(result.feeds[0].refused[USH_REFUSED_MALFORMED], 1);
	ck_assert_uint_eq(result.feeds[0].warned, 1);
	ck_assert_uint_eq(result.build.networks, 2);
	ck_assert_ptr_nonnull(strstr(said.text, "n.yaml:8: 10.1.2.3: taken, but is a private "
	                                        "network: names of your own may be blocked"));
	/* What never blocks may let all of them pass, but not everything. */
	feeds[0].never_block = true;
	must_compile();
	ck_assert_uint_eq(result.feeds[0].refused[USH_REFUSED_WIDE], 1);
	ck_assert_uint_eq(result.feeds[0].warned, 0);
	ck_assert_uint_eq(result.build.networks, 4);
}
END_TEST

START_TEST(test_very_popular_names_warn)
{
	static const struct {
		const char *line;
		const char *why; /* NULL: no warning */
	} cases[] = {
	    {"google.com", "covers google.com"},
	    {"www.google.com", "covers google.com"},
	    {"example.jp", "touches your own domain a.example.jp"},
	    {"a.example.jp", "touches your own domain a.example.jp"},
	    {"host.a.example.jp", "touches your own domain a.example.jp"},
	    {"b.example.jp", NULL},
	    {"evil.google.com", NULL},
	    {"google.com.example.org", NULL},
	};
	struct said said;
	char *own[] = {(char[]){"a.example.jp"}};
	struct ush_settings settings = {.own_domains = {own, 1}};

	free((char *)options.path);
	options.path = NULL;
	options.say = say;
	options.arg = &said;
	options.say_at_most = 10;
	options.settings = &settings;
	options.feed_count = 1;
	for (int i = 0; i < USH_COUNT(cases); i++) {
		char expected[256];

		said = (struct said){0};
		feeds[0] = (struct ush_feed_options){.path = test_write("f.txt", cases[i].line)};
		must_compile();
		ck_assert_msg(said.count == (cases[i].why != NULL), "%s", cases[i].line);
		ck_assert_uint_eq(result.feeds[0].popular, cases[i].why != NULL);
		ck_assert_uint_eq(result.feeds[0].indicators, 1);
		if (cases[i].why == NULL)
			continue;
		snprintf(expected, sizeof(expected), "%s:1: %s: warning: %s", feeds[0].path,
		    cases[i].line, cases[i].why);
		ck_assert_msg(strstr(said.text, expected) == said.text, "%s", said.text);
		/* A rule that only records, or lets the name pass, does no harm. */
		feeds[0].action = USH_ACTION_MONITOR;
		must_compile();
		feeds[0].action = USH_ACTION_PASSTHRU;
		must_compile();
		feeds[0].never_block = true;
		must_compile();
		ck_assert_uint_eq(said.count, 1);
	}
	/* Refused lines do not take its place. */
	options.say_at_most = 1;
	said = (struct said){0};
	feeds[0] = (struct ush_feed_options){.path = test_write("f.txt", "com\njp\ngoogle.com\n")};
	must_compile();
	ck_assert_uint_eq(said.count, 3); /* one of two, the warning, how many more */
	options.say_at_most = 10;
	/* Exact rules above one cover nothing of it; what never-block saves is no worry. */
	feeds[0] = (struct ush_feed_options){
	    .path = test_write("f.txt", "example.jp\n"), .scope = USH_SCOPE_EXACT};
	must_compile();
	ck_assert_uint_eq(result.feeds[0].popular, 0);
	feeds[0] = (struct ush_feed_options){.path = test_write("f.txt", "google.com\n")};
	feeds[1] = (struct ush_feed_options){
	    .path = test_write("n.txt", "google.com\n"), .never_block = true};
	options.feed_count = 2;
	must_compile();
	ck_assert_uint_eq(result.feeds[1].popular, 0);
	feeds[1].scope = USH_SCOPE_EXACT; /* www.google.com is not */
	must_compile();
	ck_assert_uint_eq(result.feeds[1].popular, 1);
}
END_TEST

/* A page on a code host or on a site of one's own is listed; its host is not. */
START_TEST(test_urls_on_very_popular_names_make_no_rule_for_the_name)
{
	static const struct {
		const char *line;
		const char *host;
		const char *why;        /* NULL: no warning */
		enum ush_action action; /* of the host */
	} cases[] = {
	    {"url, value: \"https://github.com/x\"", "github.com", "covers github.com",
	        USH_ACTION_NONE},
	    {"url, value: \"https://www.github.com/x\"", "www.github.com", "covers github.com",
	        USH_ACTION_NONE},
	    {"url, value: \"https://drive.google.com/x\"", "drive.google.com",
	        "covers drive.google.com", USH_ACTION_NONE},
	    {"url, value: \"http://host.a.example.jp/x\"", "host.a.example.jp",
	        "touches your own domain a.example.jp", USH_ACTION_NONE},
	    {"url, value: \"http://example.jp/x\", scope: subdomains", "a.example.jp",
	        "touches your own domain a.example.jp", USH_ACTION_NONE},
	    {"url, value: \"http://example.jp/x\"", "example.jp", NULL, USH_ACTION_SINKHOLE},
	    {"url, value: \"https://someone.github.com/x\"", "someone.github.com", NULL,
	        USH_ACTION_SINKHOLE},
	    /* An intruder has put the file there: the host is listed, too. */
	    {"url, value: \"https://github.com/x\", path: planted", "github.com", NULL,
	        USH_ACTION_SINKHOLE},
	    {"url, value: \"https://github.com/x\", action: monitor", "github.com", NULL,
	        USH_ACTION_MONITOR},
	    {"url, value: \"https://github.com/x\", action: passthru", "github.com", NULL,
	        USH_ACTION_PASSTHRU},
	};
	struct said said;
	char *own[] = {(char[]){"a.example.jp"}};
	struct ush_settings settings = {.own_domains = {own, 1}};

	options.say = say;
	options.arg = &said;
	options.say_at_most = 10;
	options.settings = &settings;
	options.feed_count = 1;
	for (int i = 0; i < USH_COUNT(cases); i++) {
		char text[512];
		char expected[256];
		struct ush_blocklist *list;

		said = (struct said){0};
		snprintf(
		    text, sizeof(text), "feed: f\nindicators:\n  - {type: %s}\n", cases[i].line);
		feeds[0] = (struct ush_feed_options){.path = test_write("f.yaml", text)};
		must_compile();
		ck_assert_uint_eq(result.feeds[0].indicators, 1);
		ck_assert_uint_eq(result.build.urls, 1);
		ck_assert_uint_eq(result.feeds[0].url_alone, cases[i].why != NULL);
		list = test_open(options.path, USH_PART_NAMES);
		ck_assert_msg(
		    test_action(list, cases[i].host) == cases[i].action, "%s", cases[i].line);
		ush_blocklist_close(list);
		if (cases[i].why == NULL)
			continue;
		ck_assert_uint_eq(result.feeds[0].popular, 0);
		ck_assert_ptr_eq(strstr(said.text, feeds[0].path), said.text);
		snprintf(expected, sizeof(expected), "/x: warning: %s", cases[i].why);
		ck_assert_msg(strstr(said.text, ".yaml:3: http") != NULL &&
		                  strstr(said.text, expected) != NULL,
		    "%s", said.text);
	}
	/* A host that the feed lists by name, too, is blocked; what never-block saves is no worry. */
	feeds[0] = (struct ush_feed_options){
	    .path = test_write("f.txt", "https://github.com/x\n"), .format = "urls"};
	feeds[1] = (struct ush_feed_options){.path = test_write("d.txt", "github.com\n")};
	options.feed_count = 2;
	must_compile();
	ck_assert_uint_eq(result.feeds[0].url_alone, 1);
	ck_assert_uint_eq(result.build.names, 1);
	feeds[1].never_block = true;
	said = (struct said){0};
	must_compile();
	ck_assert_uint_eq(said.count, 0);
	ck_assert_uint_eq(result.feeds[1].url_alone, 0);
	ck_assert_uint_eq(result.feeds[1].saved, 1);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("zones/bad_feeds");
	TCase *tcase = tcase_create("all");

	suite_add_tcase(suite, tcase);
	tcase_set_timeout(tcase, 60);
	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_test(tcase, test_bad_feeds_replace_nothing);
	tcase_add_test(tcase, test_web_pages_are_no_lists);
	tcase_add_test(tcase, test_mail_addresses_list_no_provider);
	tcase_add_test(tcase, test_a_shrunken_feed_replaces_nothing);
	tcase_add_test(tcase, test_a_bad_feed_keeps_its_rules);
	tcase_add_test(tcase, test_a_broken_list_is_not_forgotten);
	tcase_add_test(tcase, test_a_list_that_was_cut_short_is_set_aside);
	tcase_add_test(tcase, test_a_damaged_list_gives_its_serial_as_long_as_its_header_is_good);
	tcase_add_test(tcase, test_a_list_with_damaged_rules_keeps_its_slots);
	tcase_add_test(tcase, test_a_list_with_a_damaged_start_is_set_aside);
	tcase_add_test(tcase, test_a_damaged_list_stays_where_no_new_one_can_be_made);
	tcase_add_test(tcase, test_a_list_of_another_version_is_not_damaged);
	tcase_add_test(tcase, test_refusals_name_their_path_and_line);
	tcase_add_test(tcase, test_networks_have_rails);
	tcase_add_test(tcase, test_very_popular_names_warn);
	tcase_add_test(tcase, test_urls_on_very_popular_names_make_no_rule_for_the_name);
	return ush_unit_run(suite);
}
