/* SPDX-License-Identifier: BSD-3-Clause */
#include "sinkhole/server/host_table.h"

#include "tests/unit/sinkhole/text.h"

struct seen {
	unsigned aggregates;
	uint64_t contacts;
	struct ush_address host;
	struct ush_aggregate last;
	bool refuse; /* there is no room for it */
};

static bool
see(void *arg, const struct ush_host_entry *host, const struct ush_aggregate *aggregate)
{
	struct seen *seen = arg;

	if (seen->refuse)
		return false;
	seen->aggregates++;
	seen->contacts += aggregate->count;
	seen->host = host->address;
	seen->last = *aggregate;
	return true;
}

static struct ush_address
address(unsigned number)
{
	struct ush_address out = {
	    .family = AF_INET, .octets = {10, 0, (uint8_t)(number >> 8), (uint8_t)number}};

	return out;
}

START_TEST(test_finds_a_host_again)
{
	struct ush_host_table hosts;
	struct ush_address one = address(1), two = address(2);

	ck_assert_int_eq(ush_host_table_init(&hosts, 10), 0);
	ck_assert_ptr_eq(
	    ush_host_table_get(&hosts, &one, false), ush_host_table_get(&hosts, &one, false));
	ck_assert_ptr_ne(
	    ush_host_table_get(&hosts, &one, false), ush_host_table_get(&hosts, &two, false));
	ck_assert_uint_eq(hosts.count, 2);
	ush_host_table_fini(&hosts);
}
END_TEST

START_TEST(test_rations_of_a_second)
{
	struct ush_budget budget = {0};

	for (unsigned i = 0; i < 50; i++)
		ck_assert(ush_budget_take(&budget, USH_BUDGET_DATAGRAMS, 50, 5000 + i));
	ck_assert(!ush_budget_take(&budget, USH_BUDGET_DATAGRAMS, 50, 5999));
	ck_assert(ush_budget_take(&budget, USH_BUDGET_HANDSHAKES, 1, 5999)); /* of another kind */
	ck_assert(!ush_budget_take(&budget, USH_BUDGET_HANDSHAKES, 1, 5999));
	ck_assert(ush_budget_take(&budget, USH_BUDGET_DATAGRAMS, 50, 6000));
	ck_assert(ush_budget_take(&budget, USH_BUDGET_DATAGRAMS, 50, 4000)); /* set back */
}
END_TEST

START_TEST(test_aggregates_are_written_once)
{
	struct ush_host_table hosts;
	struct ush_address one = address(1), to = address(9);
	struct seen seen = {0};
	struct ush_host_entry *host;

	ck_assert_int_eq(ush_host_table_init(&hosts, 10), 0);
	host = ush_host_table_get(&hosts, &one, false);
	for (unsigned i = 0; i < 7; i++)
		ck_assert(ush_host_entry_count(host, true, 1000 + i, &one, &to, 53));
	ush_host_table_sweep(&hosts, 1000 + USH_AGGREGATE_MS - 1, false, see, &seen);
	ck_assert_uint_eq(seen.aggregates, 0);
	ush_host_table_sweep(&hosts, 1000 + USH_AGGREGATE_MS, false, see, &seen);
	ck_assert_uint_eq(seen.aggregates, 1);
	ck_assert(seen.last.udp);
	ck_assert(ush_address_equal(&seen.host, &one));
	ck_assert_uint_eq(seen.last.count, 7);
	ck_assert_uint_eq(seen.last.first_ms, 1000);
	ck_assert_uint_eq(seen.last.last_ms, 1006);
	ck_assert_uint_eq(seen.last.destination_port, 53);
	ush_host_table_sweep(&hosts, 90000, true, see, &seen);
	ck_assert_uint_eq(seen.aggregates, 1);
	ck_assert_uint_eq(hosts.count, 0); /* forgotten: nothing is open, nothing to say */
	ush_host_table_fini(&hosts);
}
END_TEST

/* A host that calls many destinations gets few aggregates, and none with a wrong destination. */
START_TEST(test_few_aggregates_of_one_host_and_none_with_a_wrong_destination)
{
	struct ush_host_table hosts;
	struct ush_address one = address(1);
	struct seen seen = {0};
	struct ush_host_entry *host;

	ck_assert_int_eq(ush_host_table_init(&hosts, 10), 0);
	host = ush_host_table_get(&hosts, &one, false);
	for (unsigned i = 0; i < 100; i++) {
		struct ush_address to = address(100 + i % 20);

		ck_assert(ush_host_entry_count(host, false, 1000, &one, &to, 80));
	}
	for (const struct ush_aggregate *aggregate = host->aggregates; aggregate != NULL;
	     aggregate = aggregate->next)
		ck_assert_uint_eq(aggregate->count, aggregate->destination.family == 0 ? 60 : 5);
	ush_host_table_sweep(&hosts, 1000, true, see, &seen);
	ck_assert_uint_eq(seen.contacts, 100);
	ck_assert_uint_eq(seen.aggregates, USH_HOST_AGGREGATES + 1);
	ush_host_table_fini(&hosts);
}
END_TEST

/* What could not be written goes on counting; a clock that was set back makes an aggregate due. */
START_TEST(test_aggregates_are_kept_until_written)
{
	struct ush_host_table hosts;
	struct ush_address one = address(1), to = address(9);
	struct seen seen = {.refuse = true};
	struct ush_host_entry *host;

	ck_assert_int_eq(ush_host_table_init(&hosts, 10), 0);
	host = ush_host_table_get(&hosts, &one, false);
	ck_assert(ush_host_entry_count(host, false, 50000, &one, &to, 80));
	ush_host_table_sweep(&hosts, 49000, false, see, &seen);
	ck_assert_uint_eq(hosts.count, 1);
	ck_assert(ush_host_entry_count(host, false, 50001, &one, &to, 80));
	seen.refuse = false;
	ush_host_table_sweep(&hosts, 49000, false, see, &seen);
	ck_assert_uint_eq(seen.contacts, 2);
	ck_assert_uint_eq(hosts.count, 0);
	ush_host_table_fini(&hosts);
}
END_TEST

START_TEST(test_keeps_hosts_with_connections)
{
	struct ush_host_table hosts;
	struct ush_address one = address(1);
	struct seen seen = {0};

	ck_assert_int_eq(ush_host_table_init(&hosts, 10), 0);
	ush_host_table_get(&hosts, &one, false)->connections = 1;
	ush_host_table_sweep(&hosts, 90000, true, see, &seen);
	ck_assert_uint_eq(ush_host_table_get(&hosts, &one, false)->connections, 1);
	ush_host_table_fini(&hosts);
}
END_TEST

/* However many hosts there are: memory is bounded and every contact is counted. */
START_TEST(test_hosts_beyond_the_limit_are_counted_together)
{
	struct ush_host_table hosts;
	struct seen seen = {0};

	ck_assert_int_eq(ush_host_table_init(&hosts, 100), 0);
	for (unsigned i = 0; i < 1000; i++) {
		struct ush_address from = address(i);
		struct ush_host_entry *host = ush_host_table_get(&hosts, &from, false);

		if (ush_host_entry_is_overflow(host))
			ck_assert(ush_host_entry_count(host, true, 1000, &from, &from, 53));
	}
	ck_assert_uint_eq(hosts.count, 100);
	ush_host_table_sweep(&hosts, 1000, true, see, &seen);
	ck_assert_uint_eq(seen.contacts, 900);
	ck_assert_uint_eq(seen.aggregates, USH_HOST_AGGREGATES + 1);
	ck_assert_uint_eq(seen.host.family, 0);
	ush_host_table_fini(&hosts);
}
END_TEST

static struct ush_address
address_of(const char *text)
{
	struct ush_address out;

	ck_assert_int_eq(ush_address_from_text(&out, text), 0);
	return out;
}

/* A machine takes as many addresses of its /64 as it likes. */
START_TEST(test_a_network_is_one_host)
{
	struct ush_address one = address_of("2001:db8:1:2::1");
	struct ush_address two = address_of("2001:db8:1:2:ffff::");
	struct ush_address other = address_of("2001:db8:1:3::1");
	struct ush_address base = address_of("2001:db8:1:2::");
	struct ush_host_table hosts;
	struct ush_host_entry *host;

	ck_assert_int_eq(ush_host_table_init(&hosts, 10), 0);
	host = ush_host_table_get(&hosts, &one, false);
	ck_assert(host->network && ush_address_equal(&host->address, &base));
	ck_assert_ptr_eq(ush_host_table_get(&hosts, &two, false), host);
	ck_assert_ptr_ne(ush_host_table_get(&hosts, &other, false), host);
	/* but for a trusted proxy, also for one at the network's own address */
	ck_assert_ptr_ne(ush_host_table_get(&hosts, &two, true), host);
	ck_assert(!ush_host_table_get(&hosts, &two, true)->network);
	ck_assert_ptr_ne(ush_host_table_get(&hosts, &base, true), host);
	ck_assert_uint_eq(hosts.count, 4);
	ush_host_table_fini(&hosts);
}
END_TEST

/* An aggregate names the address that called, and none where it counts several. */
START_TEST(test_aggregates_of_a_network_name_a_source_only_if_there_is_one)
{
	struct ush_address to = address_of("2001:db8::80");
	struct ush_host_table hosts;
	struct seen seen = {0};
	unsigned sources = 0;

	ck_assert_int_eq(ush_host_table_init(&hosts, 10), 0);
	for (unsigned i = 0; i < 100; i++) {
		struct ush_address from = address_of("2001:db8:1:2::");
		struct ush_host_entry *host = ush_host_table_get(&hosts, &from, false);

		from.octets[15] = (uint8_t)i;
		ck_assert(ush_host_entry_count(host, false, 1000, &from, &to, 80));
		for (const struct ush_aggregate *aggregate = host->aggregates;
		     i == 99 && aggregate != NULL; aggregate = aggregate->next)
			sources += aggregate->source.family != 0;
	}
	ck_assert_uint_eq(sources, USH_HOST_AGGREGATES);
	ush_host_table_sweep(&hosts, 1000, true, see, &seen);
	ck_assert_uint_eq(seen.contacts, 100);
	ck_assert_uint_eq(seen.aggregates, USH_HOST_AGGREGATES + 1);
	ush_host_table_fini(&hosts);
}
END_TEST

START_TEST(test_a_pace_allows_a_burst_and_then_its_rate)
{
	struct ush_pace pace = {0};
	const uint64_t start = 1795000000000;
	const size_t quarter = 1000 * USH_PACE_BURST_S / 4;

	ck_assert(ush_pace_allows(&pace, USH_PACE_ORDINARY, start));
	ush_pace_count(&pace, 3 * quarter - 1, 1000, start);
	ck_assert(ush_pace_allows(&pace, USH_PACE_ORDINARY, start));
	ush_pace_count(&pace, 1, 1000, start);
	ck_assert(!ush_pace_allows(&pace, USH_PACE_ORDINARY, start));
	ck_assert(ush_pace_allows(&pace, USH_PACE_PRIORITY, start));
	ush_pace_count(&pace, quarter, 1000, start);
	ck_assert(!ush_pace_allows(&pace, USH_PACE_PRIORITY, start));
	/* with time there is room for as much as the rate says */
	ck_assert(ush_pace_allows(&pace, USH_PACE_PRIORITY, start + 1));
	ck_assert(!ush_pace_allows(&pace, USH_PACE_ORDINARY, start + 1000 * USH_PACE_BURST_S / 4));
	ck_assert(ush_pace_allows(&pace, USH_PACE_ORDINARY, start + 1001 * USH_PACE_BURST_S / 4));
	/* and never more than the burst */
	ush_pace_count(&pace, 4 * quarter, 1000, start + 100000 * USH_PACE_BURST_S);
	ck_assert(!ush_pace_allows(&pace, USH_PACE_PRIORITY, start + 100000 * USH_PACE_BURST_S));
	/* a clock that was set back does not shut the log */
	ck_assert(ush_pace_allows(&pace, USH_PACE_ORDINARY, start));
}
END_TEST

/* What one event owes at a low rate is no clock that was set back. */
START_TEST(test_an_event_that_is_larger_than_the_burst_is_counted)
{
	struct ush_pace pace = {0};
	const uint64_t start = 1795000000000;

	ush_pace_count(&pace, 20 << 10, 16, start);
	ck_assert(!ush_pace_allows(&pace, USH_PACE_PRIORITY, start));
	ck_assert(!ush_pace_allows(&pace, USH_PACE_PRIORITY, start + 1000 * USH_PACE_BURST_S));
	ck_assert(ush_pace_allows(&pace, USH_PACE_PRIORITY, start + 1001 * USH_PACE_BURST_S));
	ck_assert(!ush_pace_allows(&pace, USH_PACE_ORDINARY, start + 1001 * USH_PACE_BURST_S));
	ush_pace_count(&pace, 1 << 20, 1, start + 1001 * USH_PACE_BURST_S);
	ck_assert(!ush_pace_allows(&pace, USH_PACE_PRIORITY, start + 1001 * USH_PACE_BURST_S));
	/* Yet never more than two bursts: the log must not stay shut. */
	ck_assert(ush_pace_allows(&pace, USH_PACE_ORDINARY, start + 3001 * USH_PACE_BURST_S));
}
END_TEST

/* A pause does not make a new host of one that has written much. */
START_TEST(test_remembers_what_was_written)
{
	struct ush_address one = address(1);
	struct seen seen = {0};
	struct ush_host_table hosts;

	ck_assert_int_eq(ush_host_table_init(&hosts, 10), 0);
	ush_pace_count(&ush_host_table_get(&hosts, &one, false)->pace, 60000, 1000, 5000);
	ush_host_table_sweep(&hosts, 64000, true, see, &seen);
	ck_assert_uint_eq(hosts.count, 1);
	ush_host_table_sweep(&hosts, 66000, true, see, &seen);
	ck_assert_uint_eq(hosts.count, 0);
	ush_host_table_fini(&hosts);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("sinkhole/host_table");
	TCase *tcase = tcase_create("host_table");

	tcase_add_test(tcase, test_finds_a_host_again);
	tcase_add_test(tcase, test_rations_of_a_second);
	tcase_add_test(tcase, test_few_aggregates_of_one_host_and_none_with_a_wrong_destination);
	tcase_add_test(tcase, test_aggregates_are_kept_until_written);
	tcase_add_test(tcase, test_aggregates_are_written_once);
	tcase_add_test(tcase, test_keeps_hosts_with_connections);
	tcase_add_test(tcase, test_hosts_beyond_the_limit_are_counted_together);
	tcase_add_test(tcase, test_a_network_is_one_host);
	tcase_add_test(tcase, test_aggregates_of_a_network_name_a_source_only_if_there_is_one);
	tcase_add_test(tcase, test_a_pace_allows_a_burst_and_then_its_rate);
	tcase_add_test(tcase, test_an_event_that_is_larger_than_the_burst_is_counted);
	tcase_add_test(tcase, test_remembers_what_was_written);
	suite_add_tcase(suite, tcase);
	return ush_unit_run(suite);
}
