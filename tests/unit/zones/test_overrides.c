/* SPDX-License-Identifier: BSD-3-Clause */
#include "zones/overrides.h"

#include <string.h>
#include "support.h"
#include "tests/unit/unit.h"

static struct ush_blocklist *list;

static void
set_up(void)
{
	list = test_list("a.yaml", "feed: seed-report\ncampaign: emdivi\nindicators:\n"
	                           "  - {type: domain, value: a.example.jp}\n");
}

static void
tear_down(void)
{
	ush_blocklist_close(list);
	test_directory_remove();
}

/* The sentence about the last unknown override. */
static void
keep_text(void *arg, const struct ush_unknown_override *unknown)
{
	ush_unknown_override_text(unknown, arg);
}

static const struct {
	const char *campaign; /* "": no override */
	const char *feed;
	const char *warning;
} cases[] = {
    {"emdivi", "seed-report", ""},
    {"emdvi", "",
        "campaigns: emdvi: the list has no campaign of this name, so this has no effect; "
        "did you mean emdivi?"},
    {"Emdivi", "",
        "campaigns: Emdivi: the list has no campaign of this name, so this has no "
        "effect; did you mean emdivi?"},
    {"medivi", "",
        "campaigns: medivi: the list has no campaign of this name, so this has no "
        "effect; did you mean emdivi?"},
    {"urlhaus", "",
        "campaigns: urlhaus: the list has no campaign of this name, so this has no "
        "effect"},
    {"", "seed_report",
        "feeds: seed_report: the list has no feed of this name, so this has no "
        "effect; did you mean seed-report?"},
    /* A campaign is no feed. */
    {"", "emdivi", "feeds: emdivi: the list has no feed of this name, so this has no effect"},
};

START_TEST(names_of_the_list_are_known_and_others_have_a_suggestion)
{
	struct ush_override campaign = {.name = (char *)(uintptr_t)cases[_i].campaign};
	struct ush_override feed = {.name = (char *)(uintptr_t)cases[_i].feed};
	struct ush_settings settings = {
	    .campaigns = {&campaign, campaign.name[0] != '\0'},
	    .feeds = {&feed, feed.name[0] != '\0'},
	};
	char text[USH_UNKNOWN_OVERRIDE_TEXT_MAX] = "";

	ush_overrides_check(list, &settings, keep_text, text);
	ck_assert_str_eq(text, cases[_i].warning);
}
END_TEST

START_TEST(a_very_long_name_has_no_suggestion)
{
	char name[5000];
	struct ush_override campaign = {.name = name};
	struct ush_settings settings = {.campaigns = {&campaign, 1}};
	char text[USH_UNKNOWN_OVERRIDE_TEXT_MAX] = "";

	memset(name, 'e', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	ush_overrides_check(list, &settings, keep_text, text);
	ck_assert_ptr_nonnull(strstr(text, "the list has no campaign of this name"));
	ck_assert_ptr_null(strstr(text, "did you mean"));
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("zones/overrides");
	TCase *tcase = tcase_create("all");

	suite_add_tcase(suite, tcase);
	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_loop_test(tcase, names_of_the_list_are_known_and_others_have_a_suggestion, 0,
	    (int)(sizeof(cases) / sizeof(cases[0])));
	tcase_add_test(tcase, a_very_long_name_has_no_suggestion);
	return ush_unit_run(suite);
}
