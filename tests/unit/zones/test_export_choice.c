/* SPDX-License-Identifier: BSD-3-Clause */
/* Exports of a part of the list: by campaign, confidence and age. */
#include <stdlib.h>
#include <string.h>
#include "support.h"
#include "tests/unit/unit.h"
#include "zones/export/export.h"

static struct ush_blocklist *list;

static void
set_up(void)
{
	struct ush_compile_result result;
	struct ush_error err = {0};

	if (test_compile(
	        (const char *[]){
	            test_write("a.yaml",
	                "feed: a\ncampaign: ca\nindicators:\n"
	                "  - {type: domain, value: low.jp, confidence: low, added: 2026-03-01, "
	                "scope: subdomains}\n"
	                "  - {type: domain, value: watched.high.jp, action: monitor}\n"
	                "  - {type: domain, value: passes.high.jp, action: passthru}\n"
	                "  - {type: domain, value: both.jp, confidence: low, action: nodata}\n"),
	            test_write("b.yaml",
	                "feed: b\ncampaign: cb\nindicators:\n"
	                "  - {type: domain, value: high.jp, confidence: high, added: 2026-01-31, "
	                "scope: subdomains}\n"
	                "  - {type: domain, value: medium.jp, confidence: medium, added: "
	                "2026-02-01}\n"
	                "  - {type: domain, value: both.jp, confidence: high, added: "
	                "2026-01-01}\n"
	                "  - {type: ip, value: 192.0.2.0/24, confidence: medium, added: "
	                "2025-01-01}\n"
	                "  - {type: url, value: 'http://u.jp/x', path: planted, confidence: low, "
	                "added: 2026-02-02}\n"),
	            test_write("c.txt", "unsaid.jp\n"), TEST_NEVER_BLOCK,
	            test_write("n.txt", "free.high.jp\n"), NULL},
	        &result, &err) != 0)
		ck_abort_msg("%s: %s", err.file, err.text);
	ush_compile_result_fini(&result);
	list = test_open(test_path("list.db"), USH_PART_ALL);
}

static void
tear_down(void)
{
	ush_blocklist_close(list);
	test_directory_remove();
}

static char *
export_some(
    const char *format, const struct ush_export_choice *choice, struct ush_export_result *result)
{
	struct ush_export_options options = {
	    .list = list, .origin = "z", .ttl = 60, .choice = *choice};

	return test_export(format, &options, result);
}

static const struct {
	struct ush_export_choice choice;
	const char *format;
	const char *there; /* words, a blank between */
	const char *absent;
	uint64_t unchosen;
	uint64_t unsaid;
} cases[] = {
    {{0}, "rpz",
        "\nlow.jp.z. \nhigh.jp.z. \nmedium.jp.z. \nunsaid.jp.z. CNAME\t*.\n \nu.jp.z. "
        "\nwatched.high.jp.z.",
        "", 0, 0},
    {{.confidence = "low"}, "rpz", "\nlow.jp.z. \nhigh.jp.z. \nmedium.jp.z. \nu.jp.z.", "unsaid.jp",
        1, 1},
    {{.confidence = "medium"}, "rpz", "\nhigh.jp.z. \nmedium.jp.z. .2.0.192.rpz-ip",
        "low.jp unsaid.jp u.jp", 3, 1},
    /* What passes goes on passing, and the rule behind one that is left out comes forward. */
    {{.confidence = "high"}, "rpz",
        "\nhigh.jp.z. \nwatched.high.jp.z.\t60\tIN\tCNAME\trpz-passthru. "
        "\npasses.high.jp.z.\t60\tIN\tCNAME\trpz-passthru. "
        "\nfree.high.jp.z.\t60\tIN\tCNAME\trpz-passthru. \nboth.jp.z.\t60\tIN\tCNAME\t.\n",
        "low.jp medium.jp unsaid.jp u.jp rpz-ip", 5, 1},
    {{.since = "2026-02-01"}, "domains", "\nlow.jp\n \nmedium.jp\n \nu.jp\n",
        "high.jp both.jp unsaid.jp", 3, 2},
    {{.since = "2026-02-01", .confidence = "medium"}, "csv", "\"medium.jp\"",
        "\"high.jp\" low.jp both.jp unsaid.jp 192.0.2 u.jp", 7, 2},
    {{.campaign = "cb", .confidence = "high"}, "hosts", "high.jp both.jp",
        "low.jp medium.jp unsaid.jp u.jp", 2, 0},
    {{.confidence = "low"}, "squid", "u\\.jp", "", 0, 0},
    {{.confidence = "medium"}, "squid", "", "u\\.jp", 1, 0},
};

START_TEST(test_takes_what_is_chosen)
{
	struct ush_export_result result;
	char *text = export_some(cases[_i].format, &cases[_i].choice, &result);
	char words[512];
	char *save;

	snprintf(words, sizeof(words), "%s", cases[_i].there);
	for (char *word = strtok_r(words, " ", &save); word != NULL;
	     word = strtok_r(NULL, " ", &save))
		ck_assert_msg(strstr(text, word) != NULL, "no %s in\n%s", word, text);
	snprintf(words, sizeof(words), "%s", cases[_i].absent);
	for (char *word = strtok_r(words, " ", &save); word != NULL;
	     word = strtok_r(NULL, " ", &save))
		ck_assert_msg(strstr(text, word) == NULL, "%s in\n%s", word, text);
	ck_assert_uint_eq(result.unchosen, cases[_i].unchosen);
	ck_assert_uint_eq(result.unsaid, cases[_i].unsaid);
	free(text);
}
END_TEST

START_TEST(test_a_campaign_must_be_there)
{
	struct ush_export_options options = {
	    .list = list, .origin = "z", .choice.campaign = "n", .to = stdout};
	struct ush_export_result result;
	struct ush_error err = {0};

	ck_assert_int_eq(
	    ush_export_run(ush_export_format_find("domains"), &options, &result, &err), -1);
	ck_assert_str_eq(err.text, "the list has no campaign n");
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("zones/export_choice");
	TCase *tcase = tcase_create("all");

	suite_add_tcase(suite, tcase);
	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_loop_test(tcase, test_takes_what_is_chosen, 0, USH_COUNT(cases));
	tcase_add_test(tcase, test_a_campaign_must_be_there);
	return ush_unit_run(suite);
}
