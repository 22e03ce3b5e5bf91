/* SPDX-License-Identifier: BSD-3-Clause */
#include "sinkhole/protocol/forwarded.h"

#include <stdio.h>

#include "tests/unit/sinkhole/text.h"

#define PROXY "10.0.0.9"

struct row {
	const char *peer;
	const char *headers;
	const char *source;
	const char *claimed; /* joined by blanks */
	bool proxied;
};

/* Trusted is 10.0.0.0/24. */
static const struct row cases[] = {
    {"192.0.2.1", "", "192.0.2.1", "", false},
    /* a stranger's word counts for nothing */
    {"192.0.2.1", "X-Forwarded-For: 192.0.2.7\r\n", "192.0.2.1", "", false},
    {PROXY, "", PROXY, "", false},
    {PROXY, "X-Forwarded-For: 192.0.2.7\r\n", "192.0.2.7", "", true},
    {PROXY, "x-forwarded-for: 192.0.2.7:4711\r\n", "192.0.2.7", "", true},
    {PROXY, "X-Forwarded-For: \"[2001:db8::7]:1\"\r\n", "2001:db8::7", "", true},
    {PROXY, "X-Forwarded-For: 2001:db8::7\r\n", "2001:db8::7", "", true},
    {PROXY, "X-Forwarded-For: ::ffff:192.0.2.7\r\n", "192.0.2.7", "", true},
    /* the right-most that is not trusted; the rest is claimed */
    {PROXY, "X-Forwarded-For: 1.1.1.1, 192.0.2.7\r\n", "192.0.2.7", "1.1.1.1", true},
    {PROXY, "X-Forwarded-For: 1.1.1.1,192.0.2.7 , 10.0.0.3\r\n", "192.0.2.7", "1.1.1.1", true},
    {PROXY, "X-Forwarded-For: 1.1.1.1\r\nX-Forwarded-For: 192.0.2.7\r\n", "192.0.2.7", "1.1.1.1",
        true},
    {PROXY, "X-Forwarded-For: 10.0.0.3, 10.0.0.4\r\n", "10.0.0.3", "", true},
    /* what is no address ends the chain */
    {PROXY, "X-Forwarded-For: unknown\r\n", PROXY, "", false},
    {PROXY, "X-Forwarded-For: 192.0.2.7, unknown\r\n", PROXY, "192.0.2.7", false},
    {PROXY, "X-Forwarded-For: 192.0.2.7, unknown, 10.0.0.3\r\n", "10.0.0.3", "192.0.2.7", true},
    {PROXY, "X-Forwarded-For: junk, 192.0.2.7\r\n", "192.0.2.7", "", true},
    {PROXY, "X-Forwarded-For: ,\r\n", PROXY, "", false},
    {PROXY, "X-Forwarded-For:\r\n", PROXY, "", false},
    {PROXY, "X-Forwarded-For: [::1\r\n", PROXY, "", false},
    {PROXY, "X-Forwarded-For: 1.1.1.1\", 192.0.2.7\r\n", "192.0.2.7", "", true},
    /* the other header is a stranger's word */
    {PROXY, "Forwarded: for=1.1.1.1\r\n", PROXY, "1.1.1.1", false},
    {PROXY, "X-Forwarded-For: 192.0.2.7\r\nForwarded: for=1.1.1.1, for=192.0.2.7\r\n", "192.0.2.7",
        "1.1.1.1", true},
    {"192.0.2.1", "Forwarded: for=1.1.1.1\r\n", "192.0.2.1", "", false},
    {PROXY,
        "X-Forwarded-For: 1.0.0.1,1.0.0.2,1.0.0.3,1.0.0.4,1.0.0.5,1.0.0.6,1.0.0.7,1.0.0.8,"
        "1.0.0.9,192.0.2.7\r\n",
        "192.0.2.7", "1.0.0.2 1.0.0.3 1.0.0.4 1.0.0.5 1.0.0.6 1.0.0.7 1.0.0.8 1.0.0.9", true},
};

static void
trust(struct ush_networks *trusted)
{
	struct ush_network network;

	ck_assert_int_eq(ush_network_from_text(&network, "10.0.0.0/24"), 0);
	ck_assert_int_eq(ush_networks_add(trusted, &network), 0);
}

/* The same where Forwarded is the header that is believed. */
static const struct row rfc7239[] = {
    {"192.0.2.1", "Forwarded: for=192.0.2.7\r\n", "192.0.2.1", "", false},
    {PROXY, "", PROXY, "", false},
    {PROXY, "Forwarded: for=192.0.2.7\r\n", "192.0.2.7", "", true},
    {PROXY, "forwarded: FOR=\"192.0.2.7:4711\"\r\n", "192.0.2.7", "", true},
    {PROXY, "Forwarded: For=\"[2001:db8:cafe::17]:4711\"\r\n", "2001:db8:cafe::17", "", true},
    {PROXY, "Forwarded: for=\"[2001:db8::7]\"\r\n", "2001:db8::7", "", true},
    {PROXY, "Forwarded: by=10.0.0.9;for=192.0.2.7;proto=http;host=a\r\n", "192.0.2.7", "", true},
    {PROXY, "Forwarded: host=\"a,b;for=1.1.1.1\";for=192.0.2.7\r\n", "192.0.2.7", "", true},
    {PROXY, "Forwarded: host=\"a\\\",for=1.1.1.1\" ; for=192.0.2.7\r\n", "192.0.2.7", "", true},
    {PROXY, "Forwarded: for=1.1.1.1, for=192.0.2.7 ,for=10.0.0.3\r\n", "192.0.2.7", "1.1.1.1",
        true},
    {PROXY, "Forwarded: for=1.1.1.1\r\nForwarded: for=192.0.2.7\r\n", "192.0.2.7", "1.1.1.1", true},
    {PROXY, "Forwarded: for=10.0.0.3, for=10.0.0.4\r\n", "10.0.0.3", "", true},
    /* what names nobody ends the chain */
    {PROXY, "Forwarded: for=unknown\r\n", PROXY, "", false},
    {PROXY, "Forwarded: for=192.0.2.7, for=unknown\r\n", PROXY, "192.0.2.7", false},
    {PROXY, "Forwarded: for=192.0.2.7, for=\"_gazonk:80\"\r\n", PROXY, "192.0.2.7", false},
    {PROXY, "Forwarded: for=192.0.2.7, for=_a, for=10.0.0.3\r\n", "10.0.0.3", "192.0.2.7", true},
    {PROXY, "Forwarded: for=192.0.2.7, by=10.0.0.9\r\n", PROXY, "192.0.2.7", false},
    {PROXY, "Forwarded: for=192.0.2.7,\r\n", PROXY, "192.0.2.7", false},
    {PROXY, "Forwarded: for=192.0.2.7;for=1.1.1.1\r\n", PROXY, "", false},
    {PROXY, "Forwarded: for=\"\\1.1.1.1\"\r\n", PROXY, "", false},
    {PROXY, "Forwarded: 192.0.2.7\r\n", PROXY, "", false},
    {PROXY, "Forwarded: for=\r\n", PROXY, "", false},
    {PROXY, "Forwarded:\r\n", PROXY, "", false},
    /* a stranger's quote does not swallow what the proxy wrote behind it */
    {PROXY, "Forwarded: for=\"1.1.1.1, for=\"[2001:db8::7]:1\"\r\n", "2001:db8::7", "", true},
    {PROXY, "Forwarded: for=\"\\, for=192.0.2.7\r\n", "192.0.2.7", "", true},
    /* the other header is a stranger's word */
    {PROXY, "X-Forwarded-For: 1.1.1.1\r\n", PROXY, "1.1.1.1", false},
    {PROXY, "X-Forwarded-For: 1.1.1.1\r\nForwarded: for=192.0.2.7\r\n", "192.0.2.7", "1.1.1.1",
        true},
    {PROXY, "Forwarded: for=2.2.2.2, for=192.0.2.7\r\nX-Forwarded-For: 1.1.1.1, 3.3.3.3\r\n",
        "192.0.2.7", "1.1.1.1 3.3.3.3 2.2.2.2", true},
    /* unless it says the same */
    {PROXY, "X-Forwarded-For: 192.0.2.7, 10.0.0.3\r\nForwarded: for=192.0.2.7, for=10.0.0.3\r\n",
        "192.0.2.7", "", true},
};

static void
check_row(const struct row *row, enum ush_forwarded_header believed)
{
	struct ush_networks trusted = {0};
	struct ush_forwarded out;
	struct ush_address peer;
	struct ush_http_head head;
	char request[1024];
	char claimed[512] = "";
	char text[USH_ADDRESS_TEXT_MAX];

	trust(&trusted);
	snprintf(request, sizeof(request), "GET / HTTP/1.1\r\n%s\r\n", row->headers);
	head = head_of(request);
	ck_assert_int_eq(ush_address_from_text(&peer, row->peer), 0);
	ush_forwarded_read(&out, &head, &peer, &trusted, believed);
	ck_assert_str_eq(ush_address_to_text(&out.source, text), row->source);
	ck_assert_int_eq(out.proxied, row->proxied);
	for (size_t i = 0; i < out.claimed_count; i++) {
		if (i > 0)
			strcat(claimed, " ");
		strcat(claimed, ush_address_to_text(&out.claimed[i], text));
	}
	ck_assert_str_eq(claimed, row->claimed);
	ush_networks_fini(&trusted);
}

START_TEST(test_forwarded)
{
	check_row(&cases[_i], USH_FORWARDED_X);
}
END_TEST

START_TEST(test_rfc7239)
{
	check_row(&rfc7239[_i], USH_FORWARDED_RFC7239);
}
END_TEST

/* Whoever can keep the proxy's own line from being read must not name a host instead. */
START_TEST(test_not_whole)
{
	static const struct {
		const char *what;
		const char *headers; /* before the proxy's line */
		const char *last;
		bool complete;
		bool proxied;
	} rows[] = {
	    {"whole", "X-Forwarded-For: 1.1.1.1\r\n", "X-Forwarded-For: 192.0.2.7\r\n\r\n", true,
	        true},
	    {"cut before the proxy's line", "X-Forwarded-For: 1.1.1.1\r\n", "", false, false},
	    {"cut within it", "", "X-Forwarded-For: 192.0.2.7", false, false},
	    {"cut behind it", "", "X-Forwarded-For: 192.0.2.7\r\n", false, false},
	    {"folded", "X-Forwarded-For: 1.1.1.1\r\n", " , 192.0.2.7\r\n\r\n", true, false},
	    {"no header", "X-Forwarded-For: 1.1.1.1\r\n", "X-Forwarded-For 192.0.2.7\r\n\r\n", true,
	        false},
	};
	struct ush_networks trusted = {0};
	struct ush_forwarded out;
	struct ush_address peer;
	struct ush_http_head head;
	char request[1024];

	trust(&trusted);
	ck_assert_int_eq(ush_address_from_text(&peer, PROXY), 0);
	for (size_t i = 0; i < USH_COUNT(rows); i++) {
		snprintf(request, sizeof(request), "GET / HTTP/1.1\r\n%s%s", rows[i].headers,
		    rows[i].last);
		ush_http_head_read(
		    &head, (const uint8_t *)request, strlen(request), rows[i].complete);
		ush_forwarded_read(&out, &head, &peer, &trusted, USH_FORWARDED_X);
		ck_assert_msg(out.proxied == rows[i].proxied, "%s", rows[i].what);
		ck_assert(out.proxied || ush_address_equal(&out.source, &peer));
		ck_assert(out.proxied || out.claimed_count == 0);
	}
	ush_networks_fini(&trusted);
}
END_TEST

START_TEST(test_beyond_the_last_header)
{
	struct ush_networks trusted = {0};
	struct ush_forwarded out;
	struct ush_address peer;
	struct ush_http_head head;
	char request[4096] = "GET / HTTP/1.1\r\nX-Forwarded-For: 1.1.1.1\r\n";

	trust(&trusted);
	ck_assert_int_eq(ush_address_from_text(&peer, PROXY), 0);
	for (unsigned i = 1; i < USH_HTTP_HEADERS_MAX; i++)
		strcat(request, "A: b\r\n");
	strcat(request, "X-Forwarded-For: 192.0.2.7\r\n\r\n");
	head = head_of(request);
	ush_forwarded_read(&out, &head, &peer, &trusted, USH_FORWARDED_X);
	ck_assert(!out.proxied);
	ck_assert(ush_address_equal(&out.source, &peer));
	ush_networks_fini(&trusted);
}
END_TEST

START_TEST(test_flood_of_entries)
{
	struct ush_networks trusted = {0};
	struct ush_forwarded out;
	struct ush_address peer;
	struct ush_http_head head;
	char request[8192] = "GET / HTTP/1.1\r\nX-Forwarded-For: 1.1.1.1";
	char text[USH_ADDRESS_TEXT_MAX];

	trust(&trusted);
	for (unsigned i = 0; i < 300; i++)
		strcat(request, ",2.2.2.2");
	strcat(request, ",192.0.2.7\r\n\r\n");
	head = head_of(request);
	ck_assert_int_eq(ush_address_from_text(&peer, PROXY), 0);
	ush_forwarded_read(&out, &head, &peer, &trusted, USH_FORWARDED_X);
	ck_assert_str_eq(ush_address_to_text(&out.source, text), "192.0.2.7");
	ck_assert_uint_eq(out.claimed_count, USH_FORWARDED_CLAIMED_MAX);
	ush_forwarded_read(&out, NULL, &peer, &trusted, USH_FORWARDED_X);
	ck_assert(!out.proxied);
	ush_networks_fini(&trusted);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("sinkhole/forwarded");
	TCase *tcase = tcase_create("forwarded");

	tcase_add_loop_test(tcase, test_forwarded, 0, USH_COUNT(cases));
	tcase_add_loop_test(tcase, test_rfc7239, 0, USH_COUNT(rfc7239));
	tcase_add_test(tcase, test_not_whole);
	tcase_add_test(tcase, test_beyond_the_last_header);
	tcase_add_test(tcase, test_flood_of_entries);
	suite_add_tcase(suite, tcase);
	return ush_unit_run(suite);
}
