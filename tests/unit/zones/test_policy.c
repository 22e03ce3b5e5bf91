/* SPDX-License-Identifier: BSD-3-Clause */
#include "zones/policy.h"

#include <string.h>
#include "support.h"
#include "tests/unit/unit.h"

static struct ush_blocklist *list;
static struct ush_networks pool;

static void
set_up(void)
{
	static const char *const networks[] = {"198.51.100.0/24", "2001:db8:83::/64"};
	struct ush_compile_result result;
	struct ush_error err = {0};

	if (test_compile(
	        (const char *[]){TEST_NEVER_BLOCK,
	            test_write("ok.yaml", "feed: ok\nnever-block: true\nindicators:\n"
	                                  "  - {type: domain, value: good.example}\n"),
	            test_write("a.yaml", "feed: a\ncampaign: one\nsoftware: Bad\nindicators:\n"
	                                 "  - {type: domain, value: a.example}\n"
	                                 "  - {type: domain, value: m.example, action: monitor}\n"),
	            test_write("b.yaml", "feed: b\ncampaign: two\nindicators:\n"
	                                 "  - {type: domain, value: b.example}\n"),
	            NULL},
	        &result, &err) != 0)
		ck_abort_msg("%s: %s", err.file, err.text);
	ush_compile_result_fini(&result);
	list = test_open(test_path("list.db"), USH_PART_NAMES);
	for (unsigned i = 0; i < 2; i++) {
		struct ush_network network;

		ck_assert_int_eq(ush_network_from_text(&network, networks[i]), 0);
		ck_assert_int_eq(ush_networks_add(&pool, &network), 0);
	}
}

static void
tear_down(void)
{
	ush_networks_fini(&pool);
	ush_blocklist_close(list);
	test_directory_remove();
}

static struct ush_policy *
make(const struct ush_overrides *campaigns, const struct ush_overrides *feeds)
{
	struct ush_policy *policy;
	struct ush_error err = {0};

	ck_assert_int_eq(ush_policy_new(&policy, list, &pool, campaigns, feeds, &err), 0);
	return policy;
}

static enum ush_action
action(const struct ush_policy *policy, const char *text, uint32_t *class_id)
{
	struct ush_match match;
	struct ush_name name;

	ck_assert_int_eq(ush_name_from_text(&name, text, strlen(text)), 0);
	if (!ush_blocklist_match_name(list, ush_policy_actions(policy), &name, &match))
		return USH_ACTION_NONE;
	*class_id = match.class_id;
	return match.action;
}

START_TEST(as_compiled)
{
	struct ush_policy *policy = make(NULL, NULL);
	uint32_t class_id;

	ck_assert_int_eq(action(policy, "a.example", &class_id), USH_ACTION_SINKHOLE);
	ck_assert_int_eq(action(policy, "m.example", &class_id), USH_ACTION_MONITOR);
	ck_assert_int_eq(action(policy, "good.example", &class_id), USH_ACTION_NONE);
	ush_policy_free(policy);
}
END_TEST

START_TEST(the_campaign_wins_over_the_feed)
{
	struct ush_override campaign = {.name = (char[]){"one"}, .action = USH_ACTION_NXDOMAIN};
	struct ush_override feeds[] = {
	    {.name = (char[]){"a"}, .action = USH_ACTION_DROP},
	    {.name = (char[]){"b"}, .action = USH_ACTION_OFF},
	    {.name = (char[]){"ok"}, .action = USH_ACTION_OFF},
	};
	struct ush_policy *policy =
	    make(&(struct ush_overrides){&campaign, 1}, &(struct ush_overrides){feeds, 3});
	uint32_t class_id;

	ck_assert_int_eq(action(policy, "a.example", &class_id), USH_ACTION_NXDOMAIN);
	ck_assert_int_eq(action(policy, "b.example", &class_id), USH_ACTION_NONE);
	/* An override does not switch never-block off. */
	ck_assert_int_eq(action(policy, "good.example", &class_id), USH_ACTION_NONE);
	ush_policy_free(policy);
}
END_TEST

START_TEST(addresses_are_pool_and_slot)
{
	struct ush_policy *policy = make(NULL, NULL);
	struct ush_campaign campaign;
	struct ush_class class;
	const struct ush_address *address4;
	const struct ush_address *address6;
	struct ush_address outside;
	uint32_t class_id;
	uint32_t found;

	ck_assert_int_eq(action(policy, "a.example", &class_id), USH_ACTION_SINKHOLE);
	ush_blocklist_class(list, class_id, &class);
	ush_blocklist_campaign(list, class.campaign_id, &campaign);
	ck_assert_str_eq(campaign.software, "Bad");
	ck_assert_uint_ge(campaign.slot, 2);
	ck_assert_uint_le(campaign.slot, 254);
	address4 = ush_policy_address(policy, class_id, AF_INET);
	address6 = ush_policy_address(policy, class_id, AF_INET6);
	ck_assert_uint_eq(address4->octets[3], campaign.slot);
	ck_assert_uint_eq(address6->octets[15], campaign.slot);
	ck_assert_int_eq(ush_policy_campaign_at(policy, address4, &found), 0);
	ck_assert_uint_eq(found, class.campaign_id);
	ck_assert_int_eq(ush_policy_campaign_at(policy, address6, &found), 0);
	ck_assert_uint_eq(found, class.campaign_id);
	ck_assert_int_eq(ush_address_from_text(&outside, "198.51.100.1"), 0);
	ck_assert_int_eq(ush_policy_campaign_at(policy, &outside, &found), -1);
	ush_policy_free(policy);
}
END_TEST

START_TEST(an_address_of_its_own)
{
	struct ush_override campaign = {.name = (char[]){"two"}};
	struct ush_policy *policy;
	uint32_t class_id;
	uint32_t found;

	ck_assert_int_eq(ush_address_from_text(&campaign.address4, "203.0.113.9"), 0);
	policy = make(&(struct ush_overrides){&campaign, 1}, NULL);
	ck_assert_int_eq(action(policy, "b.example", &class_id), USH_ACTION_SINKHOLE);
	ck_assert(
	    ush_address_equal(ush_policy_address(policy, class_id, AF_INET), &campaign.address4));
	ck_assert_ptr_nonnull(ush_policy_address(policy, class_id, AF_INET6));
	ck_assert_int_eq(ush_policy_campaign_at(policy, &campaign.address4, &found), 0);
	ush_policy_free(policy);
}
END_TEST

START_TEST(a_slot_outside_the_pool_has_no_address)
{
	struct ush_networks small = {0};
	struct ush_policy *policy;
	struct ush_network network;
	struct ush_error err = {0};
	uint32_t class_id;

	ck_assert_int_eq(ush_network_from_text(&network, "198.51.100.0/31"), 0);
	ck_assert_int_eq(ush_networks_add(&small, &network), 0);
	ck_assert_int_eq(ush_policy_new(&policy, list, &small, NULL, NULL, &err), 0);
	ck_assert_int_eq(action(policy, "a.example", &class_id), USH_ACTION_SINKHOLE);
	ck_assert_ptr_null(ush_policy_address(policy, class_id, AF_INET));
	ck_assert_ptr_null(ush_policy_address(policy, class_id, AF_INET6));
	ush_policy_free(policy);
	ush_networks_fini(&small);
}
END_TEST

START_TEST(the_canary_has_slot_one)
{
	struct ush_networks none = {0};
	char text[USH_ADDRESS_TEXT_MAX];
	struct ush_address address;

	ck_assert_int_eq(ush_pool_canary(&pool, AF_INET, &address), 0);
	ck_assert_str_eq(ush_address_to_text(&address, text), "198.51.100.1");
	ck_assert_int_eq(ush_pool_canary(&pool, AF_INET6, &address), 0);
	ck_assert_str_eq(ush_address_to_text(&address, text), "2001:db8:83::1");
	ck_assert_int_eq(ush_pool_canary(&none, AF_INET, &address), -1);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("zones/policy");
	TCase *tcase = tcase_create("all");

	suite_add_tcase(suite, tcase);
	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_test(tcase, as_compiled);
	tcase_add_test(tcase, the_campaign_wins_over_the_feed);
	tcase_add_test(tcase, addresses_are_pool_and_slot);
	tcase_add_test(tcase, an_address_of_its_own);
	tcase_add_test(tcase, a_slot_outside_the_pool_has_no_address);
	tcase_add_test(tcase, the_canary_has_slot_one);
	return ush_unit_run(suite);
}
