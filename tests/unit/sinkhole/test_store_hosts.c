/* SPDX-License-Identifier: BSD-3-Clause */
/* From log lines to calls. */
#include "sinkhole/store/hosts.h"

#include <stdlib.h>
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
	site_contact(&site,
	    (struct site_contact){.host = "10.0.0.2", .evidence = "listed-host automation upload"});
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

		snprintf(text, sizeof(text), "%s %s",
		    ush_call_text(hosts.items[i].verdicts.items[0].call), hosts.items[i].address);
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
	ck_assert_str_eq(site_call(&site, "10.0.0.1", "emdivi"), "POSSIBLE automation");
	ck_assert_str_eq(site_call(&site, "10.0.0.1", "other"), "PERSON browser");
	/* A beacon names its family where the address names no campaign. */
	site_contact(&site,
	    (struct site_contact){
	        .host = "10.0.0.2", .campaign = "", .evidence = "decoded", .version = "t20"});
	ck_assert_str_eq(site_call(&site, "10.0.0.2", "emdivi"), "INFECTED beacon");
}
END_TEST

/* Raw bytes every half an hour: only TCP to a campaign's address counts, of a host that scans
 * nothing. */
START_TEST(test_raw_bytes_by_the_clock)
{
	static const struct {
		const char *action, *evidence, *campaign, *call;
	} rows[] = {
	    {"tcp-data", "raw", "emdivi", "LIKELY raw-rhythm"},
	    {"udp-datagram", "raw", "emdivi", "POSSIBLE raw"},
	    {"tcp-data", "raw browser-hint", "emdivi", "POSSIBLE raw"},
	    {"tcp-data", "raw", "", "POSSIBLE raw"},
	};

	site_begin(&site, NULL);
	for (unsigned i = 0; i < 17; i++)
		site_contact(&site, (struct site_contact){.host = "10.0.0.1",
		                        .action = rows[_i].action,
		                        .evidence = rows[_i].evidence,
		                        .campaign = rows[_i].campaign,
		                        .time_ms = SITE_START + i * 30 * SITE_MINUTE});
	ck_assert_str_eq(site_call(&site, "10.0.0.1", rows[_i].campaign), rows[_i].call);
	/* It called a decoy, too. */
	site_contact(&site, (struct site_contact){.host = "10.0.0.1",
	                        .action = "tcp-data",
	                        .evidence = "scanner raw",
	                        .campaign = "other"});
	ck_assert_str_eq(site_call(&site, "10.0.0.1", rows[_i].campaign), "POSSIBLE raw");
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

START_TEST(test_events_that_show_the_same_are_one_sighting)
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

START_TEST(test_different_profiles_stay_apart)
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

static const struct ush_host *
row_of(const struct ush_hosts *hosts, const char *address, bool claimed)
{
	for (size_t i = 0; i < hosts->count; i++) {
		if (strcmp(hosts->items[i].address, address) == 0 &&
		    hosts->items[i].known.claimed == claimed)
			return &hosts->items[i];
	}
	return NULL;
}

/* "CALL why" of the row; NULL: there must be none. */
static void
check_row(const char *address, bool claimed, const char *want)
{
	struct ush_hosts hosts = site_hosts(&site);
	const struct ush_host *host = row_of(&hosts, address, claimed);
	char text[64];

	if (want == NULL) {
		ck_assert_ptr_null(host);
	} else {
		ck_assert_ptr_nonnull(host);
		snprintf(text, sizeof(text), "%s %s", ush_call_text(host->verdicts.items[0].call),
		    host->verdicts.items[0].why);
		ck_assert_str_eq(text, want);
	}
	ush_hosts_fini(&hosts);
}

#define BEACON .evidence = "decoded c2-url listed-host", .path_kind = "planted", .version = "t20"

/* A proxy that the settings do not name shows by what it sends. */
START_TEST(test_a_proxy_that_is_not_listed)
{
	struct ush_hosts hosts;

	site_begin(&site, NULL);
	site_dns(&site, (struct site_dns){.host = "10.0.0.9"});
	site_contact(&site,
	    (struct site_contact){
	        .host = "10.0.0.9", BEACON, .claimed = "192.0.2.1 10.20.3.11", .via = "1.1 p"});
	check_row("10.0.0.9", false, "LIKELY beacon-via");
	check_row("10.20.3.11", true, "POSSIBLE claimed");
	check_row("10.20.3.11", false, NULL);
	check_row("192.0.2.1", true, NULL);
	hosts = site_hosts(&site);
	ck_assert_str_eq(row_of(&hosts, "10.0.0.9", false)->names.items[0], "10.20.3.11");
	ck_assert_str_eq(row_of(&hosts, "10.20.3.11", true)->claimed.items[0], "10.0.0.9");
	ush_hosts_fini(&hosts);
	/* What it does without naming another host is its own. */
	site_contact(&site, (struct site_contact){.host = "10.0.0.9", BEACON});
	check_row("10.0.0.9", false, "INFECTED beacon");
	/* And what the named host does itself is no claim. */
	site_contact(&site, (struct site_contact){.host = "10.20.3.11", BEACON});
	check_row("10.20.3.11", false, "INFECTED beacon");
	check_row("10.20.3.11", true, "POSSIBLE claimed");
}
END_TEST

/* Headers without an address, or with one of no host, excuse no host. */
static const struct {
	struct site_contact contact;
	const char *call;
} excuses[] = {
    {{.via = "1.1 p"}, "LIKELY beacon-via"},
    {{.claimed = "10.0.0.9"}, "INFECTED beacon"},
    {{.claimed = "127.0.0.1"}, "INFECTED beacon"},
    {{.claimed = "0.0.0.0"}, "INFECTED beacon"},
    {{.claimed = "224.0.0.1"}, "INFECTED beacon"},
    {{.claimed = "169.254.1.1"}, "INFECTED beacon"},
    {{.claimed = "::1"}, "INFECTED beacon"},
    {{.claimed = "fe80::1"}, "INFECTED beacon"},
    {{.claimed = "nobody"}, "INFECTED beacon"},
    /* In a tunnel they are the words of the program that opened it, behind a trusted proxy those
     * of its client. */
    {{.claimed = "10.20.3.11", .via = "1.1 p", .port = 443}, "INFECTED beacon"},
    {{.claimed = "10.20.3.11", .proxy = "10.0.0.8"}, "INFECTED beacon"},
    {{.claimed = "10.20.3.11", .action = "http-malformed"}, "INFECTED beacon"},
    {{.claimed = "10.20.3.11", .via = "1.1 p", .tunnel = "www.example.jp:443"}, "INFECTED beacon"},
    {{.via = "1.1 p", .proxy = "10.0.0.8"}, "INFECTED beacon"},
};

START_TEST(test_what_excuses_nobody)
{
	struct site_contact contact = excuses[_i].contact;

	site_begin(&site, NULL);
	contact.host = "10.0.0.9";
	contact.evidence = "decoded c2-url listed-host";
	contact.version = "t20";
	site_contact(&site, contact);
	check_row("10.0.0.9", false, excuses[_i].call);
	check_row("10.20.3.11", true, NULL);
}
END_TEST

/* Named in the settings of the sensors is named enough. */
START_TEST(test_trusted_ones_have_their_roles)
{
	struct ush_error err = {0};
	char path[128];
	FILE *file;

	site_begin(&site, NULL);
	snprintf(path, sizeof(path), "%s/trusting.yaml", site.directory);
	file = fopen(path, "w");
	fprintf(file, "module:\n  event-log: dns.jsonl\n  trusted-forwarders: [10.0.0.53/32]\n"
	              "sinkhole:\n  event-log: contacts.jsonl\n  trusted-proxies: [10.0.0.9/32]\n");
	fclose(file);
	ush_settings_free(site.settings);
	ck_assert_msg(ush_settings_load(&site.settings, path, &err) == 0, "%s", err.text);
	site_dns(&site, (struct site_dns){.host = "10.0.0.53", .claimed = "10.20.3.12"});
	site_dns(&site, (struct site_dns){.host = "10.0.0.9"});
	check_row("10.0.0.53", false, "RELAY forwarder");
	check_row("10.20.3.12", true, "POSSIBLE claimed");
	check_row("10.0.0.9", false, "RELAY proxy");
	site_contact(&site,
	    (struct site_contact){.host = "10.0.0.9", BEACON, .tunnel = "www.example.jp:443"});
	check_row("10.0.0.9", false, "RELAY behind");
}
END_TEST

/* Browsers open connections that they do not use; what else opens them has a row. */
START_TEST(test_spare_connections_of_a_browser)
{
	static const struct site_contact spare = {
	    .host = "10.0.0.1", .action = "tcp-silent", .evidence = "silent", .campaign = ""};
	struct site_contact raw = {
	    .host = "10.0.0.1", .action = "tcp-data", .evidence = "raw", .campaign = ""};
	struct site_contact other = spare;

	site_begin(&site, NULL);
	site_contact(&site, spare);
	ck_assert_str_eq(site_call(&site, "10.0.0.1", ""), "POSSIBLE connect");
	site_contact(
	    &site, (struct site_contact){.host = "10.0.0.1", .evidence = "listed-host browser"});
	ck_assert_str_eq(site_call(&site, "10.0.0.1", "emdivi"), "PERSON browser");
	ck_assert_str_eq(site_call(&site, "10.0.0.1", ""), "");
	other.campaign = "other";
	site_contact(&site, other);
	ck_assert_str_eq(site_call(&site, "10.0.0.1", "other"), "POSSIBLE connect");
	site_contact(&site, raw);
	ck_assert_str_eq(site_call(&site, "10.0.0.1", ""), "POSSIBLE raw");
}
END_TEST

/* Several machines behind one address; the same one again is no other. */
START_TEST(test_profiles_are_counted)
{
	static const char *const versions[] = {"t17", "t19", "t20", "t19"};
	struct ush_hosts hosts;

	site_begin(&site, NULL);
	for (int i = 0; i < USH_COUNT(versions); i++)
		site_contact(
		    &site, (struct site_contact){
		               .host = "10.0.0.1", .evidence = "decoded", .version = versions[i]});
	/* A page can make up as many as it likes. */
	site_contact(&site, (struct site_contact){.host = "10.0.0.1",
	                        .evidence = "decoded browser page",
	                        .version = "t99",
	                        .page = "http://evil.example"});
	hosts = site_hosts(&site);
	ck_assert_uint_eq(hosts.count, 1);
	ck_assert_uint_eq(hosts.items[0].profiles, 3);
	ck_assert_str_eq(hosts.items[0].pages.items[0], "http://evil.example");
	ush_hosts_fini(&hosts);
}
END_TEST

/* Nine days are more than there are places for: what is kept must be put in order, and must not depend
 * on how often the logs were read. */
START_TEST(test_rhythm_of_days_that_were_read_one_by_one)
{
	struct ush_hosts hosts;

	site_begin(&site, NULL);
	for (unsigned hour = 0; hour < 9 * 24; hour++) {
		site_dns(&site, (struct site_dns){.host = "10.0.0.3",
		                    .time_ms = SITE_START + hour * 60 * SITE_MINUTE});
		if (hour % 24 == 0)
			site_update(&site);
	}
	hosts = site_hosts(&site);
	ck_assert_uint_eq(hosts.count, 1);
	ck_assert_uint_eq(
	    ush_tally_of(&hosts.items[0].known.facts, USH_FACT_DNS)->rhythm.visits, 9 * 24);
	ck_assert_uint_eq(ush_tally_of(&hosts.items[0].known.facts, USH_FACT_DNS)->rhythm.period_ms,
	    60 * SITE_MINUTE);
	ush_hosts_fini(&hosts);
}
END_TEST

/* A bot with a browser's headers and a person, by when they come. */
START_TEST(test_rhythm_tells_them_apart)
{
	static const uint64_t person[] = {
	    0, 2, 3, 41, 45, 190, 240, 241, 250, 420, 425, 1440, 1442, 1475, 1700, 1702, 1900};

	site_begin(&site, NULL);
	for (unsigned i = 0; i < 17; i++) {
		site_contact(&site, (struct site_contact){.host = "10.0.0.1",
		                        .time_ms = SITE_START + i * 60 * SITE_MINUTE,
		                        .evidence = "c2-url listed-host browser",
		                        .path_kind = "planted"});
		site_contact(&site, (struct site_contact){.host = "10.0.0.2",
		                        .time_ms = SITE_START + person[i] * SITE_MINUTE,
		                        .evidence = "c2-url listed-host browser",
		                        .path_kind = "planted"});
		site_dns(&site, (struct site_dns){.host = "10.0.0.3",
		                    .time_ms = SITE_START + i * 30 * SITE_MINUTE});
		site_dns(&site, (struct site_dns){.host = "10.0.0.5",
		                    .recording = "first",
		                    .time_ms = SITE_START + i * 60 * SITE_MINUTE});
		site_contact(&site, (struct site_contact){.host = "10.0.0.4",
		                        .time_ms = SITE_START + i * 60 * SITE_MINUTE,
		                        .action = "tls-client-hello",
		                        .server_name = "www.example.jp",
		                        .evidence = "listed-host tls-only"});
	}
	check_row("10.0.0.1", false, "LIKELY c2-rhythm");
	check_row("10.0.0.2", false, "PERSON browser");
	check_row("10.0.0.3", false, "POSSIBLE dns-rhythm");
	check_row("10.0.0.4", false, "LIKELY tls-rhythm");
	/* Only the first question of each hour is in the log: that is no rhythm. */
	check_row("10.0.0.5", false, "POSSIBLE dns-only");
}
END_TEST

/* Whichever of the two lines is read first, and even if it is read alone: only a burst that has
 * come back is malware at work. */
START_TEST(test_a_burst_over_several_hosts)
{
	static const char *const names[] = {"www.a.jp", "www.b.jp", "www.c.jp"};
	struct site_contact again = {.host = "10.0.0.1",
	    .domain = "www.a.jp",
	    .evidence = "c2-url listed-host automation",
	    .time_ms = SITE_START + 31 * SITE_MINUTE};

	site_begin(&site, NULL);
	if (_i == 1) {
		site_contact(&site, again);
		check_row("10.0.0.1", false, "POSSIBLE c2-url");
	}
	for (unsigned i = 0; i < USH_COUNT(names); i++)
		site_contact(&site, (struct site_contact){.host = "10.0.0.1",
		                        .domain = names[i],
		                        .evidence = "listed-host automation",
		                        .time_ms = SITE_START + i});
	if (_i == 0) {
		check_row("10.0.0.1", false, "POSSIBLE automation");
		site_contact(&site, again);
	}
	check_row("10.0.0.1", false, "LIKELY c2-hosts");
}
END_TEST

/* One host that comes twice in each five minutes for days: what is kept stays small, and the same
 * whatever the order. */
START_TEST(test_moments_are_bounded_and_without_order)
{
	enum { COUNT = 1200 };
	struct ush_rhythm rhythms[2];

	site_begin(&site, NULL);
	for (unsigned i = 0; i < COUNT; i++) {
		unsigned other = (unsigned)((uint64_t)i * 1237 % COUNT); /* each once */

		for (unsigned second = 0; second < 2; second++) {
			uint64_t later = (i % 2 == 0 ? 1 : 2) * SITE_MINUTE;

			site_dns(&site,
			    (struct site_dns){.host = "10.0.0.1",
			        .time_ms = SITE_START + i * 5 * SITE_MINUTE + second * later});
			later = (other % 2 == 0 ? 1 : 2) * SITE_MINUTE;
			site_dns(&site, (struct site_dns){.host = "10.0.0.2",
			                    .time_ms = SITE_START + other * 5 * SITE_MINUTE +
			                               (1 - second) * later});
		}
		if (i % 500 == 0)
			site_update(&site);
	}
	for (unsigned i = 0; i < 2; i++) {
		struct ush_hosts hosts = site_hosts(&site);

		rhythms[i] = ush_tally_of(
		    &row_of(&hosts, i == 0 ? "10.0.0.1" : "10.0.0.2", false)->known.facts,
		    USH_FACT_DNS)
		                 ->rhythm;
		ush_hosts_fini(&hosts);
		ck_assert_uint_le(rhythms[i].visits, USH_RHYTHM_PLACES);
		ck_assert_uint_gt(rhythms[i].visits, USH_RHYTHM_PLACES / 2);
	}
	ck_assert_mem_eq(&rhythms[0], &rhythms[1], sizeof(rhythms[0]));
}
END_TEST

/* Event number i of a day on which twelve hosts do all kinds of things. */
static void
put_mixed(unsigned i)
{
	static const struct site_contact kinds[] = {
	    {.evidence = "decoded c2-url listed-host automation upload", .path_kind = "planted"},
	    {.evidence = "decoded browser page", .page = "http://evil.example"},
	    {.evidence = "c2-url listed-host automation", .path_kind = "planted"},
	    {.evidence = "c2-url listed-host browser", .path_kind = "planted"},
	    {.evidence = "listed-host automation", .claimed = "10.9.9.9", .via = "1.1 p"},
	    {.action = "tls-client-hello", .evidence = "listed-host tls-only"},
	    {.action = "tcp-data", .evidence = "raw"},
	};
	static const char *const names[] = {"www.a.jp", "www.b.jp", "www.c.jp", "www.d.jp"};
	struct site_contact contact = kinds[i % USH_COUNT(kinds)];
	uint64_t time_ms = SITE_START + i * 11 * SITE_MINUTE;
	char host[32];

	snprintf(host, sizeof(host), "10.0.0.%u", i / 3 % 12);
	contact.host = host;
	contact.time_ms = time_ms;
	contact.domain = names[i % USH_COUNT(names)];
	contact.server_name = names[i % USH_COUNT(names)];
	contact.version = strstr(contact.evidence, "decoded") == NULL ? NULL
	                  : i % 5 == 0                                ? "t17"
	                                                              : "t20";
	site_contact(&site, contact);
	site_dns(&site, (struct site_dns){
	                    .host = host, .name = names[i % USH_COUNT(names)], .time_ms = time_ms});
}

/* The same events in another order, read in pieces or at once, give the same conclusions. */
START_TEST(test_order_does_not_matter)
{
	enum { EVENTS = 400 };
	char *forward;
	char *other;

	site_begin(&site, NULL);
	for (unsigned i = 0; i < EVENTS; i++)
		put_mixed(i);
	forward = site_conclusions(&site);
	ck_assert_ptr_nonnull(strstr(forward, "INFECTED"));
	ck_assert_ptr_nonnull(strstr(forward, "claimed"));
	site_end(&site);
	site_begin(&site, NULL);
	for (unsigned i = 0; i < EVENTS; i++) {
		put_mixed(i * 149 % EVENTS); /* each once */
		if (i % 37 == 0)
			site_update(&site);
	}
	other = site_conclusions(&site);
	ck_assert_str_eq(other, forward);
	free(forward);
	free(other);
}
END_TEST

START_TEST(test_reference_numbers)
{
	char host[USH_ADDRESS_TEXT_MAX];
	struct ush_error err = {0};

	site_begin(&site, NULL);
	site_contact(&site, (struct site_contact){.host = "10.0.0.1", .reference = "7KQ2-M4XD"});
	site_contact(&site, (struct site_contact){.host = "10.0.0.2", .reference = "7KQ2-M4XE"});
	site_update(&site);
	ck_assert_int_eq(ush_shown_to(site.store, "7KQ2-M4XD", host, &err), 0);
	ck_assert_str_eq(host, "10.0.0.1");
	ck_assert_int_eq(ush_shown_to(site.store, "7kq2-m4xe", host, &err), 0);
	ck_assert_str_eq(host, "10.0.0.2");
	ck_assert_int_eq(ush_shown_to(site.store, "7KQ2-M4XF", host, &err), 0);
	ck_assert_str_eq(host, "");
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
	tcase_set_timeout(tcase, 60);
	tcase_add_test(tcase, test_rhythm_of_days_that_were_read_one_by_one);
	tcase_add_test(tcase, test_the_story);
	tcase_add_test(tcase, test_explanations_lower_nothing);
	tcase_add_test(tcase, test_a_row_is_a_host_and_a_campaign);
	tcase_add_loop_test(tcase, test_raw_bytes_by_the_clock, 0, 4);
	tcase_add_test(tcase, test_relay_counts_over_campaigns);
	tcase_add_loop_test(tcase, test_drills, 0, 2);
	tcase_add_test(tcase, test_events_that_show_the_same_are_one_sighting);
	tcase_add_test(tcase, test_different_profiles_stay_apart);
	tcase_add_test(tcase, test_claims);
	tcase_add_test(tcase, test_a_proxy_that_is_not_listed);
	tcase_add_loop_test(tcase, test_what_excuses_nobody, 0, USH_COUNT(excuses));
	tcase_add_test(tcase, test_trusted_ones_have_their_roles);
	tcase_add_test(tcase, test_profiles_are_counted);
	tcase_add_test(tcase, test_rhythm_tells_them_apart);
	tcase_add_test(tcase, test_spare_connections_of_a_browser);
	tcase_add_loop_test(tcase, test_a_burst_over_several_hosts, 0, 2);
	tcase_add_test(tcase, test_moments_are_bounded_and_without_order);
	tcase_add_test(tcase, test_order_does_not_matter);
	tcase_add_test(tcase, test_reference_numbers);
	tcase_add_test(tcase, test_one_host);
	suite_add_tcase(suite, tcase);
	return ush_unit_run(suite);
}
