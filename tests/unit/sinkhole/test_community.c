/* SPDX-License-Identifier: BSD-3-Clause */
#include "sinkhole/evidence/community.h"

#include "sinkhole/protocol/digest.h"
#include "tests/unit/sinkhole/text.h"

/* From the Community ID specification's own baseline. */
static const struct {
	const char *a, *b;
	uint16_t a_port, b_port;
	bool udp;
	const char *id;
} flows[] = {
    {"128.232.110.120", "66.35.250.204", 34855, 80, false, "1:LQU9qZlK+B5F3KDmev6m5PMibrg="},
    {"192.168.1.52", "8.8.8.8", 54585, 53, true, "1:d/FP5EW3wiY1vCndhwleRRKHowQ="},
    {"2001:470:e5bf:dead:4957:2174:e82c:4887", "2607:f8b0:400c:c03::1a", 63943, 25, false,
        "1:/qFaeAR+gFe1KYjMzVDsMv+wgU4="},
    {"192.0.2.1", "2001:db8::1", 1, 2, false, ""},
};

START_TEST(test_both_directions_have_one_id)
{
	struct ush_digests *digests = ush_digests_new();
	struct ush_address a, b;
	char buf[USH_COMMUNITY_TEXT_MAX];

	ck_assert_int_eq(ush_address_from_text(&a, flows[_i].a), 0);
	ck_assert_int_eq(ush_address_from_text(&b, flows[_i].b), 0);
	ck_assert_str_eq(ush_community_id(digests, &a, flows[_i].a_port, &b, flows[_i].b_port,
	                     flows[_i].udp, buf),
	    flows[_i].id);
	ck_assert_str_eq(ush_community_id(digests, &b, flows[_i].b_port, &a, flows[_i].a_port,
	                     flows[_i].udp, buf),
	    flows[_i].id);
	ush_digests_free(digests);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("sinkhole/community");
	TCase *tcase = tcase_create("community");

	tcase_add_loop_test(tcase, test_both_directions_have_one_id, 0, USH_COUNT(flows));
	suite_add_tcase(suite, tcase);
	return ush_unit_run(suite);
}
