/* SPDX-License-Identifier: BSD-3-Clause */
/* Which machine had an address at a time: the formats as documented by those who write them, and
 * what is made of them. The e2e test has the daemons themselves. */
#include "sinkhole/store/cases.h"
#include "sinkhole/store/identity.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <fcntl.h>
#include "common/event.h"
#include "tests/unit/sinkhole/site.h"
#include "tests/unit/unit.h"

#define HOUR 3600000ull
#define MAC_A "02:00:5e:00:53:0a"
#define MAC_B "02:00:5e:00:53:0b"
#define DUID "00:01:00:01:2a:2b:2c:2d:02:00:5e:00:53:0a"

static struct site site;
static struct ush_identity_source source;
static uint64_t now_ms;
static struct ush_identities *identities;

static void
begin(void)
{
	site_begin(&site, NULL);
	now_ms = SITE_START + 12 * HOUR;
	source = (struct ush_identity_source){.valid = 600};
	site.settings->store.identities = &source;
	site.settings->store.identity_count = 1;
}

static void
end(void)
{
	ush_identities_free(identities);
	free(source.path);
	site.settings->store.identities = NULL;
	site.settings->store.identity_count = 0;
	site_end(&site);
}

/* What the file says now; written at this time. */
static void
write_source(enum ush_identity_format format, const char *text, uint64_t written_ms)
{
	struct timespec times[2] = {
	    {.tv_sec = (time_t)(written_ms / 1000)}, {.tv_sec = (time_t)(written_ms / 1000)}};
	char path[128];

	snprintf(path, sizeof(path), "%s/source", site.directory);
	remove(path);
	site_append(path, text, strlen(text));
	ck_assert_int_eq(utimensat(AT_FDCWD, path, times, 0), 0);
	free(source.path);
	source.path = strdup(path);
	source.format = format;
}

static void
load(void)
{
	struct ush_unread unread = {0};
	struct ush_error err = {0};

	ush_identities_free(identities);
	ck_assert_msg(
	    ush_identities_load(&identities, site.settings, now_ms, true, &unread, &err) == 0, "%s",
	    err.text);
	ck_assert_msg(unread.count == 0, "%s", unread.items[0].text);
}

/* Name, else hardware, of the machine; "?" if it is not known. */
static const char *
at(const char *address, uint64_t ms)
{
	struct ush_machine machine;

	if (!ush_identity_of(identities, address, ms, ms, &machine))
		return "?";
	return machine.name[0] != '\0' ? machine.name : machine.hardware;
}

#define SECONDS(ms) ((unsigned long long)((ms) / 1000))

/* Each row: a file, and what is known of two times. */
static const struct {
	enum ush_identity_format format;
	const char *text; /* "@24@": the seconds of SITE_START and 24 hours */
	uint64_t written_ms;
	const char *address;
	const char *before; /* a minute after SITE_START */
	const char *after;  /* two hours after it */
} files[] = {
    {USH_IDENTITY_DNSMASQ, "@24@ " MAC_A " 10.0.0.5 pc-a *\n", SITE_START, "10.0.0.5", "pc-a",
        "pc-a"},
    {USH_IDENTITY_DNSMASQ, "@1@ " MAC_A " 10.0.0.5 pc-a *\n", SITE_START, "10.0.0.5", "pc-a", "?"},
    {USH_IDENTITY_DNSMASQ, "0 06-" MAC_A " 10.0.0.5 * *\n", SITE_START, "10.0.0.5", MAC_A, MAC_A},
    {USH_IDENTITY_DNSMASQ, "@24@ " MAC_A " 10.0.0.5 pc-a *\n", SITE_START + HOUR, "10.0.0.5", "?",
        "pc-a"},
    {USH_IDENTITY_DNSMASQ, "duid 00:01:00:01:aa\n@24@ 1577058 2001:db8::5 six " DUID "\n",
        SITE_START, "2001:db8::5", "six", "six"},
    {USH_IDENTITY_NEIGH, "10.0.0.5 dev eth0 lladdr " MAC_A " REACHABLE\n", SITE_START, "10.0.0.5",
        MAC_A, "?"},
    {USH_IDENTITY_NEIGH, "2001:db8::a dev eth0 lladdr " MAC_A " router STALE\n", SITE_START,
        "2001:db8::a", MAC_A, "?"},
    {USH_IDENTITY_NEIGH, "10.0.0.5 dev eth0  FAILED\n", SITE_START, "10.0.0.5", "?", "?"},
    {USH_IDENTITY_KEA,
        "address,hwaddr,client_id,valid_lifetime,expire,subnet_id,fqdn_fwd,fqdn_rev,hostname,state\n"
        "10.0.0.5," MAC_A ",,3600,@1@,1,0,0,pc-a.,0\n",
        SITE_START, "10.0.0.5", "pc-a", "?"},
    {USH_IDENTITY_KEA,
        "address,hwaddr,client_id,valid_lifetime,expire,subnet_id,fqdn_fwd,fqdn_rev,hostname,state\n"
        "10.0.0.5," MAC_A ",,86400,@24@,1,0,0,pc-a,0\n"
        "10.0.0.5," MAC_A ",,0,@1@,1,0,0,pc-a,0\n",
        SITE_START, "10.0.0.5", "pc-a", "?"},
    {USH_IDENTITY_KEA,
        "address,duid,valid_lifetime,expire,subnet_id,pref_lifetime,lease_type,iaid,prefix_len,"
        "fqdn_fwd,fqdn_rev,hostname,hwaddr,state\n"
        "2001:db8::5," DUID ",86400,@24@,1,3600,0,1,128,0,0,,,0\n"
        "2001:db8::," DUID ",86400,@24@,1,3600,2,1,56,0,0,prefix,,0\n",
        SITE_START, "2001:db8::5", DUID, DUID},
    {USH_IDENTITY_KEA,
        "address,hwaddr,valid_lifetime,expire,hostname,state\n"
        "10.0.0.5," MAC_A ",86400,@24@,pc-a,1\n",
        SITE_START, "10.0.0.5", "?", "?"},
    {USH_IDENTITY_DHCPD,
        "# comment\nlease 10.0.0.5 {\n  starts epoch @0@; # x\n  ends epoch @24@;\n"
        "  binding state active;\n  hardware ethernet 2:0:5e:0:53:a;\n"
        "  client-hostname \"pc-a\";\n}\n",
        SITE_START, "10.0.0.5", "pc-a", "pc-a"},
    {USH_IDENTITY_DHCPD,
        "lease 10.0.0.5 {\n  starts 3 2026/11/18 11:06:40;\n  ends 3 2026/11/18 12:00:00;\n"
        "  binding state free;\n  hardware ethernet " MAC_A ";\n}\n",
        SITE_START, "10.0.0.5", MAC_A, "?"},
    {USH_IDENTITY_DHCPD,
        "lease 10.0.0.5 {\n  starts epoch @0@;\n  ends never;\n  binding state abandoned;\n"
        "  hardware ethernet " MAC_A ";\n}\n",
        SITE_START, "10.0.0.5", "?", "?"},
    {USH_IDENTITY_DHCPD,
        "lease 10.0.0.5 {\n  starts epoch @0@;\n  ends epoch @24@;\n  binding state active;\n"
        "  hardware ethernet " MAC_A ";\n}\n"
        "lease 10.0.0.5 {\n  starts epoch @0@;\n  ends epoch @1@;\n  binding state free;\n"
        "  hardware ethernet " MAC_A ";\n}\n",
        SITE_START, "10.0.0.5", MAC_A, "?"},
    /* given back when another machine had it already */
    {USH_IDENTITY_DHCPD,
        "lease 10.0.0.5 {\n  starts epoch @0@;\n  ends epoch @24@;\n  binding state active;\n"
        "  hardware ethernet " MAC_A ";\n}\n"
        "lease 10.0.0.5 {\n  starts epoch @1@;\n  ends epoch @24@;\n  binding state active;\n"
        "  hardware ethernet " MAC_B ";\n}\n"
        "lease 10.0.0.5 {\n  starts epoch @0@;\n  ends epoch @2@;\n  binding state free;\n"
        "  hardware ethernet " MAC_A ";\n}\n",
        SITE_START, "10.0.0.5", MAC_A, MAC_B},
    {USH_IDENTITY_INVENTORY, "\xef\xbb\xbfIP,Name\n10.0.0.5,server\n", SITE_START, "10.0.0.5",
        "server", "server"},
    {USH_IDENTITY_HOSTS, "10.0.0.5 server\n", SITE_START, "10.0.0.5", "server", "server"},
    /* what is no line of such a file */
    {USH_IDENTITY_DNSMASQ, "x\n1 2 3 4 5\n@24@ nonsense 10.0.0.5 pc-a *\n\n", SITE_START,
        "10.0.0.5", "?", "?"},
    {USH_IDENTITY_KEA, "\"\n,,,,\n\"a\"\"b\n", SITE_START, "10.0.0.5", "?", "?"},
    {USH_IDENTITY_DHCPD, "lease {\n}\nlease 10.0.0.5 {\n}\nlease x {\nstarts\nends\nbinding\n",
        SITE_START, "10.0.0.5", "?", "?"},
};

static void
expand(char out[1024], const char *text)
{
	size_t used = 0;

	while (*text != '\0') {
		char *end;

		if (*text != '@') {
			out[used++] = *text++;
			continue;
		}
		used += (size_t)snprintf(out + used, 1024 - used, "%llu",
		    SECONDS(SITE_START + strtoull(text + 1, &end, 10) * HOUR));
		text = end + 1;
	}
	out[used] = '\0';
}

START_TEST(test_what_a_file_says)
{
	char text[1024];

	expand(text, files[_i].text);
	write_source(files[_i].format, text, files[_i].written_ms);
	load();
	ck_assert_str_eq(at(files[_i].address, SITE_START + 60000), files[_i].before);
	ck_assert_str_eq(at(files[_i].address, SITE_START + 2 * HOUR), files[_i].after);
}
END_TEST

/* dnsmasq's file has nothing of what was before: it is kept from look to look. */
START_TEST(test_an_address_that_changes_at_noon)
{
	char text[256];
	struct ush_machine machine;
	struct ush_holding holdings[4];

	snprintf(text, sizeof(text), "%llu " MAC_A " 10.0.0.5 pc-a *\n",
	    SECONDS(SITE_START + 24 * HOUR));
	write_source(USH_IDENTITY_DNSMASQ, text, SITE_START);
	now_ms = SITE_START + HOUR;
	load();
	snprintf(text, sizeof(text), "%llu " MAC_B " 10.0.0.5 pc-b *\n",
	    SECONDS(SITE_START + 24 * HOUR));
	write_source(USH_IDENTITY_DNSMASQ, text, SITE_START + 2 * HOUR);
	now_ms = SITE_START + 3 * HOUR;
	load();
	ck_assert_str_eq(at("10.0.0.5", SITE_START - 1), "?");
	ck_assert_str_eq(at("10.0.0.5", SITE_START + HOUR), "pc-a");
	ck_assert_str_eq(at("10.0.0.5", SITE_START + HOUR + 1), "?"); /* nobody looked */
	ck_assert_str_eq(at("10.0.0.5", SITE_START + 2 * HOUR), "pc-b");
	ck_assert(
	    !ush_identity_of(identities, "10.0.0.5", SITE_START, SITE_START + 2 * HOUR, &machine));
	ck_assert_uint_eq(
	    ush_identity_holdings(identities, "10.0.0.5", 0, UINT64_MAX, holdings, 4), 2);
	ck_assert_str_eq(holdings[0].machine.hardware, MAC_A);
	ck_assert_uint_eq(ush_identity_find(identities, "PC-B", holdings, 4), 1);
	ck_assert_uint_eq(holdings[0].first_ms, SITE_START + 2 * HOUR);
	ck_assert_uint_eq(ush_identity_find(identities, "02-00-5E-00-53-0A", holdings, 4), 1);
	ck_assert_str_eq(holdings[0].machine.name, "pc-a");
}
END_TEST

/* A machine that keeps its address is one holding, however often it renews and is looked at. */
START_TEST(test_renewals_are_one_holding)
{
	struct ush_holding holdings[4];
	char text[256];

	for (unsigned i = 0; i < 5; i++) {
		snprintf(text, sizeof(text), "%llu " MAC_A " 10.0.0.5 pc-a *\n",
		    SECONDS(SITE_START + (24 + i) * HOUR));
		write_source(USH_IDENTITY_DNSMASQ, text, SITE_START + i * 10 * SITE_MINUTE);
		now_ms = SITE_START + (i * 10 + 5) * SITE_MINUTE;
		load();
	}
	ck_assert_uint_eq(
	    ush_identity_holdings(identities, "10.0.0.5", 0, UINT64_MAX, holdings, 4), 1);
	ck_assert_uint_eq(holdings[0].first_ms, SITE_START);
	ck_assert_uint_eq(holdings[0].last_ms, now_ms);
}
END_TEST

/* A lease ends where the next one begins, whatever it promised. */
START_TEST(test_the_later_lease_wins)
{
	char text[512];

	snprintf(text, sizeof(text),
	    "address,hwaddr,valid_lifetime,expire,hostname,state\n"
	    "10.0.0.5," MAC_A ",86400,%llu,pc-a,0\n10.0.0.5," MAC_B ",3600,%llu,pc-b,0\n",
	    SECONDS(SITE_START + 24 * HOUR), SECONDS(SITE_START + 3 * HOUR));
	write_source(USH_IDENTITY_KEA, text, SITE_START);
	load();
	ck_assert_str_eq(at("10.0.0.5", SITE_START + HOUR), "pc-a");
	ck_assert_str_eq(at("10.0.0.5", SITE_START + 2 * HOUR + 1), "pc-b");
	ck_assert_str_eq(at("10.0.0.5", SITE_START + 4 * HOUR), "?");
}
END_TEST

/* What people say of one machine says nothing of the next one. */
START_TEST(test_a_mark_is_for_the_machine_that_had_the_address)
{
	char campaign[] = "emdivi";
	struct ush_marked row = {.campaign = campaign, .call = USH_CALL_INFECTED};
	struct ush_mark mark = {.host = "10.0.0.5",
	    .campaign = "",
	    .state = USH_CASE_FALSE_ALARM,
	    .as_of_ms = SITE_START + HOUR,
	    .rows = &row,
	    .row_count = 1};
	const struct ush_marks marks = {.items = &mark, .count = 1};
	struct ush_host host = {.address = "10.0.0.5",
	    .campaign = campaign,
	    .first_ms = SITE_START,
	    .last_ms = SITE_START + 90 * SITE_MINUTE};
	char text[512];

	snprintf(text, sizeof(text),
	    "address,hwaddr,valid_lifetime,expire,hostname,state\n"
	    "10.0.0.5," MAC_A ",86400,%llu,pc-a,0\n10.0.0.5," MAC_B ",3600,%llu,pc-b,0\n",
	    SECONDS(SITE_START + 24 * HOUR), SECONDS(SITE_START + 3 * HOUR));
	write_source(USH_IDENTITY_KEA, text, SITE_START);
	load();
	host.verdicts.items[0].call = USH_CALL_INFECTED;
	ck_assert(ush_case_of(&marks, identities, &host).is_settled);
	host.last_ms = SITE_START + 2 * HOUR + 1;
	ck_assert(ush_case_of(&marks, identities, &host).is_open);
	ck_assert(ush_case_of(&marks, NULL, &host).is_settled);
	host.last_ms = SITE_START + 4 * HOUR; /* whose this was is not known, and B had it before */
	ck_assert(ush_case_of(&marks, identities, &host).is_open);
}
END_TEST

START_TEST(test_an_inventory_of_addresses_in_any_order)
{
	write_source(USH_IDENTITY_INVENTORY,
	    "address,mac,name\n10.0.0.7,,seven\n," MAC_A ",none\n2001:db8::5,,six\n"
	    "10.0.0.5," MAC_B ",five\n10.0.0.6,,first\n192.0.2.1,,last\n",
	    SITE_START);
	load();
	ck_assert_str_eq(at("10.0.0.5", SITE_START), "five");
	ck_assert_str_eq(at("10.0.0.6", SITE_START), "first");
	ck_assert_str_eq(at("10.0.0.7", SITE_START), "seven");
	ck_assert_str_eq(at("192.0.2.1", SITE_START), "last");
	ck_assert_str_eq(at("2001:db8::5", SITE_START), "six");
	ck_assert_str_eq(at("10.0.0.4", SITE_START), "?");
	ck_assert_str_eq(at("2001:db8::6", SITE_START), "?");
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("store/identity");
	TCase *tcase = tcase_create("identity");

	tcase_add_checked_fixture(tcase, begin, end);
	tcase_add_loop_test(tcase, test_what_a_file_says, 0, USH_COUNT(files));
	tcase_add_test(tcase, test_an_address_that_changes_at_noon);
	tcase_add_test(tcase, test_renewals_are_one_holding);
	tcase_add_test(tcase, test_the_later_lease_wins);
	tcase_add_test(tcase, test_a_mark_is_for_the_machine_that_had_the_address);
	tcase_add_test(tcase, test_an_inventory_of_addresses_in_any_order);
	suite_add_tcase(suite, tcase);
	return ush_unit_run(suite);
}
