/* SPDX-License-Identifier: BSD-3-Clause */
#include "common/endpoint.h"

#include "tests/unit/unit.h"

static const struct {
	const char *text;
	const char *address; /* NULL: refused */
	uint16_t port;
} cases[] = {
    {"192.0.2.1", "192.0.2.1", 53},
    {"192.0.2.1:5353", "192.0.2.1", 5353},
    {"2001:db8::1", "2001:db8::1", 53},
    {"[2001:db8::1]:5353", "2001:db8::1", 5353},
    {"192.0.2.1:65535", "192.0.2.1", 65535},
    {"192.0.2.1:65536", NULL, 0},
    {"192.0.2.1:0", NULL, 0},
    {"192.0.2.1:", NULL, 0},
    {"192.0.2.1: 53", NULL, 0},
    {"192.0.2.1:+53", NULL, 0},
    {"192.0.2.1:53x", NULL, 0},
    {"192.0.2:53", NULL, 0},
    {"[2001:db8::1]", NULL, 0},
    {"[2001:db8::1:53", NULL, 0},
    {"2001:db8::1]:53", NULL, 0},
    {"[]:53", NULL, 0},
    {"[:53", NULL, 0},
    {":53", NULL, 0},
    {"[", NULL, 0},
    {"", NULL, 0},
    {"localhost:53", NULL, 0},
    {"0000000000000000000000000000000000000000000000192.0.2.1:53", NULL, 0},
};

START_TEST(test_reads_an_address_with_and_without_port)
{
	struct ush_endpoint endpoint;
	char text[USH_ADDRESS_TEXT_MAX];
	int rc = ush_endpoint_from_text(&endpoint, cases[_i].text, 53);

	ck_assert_msg((rc == 0) == (cases[_i].address != NULL), "%s", cases[_i].text);
	if (rc != 0)
		return;
	ck_assert_str_eq(ush_address_to_text(&endpoint.address, text), cases[_i].address);
	ck_assert_uint_eq(endpoint.port, cases[_i].port);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("endpoint");
	TCase *tcase = tcase_create("endpoint");

	tcase_add_loop_test(
	    tcase, test_reads_an_address_with_and_without_port, 0, USH_COUNT(cases));
	suite_add_tcase(suite, tcase);
	return ush_unit_run(suite);
}
