/* SPDX-License-Identifier: BSD-3-Clause */
/* What leaves the list by its age (expires-after), what does not, and drafts, which never enter it.
 * TEST_NOW_MS is 2027-01-15. */
#include "compiling.h"

#include "zones/day.h"

START_TEST(test_days)
{
	char day[USH_DAY_TEXT_MAX];

	ck_assert(ush_day_is("2024-02-29"));
	ck_assert(!ush_day_is("2023-02-29"));
	ck_assert(!ush_day_is("2023-04-31"));
	ck_assert(!ush_day_is("2023-13-01"));
	ck_assert(!ush_day_is("2023-04-30 "));
	ck_assert(!ush_day_is("2023-4-30"));
	ck_assert(ush_day_of("2026-01-31T12:00:00Z", day));
	ck_assert_str_eq(day, "2026-01-31");
	ck_assert(!ush_day_of("2026-02-31T12:00:00Z", day));
	ck_assert(!ush_day_of(NULL, day));
	ush_day_after("2024-02-28", 2, day);
	ck_assert_str_eq(day, "2024-03-01");
	ush_day_after("9999-12-30", 36500, day);
	ck_assert_str_eq(day, "9999-12-31");
}
END_TEST

static void
use_text(const char *text)
{
	feeds[0] = (struct ush_feed_options){.path = test_write("aged.yaml", text), .name = "aged"};
	options.feed_count = 1;
}

static bool
is_listed(const char *name)
{
	struct ush_blocklist *list = test_open(options.path, USH_PART_ALL);
	bool listed = test_action(list, name) != USH_ACTION_NONE;

	ush_blocklist_close(list);
	return listed;
}

static const char aged[] =
    "feed: aged\nexpires-after: 90\nindicators:\n"
    "  - {type: domain, value: old.example.com, added: 2026-10-17}\n"
    "  - {type: domain, value: last-day.example.com, added: 2026-10-18}\n"
    "  - {type: domain, value: seen.example.com, added: 2020-01-01, last-seen: 2026-12-01, remark: x}\n"
    "  - {type: domain, value: sleeper.example.com, added: 2014-11-07, confidence: high}\n"
    "  - {type: domain, value: said.example.com, added: 2014-11-07, expires: 2028-01-01}\n"
    "  - {type: domain, value: ended.example.com, added: 2027-01-01, expires: 2027-01-10}\n"
    "  - {type: domain, value: undated.example.com}\n";

START_TEST(test_age_ends_what_is_not_of_high_confidence)
{
	struct ush_blocklist *list;
	struct ush_source source;
	struct ush_match match;
	struct ush_name name;

	use_text(aged);
	must_compile();
	ck_assert_uint_eq(result.feeds[0].refused[USH_REFUSED_AGED], 1);
	ck_assert_uint_eq(result.feeds[0].refused[USH_REFUSED_EXPIRED], 1);
	ck_assert(!is_listed("old.example.com"));
	ck_assert(!is_listed("ended.example.com"));
	ck_assert(is_listed("last-day.example.com"));
	ck_assert(is_listed("seen.example.com"));
	ck_assert(is_listed("sleeper.example.com"));
	ck_assert(is_listed("said.example.com"));
	ck_assert(is_listed("undated.example.com"));
	list = test_open(options.path, USH_PART_ALL);
	ck_assert_int_eq(ush_name_from_text(&name, "seen.example.com", 16), 0);
	ck_assert(ush_blocklist_match_name(list, NULL, &name, &match));
	ck_assert_int_eq(ush_blocklist_source(list, match.rule, &source), 0);
	ck_assert_str_eq(source.expires, "2027-03-01");
	ck_assert_str_eq(source.remark, "last seen 2026-12-01; x");
	ush_blocklist_close(list);
	/* The site's word goes before the feed's. */
	feeds[0].expires_after = 36500;
	must_compile();
	ck_assert(is_listed("old.example.com"));
}
END_TEST

/* Of twelve, `old` were last seen in November. */
static void
use_twelve(unsigned old, unsigned days)
{
	char text[4096];
	size_t used = (size_t)snprintf(
	    text, sizeof(text), "feed: aged\nexpires-after: %u\nindicators:\n", days);

	for (unsigned i = 0; i < 12; i++)
		used += (size_t)snprintf(text + used, sizeof(text) - used,
		    "  - {type: domain, value: n%u.example.com, added: 2026-%s}\n", i,
		    i < old ? "11-01" : "12-31");
	use_text(text);
}

START_TEST(test_age_never_empties_a_feed_unasked)
{
	const char *const names[] = {"aged", NULL};

	use_twelve(12, 90);
	must_compile();
	use_twelve(12, 30); /* all of them */
	feeds[1] = (struct ush_feed_options){.path = test_write("b.txt", "b.example.com\n")};
	options.feed_count = 2;
	options.forced = names; /* as sinkzone update does: says nothing about ages */
	must_compile();
	ck_assert(result.feeds[0].kept);
	ck_assert_ptr_nonnull(
	    strstr(result.feeds[0].why.text, "12 of its indicators were last seen"));
	ck_assert_uint_eq(result.feeds[0].kept_rules, 12);
	ck_assert(is_listed("n0.example.com"));
	/* The list stays as full on the days after. */
	options.now_ms += UINT64_C(400) * 86400 * 1000;
	must_compile();
	ck_assert_uint_eq(result.feeds[0].kept_rules, 12);
	options.may_fade = names;
	must_compile();
	ck_assert(!result.feeds[0].kept);
	ck_assert(!is_listed("n0.example.com"));
}
END_TEST

START_TEST(test_a_few_at_a_time_go)
{
	use_twelve(4, 90);
	must_compile();
	use_twelve(4, 30);
	must_compile();
	ck_assert(!result.feeds[0].kept);
	ck_assert_uint_eq(result.feeds[0].refused[USH_REFUSED_AGED], 4);
	ck_assert(!is_listed("n3.example.com"));
	ck_assert(is_listed("n4.example.com"));
}
END_TEST

START_TEST(test_a_draft_is_read_and_not_compiled)
{
	const char *path = options.path;

	use_text("feed: aged\ndraft: yes\nindicators:\n  - {type: domain, value: a.example.com}\n");
	options.force = true;
	ck_assert_int_eq(compile(), -1);
	ck_assert_ptr_nonnull(strstr(err.text, "is a draft"));
	options.path = NULL;
	ck_assert_int_eq(compile(), -1); /* sinkzone update does that before it takes a copy */
	options.drafts = true;
	must_compile();
	ck_assert_uint_eq(result.feeds[0].indicators, 1);
	options.path = path;
	options.force = false;
	use_text("feed: aged\nindicators:\n  - {type: domain, value: a.example.com}\n");
	options.drafts = false;
	must_compile();
	/* A feed that becomes a draft again keeps its rules. */
	use_text("feed: aged\ndraft: yes\nindicators:\n  - {type: domain, value: b.example.com}\n");
	feeds[1] = (struct ush_feed_options){.path = test_write("b.txt", "c.example.com\n")};
	options.feed_count = 2;
	must_compile();
	ck_assert(result.feeds[0].kept);
	ck_assert(is_listed("a.example.com"));
	ck_assert(!is_listed("b.example.com"));
	ck_assert(is_listed("c.example.com"));
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("expiry");
	TCase *tests = tcase_create("expiry");

	suite_add_tcase(suite, tests);
	tcase_add_checked_fixture(tests, set_up, tear_down);
	tcase_add_test(tests, test_days);
	tcase_add_test(tests, test_age_ends_what_is_not_of_high_confidence);
	tcase_add_test(tests, test_age_never_empties_a_feed_unasked);
	tcase_add_test(tests, test_a_few_at_a_time_go);
	tcase_add_test(tests, test_a_draft_is_read_and_not_compiled);
	return ush_unit_run(suite);
}
