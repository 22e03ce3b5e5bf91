/* SPDX-License-Identifier: BSD-3-Clause */
#include "zones/sinkzone/difference.h"

#include <stdio.h>
#include <string.h>
#include "support.h"
#include "tests/unit/unit.h"

/* A line for each difference: trigger, and the rule before > after as scope, action, campaign,
 * feed. */
static void
write_rule(char *out, size_t size, const struct ush_listed *listed)
{
	if (listed == NULL)
		return;
	snprintf(out, size, "%d%d%d%d %s %s %s", listed->rule.exact, listed->rule.subdomains,
	    listed->rule.planted, listed->rule.host_known,
	    listed->class.never_block ? "never" : ush_action_text(listed->class.action),
	    listed->class.campaign, listed->class.feed);
}

static void
write_line(void *arg, const struct ush_listed *before, const struct ush_listed *after)
{
	char *text = arg;
	size_t used = strlen(text);
	char was[200] = "";
	char is[200] = "";

	write_rule(was, sizeof(was), before);
	write_rule(is, sizeof(is), after);
	snprintf(text + used, 4096 - used, "%s: %s > %s\n",
	    before != NULL ? before->trigger : after->trigger, was, is);
}

#define FEED "feed: f\ncampaign: c\nindicators:\n"
#define ENTRY(text) "  - {type: " text "}\n"

static const struct {
	const char *before;
	const char *after;
	const char *expected;
	uint64_t same;
} lists[] = {
    {FEED ENTRY("domain, value: a.jp"), FEED ENTRY("domain, value: a.jp"), "", 1},
    /* Where a rule stands and what is remarked is no difference. */
    {FEED ENTRY("domain, value: a.jp") ENTRY("domain, value: b.jp"),
        FEED ENTRY("domain, value: b.jp, remark: x") ENTRY("domain, value: a.jp"), "", 2},
    {FEED ENTRY("domain, value: b.jp") ENTRY("ip, value: 192.0.2.1"),
        FEED ENTRY("domain, value: a.jp") ENTRY("domain, value: c.jp")
            ENTRY("ip, value: 192.0.2.0/24") ENTRY("url, value: b.jp/x, path: planted"),
        "a.jp:  > 1000 sinkhole c f\nc.jp:  > 1000 sinkhole c f\n"
        "192.0.2.0/24:  > 0000 sinkhole c f\n192.0.2.1/32: 0000 sinkhole c f > \n"
        "b.jp/x:  > 0011 sinkhole c f\n",
        1},
    {FEED ENTRY("domain, value: a.jp") ENTRY("domain, value: b.jp")
            ENTRY("url, value: c.jp/x, action: nodata"),
        FEED ENTRY("domain, value: a.jp, scope: subdomains")
            ENTRY("domain, value: b.jp, action: nxdomain")
                ENTRY("url, value: c.jp/x, path: planted, action: nodata"),
        "a.jp: 1000 sinkhole c f > 1100 sinkhole c f\n"
        "b.jp: 1000 sinkhole c f > 1000 nxdomain c f\n"
        "c.jp/x: 0001 nodata c f > 0011 nodata c f\n",
        1},
    {FEED ENTRY("domain, value: a.jp"),
        "feed: f\ncampaign: d\nindicators:\n" ENTRY("domain, value: a.jp"),
        "a.jp: 1000 sinkhole c f > 1000 sinkhole d f\n", 0},
    {FEED ENTRY("domain, value: a.jp"),
        "feed: g\ncampaign: c\nnever-block: true\nindicators:\n" ENTRY("domain, value: a.jp"),
        "a.jp: 1000 sinkhole c f > 1000 never c g\n", 0},
    /* Two rules of one name: what stays is no partner of what comes. */
    {FEED ENTRY("domain, value: a.jp, action: nodata") ENTRY("domain, value: a.jp"),
        FEED ENTRY("domain, value: a.jp") ENTRY("domain, value: a.jp, action: drop"),
        "a.jp: 1000 nodata c f > 1000 drop c f\n", 1},
    {FEED ENTRY("domain, value: a.jp, action: nodata") ENTRY("domain, value: a.jp"),
        FEED ENTRY("domain, value: a.jp"), "a.jp: 1000 nodata c f > \n", 1},
};

START_TEST(test_finds_what_was_added_removed_and_changed)
{
	struct ush_blocklist *before = test_list("before.yaml", lists[_i].before);
	struct ush_blocklist *after;
	struct ush_difference counts;
	struct ush_error err = {0};
	char found[4096] = "";
	uint64_t lines = 0;

	ck_assert_int_eq(remove(test_path("list.db")), 0);
	after = test_list("after.yaml", lists[_i].after);
	ck_assert_int_eq(ush_difference_find(before, after, write_line, found, &counts, &err), 0);
	ck_assert_str_eq(found, lists[_i].expected);
	ck_assert_uint_eq(counts.same, lists[_i].same);
	for (unsigned kind = 0; kind < USH_RULE_KINDS; kind++)
		lines += counts.added[kind] + counts.removed[kind] + counts.changed[kind];
	for (const char *c = found; *c != '\0'; c++)
		lines -= *c == '\n';
	ck_assert_uint_eq(lines, 0);
	ush_blocklist_close(before);
	ush_blocklist_close(after);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("zones/difference");
	TCase *tcase = tcase_create("all");

	suite_add_tcase(suite, tcase);
	tcase_set_timeout(tcase, 60);
	tcase_add_checked_fixture(tcase, NULL, test_directory_remove);
	tcase_add_loop_test(
	    tcase, test_finds_what_was_added_removed_and_changed, 0, USH_COUNT(lists));
	return ush_unit_run(suite);
}
