/* SPDX-License-Identifier: BSD-3-Clause */
#include "sinkhole/store/calls.h"

#include <stdio.h>
#include <string.h>
#include "tests/unit/unit.h"

#define HOUR 3600000ull

/* Facts seen, ended by count 0; `hours` is the time from the first to the last. */
struct seen {
	enum ush_fact fact;
	uint64_t count, distinct, hours;
};

/* One row a sentence of docs/find-infected-hosts.md. */
static const struct {
	const char *call;
	struct seen seen[4];
	enum ush_role_kind role;
	uint64_t names;
	bool contacts_work;
} cases[] = {
    {"INFECTED beacon", {{USH_FACT_BEACON, 1, 1, 0}}, 0, 0, true},
    {"INFECTED c2-url", {{USH_FACT_PLANTED, 1, 1, 0}}, 0, 0, true},
    {"INFECTED c2-path", {{USH_FACT_PLANTED_PATH, 1, 1, 0}, {USH_FACT_DNS, 1, 1, 0}}, 0, 1, true},
    {"LIKELY c2-path", {{USH_FACT_PLANTED_PATH, 1, 1, 0}}, 0, 0, true},
    {"INFECTED c2-urls", {{USH_FACT_PLAUSIBLE, 2, 2, 0}}, 0, 0, true},
    {"LIKELY c2-url", {{USH_FACT_PLAUSIBLE, 9, 1, 0}}, 0, 0, true},
    {"LIKELY c2-hosts", {{USH_FACT_AUTOMATION, 2, 2, 0}}, 0, 0, true},
    {"LIKELY automation", {{USH_FACT_AUTOMATION, 9, 1, 0}}, 0, 0, true},
    {"LIKELY tls-names", {{USH_FACT_TLS, 3, 3, 0}}, 0, 0, true},
    {"POSSIBLE tls", {{USH_FACT_TLS, 2, 2, 0}}, 0, 0, true},
    {"LIKELY tls-repeat", {{USH_FACT_TLS, 10, 1, 24}}, 0, 0, true},
    {"POSSIBLE tls", {{USH_FACT_TLS, 9, 1, 24}}, 0, 0, true},
    {"POSSIBLE tls", {{USH_FACT_TLS, 10, 1, 23}}, 0, 0, true},
    {"PERSON browser", {{USH_FACT_TLS, 10, 3, 48}, {USH_FACT_BROWSER, 1, 1, 0}}, 0, 0, true},
    {"POSSIBLE c2-url", {{USH_FACT_URL_UNMARKED, 1, 1, 0}}, 0, 0, true},
    {"POSSIBLE raw", {{USH_FACT_RAW, 1, 1, 0}}, 0, 0, true},
    {"POSSIBLE http", {{USH_FACT_HTTP, 1, 1, 0}}, 0, 0, true},
    {"POSSIBLE connect", {{USH_FACT_SILENT, 1, 1, 0}}, 0, 0, true},
    {"POSSIBLE dns-only", {{USH_FACT_DNS, 1, 1, 0}}, 0, 1, true},
    {"POSSIBLE dns-only", {{USH_FACT_DNS_OTHER, 99, 20, 0}}, 0, 0, true},

    /* A person explains what browsers do, and nothing stronger. */
    {"PERSON browser", {{USH_FACT_BROWSER, 1, 1, 0}, {USH_FACT_DNS, 2, 1, 0}}, 0, 1, true},
    {"PERSON browser", {{USH_FACT_BROWSER, 1, 1, 0}, {USH_FACT_SILENT, 2, 1, 0}}, 0, 0, true},
    {"INFECTED beacon", {{USH_FACT_BROWSER, 9, 1, 0}, {USH_FACT_BEACON, 1, 1, 0}}, 0, 0, true},
    {"LIKELY c2-url", {{USH_FACT_BROWSER, 9, 1, 0}, {USH_FACT_PLAUSIBLE, 1, 1, 0}}, 0, 0, true},
    {"POSSIBLE raw", {{USH_FACT_BROWSER, 9, 1, 0}, {USH_FACT_RAW, 1, 1, 0}}, 0, 0, true},

    /* Relays: said, and concluded. */
    {"RELAY forwarder", {{USH_FACT_DNS, 9, 1, 0}}, USH_ROLE_FORWARDER, 1, true},
    {"RELAY proxy", {{USH_FACT_DNS, 9, 1, 0}, {USH_FACT_TLS, 9, 5, 0}}, USH_ROLE_PROXY, 1, true},
    {"RELAY mail-gw", {{USH_FACT_AUTOMATION, 9, 5, 0}}, USH_ROLE_MAIL_GATEWAY, 0, true},
    {"PERSON browser", {{USH_FACT_BROWSER, 1, 1, 0}}, USH_ROLE_FORWARDER, 0, true},
    {"INFECTED beacon", {{USH_FACT_BEACON, 1, 1, 0}}, USH_ROLE_FORWARDER, 0, true},
    {"INFECTED beacon", {{USH_FACT_BEACON, 1, 1, 0}}, USH_ROLE_PROXY, 0, true},
    {"INFECTED c2-url", {{USH_FACT_PLANTED, 1, 1, 0}}, USH_ROLE_PROXY, 0, true},
    {"RELAY many-names", {{USH_FACT_DNS, 8, 3, 0}}, 0, 8, true},
    {"POSSIBLE dns-only", {{USH_FACT_DNS, 8, 7, 0}}, 0, 7, true},
    {"POSSIBLE dns-only", {{USH_FACT_DNS, 8, 8, 0}}, 0, 8, false},
    {"POSSIBLE raw", {{USH_FACT_DNS, 8, 8, 0}, {USH_FACT_RAW, 1, 1, 0}}, 0, 8, true},

    {"SCANNER scanner", {{USH_FACT_SCANNER, 1, 1, 0}}, 0, 0, true},
    {"SCANNER role", {{USH_FACT_PLANTED, 1, 1, 0}}, USH_ROLE_SCANNER, 0, true},
    {"SCANNER sandbox", {{USH_FACT_RAW, 1, 1, 0}}, USH_ROLE_SANDBOX, 0, true},
    {"INFECTED beacon", {{USH_FACT_BEACON, 1, 1, 0}}, USH_ROLE_SANDBOX, 0, true},
    {"INFECTED beacon", {{USH_FACT_SCANNER, 5, 1, 0}, {USH_FACT_BEACON, 1, 1, 0}}, 0, 0, true},

    {"DRILL role", {{USH_FACT_BEACON, 1, 1, 0}, {USH_FACT_DNS, 1, 1, 0}}, USH_ROLE_DRILL, 1, true},
    {"DRILL canary", {{USH_FACT_CANARY_DNS, 1, 1, 0}}, 0, 0, true},
    {"DRILL canary", {{USH_FACT_CANARY_HIT, 1, 1, 0}}, USH_ROLE_FORWARDER, 0, true},
    {"POSSIBLE dns-only", {{USH_FACT_CANARY_DNS, 9, 1, 0}, {USH_FACT_DNS, 1, 1, 0}}, 0, 1, true},
};

START_TEST(test_call)
{
	struct ush_case known = {.role = cases[_i].role,
	    .host_names = cases[_i].names,
	    .contacts_work = cases[_i].contacts_work};
	struct ush_verdict verdict;
	char text[64];

	for (const struct seen *seen = cases[_i].seen; seen->count > 0; seen++) {
		known.facts[seen->fact] = (struct ush_tally){
		    seen->count, seen->distinct, HOUR, HOUR + seen->hours * HOUR};
		if (ush_fact_is_contact(seen->fact) && seen->fact != USH_FACT_CANARY_HIT)
			known.host_contacts += seen->count;
	}
	ush_call_make(&known, &verdict);
	snprintf(text, sizeof(text), "%s %s", ush_call_text(verdict.call), verdict.why);
	ck_assert_str_eq(text, cases[_i].call);
	ck_assert_uint_le(strlen(verdict.why), 10); /* the table has no room for more */
	ck_assert_uint_gt(strlen(verdict.reason), 10);
}
END_TEST

/* Adding facts of a browser, a relay or a scanner never makes a call milder than it was. */
START_TEST(test_explanations_lower_nothing)
{
	static const enum ush_fact explaining[] = {
	    USH_FACT_BROWSER, USH_FACT_SCANNER, USH_FACT_CANARY_HIT, USH_FACT_CANARY_DNS};

	for (unsigned fact = USH_FACT_BEACON; fact <= USH_FACT_AUTOMATION; fact++) {
		for (int i = 0; i < USH_COUNT(explaining); i++) {
			struct ush_case known = {.contacts_work = true};
			struct ush_verdict alone;
			struct ush_verdict both;

			known.facts[fact] = (struct ush_tally){1, 1, HOUR, HOUR};
			ush_call_make(&known, &alone);
			known.facts[explaining[i]] = (struct ush_tally){100, 10, HOUR, 99 * HOUR};
			ush_call_make(&known, &both);
			ck_assert_int_le(both.call, alone.call);
		}
	}
}
END_TEST

START_TEST(test_words)
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

	tcase_add_loop_test(tcase, test_call, 0, USH_COUNT(cases));
	tcase_add_test(tcase, test_explanations_lower_nothing);
	tcase_add_test(tcase, test_words);
	suite_add_tcase(suite, tcase);
	return ush_unit_run(suite);
}
