/* SPDX-License-Identifier: BSD-3-Clause */
/* The feeds that we ship, compiled as an operator would: every indicator of the Emdivi report does
 * what was decided. */
#include <string.h>
#include "support.h"
#include "tests/unit/unit.h"

static struct ush_blocklist *list;

static void
set_up(void)
{
	struct ush_compile_result result;
	struct ush_error err = {0};

	/* The other way round on purpose: never-block has precedence all the same. */
	if (test_compile((const char *[]){test_feed("emdivi.yaml"), TEST_NEVER_BLOCK,
	                     test_feed("never-block.yaml"), NULL},
	        &result, &err) != 0)
		ck_abort_msg("%s: %s", err.file, err.text);
	ck_assert_str_eq(result.feeds[0].name, "never-block");
	/* Line 92 and the mail subject of line 15, which are kept as notes. */
	ck_assert_uint_eq(result.feeds[1].redacted, 2);
	for (unsigned i = 0; i < 2; i++) {
		for (unsigned why = 0; why < USH_REFUSALS; why++)
			ck_assert_uint_eq(result.feeds[i].refused[why], 0);
	}
	ck_assert_uint_eq(result.feeds[1].saved, 0);
	ush_compile_result_fini(&result);
	list = test_open(test_path("list.db"), USH_PART_ALL);
}

static void
tear_down(void)
{
	ush_blocklist_close(list);
	test_directory_remove();
}

static const struct {
	const char *name;
	enum ush_action action;
	unsigned report_line; /* of the rule that fires */
} names[] = {
    /* The two that were ordered as domains. */
    {"kaerunote.com", USH_ACTION_SINKHOLE, 71},
    {"www.kaerunote.com", USH_ACTION_SINKHOLE, 71},
    {"a.b.kaerunote.com", USH_ACTION_SINKHOLE, 71},
    {"muku-mori.com", USH_ACTION_SINKHOLE, 73},
    {"www.muku-mori.com", USH_ACTION_SINKHOLE, 73},
    {"mail.muku-mori.com", USH_ACTION_SINKHOLE, 73},
    /* All others exactly as written. */
    {"www.d1010318.hosting-sv.jp", USH_ACTION_SINKHOLE, 72},
    {"www.arkhe-will.jp", USH_ACTION_SINKHOLE, 76},
    {"www.ims.gr.jp", USH_ACTION_SINKHOLE, 77},
    {"www.sakura-farm.com", USH_ACTION_SINKHOLE, 79},
    {"www.sekisan.biz", USH_ACTION_SINKHOLE, 80},
    {"www.a-masato.jp", USH_ACTION_SINKHOLE, 82},
    {"www.sofurin.or.jp", USH_ACTION_SINKHOLE, 83},
    {"www.toko-ton.com", USH_ACTION_SINKHOLE, 85},
    {"www.turitengu.jp", USH_ACTION_SINKHOLE, 87},
    {"www.motoavanti.com", USH_ACTION_SINKHOLE, 88},
    {"www.skyworld.co.jp", USH_ACTION_SINKHOLE, 89},
    {"www.iandeye.co.jp", USH_ACTION_SINKHOLE, 90},
    {"www.katou-ai.com", USH_ACTION_SINKHOLE, 91},
    {"WWW.Katou-AI.com", USH_ACTION_SINKHOLE, 91},
    {"katou-ai.com", USH_ACTION_NONE, 0},
    {"x.www.katou-ai.com", USH_ACTION_NONE, 0},
    {"ims.gr.jp", USH_ACTION_NONE, 0},
    {"gr.jp", USH_ACTION_NONE, 0},
    {"or.jp", USH_ACTION_NONE, 0},
    {"www.toko-ton.com.example.net", USH_ACTION_NONE, 0},
    {"kaerunote.com.jp", USH_ACTION_NONE, 0},
    {"xkaerunote.com", USH_ACTION_NONE, 0},
    /* The malformed one and what it probably meant. */
    {"www.www.nishina.gr.jp", USH_ACTION_MONITOR, 78},
    {"www.nishina.gr.jp", USH_ACTION_MONITOR, 78},
    {"nishina.gr.jp", USH_ACTION_NONE, 0},
    /* The redacted one: nothing that fits its stars is listed. */
    {"www.sakurano.com", USH_ACTION_NONE, 0},
    {"www.sakurano123.com", USH_ACTION_NONE, 0},
    {"www.sakurano\\*\\*\\*.com", USH_ACTION_NONE, 0},
    /* Never blocked. */
    {"inf.kptl.jp", USH_ACTION_NONE, 0},
    {"kptl.jp", USH_ACTION_NONE, 0},
    {"blog.trendmicro.co.jp", USH_ACTION_NONE, 0},
    {"t.co", USH_ACTION_NONE, 0},
    {"hosting-sv.jp", USH_ACTION_NONE, 0},
    {"d1010318.hosting-sv.jp", USH_ACTION_NONE, 0},
    {"www.msftncsi.com", USH_ACTION_NONE, 0},
};

/* The list of popular names is ours too: no shipped indicator is one of them. */
START_TEST(test_no_popular_names)
{
	struct ush_compile_result result;
	struct ush_error err = {0};

	ck_assert_int_eq(
	    test_compile((const char *[]){TEST_NEVER_BLOCK, test_feed("never-block.yaml"),
	                     test_feed("emdivi.yaml"), NULL},
	        &result, &err),
	    0);
	ck_assert_uint_eq(result.feeds[0].popular + result.feeds[1].popular, 0);
	ush_compile_result_fini(&result);
}
END_TEST

START_TEST(test_shipped_names_match_with_their_action)
{
	struct ush_source source;
	struct ush_match match;
	struct ush_class class;
	struct ush_name name;

	ck_assert_int_eq(ush_name_from_text(&name, names[_i].name, strlen(names[_i].name)), 0);
	if (!ush_blocklist_match_name(list, NULL, &name, &match)) {
		ck_assert_msg(names[_i].action == USH_ACTION_NONE, "%s", names[_i].name);
		return;
	}
	ck_assert_msg(match.action == names[_i].action, "%s: %s", names[_i].name,
	    ush_action_text(match.action));
	ck_assert_int_eq(ush_blocklist_source(list, match.rule, &source), 0);
	ck_assert_uint_eq(source.report_line, names[_i].report_line);
	ck_assert_str_eq(source.file, "emdivi.yaml");
	ush_blocklist_class(list, match.class_id, &class);
	ck_assert_str_eq(class.campaign, "emdivi");
}
END_TEST

/* What would be blocked without never-block.yaml must be saved by it, whatever feed lists it. */
static const char *const never_blocked[] = {"inf.kptl.jp", "kptl.jp", "blog.trendmicro.co.jp",
    "t.co", "twitter.com", "www.virustotal.com", "hosting-sv.jp", "www.msftncsi.com",
    "www.msftconnecttest.com", "captive.apple.com", "connectivitycheck.gstatic.com",
    "detectportal.firefox.com", "www.jpcert.or.jp", "malwr.com"};

START_TEST(test_never_block_wins)
{
	struct ush_compile_result result;
	struct ush_error err = {0};
	struct ush_blocklist *other;
	FILE *file = fopen(test_path("bad.txt"), "w");

	for (int i = 0; i < USH_COUNT(never_blocked); i++)
		fprintf(file, "%s\n", never_blocked[i]);
	fclose(file);
	ck_assert_int_eq(test_compile((const char *[]){test_path("bad.txt"), TEST_NEVER_BLOCK,
	                                  test_feed("never-block.yaml"), NULL},
	                     &result, &err),
	    0);
	ck_assert_uint_eq(result.feeds[1].saved, (unsigned)USH_COUNT(never_blocked));
	ush_compile_result_fini(&result);
	other = test_open(test_path("list.db"), USH_PART_NAMES);
	for (int i = 0; i < USH_COUNT(never_blocked); i++)
		ck_assert_msg(test_action(other, never_blocked[i]) == USH_ACTION_NONE, "%s",
		    never_blocked[i]);
	/* Exact in scope: a customer of the hosting company is no exception. */
	ck_assert_int_eq(test_action(other, "customer.hosting-sv.jp"), USH_ACTION_SINKHOLE);
	ush_blocklist_close(other);
}
END_TEST

static const struct {
	const char *host; /* NULL: none in the request */
	const char *path;
	bool planted;
	bool host_known;
	unsigned report_line; /* 0: no match */
} urls[] = {
    {"www.arkhe-will.jp", "/blog/tokuhan/book/index.php", true, true, 76},
    {"www.ims.gr.jp", "/100.html", false, true, 77},
    {"www.www.nishina.gr.jp", "/info/yougo/book/index.php", true, true, 78},
    {"www.nishina.gr.jp", "/info/yougo/book/index.php", true, true, 78},
    {"www.sakura-farm.com", "/blog/index.php", false, true, 79},
    {"www.sekisan.biz", "/wp-content/plugins/akismet/state/index.php", true, true, 80},
    {"www.a-masato.jp", "/html/mainland/index.php", true, true, 82},
    {"www.sofurin.or.jp", "/htm/copyright/folder/index.php", true, true, 83},
    {"www.sofurin.or.jp", "/htm/copyright/folder/sc_flash/index.php", true, true, 84},
    {"www.toko-ton.com", "/koushi/detail/index.php", false, true, 85},
    {"www.toko-ton.com", "/koushi/detail/sc_flash/index.php", true, true, 86},
    {"www.turitengu.jp", "/book/index.php", false, true, 87},
    {"www.motoavanti.com", "/shinyo/backup/look/index.php", true, true, 88},
    {"www.skyworld.co.jp", "/tenpo/look/index.php", false, true, 89},
    {"www.iandeye.co.jp", "/blog/2014/index.php", false, true, 90},
    {"www.katou-ai.com", "/images/fuck/index.php", true, true, 91},
    /* Line 74 has no host: a guess on each of three, and anywhere else. */
    {"www.muku-mori.com", "/wp-includes/news/scripts/index.php", true, false, 74},
    {"www.kaerunote.com", "/wp-includes/news/scripts/index.php", true, false, 74},
    {"www.d1010318.hosting-sv.jp", "/wp-includes/news/scripts/index.php", true, false, 74},
    {"kaerunote.com", "/wp-includes/news/scripts/index.php", true, false, 74},
    {NULL, "/wp-includes/news/scripts/index.php", true, false, 74},
    /* One form. */
    {"www.ims.gr.jp", "/%31%30%30.html?x=1", false, true, 77},
    {"www.ims.gr.jp", "/a/../100.html", false, true, 77},
    /* Planted paths show on other hosts, plausible ones do not. */
    {"www.ims.gr.jp", "/images/fuck/index.php", true, false, 91},
    {"www.katou-ai.com", "/100.html", false, false, 0},
    {NULL, "/blog/index.php", false, false, 0},
    {"www.ims.gr.jp", "/", false, false, 0},
    {"www.ims.gr.jp", "/100.HTML", false, false, 0},
    {"www.sakurano123.com", "/blog/index.php", false, false, 0},
    {"inf.kptl.jp", "/me/", false, false, 0},
};

START_TEST(test_shipped_urls_match)
{
	struct ush_url_match match;
	struct ush_source source;
	struct ush_name host;
	bool hit;

	if (urls[_i].host != NULL)
		ck_assert_int_eq(
		    ush_name_from_text(&host, urls[_i].host, strlen(urls[_i].host)), 0);
	hit = ush_blocklist_match_url(list, NULL, urls[_i].host != NULL ? &host : NULL,
	    urls[_i].path, strlen(urls[_i].path), &match);
	ck_assert_msg(hit == (urls[_i].report_line != 0), "%s", urls[_i].path);
	if (!hit)
		return;
	ck_assert_int_eq(match.planted, urls[_i].planted);
	ck_assert_int_eq(match.host_known, urls[_i].host_known);
	ck_assert_int_eq(ush_blocklist_source(list, match.rule, &source), 0);
	ck_assert_uint_eq(source.report_line, urls[_i].report_line);
	ck_assert_uint_eq(source.line, match.line);
}
END_TEST

/* Kept as they are, never rules. */
static const struct {
	const char *type;
	const char *value;
	unsigned report_line;
} notes[] = {
    {"url", "www.sakurano***.com/blog/index.php", 92},
    {"ip", "125.206.115.72", 71},
    {"ip", "125.206.115.72", 72},
    {"ip", "125.206.115.79", 73},
    {"ip-port", "137.170.185.211:123/udp", 94},
    {"sha256", "8c3df4e4549db3ce57fc1f7b1b2dfeedb7ba079f654861ca0b608cbfa1df0f6b", 62},
    {"sha256", "4a2a9b6a5fedd8de12a963effb7b800b7953c017c8a73a8ef353d661c879d137", 63},
    {"sha256", "b0f85be63892c65a57539982920b1c879723eee9d90a3d2f4f5aea04cfd75b42", 64},
    {"sha256", "b99f08be6a476d359820c48345ddf4f2f0fcc1ca041f3630680635c675a1d7be", 65},
    {"sha256", "f017218f05d225cdb62f3081c4dac4b09a3fb2b93c01096bd4141b67d3eb3bbf", 66},
    {"sha256", "5785c99592fa14192a706a31fbf2b2bc71fe9c38e438b95e0cf20bbc8a87d1f8", 67},
    {"sha256", "1209d8b3c83c72df781b805a2c17a0939c841384aadc32e4e9005536a3bba53f", 68},
    {"filename", "leassnp.exe", 65},
    {"filename", "vmwere.exe", 68},
    {"filename", "kptl.doc", 64},
    {"document-author", "helloword", 39},
    {"detection-name", "Backdoor.Emdivi", 58},
};

START_TEST(test_shipped_notes_are_kept)
{
	struct ush_note note;
	bool found = false;

	for (uint32_t i = 0; ush_blocklist_note(list, i, &note) == 0; i++)
		found = found || (strcmp(note.type, notes[_i].type) == 0 &&
		                     strcmp(note.source.trigger, notes[_i].value) == 0 &&
		                     note.source.report_line == notes[_i].report_line);
	ck_assert_msg(found, "%s", notes[_i].value);
}
END_TEST

START_TEST(test_addresses_make_no_rules)
{
	static const char *const texts[] = {"125.206.115.72", "125.206.115.79", "137.170.185.211"};

	for (int i = 0; i < USH_COUNT(texts); i++) {
		struct ush_address address;
		struct ush_match match;

		ck_assert_int_eq(ush_address_from_text(&address, texts[i]), 0);
		ck_assert(!ush_blocklist_match_address(list, NULL, &address, &match));
	}
}
END_TEST

START_TEST(test_raw_values_are_kept)
{
	struct ush_source source;
	struct ush_match match;
	struct ush_name name;

	ck_assert_int_eq(ush_name_from_text(&name, "www.nishina.gr.jp", 17), 0);
	ck_assert(ush_blocklist_match_name(list, NULL, &name, &match));
	ck_assert_int_eq(ush_blocklist_source(list, match.rule, &source), 0);
	ck_assert_str_eq(source.raw, "www.www[.]nishina.gr[.]jp/info/yougo/book/index[.]php");
	ck_assert_ptr_nonnull(strstr(source.remark, "derived from www.www.nishina.gr.jp"));
	ck_assert_str_eq(source.added, "2015-01-26");
	ck_assert_str_eq(source.confidence, "low");
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("zones/shipped_feeds");
	TCase *tcase = tcase_create("all");

	suite_add_tcase(suite, tcase);
	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_loop_test(tcase, test_shipped_names_match_with_their_action, 0, USH_COUNT(names));
	tcase_add_loop_test(tcase, test_shipped_urls_match, 0, USH_COUNT(urls));
	tcase_add_loop_test(tcase, test_shipped_notes_are_kept, 0, USH_COUNT(notes));
	tcase_add_test(tcase, test_no_popular_names);
	tcase_add_test(tcase, test_never_block_wins);
	tcase_add_test(tcase, test_addresses_make_no_rules);
	tcase_add_test(tcase, test_raw_values_are_kept);
	return ush_unit_run(suite);
}
