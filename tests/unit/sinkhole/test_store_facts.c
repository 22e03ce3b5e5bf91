/* SPDX-License-Identifier: BSD-3-Clause */
#include "sinkhole/store/facts.h"

#include <string.h>
#include "tests/unit/unit.h"

static unsigned
marks_of(const char *words)
{
	unsigned marks = 0;
	char word[32];

	while (*words != '\0') {
		size_t len = strcspn(words, " ");

		ck_assert_uint_lt(len, sizeof(word));
		memcpy(word, words, len);
		word[len] = '\0';
		ck_assert_msg(ush_evidence_from_text(word) != 0, "%s", word);
		marks |= ush_evidence_from_text(word);
		words += len;
		words += strspn(words, " ");
	}
	return marks;
}

static const struct {
	const char *marks;
	const char *action;
	enum ush_fact fact;
} cases[] = {
    {"decoded c2-url planted listed-host automation", "http-request", USH_FACT_BEACON},
    {"decoded scanner", "http-request", USH_FACT_BEACON},
    {"decoded upload listed-host", "http-request", USH_FACT_BEACON},
    /* A page can make a browser send whatever decodes. */
    {"decoded browser", "http-request", USH_FACT_BEACON_PLANTED},
    {"decoded page c2-url planted listed-host upload", "http-request", USH_FACT_BEACON_PLANTED},
    {"decoded page automation", "http-request", USH_FACT_BEACON_PLANTED},
    {"decoded prefetch", "http-request", USH_FACT_BEACON_PLANTED},
    /* Internet Explorer mode names no Origin. */
    {"decoded c2-url planted listed-host upload browser-hint", "http-request",
        USH_FACT_BEACON_PLANTED},
    {"decoded automation browser-hint", "http-request", USH_FACT_BEACON_PLANTED},
    {"decoded automation browser-hint family-agent", "http-request", USH_FACT_BEACON},

    {"c2-url planted listed-host automation", "http-request", USH_FACT_PLANTED},
    {"c2-url planted listed-host", "http-request", USH_FACT_PLANTED_QUIET},
    {"c2-url planted listed-host", "http-malformed", USH_FACT_PLANTED_QUIET},
    {"c2-path planted automation", "http-request", USH_FACT_PLANTED},
    {"c2-path planted", "http-malformed", USH_FACT_PLANTED_QUIET},
    {"c2-url plausible listed-host automation", "http-request", USH_FACT_PLAUSIBLE},
    {"c2-url plausible listed-host", "http-request", USH_FACT_URL_QUIET},
    {"listed-host automation", "http-request", USH_FACT_AUTOMATION},
    {"listed-host", "http-request", USH_FACT_HTTP},

    /* Data is sent by no link-follower; without Origin by no browser either. */
    {"c2-url planted listed-host automation upload", "http-request", USH_FACT_POST},
    {"c2-url plausible listed-host upload", "http-request", USH_FACT_POST},
    {"listed-host automation upload", "http-request", USH_FACT_POST},
    {"listed-host upload", "http-request", USH_FACT_HTTP},
    {"c2-url planted listed-host upload page", "http-request", USH_FACT_PLANTED_QUIET},
    {"c2-url planted listed-host upload browser-hint", "http-request", USH_FACT_PLANTED_QUIET},
    {"c2-url plausible listed-host upload browser-hint", "http-request", USH_FACT_URL_QUIET},
    {"listed-host upload browser-hint", "http-request", USH_FACT_HTTP},
    {"listed-host automation upload browser-hint", "http-request", USH_FACT_POST},
    /* Its Origin may not have come yet. */
    {"c2-url planted listed-host upload", "http-malformed", USH_FACT_PLANTED_QUIET},
    {"c2-url planted listed-host automation family-agent", "http-request", USH_FACT_FAMILY_AGENT},
    {"automation family-agent", "http-request", USH_FACT_HTTP},

    {"c2-url planted listed-host browser", "http-request", USH_FACT_BROWSER_PLANTED},
    {"c2-path planted browser", "http-request", USH_FACT_BROWSER_PLANTED},
    {"c2-url planted listed-host browser page", "http-request", USH_FACT_BROWSER},
    {"c2-url planted listed-host browser prefetch", "http-request", USH_FACT_BROWSER},
    {"c2-url plausible listed-host browser", "http-request", USH_FACT_BROWSER},
    {"listed-host browser upload page", "http-request", USH_FACT_BROWSER},
    {"listed-host prefetch", "http-request", USH_FACT_BROWSER},
    {"listed-host browser embedded", "http-request", USH_FACT_BROWSER},
    /* It says that it is a browser and behaves like a program. */
    {"c2-url planted listed-host automation browser", "http-request", USH_FACT_PLANTED},

    /* Of a decoy's address; what a user agent says of itself is no evidence at a listed URL. */
    {"c2-url planted listed-host scanner", "http-request", USH_FACT_SCANNER},
    {"automation", "http-request", USH_FACT_HTTP},
    {"unlisted-host automation", "http-request", USH_FACT_UNLISTED},
    {"unlisted-host browser", "http-request", USH_FACT_BROWSER},
    {"", "http-malformed", USH_FACT_HTTP},
    {"raw", "http-malformed", USH_FACT_HTTP},
    {"tls-only listed-host", "tls-client-hello", USH_FACT_TLS},
    {"tls-only listed-host browser", "tls-client-hello", USH_FACT_TLS_BROWSER},
    {"tls-only unlisted-host browser", "tls-client-hello", USH_FACT_UNLISTED},
    {"tls-only", "tls-client-hello", USH_FACT_TLS_OTHER},
    {"", "tls-malformed", USH_FACT_TLS_OTHER},
    {"", "tcp-folded", USH_FACT_FOLDED},
    {"", "udp-folded", USH_FACT_FOLDED},
    {"raw", "tcp-data", USH_FACT_RAW},
    {"raw", "udp-datagram", USH_FACT_RAW_OTHER},
    {"raw browser-hint", "tcp-data", USH_FACT_RAW_OTHER},
    {"silent", "tcp-silent", USH_FACT_SILENT},
    {"", "something-new", USH_FACT_RAW_OTHER},
};

START_TEST(test_fact_of_contact)
{
	ck_assert_msg(ush_fact_of_contact(marks_of(cases[_i].marks), cases[_i].action, false) ==
	                  cases[_i].fact,
	    "%s: %s", cases[_i].action, cases[_i].marks);
}
END_TEST

/* A Via header leaves it open which machine it was, and excuses nothing else. */
START_TEST(test_a_beacon_through_a_proxy_is_another_fact)
{
	for (int i = 0; i < USH_COUNT(cases); i++) {
		enum ush_fact fact =
		    ush_fact_of_contact(marks_of(cases[i].marks), cases[i].action, true);

		ck_assert_uint_eq(
		    fact, cases[i].fact == USH_FACT_BEACON ? USH_FACT_BEACON_VIA : cases[i].fact);
	}
}
END_TEST

START_TEST(test_fact_of_dns)
{
	ck_assert_int_eq(ush_fact_of_dns("dns-sinkhole"), USH_FACT_DNS);
	ck_assert_int_eq(ush_fact_of_dns("dns-monitor"), USH_FACT_DNS_OTHER);
	ck_assert_int_eq(ush_fact_of_dns("dns-leaked"), USH_FACT_DNS_OTHER);
}
END_TEST

START_TEST(test_every_fact_and_mark_has_its_word)
{
	char text[USH_EVIDENCE_TEXT_MAX];

	ck_assert_str_eq(ush_evidence_to_text(marks_of("automation planted c2-url"), text),
	    "c2-url automation planted");
	ck_assert_str_eq(ush_evidence_to_text(0, text), "");
	ck_assert_uint_lt(strlen(ush_evidence_to_text(~0u, text)), sizeof(text));
	ck_assert_uint_eq(ush_evidence_from_text("of-a-later-version"), 0);
	for (unsigned fact = 0; fact < USH_FACTS; fact++) {
		ck_assert_ptr_nonnull(ush_fact_text((enum ush_fact)fact));
		ck_assert_ptr_nonnull(ush_fact_phrase((enum ush_fact)fact));
	}
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("store/facts");
	TCase *tcase = tcase_create("facts");

	tcase_add_loop_test(tcase, test_fact_of_contact, 0, USH_COUNT(cases));
	tcase_add_test(tcase, test_a_beacon_through_a_proxy_is_another_fact);
	tcase_add_test(tcase, test_fact_of_dns);
	tcase_add_test(tcase, test_every_fact_and_mark_has_its_word);
	suite_add_tcase(suite, tcase);
	return ush_unit_run(suite);
}
