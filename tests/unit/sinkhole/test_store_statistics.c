/* SPDX-License-Identifier: BSD-3-Clause */
#include "sinkhole/store/statistics.h"

#include <string.h>
#include "tests/unit/sinkhole/site.h"
#include "tests/unit/unit.h"

static struct site site;

static void
end(void)
{
	site_end(&site);
}

/* "rule hits hosts;" of all rules. */
static int
write_hits(void *arg, const struct ush_hits *hits)
{
	char *text = arg;
	size_t used = strlen(text);

	snprintf(text + used, 512 - used, "%s %u %u;", hits->rule, (unsigned)hits->span.count,
	    (unsigned)hits->hosts);
	return 0;
}

START_TEST(test_counts_hits_and_hosts_of_each_rule)
{
	char text[512] = "";
	struct ush_error err = {0};

	site_begin(&site, NULL);
	for (unsigned i = 0; i < 3; i++)
		site_dns(&site, (struct site_dns){.host = "10.0.0.1", .name = "a.example.jp"});
	site_dns(&site, (struct site_dns){.host = "10.0.0.2", .name = "b.example.jp"});
	site_dns(&site, (struct site_dns){.host = "10.0.0.3", .name = "b.example.jp"});
	site_dns(
	    &site, (struct site_dns){.host = "10.0.0.4", .name = "c.example.jp", .drill = true});
	site_update(&site);
	ck_assert_int_eq(ush_hits_each(site.store, write_hits, text, &err), 0);
	ck_assert_str_eq(text, "emdivi/a.example.jp 3 1;emdivi/b.example.jp 2 2;");
}
END_TEST

/* "network asked hosts arrived;" of all networks. */
static const char *
reaches(void)
{
	static char text[512];
	struct ush_reaches found;
	struct ush_error err = {0};
	size_t used = 0;

	site_update(&site);
	ck_assert_int_eq(ush_reaches_find(&found, site.store, site.settings, &err), 0);
	text[0] = '\0';
	for (size_t i = 0; i < found.count; i++) {
		char network[USH_NETWORK_TEXT_MAX];

		used += (size_t)snprintf(text + used, sizeof(text) - used, "%s %u %u %u;",
		    ush_network_to_text(&found.items[i].network, network),
		    (unsigned)found.items[i].asked, (unsigned)found.items[i].hosts,
		    (unsigned)found.items[i].arrived);
	}
	ush_reaches_fini(&found);
	return text;
}

START_TEST(test_counts_hosts_that_arrive_by_network)
{
	site_begin(&site, "roles:\n  - {networks: [10.0.9.53/32], role: forwarder}\n");
	ck_assert_str_eq(reaches(), "");
	site_dns(&site, (struct site_dns){.host = "10.0.0.1"});
	site_dns(&site, (struct site_dns){.host = "10.0.0.1", .type = "AAAA"});
	site_dns(&site, (struct site_dns){.host = "10.0.0.1", .type = "MX"});
	site_dns(&site, (struct site_dns){.host = "10.0.0.255", .name = "b.example.jp"});
	site_dns(&site, (struct site_dns){.host = "10.0.1.1"});
	site_contact(&site, (struct site_contact){.host = "10.0.1.1"});
	site_dns(&site, (struct site_dns){.host = "2001:db8:1:2::3"});
	site_dns(&site, (struct site_dns){.host = "2001:db8:1:2:ffff::3"});
	ck_assert_str_eq(reaches(), "10.0.0.0/24 3 2 0;2001:db8:1:2::/64 2 2 0;10.0.1.0/24 1 1 1;");
}
END_TEST

/* None of these wanted to come, or they ask for others. */
START_TEST(test_hosts_that_no_contact_is_due_from_are_left_out)
{
	site_begin(&site, "roles:\n  - {networks: [10.0.9.53/32], role: forwarder}\n");
	site_dns(&site, (struct site_dns){.host = "10.0.1.1", .type = "TXT"});
	site_dns(&site, (struct site_dns){.host = "10.0.2.1", .action = "dns-nxdomain"});
	site_dns(&site, (struct site_dns){.host = "10.0.3.1", .drill = true});
	site_dns(&site, (struct site_dns){.host = "10.0.9.53"});
	site_contact(&site, (struct site_contact){.host = "10.0.5.1"});
	ck_assert_str_eq(reaches(), "");
	/* A proxy asks, and comes for its clients. */
	site_dns(&site, (struct site_dns){.host = "10.0.6.1"});
	site_contact(&site, (struct site_contact){.host = "10.0.7.1", .proxy = "10.0.6.1"});
	ck_assert_str_eq(reaches(), "10.0.6.0/24 1 1 1;");
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("sinkhole/store/statistics");
	TCase *tcase = tcase_create("all");

	suite_add_tcase(suite, tcase);
	tcase_add_checked_fixture(tcase, NULL, end);
	tcase_add_test(tcase, test_counts_hits_and_hosts_of_each_rule);
	tcase_add_test(tcase, test_counts_hosts_that_arrive_by_network);
	tcase_add_test(tcase, test_hosts_that_no_contact_is_due_from_are_left_out);
	return ush_unit_run(suite);
}
