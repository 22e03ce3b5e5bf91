/* SPDX-License-Identifier: BSD-3-Clause */
#include "sinkhole/store/calls.h"

#include <stdio.h>
#include <string.h>
#include "tests/unit/unit.h"

#define HOUR UINT64_C(3600000)

/* A fact that was seen `count` times, at `distinct` names, over `hours`; `clock`: as no person
 * comes. */
struct seen {
	enum ush_fact fact;
	uint64_t count, distinct, hours;
	bool clock;
};

#define ONCE(name)                              \
	{                                       \
		USH_FACT_##name, 1, 1, 0, false \
	}
#define CLOCK(name)                              \
	{                                        \
		USH_FACT_##name, 17, 1, 16, true \
	}

/* One row a sentence of docs/find-infected-hosts.md: all calls, the worst first. */
static const struct {
	const char *calls;
	struct seen seen[4];
	enum ush_role_kind role;
	uint64_t hosts, names;
	bool browses, claimed, names_others, scans, no_campaign;
} cases[] = {
    /* INFECTED: what no link-follower, preview, scanner or page does. */
    {.calls = "INFECTED beacon", .seen = {ONCE(BEACON)}},
    {.calls = "INFECTED beacon", .seen = {ONCE(BEACON), ONCE(PLANTED), ONCE(TLS), ONCE(DNS)}},
    {.calls = "INFECTED beacon, PERSON browser",
        .seen = {ONCE(BEACON), {USH_FACT_BROWSER, 9, 1, 0, false}}},
    {.calls = "INFECTED beacon, SCANNER scanner", .seen = {ONCE(SCANNER), ONCE(BEACON)}},
    {.calls = "LIKELY beacon-via", .seen = {ONCE(BEACON_VIA)}},
    {.calls = "POSSIBLE planted-beacon, PERSON browser",
        .seen = {ONCE(BEACON_PLANTED), ONCE(BROWSER), ONCE(DNS)}},
    {.calls = "INFECTED beacon, POSSIBLE planted-beacon",
        .seen = {ONCE(BEACON_PLANTED), ONCE(BEACON)}},

    /* By how. */
    {.calls = "LIKELY post", .seen = {ONCE(POST)}},
    {.calls = "LIKELY agent", .seen = {ONCE(FAMILY_AGENT)}},
    /* By how often and when. */
    {.calls = "POSSIBLE c2-url", .seen = {ONCE(PLANTED)}},
    {.calls = "POSSIBLE c2-url", .seen = {ONCE(PLANTED_QUIET)}},
    {.calls = "POSSIBLE c2-url", .seen = {{USH_FACT_PLANTED, 20, 1, 5, false}}},
    {.calls = "POSSIBLE c2-url", .seen = {{USH_FACT_PLANTED, 9, 1, 48, false}}},
    {.calls = "LIKELY c2-repeat", .seen = {{USH_FACT_PLANTED, 10, 1, 24, false}}},
    {.calls = "LIKELY c2-rhythm", .seen = {CLOCK(PLANTED)}},
    {.calls = "LIKELY c2-rhythm", .seen = {CLOCK(PLANTED_QUIET)}},
    {.calls = "LIKELY c2-rhythm", .seen = {CLOCK(BROWSER_PLANTED)}},
    /* A page left open can do that during the day; at night few machines are on. */
    {.calls = "LIKELY c2-rhythm", .seen = {{USH_FACT_BROWSER_PLANTED, 13, 1, 12, true}}},
    {.calls = "POSSIBLE c2-rhythm, PERSON browser",
        .seen = {{USH_FACT_BROWSER_PLANTED, 12, 1, 11, true}}},
    {.calls = "LIKELY c2-rhythm", .seen = {{USH_FACT_PLANTED, 12, 1, 11, true}}},
    {.calls = "LIKELY c2-rhythm, PERSON browser", .seen = {CLOCK(BROWSER_PLANTED), ONCE(BROWSER)}},
    {.calls = "POSSIBLE raw", .seen = {ONCE(RAW)}},
    {.calls = "LIKELY raw-rhythm", .seen = {CLOCK(RAW)}},
    {.calls = "POSSIBLE raw", .seen = {CLOCK(RAW)}, .scans = true},
    {.calls = "POSSIBLE raw", .seen = {CLOCK(RAW)}, .no_campaign = true},
    {.calls = "POSSIBLE raw", .seen = {CLOCK(RAW_OTHER)}},
    {.calls = "POSSIBLE raw", .seen = {CLOCK(RAW_OTHER), ONCE(RAW)}},

    /* A feed reader has a clock too. */
    {.calls = "POSSIBLE c2-url", .seen = {CLOCK(PLAUSIBLE), CLOCK(AUTOMATION)}, .hosts = 2},
    {.calls = "LIKELY c2-hosts", .seen = {{USH_FACT_PLAUSIBLE, 3, 3, 1, false}}, .hosts = 3},
    {.calls = "LIKELY c2-hosts", .seen = {{USH_FACT_AUTOMATION, 3, 3, 1, false}}, .hosts = 3},
    {.calls = "POSSIBLE c2-url", .seen = {{USH_FACT_PLAUSIBLE, 3, 3, 0, false}}, .hosts = 3},
    {.calls = "POSSIBLE c2-url",
        .seen = {{USH_FACT_PLANTED, 4, 4, 0, false}, {USH_FACT_PLAUSIBLE, 2, 2, 0, false}},
        .hosts = 6},
    {.calls = "POSSIBLE automation", .seen = {{USH_FACT_AUTOMATION, 3, 3, 0, false}}, .hosts = 3},
    /* Only what a program did counts for the time. */
    {.calls = "POSSIBLE c2-url, PERSON browser",
        .seen = {{USH_FACT_PLAUSIBLE, 3, 3, 0, false}, {USH_FACT_BROWSER, 2, 1, 9, false}},
        .hosts = 3},
    {.calls = "POSSIBLE automation", .seen = {CLOCK(AUTOMATION)}, .hosts = 2},
    {.calls = "POSSIBLE c2-url", .seen = {ONCE(URL_QUIET)}},

    /* TLS shows no path. */
    {.calls = "LIKELY tls-names", .seen = {{USH_FACT_TLS, 3, 3, 1, false}}},
    {.calls = "POSSIBLE tls", .seen = {{USH_FACT_TLS, 3, 3, 0, false}}},
    {.calls = "POSSIBLE tls", .seen = {{USH_FACT_TLS, 2, 2, 1, false}}},
    {.calls = "POSSIBLE tls", .seen = {{USH_FACT_TLS_BROWSER, 9, 4, 0, false}}},
    {.calls = "POSSIBLE tls", .seen = {CLOCK(TLS_BROWSER)}},
    {.calls = "LIKELY tls-rhythm", .seen = {CLOCK(TLS)}},
    {.calls = "LIKELY tls-repeat", .seen = {{USH_FACT_TLS, 10, 1, 24, false}}},
    {.calls = "POSSIBLE tls", .seen = {{USH_FACT_TLS, 9, 1, 24, false}}},
    {.calls = "POSSIBLE tls", .seen = {{USH_FACT_TLS, 10, 1, 23, false}}},
    {.calls = "POSSIBLE tls", .seen = {ONCE(TLS_OTHER)}},
    {.calls = "LIKELY tls-names, PERSON browser",
        .seen = {{USH_FACT_TLS, 4, 4, 1, false}, ONCE(BROWSER)}},

    /* A person explains what comes along with a browser, and nothing stronger. */
    {.calls = "PERSON browser", .seen = {ONCE(BROWSER), ONCE(DNS), ONCE(TLS), ONCE(SILENT)}},
    {.calls = "PERSON browser", .seen = {ONCE(BROWSER_PLANTED), ONCE(TLS_BROWSER)}},
    {.calls = "PERSON browser",
        .seen = {ONCE(BROWSER), ONCE(HTTP), ONCE(UNLISTED), ONCE(TLS_OTHER)}},
    {.calls = "POSSIBLE rhythm, PERSON browser", .seen = {CLOCK(BROWSER)}},
    {.calls = "POSSIBLE c2-url, PERSON browser", .seen = {ONCE(BROWSER), ONCE(PLAUSIBLE)}},
    {.calls = "POSSIBLE raw, PERSON browser", .seen = {ONCE(BROWSER), ONCE(RAW)}},

    /* What browsers ask of hosts that are not listed. */
    {.calls = "PERSON unlisted", .seen = {ONCE(UNLISTED)}, .browses = true},
    {.calls = "POSSIBLE unlisted", .seen = {ONCE(UNLISTED)}},

    {.calls = "POSSIBLE http", .seen = {ONCE(HTTP), ONCE(DNS)}},
    {.calls = "POSSIBLE connect", .seen = {ONCE(SILENT)}},
    {.calls = "POSSIBLE folded", .seen = {ONCE(FOLDED)}},
    {.calls = "POSSIBLE dns-only", .seen = {ONCE(DNS)}, .names = 1},
    {.calls = "POSSIBLE dns-only", .seen = {{USH_FACT_DNS_OTHER, 99, 20, 0, false}}},
    {.calls = "POSSIBLE dns-rhythm", .seen = {CLOCK(DNS)}, .names = 1},

    /* Roles explain what such a machine does by itself. */
    {.calls = "RELAY forwarder", .seen = {ONCE(DNS)}, .role = USH_ROLE_FORWARDER},
    {.calls = "INFECTED beacon", .seen = {ONCE(BEACON)}, .role = USH_ROLE_FORWARDER},
    {.calls = "INFECTED beacon, RELAY forwarder",
        .seen = {ONCE(BEACON), ONCE(DNS)},
        .role = USH_ROLE_FORWARDER},
    {.calls = "PERSON browser", .seen = {ONCE(BROWSER)}, .role = USH_ROLE_FORWARDER},
    {.calls = "RELAY mail-gw",
        .seen = {CLOCK(PLANTED), CLOCK(AUTOMATION)},
        .role = USH_ROLE_MAIL_GATEWAY,
        .hosts = 5},
    {.calls = "INFECTED beacon, RELAY mail-gw",
        .seen = {ONCE(BEACON), ONCE(PLANTED)},
        .role = USH_ROLE_MAIL_GATEWAY},
    {.calls = "LIKELY post", .seen = {ONCE(POST)}, .role = USH_ROLE_MAIL_GATEWAY},
    {.calls = "SCANNER role", .seen = {CLOCK(PLANTED), ONCE(POST)}, .role = USH_ROLE_SCANNER},
    {.calls = "INFECTED beacon", .seen = {ONCE(BEACON)}, .role = USH_ROLE_SCANNER},
    {.calls = "SCANNER sandbox", .seen = {ONCE(RAW), ONCE(BEACON)}, .role = USH_ROLE_SANDBOX},
    {.calls = "SCANNER scanner", .seen = {ONCE(SCANNER), ONCE(HTTP)}},

    /* What comes from a proxy is of a machine behind it. */
    {.calls = "RELAY proxy",
        .seen = {ONCE(DNS), {USH_FACT_TLS, 9, 2, 0, false}},
        .role = USH_ROLE_PROXY},
    {.calls = "RELAY behind", .seen = {ONCE(BEACON), ONCE(DNS)}, .role = USH_ROLE_PROXY},
    {.calls = "RELAY behind", .seen = {ONCE(PLANTED)}, .role = USH_ROLE_PROXY},
    {.calls = "DRILL canary", .seen = {ONCE(CANARY_HIT)}, .role = USH_ROLE_PROXY},
    {.calls = "RELAY proxy-like", .seen = {ONCE(DNS)}, .names_others = true},
    {.calls = "PERSON browser, RELAY proxy-like", .seen = {ONCE(BROWSER)}, .names_others = true},
    {.calls = "LIKELY beacon-via, RELAY proxy-like",
        .seen = {ONCE(BEACON_VIA)},
        .names_others = true},
    {.calls = "INFECTED beacon, RELAY proxy-like",
        .seen = {ONCE(BEACON_VIA), ONCE(BEACON)},
        .names_others = true},
    {.calls = "POSSIBLE claimed", .seen = {ONCE(BEACON_VIA)}, .claimed = true},
    {.calls = "POSSIBLE claimed, PERSON browser",
        .seen = {ONCE(BEACON_VIA), ONCE(BROWSER)},
        .claimed = true},
    {.calls = "POSSIBLE claimed", .seen = {ONCE(POST), ONCE(BEACON_PLANTED)}, .claimed = true},
    {.calls = "PERSON claimed", .seen = {ONCE(BROWSER)}, .claimed = true},
    {.calls = "RELAY many-names", .seen = {{USH_FACT_DNS, 8, 3, 0, false}}, .names = 8},
    {.calls = "POSSIBLE dns-only", .seen = {{USH_FACT_DNS, 8, 7, 0, false}}, .names = 7},
    {.calls = "POSSIBLE raw", .seen = {{USH_FACT_DNS, 8, 8, 0, false}, ONCE(RAW)}, .names = 8},

    {.calls = "DRILL role", .seen = {ONCE(BEACON), ONCE(DNS)}, .role = USH_ROLE_DRILL},
    {.calls = "DRILL canary", .seen = {ONCE(CANARY_DNS)}},
    {.calls = "DRILL canary", .seen = {ONCE(CANARY_HIT)}, .role = USH_ROLE_FORWARDER},
    {.calls = "POSSIBLE dns-only, DRILL canary", .seen = {ONCE(CANARY_DNS), ONCE(DNS)}, .names = 1},
};

static void
add_seen(struct ush_case *known, const struct seen *seen)
{
	struct ush_tally *tally = ush_tally_at(&known->facts, seen->fact);

	ck_assert_ptr_nonnull(tally);
	*tally = (struct ush_tally){.count = seen->count,
	    .distinct = seen->distinct,
	    .first_ms = HOUR,
	    .last_ms = HOUR + seen->hours * HOUR};
	if (seen->clock)
		tally->rhythm = (struct ush_rhythm){.visits = seen->count,
		    .steady = 16,
		    .steady_ms = seen->hours * HOUR,
		    .period_ms = HOUR,
		    .hours = seen->hours < 24 ? (UINT32_C(2) << seen->hours) - 1 : 0xffffff};
	if (ush_fact_is_contact(seen->fact) && seen->fact != USH_FACT_CANARY_HIT)
		known->host_contacts += seen->count;
}

START_TEST(test_concludes_from_the_facts_of_a_host)
{
	struct ush_case known = {.role = cases[_i].role,
	    .program_hosts = cases[_i].hosts,
	    .host_names = cases[_i].names,
	    .host_browses = cases[_i].browses,
	    .claimed = cases[_i].claimed,
	    .names_others = cases[_i].names_others,
	    .has_campaign = !cases[_i].no_campaign,
	    .host_scans = cases[_i].scans,
	    .contacts_work = true};
	struct ush_verdicts verdicts;
	char text[128] = "";

	for (const struct seen *seen = cases[_i].seen; seen->count > 0; seen++)
		add_seen(&known, seen);
	ush_call_make(&known, &verdicts);
	ush_tallies_fini(&known.facts);
	for (size_t i = 0; i < verdicts.count; i++) {
		const struct ush_verdict *verdict = &verdicts.items[i];

		sprintf(text + strlen(text), "%s%s %s", i > 0 ? ", " : "",
		    ush_call_text(verdict->call), verdict->why);
		ck_assert_uint_le(strlen(verdict->why), 14); /* the table has no room for more */
		ck_assert_uint_gt(strlen(verdict->reason), 10);
	}
	ck_assert_str_eq(text, cases[_i].calls);
	ck_assert_uint_le(verdicts.urgency, verdicts.items[0].call);
}
END_TEST

/* Calls of several hosts, in seconds or with one that comes back. */
START_TEST(test_one_burst_is_not_malware_at_work)
{
	static const struct {
		uint64_t back_ms; /* when the last of the other fact came */
		const char *why;
	} rows[] = {{HOUR + 1000, "c2-url"}, {HOUR + HOUR / 2 - 1, "c2-url"},
	    {HOUR + HOUR / 2, "c2-hosts"}, {HOUR / 2, "c2-hosts"}};
	struct ush_case known = {.program_hosts = 6};
	struct ush_verdicts verdicts;

	add_seen(&known, &(struct seen){USH_FACT_PLANTED, 4, 4, 0, false});
	add_seen(&known, &(struct seen){USH_FACT_AUTOMATION, 2, 2, 0, false});
	ush_tally_at(&known.facts, USH_FACT_AUTOMATION)->first_ms = rows[_i].back_ms;
	ush_tally_at(&known.facts, USH_FACT_AUTOMATION)->last_ms = rows[_i].back_ms;
	ush_call_make(&known, &verdicts);
	ush_tallies_fini(&known.facts);
	ck_assert_str_eq(verdicts.items[0].why, rows[_i].why);
}
END_TEST

/* The silence of a host means nothing where no contacts arrive at all. */
START_TEST(test_many_names_need_contacts_that_arrive)
{
	struct ush_case known = {.host_names = 8};
	struct ush_verdicts verdicts;

	add_seen(&known, &(struct seen){USH_FACT_DNS, 8, 8, 0, false});
	ush_call_make(&known, &verdicts);
	ush_tallies_fini(&known.facts);
	ck_assert_str_eq(verdicts.items[0].why, "dns-only");
}
END_TEST

/* A proxy that carries something grave stands above hosts that are POSSIBLE. */
START_TEST(test_what_is_behind_a_proxy_is_sorted_high)
{
	static const struct {
		enum ush_fact fact;
		enum ush_call urgency;
	} rows[] = {{USH_FACT_BEACON, USH_CALL_LIKELY}, {USH_FACT_POST, USH_CALL_LIKELY},
	    {USH_FACT_PLANTED, USH_CALL_POSSIBLE}, {USH_FACT_DNS, USH_CALL_RELAY}};

	for (int i = 0; i < USH_COUNT(rows); i++) {
		struct ush_case known = {.role = USH_ROLE_PROXY};
		struct ush_verdicts verdicts;

		add_seen(&known, &(struct seen){rows[i].fact, 1, 1, 0, false});
		ush_call_make(&known, &verdicts);
		ush_tallies_fini(&known.facts);
		ck_assert_uint_eq(verdicts.items[0].call, USH_CALL_RELAY);
		ck_assert_uint_eq(verdicts.urgency, rows[i].urgency);
		ck_assert((verdicts.behind.why != NULL) == (rows[i].urgency != USH_CALL_RELAY));
	}
}
END_TEST

/* Adding any fact never makes a call milder than it was, and takes no graver one away. */
START_TEST(test_no_fact_lowers_another)
{
	for (unsigned fact = 0; fact < USH_FACTS; fact++) {
		for (unsigned beside = 0; beside < USH_FACTS; beside++) {
			struct ush_case known = {.contacts_work = true, .has_campaign = true};
			struct ush_verdicts alone;
			struct ush_verdicts both;

			add_seen(&known, &(struct seen){(enum ush_fact)fact, 10, 3, 24, true});
			ush_call_make(&known, &alone);
			if (beside != fact)
				add_seen(&known,
				    &(struct seen){(enum ush_fact)beside, 100, 10, 99, true});
			ush_call_make(&known, &both);
			ush_tallies_fini(&known.facts);
			if (alone.items[0].call <= USH_CALL_LIKELY)
				ck_assert_int_le(both.items[0].call, alone.items[0].call);
		}
	}
}
END_TEST

START_TEST(test_every_call_is_read_from_its_word)
{
	enum ush_call call;

	for (unsigned i = 0; i < USH_CALLS; i++) {
		ck_assert_int_eq(ush_call_from_text(&call, ush_call_text((enum ush_call)i)), 0);
		ck_assert_uint_eq(call, i);
	}
	ck_assert_int_eq(ush_call_from_text(&call, "likely"), 0);
	ck_assert_int_eq(call, USH_CALL_LIKELY);
	ck_assert_int_eq(ush_call_from_text(&call, "SURE"), -1);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("store/calls");
	TCase *tcase = tcase_create("calls");

	tcase_add_loop_test(tcase, test_concludes_from_the_facts_of_a_host, 0, USH_COUNT(cases));
	tcase_add_loop_test(tcase, test_one_burst_is_not_malware_at_work, 0, 4);
	tcase_add_test(tcase, test_many_names_need_contacts_that_arrive);
	tcase_add_test(tcase, test_what_is_behind_a_proxy_is_sorted_high);
	tcase_add_test(tcase, test_no_fact_lowers_another);
	tcase_add_test(tcase, test_every_call_is_read_from_its_word);
	suite_add_tcase(suite, tcase);
	return ush_unit_run(suite);
}
