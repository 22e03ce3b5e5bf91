/* SPDX-License-Identifier: BSD-3-Clause */
#include "common/address.h"

#include <arpa/inet.h>
#include <string.h>
#include "tests/unit/unit.h"

static struct ush_address
address(const char *text)
{
	struct ush_address out;

	ck_assert_msg(ush_address_from_text(&out, text) == 0, "%s", text);
	return out;
}

static struct ush_network
network(const char *text)
{
	struct ush_network out;

	ck_assert_msg(ush_network_from_text(&out, text) == 0, "%s", text);
	return out;
}

static const struct {
	const char *in, *out;
	bool is_loopback;
} addresses[] = {
    {"192.0.2.1", "192.0.2.1", false},
    {"127.9.8.7", "127.9.8.7", true},
    {"2001:DB8:0:0::1", "2001:db8::1", false},
    {"::1", "::1", true},
    {"::ffff:192.0.2.1", "192.0.2.1", false},
    {"::ffff:127.0.0.1", "127.0.0.1", true},
    {"::", "::", false},
};

START_TEST(test_text_and_sockaddr)
{
	struct ush_address parsed = address(addresses[_i].in);
	struct sockaddr_storage ss;
	struct ush_address again;
	char buf[USH_ADDRESS_TEXT_MAX];
	uint16_t port = 0;

	ck_assert_str_eq(ush_address_to_text(&parsed, buf), addresses[_i].out);
	ck_assert_int_eq(ush_address_is_loopback(&parsed), addresses[_i].is_loopback);
	ck_assert_uint_ne(ush_address_to_sockaddr(&parsed, 53, &ss), 0);
	ck_assert_int_eq(ush_address_from_sockaddr(&again, &port, (struct sockaddr *)&ss), 0);
	ck_assert(ush_address_equal(&parsed, &again));
	ck_assert_uint_eq(port, 53);
}
END_TEST

START_TEST(test_refuses_what_is_no_address)
{
	static const char *const bad[] = {
	    "", "1.2.3", "1.2.3.4.5", "256.1.1.1", "1.2.3.4 ", "fe80::1%eth0", "x", "10.0.0.0/8"};
	struct sockaddr other = {.sa_family = AF_UNIX};
	struct ush_address none = {0};
	struct sockaddr_storage ss;
	struct ush_address out;
	char buf[USH_ADDRESS_TEXT_MAX];

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ck_assert_msg(ush_address_from_text(&out, bad[i]) == -1, "%s", bad[i]);
	ck_assert_int_eq(ush_address_from_sockaddr(&out, NULL, &other), -1);
	ck_assert_str_eq(ush_address_to_text(&none, buf), "");
	ck_assert_uint_eq(ush_address_to_sockaddr(&none, 1, &ss), 0);
}
END_TEST

START_TEST(test_mapped_sockaddr_is_ipv4)
{
	struct sockaddr_in6 in6 = {.sin6_family = AF_INET6, .sin6_port = htons(7)};
	struct ush_address expected = address("192.0.2.9");
	struct ush_address out;

	inet_pton(AF_INET6, "::ffff:192.0.2.9", &in6.sin6_addr);
	ck_assert_int_eq(ush_address_from_sockaddr(&out, NULL, (struct sockaddr *)&in6), 0);
	ck_assert(ush_address_equal(&out, &expected));
}
END_TEST

static const struct {
	const char *in, *out; /* NULL: refused */
} networks[] = {
    {"10.0.0.0/8", "10.0.0.0/8"},
    {"10.1.2.3", "10.1.2.3/32"},
    {"0.0.0.0/0", "0.0.0.0/0"},
    {"2001:db8::/32", "2001:db8::/32"},
    {"::/0", "::/0"},
    {"::1", "::1/128"},
    {"2001:db8:ffff:ffff:ffff:ffff:ffff:ffff/128", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff/128"},
    {"::ffff:192.0.2.0/120", "192.0.2.0/24"},
    {"::ffff:192.0.2.0/90", NULL},
    {"10.0.0.1/8", NULL},
    {"10.0.0.0/33", NULL},
    {"10.0.0.0/-1", NULL},
    {"10.0.0.0/", NULL},
    {"10.0.0.0/08", NULL},
    {"10.0.0.0/8x", NULL},
    {"10.0.0.0/4294967304", NULL},
    {"2001:db8::1/64", NULL},
    {"::/129", NULL},
    {"/8", NULL},
    {"", NULL},
    {"1111111111111111111111111111111111111111111111111111111/8", NULL},
};

START_TEST(test_reads_networks_and_writes_them_in_one_form)
{
	struct ush_network out;
	char buf[USH_NETWORK_TEXT_MAX];
	int rc = ush_network_from_text(&out, networks[_i].in);

	if (networks[_i].out == NULL) {
		ck_assert_msg(rc == -1, "%s", networks[_i].in);
		return;
	}
	ck_assert_msg(rc == 0, "%s", networks[_i].in);
	ck_assert_str_eq(ush_network_to_text(&out, buf), networks[_i].out);
}
END_TEST

static const struct {
	const char *in, *out; /* NULL: refused */
} arounds[] = {
    {"10.0.0.0/8", "10.0.0.0/8"},
    {"10.1.2.3/8", "10.0.0.0/8"},
    {"10.1.2.3", "10.1.2.3/32"},
    {"192.0.2.255/31", "192.0.2.254/31"},
    {"2001:db8::1/64", "2001:db8::/64"},
    {"::ffff:192.0.2.9/120", "192.0.2.0/24"},
    {"::ffff:192.0.2.9/90", "::ffc0:0:0/90"},
    {"10.0.0.1/33", NULL},
    {"10.0.0/8", NULL},
};

START_TEST(test_finds_the_network_around_an_address)
{
	struct ush_network out;
	char buf[USH_NETWORK_TEXT_MAX];
	int rc = ush_network_around(&out, arounds[_i].in);

	ck_assert_int_eq(rc, arounds[_i].out != NULL ? 0 : -1);
	if (rc == 0)
		ck_assert_str_eq(ush_network_to_text(&out, buf), arounds[_i].out);
}
END_TEST

static const struct {
	const char *network, *address;
	bool contains;
} members[] = {
    {"10.0.0.0/8", "10.255.1.1", true},
    {"10.0.0.0/8", "11.0.0.0", false},
    {"10.0.0.0/9", "10.127.255.255", true},
    {"10.0.0.0/9", "10.128.0.0", false},
    {"0.0.0.0/0", "1.2.3.4", true},
    {"0.0.0.0/0", "::1", false},
    {"::/0", "1.2.3.4", false},
    {"2001:db8::/33", "2001:db8:7fff::1", true},
    {"2001:db8::/33", "2001:db8:8000::1", false},
    {"192.0.2.1", "192.0.2.1", true},
    {"192.0.2.1", "192.0.2.0", false},
    {"10.0.0.0/8", "::ffff:10.1.1.1", true},
};

START_TEST(test_finds_addresses_inside_of_a_network)
{
	struct ush_network net = network(members[_i].network);
	struct ush_address host = address(members[_i].address);
	struct ush_networks list = {0};

	ck_assert_int_eq(ush_network_contains(&net, &host), members[_i].contains);
	ck_assert(!ush_networks_contain(&list, &host));
	ck_assert_int_eq(ush_networks_add(&list, &net), 0);
	ck_assert_int_eq(ush_networks_contain(&list, &host), members[_i].contains);
	ush_networks_fini(&list);
	ck_assert_uint_eq(list.count, 0);
}
END_TEST

static const struct {
	const char *network;
	uint32_t n;
	const char *address; /* NULL: there is none */
} slots[] = {
    {"198.51.100.0/24", 0, "198.51.100.0"},
    {"198.51.100.0/24", 255, "198.51.100.255"},
    {"198.51.100.0/24", 256, NULL},
    {"192.0.2.1/32", 0, "192.0.2.1"},
    {"192.0.2.1/32", 1, NULL},
    {"0.0.0.0/0", UINT32_MAX, "255.255.255.255"},
    {"10.0.0.0/8", 0x010203, "10.1.2.3"},
    {"10.0.0.0/8", 0x01000000, NULL},
    {"2001:db8:83::/64", 0xdeadbeef, "2001:db8:83::dead:beef"},
    {"2001:db8:83::/112", 0xffff, "2001:db8:83::ffff"},
    {"2001:db8:83::/112", 0x10000, NULL},
    {"::1", 0, "::1"},
    {"::1", 1, NULL},
};

START_TEST(test_nth_and_index)
{
	struct ush_network net = network(slots[_i].network);
	struct ush_address out;
	char buf[USH_ADDRESS_TEXT_MAX];
	uint32_t n = 12345;

	if (slots[_i].address == NULL) {
		ck_assert_int_eq(ush_network_nth(&net, slots[_i].n, &out), -1);
		return;
	}
	ck_assert_int_eq(ush_network_nth(&net, slots[_i].n, &out), 0);
	ck_assert_str_eq(ush_address_to_text(&out, buf), slots[_i].address);
	ck_assert_int_eq(ush_network_index(&net, &out, &n), 0);
	ck_assert_uint_eq(n, slots[_i].n);
}
END_TEST

START_TEST(test_an_address_outside_has_no_index)
{
	struct ush_network net = network("2001:db8::/32");
	struct ush_address far = address("2001:db8:0:1::");
	struct ush_address other = address("2001:db9::");
	uint32_t n;

	ck_assert_int_eq(ush_network_index(&net, &far, &n), -1);
	ck_assert_int_eq(ush_network_index(&net, &other, &n), -1);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("common/address");
	TCase *tcase = tcase_create("address");

	tcase_add_loop_test(tcase, test_text_and_sockaddr, 0, USH_COUNT(addresses));
	tcase_add_test(tcase, test_refuses_what_is_no_address);
	tcase_add_test(tcase, test_mapped_sockaddr_is_ipv4);
	tcase_add_loop_test(
	    tcase, test_reads_networks_and_writes_them_in_one_form, 0, USH_COUNT(networks));
	tcase_add_loop_test(tcase, test_finds_the_network_around_an_address, 0, USH_COUNT(arounds));
	tcase_add_loop_test(tcase, test_finds_addresses_inside_of_a_network, 0, USH_COUNT(members));
	tcase_add_loop_test(tcase, test_nth_and_index, 0, USH_COUNT(slots));
	tcase_add_test(tcase, test_an_address_outside_has_no_index);
	suite_add_tcase(suite, tcase);
	return ush_unit_run(suite);
}
