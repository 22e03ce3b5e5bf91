/* SPDX-License-Identifier: BSD-3-Clause */
#include "module/decision.h"

#include "tests/unit/module/fixture.h"

static const struct fixture_rule rules[] = {
    {"emdivi", USH_ACTION_SINKHOLE, USH_SCOPE_SUBDOMAINS, "kaerunote.com"},
    {"emdivi", USH_ACTION_SINKHOLE, USH_SCOPE_EXACT, "host.kaerunote.com"},
    {"emdivi", USH_ACTION_SINKHOLE, USH_SCOPE_EXACT, "www.n-fit-sub.com"},
    {"emdivi", USH_ACTION_PASSTHRU, USH_SCOPE_EXACT, "pass-exact.example"},
    {"emdivi", USH_ACTION_NXDOMAIN, USH_SCOPE_SUBDOMAINS, "gone.example"},
    {"emdivi", USH_ACTION_NXDOMAIN, USH_SCOPE_EXACT, "gone-exact.example"},
    {"emdivi", USH_ACTION_NODATA, USH_SCOPE_SUBDOMAINS, "nodata.example"},
    {"emdivi", USH_ACTION_DROP, USH_SCOPE_SUBDOMAINS, "drop.example"},
    {"emdivi", USH_ACTION_PASSTHRU, USH_SCOPE_SUBDOMAINS, "pass.example"},
    {"emdivi", USH_ACTION_MONITOR, USH_SCOPE_SUBDOMAINS, "watch.example"},
    {"other", USH_ACTION_SINKHOLE, 0, "203.0.113.0/25"},
    {"other", USH_ACTION_SINKHOLE, 0, "2001:db8:bad::/48"},
};
static const struct fixture_rule newer[] = {
    {"emdivi", USH_ACTION_NODATA, USH_SCOPE_SUBDOMAINS, "kaerunote.com"},
    {"emdivi", USH_ACTION_SINKHOLE, USH_SCOPE_SUBDOMAINS, "new.example"},
};

static const struct ush_generation *enforcing, *monitoring, *off, *without_list, *next;
static struct ush_view view;

static void
setup(void)
{
	fixture_open();
	fixture_list("list.db", rules, sizeof(rules) / sizeof(rules[0]));
	fixture_list("next.db", newer, sizeof(newer) / sizeof(newer[0]));
	enforcing = fixture_generation("mode: enforce\n" FIXTURE_SETTINGS, "list.db");
	monitoring = fixture_generation("mode: monitor\n" FIXTURE_SETTINGS, "list.db");
	off = fixture_generation("mode: off\n" FIXTURE_SETTINGS, "list.db");
	without_list = fixture_generation("mode: enforce\n" FIXTURE_SETTINGS, NULL);
	next = fixture_generation("mode: enforce\n" FIXTURE_SETTINGS, "next.db");
	view = (struct ush_view){.current = enforcing};
}

static void
teardown(void)
{
	ush_generation_free((struct ush_generation *)(uintptr_t)enforcing);
	ush_generation_free((struct ush_generation *)(uintptr_t)monitoring);
	ush_generation_free((struct ush_generation *)(uintptr_t)off);
	ush_generation_free((struct ush_generation *)(uintptr_t)without_list);
	ush_generation_free((struct ush_generation *)(uintptr_t)next);
	fixture_close();
}

static const struct {
	const char *name;
	enum ush_action enforce; /* NONE: not listed */
	enum ush_action monitor;
	bool forbids;
} names[] = {
    {"kaerunote.com", USH_ACTION_SINKHOLE, USH_ACTION_MONITOR, true},
    {"a.b.KaeruNote.com", USH_ACTION_SINKHOLE, USH_ACTION_MONITOR, true},
    {"xkaerunote.com", USH_ACTION_NONE, USH_ACTION_NONE, false},
    {"com", USH_ACTION_NONE, USH_ACTION_NONE, false},
    {"www.n-fit-sub.com", USH_ACTION_SINKHOLE, USH_ACTION_MONITOR, true},
    {"n-fit-sub.com", USH_ACTION_NONE, USH_ACTION_NONE, false},
    {"x.www.n-fit-sub.com", USH_ACTION_NONE, USH_ACTION_NONE, false},
    {"gone.example", USH_ACTION_NXDOMAIN, USH_ACTION_MONITOR, true},
    {"nodata.example", USH_ACTION_NODATA, USH_ACTION_MONITOR, true},
    {"drop.example", USH_ACTION_DROP, USH_ACTION_MONITOR, true},
    {"pass.example", USH_ACTION_PASSTHRU, USH_ACTION_PASSTHRU, false},
    {"watch.example", USH_ACTION_MONITOR, USH_ACTION_MONITOR, false},
    {"canary.example", USH_ACTION_SINKHOLE, USH_ACTION_SINKHOLE, true},
    {"x.canary.example", USH_ACTION_NONE, USH_ACTION_NONE, false},
    {".", USH_ACTION_NONE, USH_ACTION_NONE, false},
};

START_TEST(test_names_by_mode)
{
	struct ush_name name = fixture_name(names[_i].name);
	struct ush_hit hit;
	bool found = ush_find_name(&view, &name, USH_TYPE_A, true, &hit);

	ck_assert_int_eq(found, names[_i].enforce != USH_ACTION_NONE);
	if (found) {
		ck_assert_int_eq(hit.action, names[_i].enforce);
		ck_assert_int_eq(ush_hit_forbids(&hit), names[_i].forbids);
	}
	view.current = monitoring;
	found = ush_find_name(&view, &name, USH_TYPE_A, true, &hit);
	ck_assert_int_eq(found, names[_i].monitor != USH_ACTION_NONE);
	if (found)
		ck_assert_int_eq(hit.action, names[_i].monitor);
	view.current = off;
	ck_assert(!ush_find_name(&view, &name, USH_TYPE_A, true, &hit));
	view.current = NULL;
	ck_assert(!ush_find_name(&view, &name, USH_TYPE_A, true, &hit));
}
END_TEST

/* Which types of a listed name are answered by us: those that prove names below it only where these
 * are listed too. */
static const struct {
	const char *name;
	uint16_t qtype;
	bool is_ours;
} types[] = {
    {"www.n-fit-sub.com", USH_TYPE_A, true},
    {"www.n-fit-sub.com", USH_TYPE_CNAME, true},
    {"www.n-fit-sub.com", USH_TYPE_ANY, true},
    {"www.n-fit-sub.com", USH_TYPE_DS, false},
    {"www.n-fit-sub.com", USH_TYPE_DNSKEY, false},
    {"www.n-fit-sub.com", USH_TYPE_NS, false},
    {"www.n-fit-sub.com", USH_TYPE_SOA, false},
    {"www.n-fit-sub.com", USH_TYPE_RRSIG, false},
    {"www.n-fit-sub.com", USH_TYPE_NSEC, false},
    {"www.n-fit-sub.com", USH_TYPE_NSEC3, false},
    {"www.n-fit-sub.com", USH_TYPE_NSEC3PARAM, false},
    {"canary.example", USH_TYPE_DS, false},
    /* The listed name's own DS is the parent zone's. */
    {"kaerunote.com", USH_TYPE_DS, false},
    {"kaerunote.com", USH_TYPE_DNSKEY, true},
    {"a.kaerunote.com", USH_TYPE_DS, true},
    {"a.kaerunote.com", USH_TYPE_NS, true},
    /* Listed alone, and covered by the rule of the name above. */
    {"host.kaerunote.com", USH_TYPE_DS, true},
    {"host.kaerunote.com", USH_TYPE_DNSKEY, true},
    /* A passthru counts for all types: what comes later must not forbid the answer. */
    {"pass.example", USH_TYPE_DNSKEY, true},
    {"pass-exact.example", USH_TYPE_DNSKEY, true},
};

START_TEST(test_types_that_validators_need)
{
	struct ush_name name = fixture_name(types[_i].name);
	struct ush_hit hit;

	ck_assert_int_eq(
	    ush_find_name(&view, &name, types[_i].qtype, true, &hit), types[_i].is_ours);
	if (types[_i].qtype != USH_TYPE_A)
		ck_assert(ush_find_name(&view, &name, USH_TYPE_A, true, &hit));
}
END_TEST

START_TEST(test_names_below_the_longest_name)
{
	char text[300] = "";
	struct ush_name name;
	struct ush_hit hit;

	for (int i = 0; i < 3; i++)
		(void)sprintf(text + strlen(text), "%063d.", 0);
	(void)sprintf(text + strlen(text), "%047d.kaerunote.com", 0);
	name = fixture_name(text);
	ck_assert_int_eq(name.len, USH_NAME_MAX);
	ck_assert(ush_find_name(&view, &name, USH_TYPE_DNSKEY, true, &hit));
}
END_TEST

START_TEST(test_active_and_enforcing)
{
	ck_assert(ush_view_active(&view) && ush_view_enforces(&view));
	ck_assert(ush_view_has_networks(&view));
	view.current = off;
	ck_assert(!ush_view_active(&view) && !ush_view_enforces(&view));
	ck_assert(!ush_view_has_networks(&view));
	view.pending = enforcing;
	ck_assert(ush_view_active(&view) && ush_view_enforces(&view));
	view = (struct ush_view){0};
	ck_assert(!ush_view_active(&view) && !ush_view_enforces(&view));
}
END_TEST

START_TEST(test_canary_needs_no_list)
{
	struct ush_name canary = fixture_name("canary.example"),
	                other = fixture_name("kaerunote.com");
	struct ush_decision decision;
	struct ush_hit hit;
	char text[USH_ADDRESS_TEXT_MAX];

	view.current = without_list;
	ck_assert(!ush_find_name(&view, &other, USH_TYPE_A, true, &hit));
	ck_assert(ush_find_name(&view, &canary, USH_TYPE_A, false, &hit));
	ck_assert_int_eq(hit.trigger, USH_TRIGGER_CANARY);
	ush_decision_of(&hit, &canary, NULL, &decision);
	ck_assert(decision.drill);
	ck_assert_str_eq(ush_address_to_text(&decision.address4, text), "198.51.100.1");
	ck_assert_str_eq(ush_address_to_text(&decision.address6, text), "2001:db8:83::1");
}
END_TEST

/* While a new list waits, both hold; where both know a name, the new one's word counts. */
START_TEST(test_while_a_list_is_pending_both_hold)
{
	struct ush_name listed = fixture_name("kaerunote.com"), added = fixture_name("new.example"),
	                removed = fixture_name("gone.example");
	struct ush_hit hit;

	view.pending = next;
	ck_assert(ush_find_name(&view, &listed, USH_TYPE_A, true, &hit));
	ck_assert_int_eq(hit.action, USH_ACTION_NODATA);
	ck_assert(ush_find_name(&view, &added, USH_TYPE_A, true, &hit));
	ck_assert(ush_find_name(&view, &removed, USH_TYPE_A, true, &hit));
	view = (struct ush_view){.current = next};
	ck_assert(!ush_find_name(&view, &removed, USH_TYPE_A, true, &hit));
}
END_TEST

START_TEST(test_knows_clients_by_their_networks)
{
	struct ush_address exempt = fixture_address("192.0.2.9"),
	                   watched = fixture_address("192.0.2.8"),
	                   forwarder = fixture_address("192.0.2.7"),
	                   other = fixture_address("2001:db8::1");

	ck_assert_int_eq(ush_client_of(&view, &exempt), USH_CLIENT_EXEMPT);
	ck_assert_int_eq(ush_client_of(&view, &watched), USH_CLIENT_MONITOR);
	ck_assert_int_eq(ush_client_of(&view, &forwarder), USH_CLIENT_NORMAL);
	ck_assert_int_eq(ush_client_of(&view, &other), USH_CLIENT_NORMAL);
	ck_assert(ush_client_is_forwarder(&view, &forwarder));
	ck_assert(!ush_client_is_forwarder(&view, &other));
	view.current = NULL;
	ck_assert_int_eq(ush_client_of(&view, &exempt), USH_CLIENT_NORMAL);
	ck_assert(!ush_client_is_forwarder(&view, &forwarder));
}
END_TEST

static const struct {
	const char *address;
	const char *network; /* NULL: not listed */
} addresses[] = {
    {"203.0.113.1", "203.0.113.0/25"},
    {"203.0.113.127", "203.0.113.0/25"},
    {"203.0.113.128", NULL},
    {"2001:db8:bad:1::5", "2001:db8:bad::/48"},
    {"2001:db8:bae::", NULL},
};

START_TEST(test_finds_rules_for_addresses_in_answers)
{
	struct ush_address address = fixture_address(addresses[_i].address);
	char text[USH_NETWORK_TEXT_MAX];
	struct ush_decision decision;
	struct ush_hit hit;

	if (!addresses[_i].network) {
		ck_assert(!ush_find_address(&view, &address, &hit));
		return;
	}
	ck_assert(ush_find_address(&view, &address, &hit));
	ck_assert_int_eq(hit.trigger, USH_TRIGGER_RESPONSE_IP);
	ush_decision_of(&hit, NULL, &address, &decision);
	ck_assert_str_eq(ush_network_to_text(&decision.rule_network, text), addresses[_i].network);
	ck_assert_str_eq(decision.campaign, "other");
	view.current = next;
	ck_assert(!ush_find_address(&view, &address, &hit));
}
END_TEST

/* RFC 6052, section 2.4. */
static const struct {
	const char *prefix; /* NULL: none of the host's own */
	const char *address;
	const char *behind; /* NULL: none */
} synthesized[] = {
    {NULL, "64:ff9b::c000:221", "192.0.2.33"},
    {"2001:db8:122::/48", "64:ff9b::c000:221", "192.0.2.33"},
    {"2001:db8::/32", "2001:db8:c000:221::", "192.0.2.33"},
    {"2001:db8:100::/40", "2001:db8:1c0:2:21::", "192.0.2.33"},
    {"2001:db8:122::/48", "2001:db8:122:c000:2:2100::", "192.0.2.33"},
    {"2001:db8:122:300::/56", "2001:db8:122:3c0:0:221::", "192.0.2.33"},
    {"2001:db8:122:344::/64", "2001:db8:122:344:c0:2:2100::", "192.0.2.33"},
    {"2001:db8:122:344::/96", "2001:db8:122:344::c000:221", "192.0.2.33"},
    {"2001:db8:122:344::/96", "2001:db8:122:345::c000:221", NULL},
    {NULL, "2001:db8:122:344::c000:221", NULL},
};

START_TEST(test_addresses_behind_dns64)
{
	struct ush_address address = fixture_address(synthesized[_i].address), behind;
	struct ush_network prefix = {0};
	char text[USH_ADDRESS_TEXT_MAX];

	if (synthesized[_i].prefix)
		ck_assert_int_eq(ush_network_from_text(&prefix, synthesized[_i].prefix), 0);
	view.dns64 = &prefix;
	if (!synthesized[_i].behind) {
		ck_assert(!ush_address_behind_dns64(&view, &address, &behind));
		return;
	}
	ck_assert(ush_address_behind_dns64(&view, &address, &behind));
	ck_assert_str_eq(ush_address_to_text(&behind, text), synthesized[_i].behind);
}
END_TEST

START_TEST(test_decision_of_a_name)
{
	struct ush_name name = fixture_name("a.b.kaerunote.com"),
	                rule = fixture_name("kaerunote.com");
	struct ush_decision decision;
	struct ush_hit hit;

	ck_assert(ush_find_name(&view, &name, USH_TYPE_A, false, &hit));
	ush_decision_of(&hit, &name, NULL, &decision);
	ck_assert_int_eq(decision.trigger, USH_TRIGGER_CNAME);
	ck_assert(ush_name_equal(&decision.rule_name, &rule));
	ck_assert(decision.subdomains && !decision.drill);
	ck_assert_str_eq(decision.feed, "test");
	ck_assert_str_eq(decision.campaign, "emdivi");
	ck_assert_str_eq(decision.software, "Emdivi");
	ck_assert_int_eq(decision.address4.family, AF_INET);
	ck_assert_int_eq(decision.address6.family, AF_INET6);
	ck_assert_uint_eq(decision.serial, ush_generation_serial(enforcing));
}
END_TEST

static const struct {
	const char *listed;
	const char *qname; /* differs from listed where an alias led there */
	uint16_t qtype;
	uint8_t rcode;
	bool has4, has6;
	unsigned owner_labels;
} plans[] = {
    {"www.kaerunote.com", NULL, 1, 0, true, false, 2},
    {"www.kaerunote.com", NULL, 28, 0, false, true, 2},
    {"www.kaerunote.com", NULL, 255, 0, true, true, 2},
    {"www.kaerunote.com", NULL, 65, 0, false, false, 2}, /* HTTPS */
    {"www.kaerunote.com", NULL, 15, 0, false, false, 2}, /* MX */
    {"www.n-fit-sub.com", NULL, 16, 0, false, false, 3},
    {"www.gone.example", NULL, 1, 3, false, false, 2},
    {"gone-exact.example", NULL, 1, 0, false, false, 2}, /* names below may exist */
    {"nodata.example", NULL, 1, 0, false, false, 2},
    {"www.kaerunote.com", "x.alias.example", 1, 0, true, false, 3},
    {"www.kaerunote.com", "x.alias.example", 15, 0, false, false, 3},
    {"www.gone.example", "x.alias.example", 1, 0, false, false, 3}, /* nothing is known of below */
    {"canary.example", NULL, 15, 0, false, false, 2},
};

START_TEST(test_plans_an_answer_for_each_type)
{
	struct ush_name listed = fixture_name(plans[_i].listed);
	struct ush_name qname = fixture_name(plans[_i].qname ? plans[_i].qname : plans[_i].listed);
	struct ush_address client = fixture_address("192.0.2.1");
	struct ush_decision decision;
	struct ush_plan plan;
	struct ush_hit hit;

	ck_assert(ush_find_name(&view, &listed, USH_TYPE_A, !plans[_i].qname, &hit));
	ush_decision_of(&hit, &listed, NULL, &decision);
	ush_plan_answer(&decision, &qname, plans[_i].qtype, &client, &plan);
	ck_assert_int_eq(plan.rcode, plans[_i].rcode);
	ck_assert_int_eq(plan.address4.family, plans[_i].has4 ? AF_INET : 0);
	ck_assert_int_eq(plan.address6.family, plans[_i].has6 ? AF_INET6 : 0);
	ck_assert_uint_eq(plan.owner_labels, plans[_i].owner_labels);
	ck_assert_uint_eq(plan.ttl, 30);
	ck_assert(!plan.loopback_withheld);
}
END_TEST

START_TEST(test_gives_loopback_addresses_to_loopback_alone)
{
	const char *settings =
	    "mode: enforce\nmodule:\n  database: list.db\n  event-log: dns.jsonl\n"
	    "  sinkhole-addresses: [\"127.83.0.0/24\"]\n";
	const struct ush_generation *loopback = fixture_generation(settings, "list.db");
	struct ush_name name = fixture_name("kaerunote.com");
	struct ush_address outside = fixture_address("192.0.2.1"),
	                   inside = fixture_address("127.0.0.5");
	struct ush_decision decision;
	struct ush_plan plan;
	struct ush_hit hit;

	view.current = loopback;
	ck_assert(ush_find_name(&view, &name, USH_TYPE_A, true, &hit));
	ush_decision_of(&hit, &name, NULL, &decision);
	ush_plan_answer(&decision, &name, USH_TYPE_A, &outside, &plan);
	ck_assert_int_eq(plan.address4.family, 0);
	ck_assert(plan.loopback_withheld);
	ush_plan_answer(&decision, &name, USH_TYPE_A, &inside, &plan);
	ck_assert_int_eq(plan.address4.family, AF_INET);
	ck_assert(!plan.loopback_withheld);
	/* A pool without IPv6 is no reason to warn. */
	ush_plan_answer(&decision, &name, USH_TYPE_AAAA, &outside, &plan);
	ck_assert_int_eq(plan.address6.family, 0);
	ck_assert(!plan.loopback_withheld);
	ush_generation_free((struct ush_generation *)(uintptr_t)loopback);
}
END_TEST

static const struct {
	struct ush_waiting waiting;
	enum ush_settlement settlement;
} settlements[] = {
    {{0, 0, false, false}, USH_SETTLE_LEAVE},
    {{0, 2, false, false}, USH_SETTLE_LEAVE},
    {{0, 0, true, false}, USH_SETTLE_LEAVE},
    {{0, 1, true, true}, USH_SETTLE_LEAVE},
    {{1, 0, false, false}, USH_SETTLE_ANSWER},
    {{3, 0, false, true}, USH_SETTLE_ANSWER},
    {{1, 1, false, false}, USH_SETTLE_SPLIT},
    {{1, 1, false, true}, USH_SETTLE_DEFER},
    {{1, 0, true, false}, USH_SETTLE_DEFER},
    {{1, 1, true, false}, USH_SETTLE_DEFER},
};

START_TEST(test_settles_which_clients_are_answered)
{
	ck_assert_int_eq(ush_settle(&settlements[_i].waiting), settlements[_i].settlement);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("module/decision");
	TCase *tc = tcase_create("decision");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, test_names_by_mode, 0, USH_COUNT(names));
	tcase_add_loop_test(tc, test_types_that_validators_need, 0, USH_COUNT(types));
	tcase_add_test(tc, test_names_below_the_longest_name);
	tcase_add_test(tc, test_active_and_enforcing);
	tcase_add_test(tc, test_canary_needs_no_list);
	tcase_add_test(tc, test_while_a_list_is_pending_both_hold);
	tcase_add_test(tc, test_knows_clients_by_their_networks);
	tcase_add_loop_test(tc, test_finds_rules_for_addresses_in_answers, 0, USH_COUNT(addresses));
	tcase_add_loop_test(tc, test_addresses_behind_dns64, 0, USH_COUNT(synthesized));
	tcase_add_test(tc, test_decision_of_a_name);
	tcase_add_loop_test(tc, test_plans_an_answer_for_each_type, 0, USH_COUNT(plans));
	tcase_add_test(tc, test_gives_loopback_addresses_to_loopback_alone);
	tcase_add_loop_test(tc, test_settles_which_clients_are_answered, 0, USH_COUNT(settlements));
	suite_add_tcase(suite, tc);
	return ush_unit_run(suite);
}
