/* SPDX-License-Identifier: BSD-3-Clause */
#include "module/firsts.h"

#include "tests/unit/module/fixture.h"

#define HOUR_MS 3600000ull
#define START_MS (498718ull * HOUR_MS + 1000) /* in 2026, a second after the hour */

static struct ush_firsts *firsts;
static struct ush_name qname;
static struct ush_decision decision;
static struct ush_dns_event event;

static void
setup(void)
{
	firsts = ush_firsts_new();
	ck_assert_ptr_nonnull(firsts);
	qname = fixture_name("www.example");
	decision = (struct ush_decision){
	    .action = USH_ACTION_SINKHOLE, .feed = "feed", .campaign = "campaign", .software = ""};
	decision.rule_network = (struct ush_network){fixture_address("203.0.113.2"), 32};
	event = (struct ush_dns_event){
	    .time_ms = START_MS,
	    .decision = &decision,
	    .client = fixture_address("192.0.2.1"),
	    .qname = &qname,
	    .qtype = USH_TYPE_A,
	};
}

static void
teardown(void)
{
	ush_firsts_free(firsts);
}

START_TEST(test_one_in_an_hour)
{
	ck_assert(ush_firsts_add(firsts, &event, true));
	event.client_port = 4711;
	event.qtype = USH_TYPE_AAAA;
	event.cached = true;
	event.time_ms += HOUR_MS - 2000;
	ck_assert(!ush_firsts_add(firsts, &event, true));
	event.time_ms += 2000;
	ck_assert(ush_firsts_add(firsts, &event, true));
	ck_assert(!ush_firsts_add(firsts, &event, true));
}
END_TEST

static void
vary(int i)
{
	switch (i) {
	case 0:
		event.client = fixture_address("192.0.2.2");
		break;
	case 1:
		qname = fixture_name("mail.example");
		break;
	case 2:
		event.outcome = USH_DNS_LEAKED;
		break;
	case 3:
		event.claimed = (struct ush_network){fixture_address("10.0.0.1"), 32};
		break;
	case 4:
		event.claimed = (struct ush_network){fixture_address("10.0.0.1"), 24};
		break;
	case 5:
		(void)snprintf(event.claimed_id, sizeof(event.claimed_id), "02:00:00:00:00:01");
		break;
	case 6:
		decision.action = USH_ACTION_NXDOMAIN;
		break;
	case 7:
		decision.campaign = "another";
		break;
	case 8: /* an alias that leads elsewhere now */
		decision.rule_name = fixture_name("target.example");
		break;
	default:
		decision.trigger = USH_TRIGGER_RESPONSE_IP;
		ck_assert(ush_firsts_add(firsts, &event, true));
		decision.rule_network = (struct ush_network){fixture_address("203.0.113.1"), 32};
		break;
	}
}
#define VARIATIONS 10

/* Of another host, name, rule or outcome it is the first again. */
START_TEST(test_what_has_a_first_of_its_own)
{
	ck_assert(ush_firsts_add(firsts, &event, true));
	vary(_i);
	ck_assert(ush_firsts_add(firsts, &event, true));
	ck_assert(!ush_firsts_add(firsts, &event, true));
}
END_TEST

/* The network of a rule for names is not set, nor the name of a rule for addresses. */
START_TEST(test_what_is_not_set_does_not_count)
{
	decision.trigger = USH_TRIGGER_QNAME;
	ck_assert(ush_firsts_add(firsts, &event, true));
	memset(&decision.rule_network, 0x5a, sizeof(decision.rule_network));
	ck_assert(!ush_firsts_add(firsts, &event, true));
	decision.trigger = USH_TRIGGER_RESPONSE_IP;
	ck_assert(ush_firsts_add(firsts, &event, true));
	memset(&decision.rule_name, 0x5a, sizeof(decision.rule_name));
	ck_assert(!ush_firsts_add(firsts, &event, true));
}
END_TEST

static unsigned
add_names(unsigned count)
{
	unsigned written = 0;
	char text[32];

	for (unsigned i = 0; i < count; i++) {
		(void)snprintf(text, sizeof(text), "n%u.example", i);
		qname = fixture_name(text);
		written += ush_firsts_add(firsts, &event, true);
	}
	return written;
}

/* What does not fit any more is written once more, never left out. */
START_TEST(test_more_names_than_there_is_room_for)
{
	ck_assert_uint_eq(add_names(20000), 20000);
	ck_assert_uint_lt(add_names(20000), 1000);
	ck_assert_uint_ge(add_names(100000), 80000);
	ck_assert_uint_gt(add_names(20000), 15000);
}
END_TEST

START_TEST(test_a_first_that_is_lost_is_not_remembered)
{
	ck_assert(ush_firsts_add(firsts, &event, false));
	ck_assert(ush_firsts_add(firsts, &event, true));
	ck_assert(!ush_firsts_add(firsts, &event, false));
	ck_assert(!ush_firsts_add(firsts, &event, true));
}
END_TEST

START_TEST(test_no_memory)
{
	ck_assert(ush_firsts_add(NULL, &event, true));
	ck_assert(ush_firsts_add(NULL, &event, true));
	ush_firsts_free(NULL);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("module/firsts");
	TCase *tcase = tcase_create("firsts");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, test_one_in_an_hour);
	tcase_add_loop_test(tcase, test_what_has_a_first_of_its_own, 0, VARIATIONS);
	tcase_add_test(tcase, test_what_is_not_set_does_not_count);
	tcase_add_test(tcase, test_more_names_than_there_is_room_for);
	tcase_add_test(tcase, test_a_first_that_is_lost_is_not_remembered);
	tcase_add_test(tcase, test_no_memory);
	suite_add_tcase(suite, tcase);
	return ush_unit_run(suite);
}
