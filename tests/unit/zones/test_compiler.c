/* SPDX-License-Identifier: BSD-3-Clause */
/* What a compile promises over the years: slots, serial, mode, and that a bad feed replaces
 * nothing. */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include "support.h"
#include "tests/unit/unit.h"
#include "zones/compile/lock.h"

static struct ush_compile_options options;
static struct ush_feed_options feeds[300];
static struct ush_compile_result result;
static struct ush_error err;

static void
set_up(void)
{
	options = (struct ush_compile_options){
	    .path = strdup(test_path("list.db")),
	    .feeds = feeds,
	    .now_ms = TEST_NOW_MS,
	    .last_slot = 254,
	    .shrink_percent = 50,
	};
	err = (struct ush_error){0};
}

static void
tear_down(void)
{
	free((char *)options.path);
	test_directory_remove();
}

static int
compile(void)
{
	int rc;

	ush_compile_result_fini(&result);
	rc = ush_compile(&options, &result, &err);
	return rc;
}

static void
must_compile(void)
{
	if (compile() != 0)
		ck_abort_msg("%s: %s", err.file, err.text);
}

/* A domain list of n names as the only feed. */
static void
use_names(unsigned n)
{
	FILE *file = fopen(test_path("names.txt"), "w");

	for (unsigned i = 0; i < n; i++)
		fprintf(file, "n%u.example.jp\n", i);
	fclose(file);
	feeds[0] = (struct ush_feed_options){.path = test_path("names.txt")};
	options.feed_count = 1;
}

static struct ush_blocklist_info
info(void)
{
	struct ush_blocklist *list = test_open(options.path, 0);
	struct ush_blocklist_info out;

	ush_blocklist_info(list, &out);
	ush_blocklist_close(list);
	return out;
}

static uint32_t
slot_of(const char *campaign_name)
{
	struct ush_blocklist *list = test_open(options.path, 0);
	struct ush_blocklist_info all;
	uint32_t slot = 9999; /* no such campaign */

	ush_blocklist_info(list, &all);
	for (uint32_t i = 0; i < all.campaigns; i++) {
		struct ush_campaign campaign;

		ush_blocklist_campaign(list, i, &campaign);
		if (strcmp(campaign.name, campaign_name) == 0)
			slot = campaign.slot;
	}
	ush_blocklist_close(list);
	return slot;
}

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

START_TEST(test_slots_are_kept_and_never_given_again)
{
	bool seen[256] = {false};
	uint32_t first[20];
	char name[16];

	/* Twenty campaigns, each gets its own slot. */
	for (unsigned i = 0; i < 20; i++) {
		static char paths[20][256];

		snprintf(name, sizeof(name), "c%u.txt", i);
		snprintf(paths[i], sizeof(paths[i]), "%s", test_write(name, "a.example.jp\n"));
		feeds[i] = (struct ush_feed_options){.path = paths[i]};
	}
	options.feed_count = 20;
	must_compile();
	for (unsigned i = 0; i < 20; i++) {
		snprintf(name, sizeof(name), "c%u", i);
		first[i] = slot_of(name);
		ck_assert_uint_ge(first[i], 2);
		ck_assert_uint_le(first[i], 254);
		ck_assert(!seen[first[i]]);
		seen[first[i]] = true;
	}
	/* Ten leave, in other order; those who stay keep theirs. */
	for (unsigned i = 0; i < 10; i++)
		feeds[i] = feeds[19 - i];
	options.feed_count = 10;
	must_compile();
	for (unsigned i = 0; i < 20; i++) {
		snprintf(name, sizeof(name), "c%u", i);
		ck_assert_uint_eq(slot_of(name), i >= 10 ? first[i] : 0);
	}
	/* Newcomers get none of theirs, also not the slots of those who left; who returns is known.
	 */
	for (unsigned i = 0; i < 100; i++) {
		static char paths[100][256];

		snprintf(name, sizeof(name), "d%u.txt", i);
		snprintf(paths[i], sizeof(paths[i]), "%s", test_write(name, "a.example.jp\n"));
		feeds[i] = (struct ush_feed_options){.path = paths[i]};
	}
	feeds[100] = (struct ush_feed_options){.path = test_path("c3.txt")};
	options.feed_count = 101;
	must_compile();
	for (unsigned i = 0; i < 100; i++) {
		snprintf(name, sizeof(name), "d%u", i);
		ck_assert_uint_ge(slot_of(name), 2);
		ck_assert(!seen[slot_of(name)]);
		ck_assert_uint_ne(slot_of(name) % 64, 50); /* a decoy's */
	}
	ck_assert_uint_eq(slot_of("c3"), first[3]);
}
END_TEST

START_TEST(test_decoys_are_given_to_nobody)
{
	static char paths[50][256];
	char name[16];

	for (unsigned i = 0; i < 50; i++) {
		snprintf(name, sizeof(name), "e%u.txt", i);
		snprintf(paths[i], sizeof(paths[i]), "%s", test_write(name, "a.example.jp\n"));
		feeds[i] = (struct ush_feed_options){.path = paths[i]};
	}
	options.last_slot = 51; /* from slot 2, one of them a decoy's: 49 */
	options.feed_count = 49;
	must_compile();
	for (unsigned i = 0; i < 49; i++) {
		snprintf(name, sizeof(name), "e%u", i);
		ck_assert_uint_ne(slot_of(name), 50);
	}
	ck_assert_uint_eq(result.build.slots, 49);
	ck_assert_uint_eq(result.build.slots_taken, 49);
	options.feed_count = 50;
	ck_assert_int_eq(compile(), -1);
	ck_assert_ptr_nonnull(strstr(err.text, "no sinkhole address is left"));
	ck_assert_ptr_nonnull(strstr(err.text, "all 49 are taken"));
	ck_assert_ptr_nonnull(strstr(err.text, "larger pool"));
}
END_TEST

START_TEST(test_a_full_pool_is_an_error)
{
	static char paths[4][256];
	char name[16];

	for (unsigned i = 0; i < 4; i++) {
		snprintf(name, sizeof(name), "c%u.txt", i);
		snprintf(paths[i], sizeof(paths[i]), "%s", test_write(name, "a.example.jp\n"));
		feeds[i] = (struct ush_feed_options){.path = paths[i]};
	}
	options.last_slot = 4; /* slots 2, 3 and 4 */
	options.feed_count = 3;
	must_compile();
	options.feed_count = 4;
	ck_assert_int_eq(compile(), -1);
	ck_assert_ptr_nonnull(strstr(err.text, "c3"));
	ck_assert_uint_eq(slot_of("c3"), 9999); /* the list before is still there */
	/* Never-block feeds need none. */
	feeds[3].never_block = true;
	must_compile();
}
END_TEST

START_TEST(test_only_who_sinkholes_needs_a_slot)
{
	static const enum ush_action actions[] = {USH_ACTION_NXDOMAIN, USH_ACTION_NODATA,
	    USH_ACTION_DROP, USH_ACTION_MONITOR, USH_ACTION_PASSTHRU};
	struct ush_override overrides[] = {{.name = (char[]){"c1"}, .action = USH_ACTION_SINKHOLE}};
	struct ush_settings settings = {.campaigns = {overrides, 1}};
	static char paths[5][256];
	char name[16];

	for (unsigned i = 0; i < 5; i++) {
		snprintf(name, sizeof(name), "c%u.txt", i);
		snprintf(paths[i], sizeof(paths[i]), "%s", test_write(name, "a.example.jp\n"));
		feeds[i] = (struct ush_feed_options){.path = paths[i], .action = actions[i]};
	}
	options.feed_count = 5;
	options.last_slot = 3; /* slots 2 and 3 */
	must_compile();
	for (unsigned i = 0; i < 5; i++) {
		snprintf(name, sizeof(name), "c%u", i);
		ck_assert_uint_eq(slot_of(name), 0);
	}
	ck_assert_uint_eq(result.build.slots_taken, 0);
	/* The settings of the site make one of them sinkhole, by campaign and by feed. */
	options.settings = &settings;
	must_compile();
	ck_assert_uint_ge(slot_of("c1"), 2);
	ck_assert_uint_eq(result.build.slots_taken, 1);
	settings.feeds = (struct ush_overrides){overrides, 1};
	overrides[0].name[1] = '2';
	settings.campaigns.count = 0;
	must_compile();
	ck_assert_uint_ge(slot_of("c2"), 2);
	ck_assert_uint_ge(slot_of("c1"), 2); /* kept */
	ck_assert_uint_eq(slot_of("c0"), 0);
	ck_assert_uint_eq(result.build.slots_taken, 2);
	ck_assert_uint_eq(result.build.slots, 2);
}
END_TEST

START_TEST(test_no_pool_has_more_than_249)
{
	static char paths[250][256];
	char name[16];

	for (unsigned i = 0; i < 250; i++) {
		snprintf(name, sizeof(name), "c%u.txt", i);
		snprintf(paths[i], sizeof(paths[i]), "%s", test_write(name, "a.example.jp\n"));
		feeds[i] = (struct ush_feed_options){.path = paths[i]};
	}
	options.feed_count = 249;
	must_compile();
	ck_assert_uint_eq(result.build.slots, 249);
	options.feed_count = 250;
	ck_assert_int_eq(compile(), -1);
	ck_assert_ptr_nonnull(strstr(err.text, "all 249 are taken"));
	ck_assert_ptr_nonnull(strstr(err.text, "no pool has more"));
}
END_TEST

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
	    "<?xml version=\"1.0\"?>\n<Error>\nhttp://a.example.jp/\n</Error>\n"};

	options.force = true;
	options.feed_count = 1;
	for (int i = 0; i < USH_COUNT(pages); i++) {
		const char *path = test_write("page.txt", pages[i]);

		for (size_t k = 0; k == 0 || ush_feed_formats[k - 1] != NULL; k++) {
			feeds[0] =
			    (struct ush_feed_options){.path = path, .format = ush_feed_formats[k]};
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

struct said {
	char text[1024];
	unsigned count;
};

static void
say(void *arg, const char *text)
{
	struct said *said = arg;

	snprintf(said->text, sizeof(said->text), "%s", text);
	said->count++;
}

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
		/* Who only watches, or lets it pass, does no harm. */
		feeds[0].action = USH_ACTION_MONITOR;
		must_compile();
		feeds[0].action = USH_ACTION_PASSTHRU;
		must_compile();
		feeds[0].never_block = true;
		must_compile();
		ck_assert_uint_eq(said.count, 1);
	}
	/* Refused lines do not crowd it out. */
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

START_TEST(test_pools_have_slots)
{
	static const struct {
		const char *network;
		uint32_t last;
	} pools[] = {{"10.0.0.0/8", 254}, {"10.0.0.0/24", 254}, {"10.0.0.0/25", 126},
	    {"10.0.0.0/29", 6}, {"10.0.0.0/30", 2}, {"10.0.0.0/31", 0}, {"10.0.0.1/32", 0},
	    {"2001:db8::/64", 254}, {"2001:db8::/120", 254}};

	for (int i = 0; i < USH_COUNT(pools); i++) {
		struct ush_networks pool = {0};
		struct ush_network network;

		ck_assert_int_eq(ush_network_from_text(&network, pools[i].network), 0);
		ck_assert_int_eq(ush_networks_add(&pool, &network), 0);
		ck_assert_msg(ush_pool_last_slot(&pool) == pools[i].last, "%s", pools[i].network);
		ush_networks_fini(&pool);
	}
}
END_TEST

static bool
exists(const char *name)
{
	return access(test_path(name), F_OK) == 0;
}

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
	/* What somebody left who was killed is in nobody's way. */
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

int
main(void)
{
	Suite *suite = suite_create("zones/compiler");
	TCase *tcase = tcase_create("all");

	suite_add_tcase(suite, tcase);
	tcase_set_timeout(tcase, 60);
	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_test(tcase, test_serial_only_moves_forward);
	tcase_add_test(tcase, test_slots_are_kept_and_never_given_again);
	tcase_add_test(tcase, test_decoys_are_given_to_nobody);
	tcase_add_test(tcase, test_a_full_pool_is_an_error);
	tcase_add_test(tcase, test_only_who_sinkholes_needs_a_slot);
	tcase_add_test(tcase, test_no_pool_has_more_than_249);
	tcase_add_test(tcase, test_bad_feeds_replace_nothing);
	tcase_add_test(tcase, test_web_pages_are_no_lists);
	tcase_add_test(tcase, test_mail_addresses_list_no_provider);
	tcase_add_test(tcase, test_a_shrunken_feed_replaces_nothing);
	tcase_add_test(tcase, test_a_bad_feed_keeps_its_rules);
	tcase_add_test(tcase, test_nothing_new_is_no_new_list);
	tcase_add_test(tcase, test_a_broken_list_is_not_forgotten);
	tcase_add_test(tcase, test_the_mode_stays);
	tcase_add_test(tcase, test_nothing_is_left_behind);
	tcase_add_test(tcase, test_scopes_by_format);
	tcase_add_test(tcase, test_feeds_in_the_order_given);
	tcase_add_test(tcase, test_what_is_said_of_a_url_adds_up);
	tcase_add_test(tcase, test_planted_paths_are_found_without_their_host);
	tcase_add_test(tcase, test_expired_ones_are_left_out);
	tcase_add_test(tcase, test_what_never_block_saves);
	tcase_add_test(tcase, test_two_feeds_of_one_name);
	tcase_add_test(tcase, test_refusals_name_their_path_and_line);
	tcase_add_test(tcase, test_networks_have_rails);
	tcase_add_test(tcase, test_very_popular_names_warn);
	tcase_add_test(tcase, test_pools_have_slots);
	tcase_add_test(tcase, test_one_compile_at_a_time);
	tcase_add_test(tcase, test_what_the_killed_left_is_removed);
	return ush_unit_run(suite);
}
