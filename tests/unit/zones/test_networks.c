/* SPDX-License-Identifier: BSD-3-Clause */
/* The lookup of addresses: by cases, and against a naive one over random networks. */
#include "support.h"

#include <string.h>
#include "common/settings.h"
#include "tests/unit/unit.h"
#include "zones/compile/builder.h"

#define NETWORKS 300
#define QUERIES 20000

static unsigned seed;

static unsigned
draw(unsigned count)
{
	seed = seed * 1103515245u + 12345u;
	return (seed >> 16) % count;
}

START_TEST(networks_by_feed_then_prefix)
{
	struct ush_blocklist *list =
	    test_list("n.yaml", "feed: n\nindicators:\n"
	                        "  - {type: ip, value: 192.0.2.0/24, action: nxdomain}\n"
	                        "  - {type: ip, value: 192.0.2.128/25, action: drop}\n"
	                        "  - {type: ip, value: 192.0.2.200, action: nodata}\n"
	                        "  - {type: ip, value: '2001:db8::/32', action: sinkhole}\n"
	                        "  - {type: ip, value: '2001:db8:0:1::/64', action: monitor}\n");
	static const struct {
		const char *address;
		enum ush_action action;
		unsigned bits;
	} cases[] = {
	    {"192.0.2.1", USH_ACTION_NXDOMAIN, 24},
	    {"192.0.2.129", USH_ACTION_DROP, 25},
	    {"192.0.2.200", USH_ACTION_NODATA, 32},
	    {"192.0.3.1", USH_ACTION_NONE, 0},
	    {"::ffff:192.0.2.1", USH_ACTION_NXDOMAIN, 24},
	    {"2001:db8::1", USH_ACTION_SINKHOLE, 32},
	    {"2001:db8:0:1::1", USH_ACTION_MONITOR, 64},
	    {"2001:db9::1", USH_ACTION_NONE, 0},
	    {"0.0.0.0", USH_ACTION_NONE, 0},
	};

	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct ush_address address;
		struct ush_match match = {0};
		bool hit;

		ck_assert_int_eq(ush_address_from_text(&address, cases[i].address), 0);
		hit = ush_blocklist_match_address(list, NULL, &address, &match);
		ck_assert_msg(hit == (cases[i].action != USH_ACTION_NONE), "%s", cases[i].address);
		if (hit) {
			ck_assert_int_eq(match.action, cases[i].action);
			ck_assert_uint_eq(match.bits, cases[i].bits);
		}
	}
	ush_blocklist_close(list);
}
END_TEST

/* Octets of few values, so that networks lie in each other. */
static struct ush_network
random_network(void)
{
	bool is_ipv4 = draw(2) == 0;
	struct ush_network network = {.base.family = is_ipv4 ? AF_INET : AF_INET6};
	char text[USH_NETWORK_TEXT_MAX];

	for (unsigned i = 0; i < (is_ipv4 ? 4u : 16u); i++)
		network.base.octets[i] = (uint8_t)(draw(8) == 0 ? draw(256) : draw(2) * 0xc1);
	network.base.octets[0] = is_ipv4 ? 192 : 0x20; /* not ::ffff:0:0/96, which is IPv4 */
	network.bits = (uint8_t)(1 + draw(is_ipv4 ? 32 : 128)); /* /0 would leave no misses */
	ush_network_to_text(&network, text);
	ck_assert_int_eq(ush_network_around(&network, text), 0); /* without host bits */
	return network;
}

static struct ush_blocklist *
random_list(struct ush_network networks[NETWORKS])
{
	struct ush_build_options options = {
	    .path = test_path("random.db"), .now_ms = TEST_NOW_MS, .last_slot = 254};
	struct ush_feed_info feed = {.name = "f", .file = "f"};
	struct ush_build_result result;
	struct ush_builder *builder;
	struct ush_error err = {0};
	uint16_t class_id;

	ck_assert_int_eq(ush_builder_new(&builder, &err), 0);
	ck_assert_int_eq(ush_builder_feed(builder, &feed, false, &err), 0);
	ck_assert_int_eq(
	    ush_builder_class(builder, "c", NULL, USH_ACTION_SINKHOLE, &class_id, &err), 0);
	for (unsigned i = 0; i < NETWORKS; i++) {
		struct ush_origin origin = {.line = i + 1};

		networks[i] = random_network();
		ck_assert_int_eq(ush_builder_network(builder, class_id, &networks[i], &origin), 0);
	}
	if (ush_builder_write(builder, &options, &result, &err) != 0)
		ck_abort_msg("%s", err.text);
	ush_builder_free(builder);
	return test_open(options.path, USH_PART_NETWORKS);
}

/* The longest prefix; -1: none. */
static int
naive_match(const struct ush_network networks[NETWORKS], const struct ush_address *address)
{
	int best = -1;

	for (unsigned i = 0; i < NETWORKS; i++) {
		if (ush_network_contains(&networks[i], address) && networks[i].bits > best)
			best = networks[i].bits;
	}
	return best;
}

START_TEST(agrees_with_the_naive_lookup)
{
	struct ush_network networks[NETWORKS];
	struct ush_blocklist *list;
	unsigned lengths = 0, misses[2] = {0};

	seed = (unsigned)_i + 1;
	list = random_list(networks);
	for (unsigned i = 0; i < QUERIES; i++) {
		struct ush_address address = networks[draw(NETWORKS)].base;
		struct ush_match match = {0};
		bool hit;
		int want;

		if (draw(2) == 0)
			address = random_network().base;
		if (draw(4) == 0)
			address.octets[draw(address.family == AF_INET ? 4 : 16)] ^=
			    (uint8_t)(1u << draw(8));
		if (draw(4) == 0)
			address.octets[0] = (uint8_t)draw(256);
		want = naive_match(networks, &address);
		hit = ush_blocklist_match_address(list, NULL, &address, &match);
		ck_assert_int_eq(hit ? match.bits : -1, want);
		lengths += want > 0 && want % 8 != 0;
		misses[address.family == AF_INET] += want < 0;
	}
	/* The cases that matter occur. */
	ck_assert_uint_gt(lengths, QUERIES / 100);
	ck_assert_uint_gt(misses[0], QUERIES / 100);
	ck_assert_uint_gt(misses[1], QUERIES / 100);
	ush_blocklist_close(list);
}
END_TEST

#define NEVER "feed: n\nnever-block: true\nindicators:\n  - {type: ip, value: 192.0.2.1}\n"

static const struct {
	const char *feed;
	bool matches;
	bool matches_without; /* where what is to be recorded only is off */
} lists[] = {
    {"feed: f\nindicators:\n  - {type: domain, value: a.example}\n", false, false},
    {NEVER, false, false},
    {"feed: f\nindicators:\n  - {type: ip, value: 192.0.2.1, action: monitor}\n", true, false},
    {"feed: f\nindicators:\n  - {type: ip, value: 192.0.2.1, action: monitor}\n"
     "  - {type: ip, value: '2001:db8::/32', action: sinkhole}\n",
        true, true},
};

START_TEST(knows_whether_any_address_can_match)
{
	struct ush_blocklist *list = test_list("f.yaml", lists[_i].feed);
	uint8_t actions[8] = {0};
	struct ush_blocklist_info info;
	struct ush_class class;

	ush_blocklist_info(list, &info);
	ck_assert_uint_le(info.classes, USH_COUNT(actions));
	for (uint32_t i = 0; i < info.classes; i++) {
		ush_blocklist_class(list, i, &class);
		actions[i] =
		    (uint8_t)(class.action == USH_ACTION_MONITOR ? USH_ACTION_OFF : class.action);
	}
	ck_assert(ush_blocklist_matches_addresses(list, NULL) == lists[_i].matches);
	ck_assert(ush_blocklist_matches_addresses(list, actions) == lists[_i].matches_without);
	ush_blocklist_close(list);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("zones/networks");
	TCase *tcase = tcase_create("all");

	suite_add_tcase(suite, tcase);
	tcase_set_timeout(tcase, 100);
	tcase_add_checked_fixture(tcase, NULL, test_directory_remove);
	tcase_add_test(tcase, networks_by_feed_then_prefix);
	tcase_add_loop_test(tcase, agrees_with_the_naive_lookup, 0, 5);
	tcase_add_loop_test(tcase, knows_whether_any_address_can_match, 0, USH_COUNT(lists));
	return ush_unit_run(suite);
}
