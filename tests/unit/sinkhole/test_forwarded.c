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
    /* what an unlisted peer says is recorded, and not trusted */
    {"192.0.2.1", "X-Forwarded-For: 192.0.2.7\r\n", "192.0.2.1", "192.0.2.7", false},
    {"192.0.2.1", "X-Forwarded-For: 1.1.1.1, 10.0.0.3, junk, 192.0.2.7:80\r\n", "192.0.2.1",
        "1.1.1.1 10.0.0.3 192.0.2.7", false},
    {"192.0.2.1", "X-Forwarded-For: 192.0.2.1\r\n", "192.0.2.1", "", false},
    {"192.0.2.1", "X-Forwarded-For: 1.1.1.1, 2.2.2.2, 1.1.1.1\r\n", "192.0.2.1", "2.2.2.2 1.1.1.1",
        false},
    {"192.0.2.1", "Forwarded: for=1.1.1.1\r\nX-Forwarded-For: 2.2.2.2\r\n", "192.0.2.1",
        "1.1.1.1 2.2.2.2", false},
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
    {"192.0.2.1", "Forwarded: for=1.1.1.1\r\n", "192.0.2.1", "1.1.1.1", false},
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

/* The same where Forwarded is the header that is trusted. */
static const struct row rfc7239[] = {
    {"192.0.2.1", "Forwarded: for=192.0.2.7\r\n", "192.0.2.1", "192.0.2.7", false},
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
    /* an entry without an address ends the chain */
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

/* The claims, joined by blanks. */
static const char *
claims_of(const struct ush_forwarded *from, char out[512])
{
	char text[USH_ADDRESS_TEXT_MAX];

	out[0] = '\0';
	for (size_t i = 0; i < from->claimed_count; i++) {
		if (i > 0)
			strcat(out, " ");
		strcat(out, ush_address_to_text(&from->claimed[i], text));
	}
	return out;
}

static void
check_head(
    const struct ush_http_head *head, const struct row *row, enum ush_forwarded_header header)
{
	struct ush_networks trusted = {0};
	struct ush_forwarded from = {0};
	char claimed[512];
	char text[USH_ADDRESS_TEXT_MAX];

	trust(&trusted);
	ck_assert_int_eq(ush_address_from_text(&from.source, row->peer), 0);
	ush_forwarded_read(&from, head, &trusted, header);
	ck_assert_str_eq(ush_address_to_text(&from.source, text), row->source);
	ck_assert_int_eq(from.proxied, row->proxied);
	ck_assert_str_eq(claims_of(&from, claimed), row->claimed);
	ush_networks_fini(&trusted);
}

static void
check_row(const struct row *row, enum ush_forwarded_header header)
{
	char request[1024];
	struct ush_http_head head;

	snprintf(request, sizeof(request), "GET / HTTP/1.1\r\n%s\r\n", row->headers);
	head = head_of(request);
	check_head(&head, row, header);
}

START_TEST(test_takes_the_source_from_x_forwarded_for)
{
	check_row(&cases[_i], USH_FORWARDED_X);
}
END_TEST

START_TEST(test_takes_the_source_from_forwarded)
{
	check_row(&rfc7239[_i], USH_FORWARDED_RFC7239);
}
END_TEST

/* In a head that a proxy may have read differently nothing is trusted: the client could keep the
 * proxy's own line from being read, or write one that looks like it. */
static const struct {
	const char *what;
	const char *head;
	bool complete;
	bool trusted;
} doubtful[] = {
#define LAST "X-Forwarded-For: 192.0.2.7\r\n\r\n"
#define START "GET / HTTP/1.1\r\nX-Forwarded-For: 192.0.2.7\r\n"
    {"whole", "GET / HTTP/1.1\r\n" LAST, true, true},
    {"with a body", "POST / HTTP/1.1\r\nContent-Length: 3\r\n" LAST, true, true},
    {"with a chunked body", "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n" LAST, true, true},
    {"cut before the proxy's line", START, false, false},
    {"cut within it", "GET / HTTP/1.1\r\nX-Forwarded-For: 192.0.2.7", false, false},
    {"a folded line", START " , 192.0.2.7\r\n\r\n", true, false},
    {"a folded first line", "GET / HTTP/1.1\r\n X: a\r\n" LAST, true, false},
    {"a line without colon", START "X-Forwarded-For 192.0.2.7\r\n\r\n", true, false},
    {"a blank before the colon", START "X-Forwarded-For : 192.0.2.7\r\n\r\n", true, false},
    {"a tab before another colon", START "Host\t: a\r\n\r\n", true, false},
    {"a name that is no token", START "X Y: a\r\n\r\n", true, false},
    {"a name with an umlaut", START "X\xc3\xa4: a\r\n\r\n", true, false},
    {"no name", START ": a\r\n\r\n", true, false},
    {"a bare LF", START "A: b\nX-Forwarded-For: 192.0.2.7\r\n\r\n", true, false},
    {"a bare LF behind the request line", "GET / HTTP/1.1\n" LAST, true, false},
    {"a bare LF at the end", START "\n", true, false},
    {"a bare CR", START "A: b\rX: c\r\n\r\n", true, false},
    {"a CR before CR LF", START "A: b\r\r\n\r\n", true, false},
    {"a blank line in front", "\r\nGET / HTTP/1.1\r\n" LAST, true, false},
    {"a control character", START "A: \x0b\r\n\r\n", true, false},
    {"two lengths", START "Content-Length: 3\r\nContent-Length: 5\r\n\r\n", true, false},
    {"one length twice", START "Content-Length: 3\r\nContent-Length: 3\r\n\r\n", true, false},
    {"a list of lengths", START "Content-Length: 3, 3\r\n\r\n", true, false},
    {"a length with a sign", START "Content-Length: +3\r\n\r\n", true, false},
    {"length and chunked", START "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n", true,
        false},
    {"another coding", START "Transfer-Encoding: xchunked\r\n\r\n", true, false},
    {"two codings", START "Transfer-Encoding: gzip, chunked\r\n\r\n", true, false},
    {"two lines of codings",
        START "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n", true, false},
    {"chunked in HTTP/1.0", "GET / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n" LAST, true, false},
    {"two hosts", START "Host: a\r\nHost: b\r\n\r\n", true, false},
    {"no version", "GET /\r\n" LAST, true, false},
    {"another version", "GET / HTTP/1.2\r\n" LAST, true, false},
    {"a wide request line", "GET  / HTTP/1.1\r\n" LAST, true, false},
};

START_TEST(test_a_doubtful_head_is_a_claim)
{
	const char *bytes = doubtful[_i].head;
	const struct row row = doubtful[_i].trusted
	                           ? (struct row){PROXY, "", "192.0.2.7", "", true}
	                           : (struct row){PROXY, "", PROXY, "192.0.2.7", false};
	struct ush_http_head head;

	ush_http_head_read(&head, (const uint8_t *)bytes, strlen(bytes), doubtful[_i].complete);
	ck_assert_msg(head.strict == doubtful[_i].trusted, "%s", doubtful[_i].what);
	if (strcmp(doubtful[_i].what, "cut within it") != 0)
		check_head(&head, &row, USH_FORWARDED_X);
}
END_TEST

START_TEST(test_a_nul_is_doubtful)
{
	static const char request[] = START "A: b\0c\r\n\r\n";
	struct ush_http_head head;

	ush_http_head_read(&head, BYTES(request), true);
	check_head(&head, &(struct row){PROXY, "", PROXY, "192.0.2.7", false}, USH_FORWARDED_X);
}
END_TEST

/* In a tunnel, or where proxies open tunnels, no header is trusted. */
START_TEST(test_without_a_trusted_proxy_addresses_are_claims)
{
	struct ush_http_head head =
	    head_of("GET / HTTP/1.1\r\nX-Forwarded-For: 1.1.1.1, 192.0.2.7\r\n\r\n");
	struct ush_forwarded from = {.proxied = true, .claimed_count = 1};
	char text[USH_ADDRESS_TEXT_MAX];
	char claimed[512];

	ck_assert_int_eq(ush_address_from_text(&from.source, "192.0.2.7"), 0);
	ck_assert_int_eq(ush_address_from_text(&from.claimed[0], "3.3.3.3"), 0);
	ush_forwarded_read(&from, &head, NULL, USH_FORWARDED_X);
	ck_assert_str_eq(ush_address_to_text(&from.source, text), "192.0.2.7");
	ck_assert(from.proxied);
	ck_assert_str_eq(claims_of(&from, claimed), "1.1.1.1 3.3.3.3");
}
END_TEST

START_TEST(test_beyond_the_last_header)
{
	char request[4096] = "GET / HTTP/1.1\r\nX-Forwarded-For: 1.1.1.1\r\n";
	struct ush_http_head head;

	for (unsigned i = 1; i < USH_HTTP_HEADERS_MAX; i++)
		strcat(request, "A: b\r\n");
	strcat(request, "X-Forwarded-For: 192.0.2.7\r\n\r\n");
	head = head_of(request);
	check_head(&head, &(struct row){PROXY, "", PROXY, "1.1.1.1", false}, USH_FORWARDED_X);
}
END_TEST

START_TEST(test_flood_of_entries)
{
	char request[8192] = "GET / HTTP/1.1\r\nX-Forwarded-For: 1.1.1.1";
	struct ush_http_head head;

	for (unsigned i = 0; i < 200; i++)
		sprintf(request + strlen(request), ",2.2.2.%u", i);
	strcat(request, ",192.0.2.7\r\n\r\n");
	head = head_of(request);
	check_head(&head,
	    &(struct row){PROXY, "", "192.0.2.7",
	        "2.2.2.192 2.2.2.193 2.2.2.194 2.2.2.195 2.2.2.196 2.2.2.197 2.2.2.198 2.2.2.199",
	        true},
	    USH_FORWARDED_X);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("sinkhole/forwarded");
	TCase *tcase = tcase_create("forwarded");

	tcase_add_loop_test(tcase, test_takes_the_source_from_x_forwarded_for, 0, USH_COUNT(cases));
	tcase_add_loop_test(tcase, test_takes_the_source_from_forwarded, 0, USH_COUNT(rfc7239));
	tcase_add_loop_test(tcase, test_a_doubtful_head_is_a_claim, 0, USH_COUNT(doubtful));
	tcase_add_test(tcase, test_a_nul_is_doubtful);
	tcase_add_test(tcase, test_without_a_trusted_proxy_addresses_are_claims);
	tcase_add_test(tcase, test_beyond_the_last_header);
	tcase_add_test(tcase, test_flood_of_entries);
	suite_add_tcase(suite, tcase);
	return ush_unit_run(suite);
}
