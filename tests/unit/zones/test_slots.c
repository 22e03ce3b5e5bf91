/* SPDX-License-Identifier: BSD-3-Clause */
/* Slots: given once, kept for good. */
#include "compiling.h"

/* Feeds of one name each, every one a campaign: "c0", "c1" and so on for the letter c. */
static void
use_feeds(char letter, unsigned count)
{
	static char paths[USH_COUNT(feeds)][256];
	char name[16];

	for (unsigned i = 0; i < count; i++) {
		snprintf(name, sizeof(name), "%c%u.txt", letter, i);
		snprintf(paths[i], sizeof(paths[i]), "%s", test_write(name, "a.example.jp\n"));
		feeds[i] = (struct ush_feed_options){.path = paths[i]};
	}
	options.feed_count = count;
}

START_TEST(test_slots_are_kept_and_never_given_again)
{
	bool seen[256] = {false};
	uint32_t first[20];
	char name[16];

	/* Twenty campaigns, each gets its own slot. */
	use_feeds('c', 20);
	must_compile();
	for (unsigned i = 0; i < 20; i++) {
		snprintf(name, sizeof(name), "c%u", i);
		first[i] = slot_of(name);
		ck_assert_uint_ge(first[i], 2);
		ck_assert_uint_le(first[i], 254);
		ck_assert(!seen[first[i]]);
		seen[first[i]] = true;
	}
	/* Ten leave, in other order; those that stay keep theirs. */
	for (unsigned i = 0; i < 10; i++)
		feeds[i] = feeds[19 - i];
	options.feed_count = 10;
	must_compile();
	for (unsigned i = 0; i < 20; i++) {
		snprintf(name, sizeof(name), "c%u", i);
		ck_assert_uint_eq(slot_of(name), i >= 10 ? first[i] : 0);
	}
	/* New ones get none of theirs, nor the slots of those that left; one that returns is known.
	 */
	use_feeds('d', 100);
	feeds[100] = (struct ush_feed_options){.path = test_path("c3.txt")};
	options.feed_count = 101;
	must_compile();
	for (unsigned i = 0; i < 100; i++) {
		snprintf(name, sizeof(name), "d%u", i);
		ck_assert_uint_ge(slot_of(name), 2);
		ck_assert(!seen[slot_of(name)]);
		ck_assert_uint_ne(slot_of(name) % 64, 50); /* a decoy's */
	}
	ck_assert_uint_eq(slot_of("c3"), first[3]);
}
END_TEST

START_TEST(test_decoys_are_given_to_nobody)
{
	char name[16];

	use_feeds('e', 50);
	options.last_slot = 51; /* from slot 2, one of them a decoy's: 49 */
	options.feed_count = 49;
	must_compile();
	for (unsigned i = 0; i < 49; i++) {
		snprintf(name, sizeof(name), "e%u", i);
		ck_assert_uint_ne(slot_of(name), 50);
	}
	ck_assert_uint_eq(result.build.slots, 49);
	ck_assert_uint_eq(result.build.slots_taken, 49);
	options.feed_count = 50;
	ck_assert_int_eq(compile(), -1);
	ck_assert_ptr_nonnull(strstr(err.text, "no sinkhole address is left"));
	ck_assert_ptr_nonnull(strstr(err.text, "all 49 are taken"));
	ck_assert_ptr_nonnull(strstr(err.text, "larger pool"));
}
END_TEST

START_TEST(test_a_full_pool_is_an_error)
{
	use_feeds('c', 4);
	options.last_slot = 4; /* slots 2, 3 and 4 */
	options.feed_count = 3;
	must_compile();
	options.feed_count = 4;
	ck_assert_int_eq(compile(), -1);
	ck_assert_ptr_nonnull(strstr(err.text, "c3"));
	ck_assert_uint_eq(slot_of("c3"), 9999); /* the list before is still there */
	/* Never-block feeds need none. */
	feeds[3].never_block = true;
	must_compile();
}
END_TEST

START_TEST(test_only_who_sinkholes_needs_a_slot)
{
	static const enum ush_action actions[] = {USH_ACTION_NXDOMAIN, USH_ACTION_NODATA,
	    USH_ACTION_DROP, USH_ACTION_MONITOR, USH_ACTION_PASSTHRU};
	struct ush_override overrides[] = {{.name = (char[]){"c1"}, .action = USH_ACTION_SINKHOLE}};
	struct ush_settings settings = {.campaigns = {overrides, 1}};
	char name[16];

	use_feeds('c', 5);
	for (unsigned i = 0; i < 5; i++)
		feeds[i].action = actions[i];
	options.feed_count = 5;
	options.last_slot = 3; /* slots 2 and 3 */
	must_compile();
	for (unsigned i = 0; i < 5; i++) {
		snprintf(name, sizeof(name), "c%u", i);
		ck_assert_uint_eq(slot_of(name), 0);
	}
	ck_assert_uint_eq(result.build.slots_taken, 0);
	/* The settings of the site make one of them sinkhole, by campaign and by feed. */
	options.settings = &settings;
	must_compile();
	ck_assert_uint_ge(slot_of("c1"), 2);
	ck_assert_uint_eq(result.build.slots_taken, 1);
	settings.feeds = (struct ush_overrides){overrides, 1};
	overrides[0].name[1] = '2';
	settings.campaigns.count = 0;
	must_compile();
	ck_assert_uint_ge(slot_of("c2"), 2);
	ck_assert_uint_ge(slot_of("c1"), 2); /* kept */
	ck_assert_uint_eq(slot_of("c0"), 0);
	ck_assert_uint_eq(result.build.slots_taken, 2);
	ck_assert_uint_eq(result.build.slots, 2);
}
END_TEST

START_TEST(test_no_pool_has_more_than_249)
{
	use_feeds('c', 250);
	options.feed_count = 249;
	must_compile();
	ck_assert_uint_eq(result.build.slots, 249);
	options.feed_count = 250;
	ck_assert_int_eq(compile(), -1);
	ck_assert_ptr_nonnull(strstr(err.text, "all 249 are taken"));
	ck_assert_ptr_nonnull(strstr(err.text, "no pool has more"));
}
END_TEST

START_TEST(test_pools_have_slots)
{
	static const struct {
		const char *network;
		uint32_t last;
	} pools[] = {{"10.0.0.0/8", 254}, {"10.0.0.0/24", 254}, {"10.0.0.0/25", 126},
	    {"10.0.0.0/29", 6}, {"10.0.0.0/30", 2}, {"10.0.0.0/31", 0}, {"10.0.0.1/32", 0},
	    {"2001:db8::/64", 254}, {"2001:db8::/120", 254}};

	for (int i = 0; i < USH_COUNT(pools); i++) {
		struct ush_networks pool = {0};
		struct ush_network network;

		ck_assert_int_eq(ush_network_from_text(&network, pools[i].network), 0);
		ck_assert_int_eq(ush_networks_add(&pool, &network), 0);
		ck_assert_msg(ush_pool_last_slot(&pool) == pools[i].last, "%s", pools[i].network);
		ush_networks_fini(&pool);
	}
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("zones/slots");
	TCase *tcase = tcase_create("all");

	suite_add_tcase(suite, tcase);
	tcase_set_timeout(tcase, 60);
	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_test(tcase, test_slots_are_kept_and_never_given_again);
	tcase_add_test(tcase, test_decoys_are_given_to_nobody);
	tcase_add_test(tcase, test_a_full_pool_is_an_error);
	tcase_add_test(tcase, test_only_who_sinkholes_needs_a_slot);
	tcase_add_test(tcase, test_no_pool_has_more_than_249);
	tcase_add_test(tcase, test_pools_have_slots);
	return ush_unit_run(suite);
}
