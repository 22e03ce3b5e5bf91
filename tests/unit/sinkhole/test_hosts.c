/* SPDX-License-Identifier: BSD-3-Clause */
#include "sinkhole/server/hosts.h"

#include "tests/unit/sinkhole/text.h"

struct seen {
	unsigned folds;
	uint64_t contacts;
	struct ush_address host;
	struct ush_fold last;
	bool refuse; /* there is no room for it */
};

static bool
see(void *arg, const struct ush_address *host, const struct ush_fold *fold)
{
	struct seen *seen = arg;

	if (seen->refuse)
		return false;
	seen->folds++;
	seen->contacts += fold->count;
	seen->host = *host;
	seen->last = *fold;
	return true;
}

static struct ush_address
address(unsigned number)
{
	struct ush_address out = {
	    .family = AF_INET, .octets = {10, 0, (uint8_t)(number >> 8), (uint8_t)number}};

	return out;
}

START_TEST(test_finds_again)
{
	struct ush_hosts hosts;
	struct ush_address one = address(1), two = address(2);

	ck_assert_int_eq(ush_hosts_init(&hosts, 10), 0);
	ck_assert_ptr_eq(ush_hosts_get(&hosts, &one), ush_hosts_get(&hosts, &one));
	ck_assert_ptr_ne(ush_hosts_get(&hosts, &one), ush_hosts_get(&hosts, &two));
	ck_assert_uint_eq(hosts.count, 2);
	ush_hosts_fini(&hosts);
}
END_TEST

START_TEST(test_rations_of_a_second)
{
	struct ush_budget budget = {0};

	for (unsigned i = 0; i < 50; i++)
		ck_assert(ush_budget_take(&budget, USH_RATION_DATAGRAMS, 50, 5000 + i));
	ck_assert(!ush_budget_take(&budget, USH_RATION_DATAGRAMS, 50, 5999));
	ck_assert(ush_budget_take(&budget, USH_RATION_HANDSHAKES, 1, 5999)); /* of another kind */
	ck_assert(!ush_budget_take(&budget, USH_RATION_HANDSHAKES, 1, 5999));
	ck_assert(ush_budget_take(&budget, USH_RATION_DATAGRAMS, 50, 6000));
	ck_assert(ush_budget_take(&budget, USH_RATION_DATAGRAMS, 50, 4000)); /* set back */
}
END_TEST

START_TEST(test_folds_are_written_once)
{
	struct ush_hosts hosts;
	struct ush_address one = address(1), to = address(9);
	struct seen seen = {0};
	struct ush_host *host;

	ck_assert_int_eq(ush_hosts_init(&hosts, 10), 0);
	host = ush_hosts_get(&hosts, &one);
	for (unsigned i = 0; i < 7; i++)
		ck_assert(ush_host_fold(host, true, 1000 + i, &to, 53));
	ush_hosts_sweep(&hosts, 1000 + USH_FOLD_MS - 1, false, see, &seen);
	ck_assert_uint_eq(seen.folds, 0);
	ush_hosts_sweep(&hosts, 1000 + USH_FOLD_MS, false, see, &seen);
	ck_assert_uint_eq(seen.folds, 1);
	ck_assert(seen.last.udp);
	ck_assert(ush_address_equal(&seen.host, &one));
	ck_assert_uint_eq(seen.last.count, 7);
	ck_assert_uint_eq(seen.last.first_ms, 1000);
	ck_assert_uint_eq(seen.last.last_ms, 1006);
	ck_assert_uint_eq(seen.last.destination_port, 53);
	ush_hosts_sweep(&hosts, 90000, true, see, &seen);
	ck_assert_uint_eq(seen.folds, 1);
	ck_assert_uint_eq(hosts.count, 0); /* forgotten: nothing is open, nothing to say */
	ush_hosts_fini(&hosts);
}
END_TEST

/* Who calls many destinations gets few folds, and none of them names a wrong one. */
START_TEST(test_folds_apart)
{
	struct ush_hosts hosts;
	struct ush_address one = address(1);
	struct seen seen = {0};
	struct ush_host *host;

	ck_assert_int_eq(ush_hosts_init(&hosts, 10), 0);
	host = ush_hosts_get(&hosts, &one);
	for (unsigned i = 0; i < 100; i++) {
		struct ush_address to = address(100 + i % 20);

		ck_assert(ush_host_fold(host, false, 1000, &to, 80));
	}
	for (const struct ush_fold *fold = host->folds; fold != NULL; fold = fold->next)
		ck_assert_uint_eq(fold->count, fold->destination.family == 0 ? 60 : 5);
	ush_hosts_sweep(&hosts, 1000, true, see, &seen);
	ck_assert_uint_eq(seen.contacts, 100);
	ck_assert_uint_eq(seen.folds, USH_HOST_FOLDS + 1);
	ush_hosts_fini(&hosts);
}
END_TEST

/* What could not be written goes on counting; a clock that was set back makes a fold due. */
START_TEST(test_folds_are_kept_until_written)
{
	struct ush_hosts hosts;
	struct ush_address one = address(1), to = address(9);
	struct seen seen = {.refuse = true};
	struct ush_host *host;

	ck_assert_int_eq(ush_hosts_init(&hosts, 10), 0);
	host = ush_hosts_get(&hosts, &one);
	ck_assert(ush_host_fold(host, false, 50000, &to, 80));
	ush_hosts_sweep(&hosts, 49000, false, see, &seen);
	ck_assert_uint_eq(hosts.count, 1);
	ck_assert(ush_host_fold(host, false, 50001, &to, 80));
	seen.refuse = false;
	ush_hosts_sweep(&hosts, 49000, false, see, &seen);
	ck_assert_uint_eq(seen.contacts, 2);
	ck_assert_uint_eq(hosts.count, 0);
	ush_hosts_fini(&hosts);
}
END_TEST

START_TEST(test_keeps_hosts_with_connections)
{
	struct ush_hosts hosts;
	struct ush_address one = address(1);
	struct seen seen = {0};

	ck_assert_int_eq(ush_hosts_init(&hosts, 10), 0);
	ush_hosts_get(&hosts, &one)->connections = 1;
	ush_hosts_sweep(&hosts, 90000, true, see, &seen);
	ck_assert_uint_eq(ush_hosts_get(&hosts, &one)->connections, 1);
	ush_hosts_fini(&hosts);
}
END_TEST

/* However many hosts there are: memory is bounded and every contact is counted. */
START_TEST(test_a_crowd)
{
	struct ush_hosts hosts;
	struct seen seen = {0};

	ck_assert_int_eq(ush_hosts_init(&hosts, 100), 0);
	for (unsigned i = 0; i < 1000; i++) {
		struct ush_address from = address(i);
		struct ush_host *host = ush_hosts_get(&hosts, &from);

		if (ush_host_is_crowd(host))
			ck_assert(ush_host_fold(host, true, 1000, &from, 53));
	}
	ck_assert_uint_eq(hosts.count, 100);
	ush_hosts_sweep(&hosts, 1000, true, see, &seen);
	ck_assert_uint_eq(seen.contacts, 900);
	ck_assert_uint_eq(seen.folds, USH_HOST_FOLDS + 1);
	ck_assert_uint_eq(seen.host.family, 0);
	ush_hosts_fini(&hosts);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("sinkhole/hosts");
	TCase *tcase = tcase_create("hosts");

	tcase_add_test(tcase, test_finds_again);
	tcase_add_test(tcase, test_rations_of_a_second);
	tcase_add_test(tcase, test_folds_apart);
	tcase_add_test(tcase, test_folds_are_kept_until_written);
	tcase_add_test(tcase, test_folds_are_written_once);
	tcase_add_test(tcase, test_keeps_hosts_with_connections);
	tcase_add_test(tcase, test_a_crowd);
	suite_add_tcase(suite, tcase);
	return ush_unit_run(suite);
}
