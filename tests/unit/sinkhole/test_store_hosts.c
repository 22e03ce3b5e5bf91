/* SPDX-License-Identifier: BSD-3-Clause */
/* From log lines to calls. */
#include "sinkhole/store/hosts.h"

#include <string.h>
#include "sinkhole/store/timeline.h"
#include "tests/unit/sinkhole/site.h"
#include "tests/unit/unit.h"

static struct site site;

static void
end(void)
{
	site_end(&site);
}

START_TEST(test_the_story)
{
	static const char *const want[] = {"INFECTED 10.0.0.1", "LIKELY 10.0.0.2",
	    "POSSIBLE 10.0.0.7", "POSSIBLE 10.0.0.3", "PERSON 10.0.0.4", "RELAY 10.0.0.53",
	    "RELAY 10.0.0.54", "SCANNER 10.0.0.5", "DRILL 10.0.0.6"};
	struct ush_hosts hosts;

	site_begin(&site, "roles:\n  - {networks: [10.0.0.53/32], role: forwarder}\n");
	site_dns(&site, (struct site_dns){.host = "10.0.0.1"});
	site_contact(&site, (struct site_contact){.host = "10.0.0.1",
	                        .evidence = "decoded c2-url listed-host automation",
	                        .version = "t20"});
	site_contact(
	    &site, (struct site_contact){.host = "10.0.0.2", .evidence = "listed-host automation"});
	site_dns(&site, (struct site_dns){.host = "10.0.0.3"});
	site_contact(&site, (struct site_contact){.host = "10.0.0.4",
	                        .evidence = "c2-url listed-host browser",
	                        .path_kind = "planted"});
	site_contact(&site, (struct site_contact){.host = "10.0.0.5", .evidence = "scanner"});
	site_dns(&site, (struct site_dns){.host = "10.0.0.6", .trigger = "canary", .drill = true});
	site_contact(&site, (struct site_contact){.host = "10.0.0.7",
	                        .action = "tcp-data",
	                        .evidence = "raw",
	                        .time_ms = SITE_START + SITE_MINUTE});
	site_dns(
	    &site, (struct site_dns){.host = "10.0.0.53", .time_ms = SITE_START + SITE_MINUTE});
	for (unsigned i = 0; i < 8; i++) {
		char name[32];

		snprintf(name, sizeof(name), "www.c%u.jp", i);
		site_dns(&site, (struct site_dns){.host = "10.0.0.54", .name = name});
	}
	hosts = site_hosts(&site);
	ck_assert_uint_eq(hosts.count, USH_COUNT(want));
	for (size_t i = 0; i < hosts.count; i++) {
		char text[80];

		snprintf(text, sizeof(text), "%s %s", ush_call_text(hosts.items[i].verdict.call),
		    hosts.items[i].address);
		ck_assert_str_eq(text, want[i]);
	}
	ck_assert_uint_eq(hosts.items[0].dns, 1);
	ck_assert_uint_eq(hosts.items[0].hits, 1);
	ush_hosts_fini(&hosts);
}
END_TEST

START_TEST(test_explanations_lower_nothing)
{
	site_begin(&site, "roles:\n  - {networks: [10.0.0.53/32], role: forwarder}\n"
	                  "  - {networks: [10.0.0.60/32], role: drill}\n");
	for (unsigned i = 0; i < 50; i++)
		site_contact(&site,
		    (struct site_contact){.host = "10.0.0.1", .evidence = "listed-host browser"});
	ck_assert_str_eq(site_call(&site, "10.0.0.1", "emdivi"), "PERSON browser");
	site_contact(&site,
	    (struct site_contact){.host = "10.0.0.1", .evidence = "decoded", .version = "t20"});
	ck_assert_str_eq(site_call(&site, "10.0.0.1", "emdivi"), "INFECTED beacon");
	site_contact(&site,
	    (struct site_contact){.host = "10.0.0.53", .evidence = "decoded", .version = "t20"});
	ck_assert_str_eq(site_call(&site, "10.0.0.53", "emdivi"), "INFECTED beacon");
	site_contact(&site,
	    (struct site_contact){.host = "10.0.0.60", .evidence = "decoded", .version = "t20"});
	ck_assert_str_eq(site_call(&site, "10.0.0.60", "emdivi"), "DRILL role");
}
END_TEST

START_TEST(test_a_row_is_a_host_and_a_campaign)
{
	site_begin(&site, NULL);
	site_contact(
	    &site, (struct site_contact){
	               .host = "10.0.0.1", .campaign = "other", .evidence = "listed-host browser"});
	site_contact(
	    &site, (struct site_contact){.host = "10.0.0.1", .evidence = "listed-host automation"});
	ck_assert_str_eq(site_call(&site, "10.0.0.1", "emdivi"), "LIKELY automation");
	ck_assert_str_eq(site_call(&site, "10.0.0.1", "other"), "PERSON browser");
	/* A beacon names its family where the address names no campaign. */
	site_contact(&site,
	    (struct site_contact){
	        .host = "10.0.0.2", .campaign = "", .evidence = "decoded", .version = "t20"});
	ck_assert_str_eq(site_call(&site, "10.0.0.2", "emdivi"), "INFECTED beacon");
}
END_TEST

/* Contacts with one campaign prove that the host reaches the sinkhole: it is no relay for the
 * other. */
START_TEST(test_relay_counts_over_campaigns)
{
	site_begin(&site, NULL);
	site_contact(&site, (struct site_contact){.host = "10.0.0.99"});
	for (unsigned i = 0; i < 8; i++) {
		char name[32];

		snprintf(name, sizeof(name), "www.c%u.jp", i);
		site_dns(&site,
		    (struct site_dns){
		        .host = "10.0.0.54", .name = name, .campaign = i % 2 == 0 ? "one" : "two"});
	}
	ck_assert_str_eq(site_call(&site, "10.0.0.54", "one"), "RELAY many-names");
	ck_assert_str_eq(site_call(&site, "10.0.0.54", "two"), "RELAY many-names");
	site_contact(&site, (struct site_contact){.host = "10.0.0.54", .campaign = "three"});
	ck_assert_str_eq(site_call(&site, "10.0.0.54", "one"), "POSSIBLE dns-only");
}
END_TEST

/* In a drill everything says drill: calls are made as if it were none. Outside, the word explains
 * the event. */
START_TEST(test_drills)
{
	site_begin(&site, _i == 0 ? NULL : "drill: true\n");
	site_contact(
	    &site, (struct site_contact){
	               .host = "10.0.0.1", .evidence = "decoded", .version = "t20", .drill = true});
	site_contact(&site,
	    (struct site_contact){
	        .host = "10.0.0.2", .destination = "198.51.100.1", .drill = true, .campaign = ""});
	ck_assert_str_eq(
	    site_call(&site, "10.0.0.1", "emdivi"), _i == 0 ? "DRILL canary" : "INFECTED beacon");
	ck_assert_str_eq(site_call(&site, "10.0.0.2", ""), "DRILL canary");
}
END_TEST

struct rows {
	unsigned count;
	struct ush_sighting last;
};

static int
count_row(void *arg, const struct ush_sighting *sighting)
{
	struct rows *rows = arg;

	rows->count++;
	rows->last = *sighting;
	return 0;
}

static int
count_profile(
    void *arg, uint64_t id, const struct ush_profile *profile, const struct ush_span *span)
{
	struct rows *rows = arg;

	ck_assert_uint_gt(id, 0);
	ck_assert_str_eq(profile->family, "Emdivi");
	ck_assert_uint_gt(span->count, 0);
	rows->count++;
	return 0;
}

START_TEST(test_folding)
{
	struct rows rows = {0};
	struct ush_error err = {0};

	site_begin(&site, NULL);
	for (unsigned i = 0; i < 10; i++)
		site_dns(&site, (struct site_dns){.host = "10.0.0.1",
		                    .time_ms = SITE_START + (9 - i) * SITE_MINUTE});
	site_update(&site);
	ck_assert_int_eq(ush_sightings_each(site.store, "10.0.0.1", count_row, &rows, &err), 0);
	ck_assert_uint_eq(rows.count, 1);
	ck_assert_uint_eq(rows.last.span.count, 10);
	ck_assert_uint_eq(rows.last.span.first_ms, SITE_START);
	ck_assert_uint_eq(rows.last.span.last_ms, SITE_START + 9 * SITE_MINUTE);

	site_contact(&site, (struct site_contact){.host = "10.0.0.2", .repeat = 1000});
	site_contact(&site, (struct site_contact){.host = "10.0.0.2"});
	site_update(&site);
	rows = (struct rows){0};
	ck_assert_int_eq(ush_sightings_each(site.store, "10.0.0.2", count_row, &rows, &err), 0);
	ck_assert_uint_eq(rows.count, 1);
	ck_assert_uint_eq(rows.last.span.count, 1001);
}
END_TEST

START_TEST(test_profiles_never_fold)
{
	struct rows rows = {0};
	struct ush_error err = {0};

	site_begin(&site, NULL);
	for (unsigned i = 0; i < 6; i++)
		site_contact(&site, (struct site_contact){.host = "10.0.0.1",
		                        .evidence = "decoded",
		                        .version = i % 2 == 0 ? "t17" : "t20"});
	site_update(&site);
	ck_assert_int_eq(ush_profiles_each(site.store, "10.0.0.1", count_profile, &rows, &err), 0);
	ck_assert_uint_eq(rows.count, 2);
	rows.count = 0;
	ck_assert_int_eq(ush_sightings_each(site.store, "10.0.0.1", count_row, &rows, &err), 0);
	ck_assert_uint_eq(rows.count, 2);
	ck_assert_uint_eq(rows.last.span.count, 3);
}
END_TEST

static int
join_claim(void *arg, const char *claimed, const char *host, const struct ush_span *span)
{
	char *text = arg;

	snprintf(text + strlen(text), 200 - strlen(text), "%s>%s:%llu ", host, claimed,
	    (unsigned long long)span->count);
	return 0;
}

START_TEST(test_claims)
{
	char text[200] = "";
	struct ush_error err = {0};

	site_begin(&site, NULL);
	site_dns(&site, (struct site_dns){.host = "10.0.0.53", .claimed = "192.0.2.9"});
	site_dns(&site, (struct site_dns){.host = "10.0.0.53", .claimed = "192.0.2.9"});
	site_update(&site);
	ck_assert_int_eq(ush_claims_each(site.store, "10.0.0.53", join_claim, text, &err), 0);
	ck_assert_int_eq(ush_claims_each(site.store, "192.0.2.9", join_claim, text, &err), 0);
	ck_assert_str_eq(text, "10.0.0.53>192.0.2.9:2 10.0.0.53>192.0.2.9:2 ");
}
END_TEST

START_TEST(test_one_host)
{
	struct ush_hosts hosts;
	struct ush_error err = {0};

	site_begin(&site, NULL);
	site_dns(&site, (struct site_dns){.host = "10.0.0.1"});
	site_dns(&site, (struct site_dns){.host = "10.0.0.10"});
	site_update(&site);
	ck_assert_int_eq(ush_hosts_find(&hosts, site.store, site.settings, "10.0.0.1", &err), 0);
	ck_assert_uint_eq(hosts.count, 1);
	ck_assert_str_eq(hosts.items[0].address, "10.0.0.1");
	ush_hosts_fini(&hosts);
	ck_assert_int_eq(ush_hosts_find(&hosts, site.store, site.settings, "' OR 1 --", &err), 0);
	ck_assert_uint_eq(hosts.count, 0);
	ush_hosts_fini(&hosts);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("store/hosts");
	TCase *tcase = tcase_create("hosts");

	tcase_add_checked_fixture(tcase, NULL, end);
	tcase_add_test(tcase, test_the_story);
	tcase_add_test(tcase, test_explanations_lower_nothing);
	tcase_add_test(tcase, test_a_row_is_a_host_and_a_campaign);
	tcase_add_test(tcase, test_relay_counts_over_campaigns);
	tcase_add_loop_test(tcase, test_drills, 0, 2);
	tcase_add_test(tcase, test_folding);
	tcase_add_test(tcase, test_profiles_never_fold);
	tcase_add_test(tcase, test_claims);
	tcase_add_test(tcase, test_one_host);
	suite_add_tcase(suite, tcase);
	return ush_unit_run(suite);
}
