/* SPDX-License-Identifier: BSD-3-Clause */
/* The PROXY header as a filter: what it takes off a connection, and what it says of the other end. */
#include "sinkhole/server/proxy.h"

#include "sinkhole/server/limits.h"
#include "tests/unit/sinkhole/running_loop.h"

#define LINE "PROXY TCP4 192.0.2.7 198.51.100.9 4711 80\r\n"

static const struct ush_sinkhole_settings limits = {.max_head = 1024, .request_timeout = 60};

static const struct {
	const char *what;
	const char *bytes;
	enum ush_proxy_result result;
	size_t rest; /* bytes at the end that are not the header's */
	size_t kept; /* bytes that the message holds then */
} headers[] = {
    {"a header", LINE "GET", USH_PROXY_DONE, 3, 44},
    {"half a header", "PROXY TCP4 192.", USH_PROXY_MORE, 0, 15},
    {"none", "GET / HTTP/1.1\r\n", USH_PROXY_NONE, 16, 0},
    {"something like one", "PROXIES\r\n", USH_PROXY_NONE, 9, 0},
    {"a broken one", "PROXY TCP4 nowhere\r\nGET", USH_PROXY_BROKEN, 0, 20},
};

START_TEST(test_takes_the_header_and_leaves_the_message)
{
	const uint8_t *bytes = (const uint8_t *)headers[_i].bytes;
	size_t len = strlen(headers[_i].bytes);
	struct ush_proxy_header header;
	struct ush_message message = {0};
	enum ush_proxy_result result;
	size_t used;

	ush_message_begin(&message, &limits);
	used = ush_proxy_feed(&message, &header, bytes, len, &result);
	ck_assert_msg(result == headers[_i].result, "%s", headers[_i].what);
	ck_assert_uint_eq(used, len - headers[_i].rest);
	if (result != USH_PROXY_DONE)
		ck_assert_uint_eq(message.raw.used, headers[_i].kept);
	ck_assert_pstr_eq(message.malformed, result == USH_PROXY_BROKEN ? "proxy-header" : NULL);
	ush_message_fini(&message);
}
END_TEST

START_TEST(test_a_header_byte_by_byte_is_the_same)
{
	const uint8_t *bytes = (const uint8_t *)headers[_i].bytes;
	size_t len = strlen(headers[_i].bytes);
	struct ush_proxy_header header;
	struct ush_message message = {0};
	enum ush_proxy_result result = USH_PROXY_MORE;
	size_t at = 0;

	ush_message_begin(&message, &limits);
	while (at < len && result == USH_PROXY_MORE) {
		size_t used = ush_proxy_feed(&message, &header, bytes + at, 1, &result);

		ck_assert_uint_eq(used, result != USH_PROXY_NONE);
		at += used;
	}
	ck_assert_msg(result == headers[_i].result, "%s", headers[_i].what);
	/* What came before it was clear that there is none is the message's. */
	if (result == USH_PROXY_NONE)
		ck_assert_uint_eq(message.raw.used, at);
	ush_message_fini(&message);
}
END_TEST

START_TEST(test_bounds_a_header_without_end)
{
	struct ush_proxy_header header;
	struct ush_message message = {0};
	enum ush_proxy_result result;
	uint8_t flood[5000];

	memset(flood, 0, sizeof(flood));
	memcpy(flood, "\r\n\r\n\0\r\nQUIT\n\x21\x11\xff\xff", 16);
	ush_message_begin(&message, &limits);
	ck_assert_uint_eq(
	    ush_proxy_feed(&message, &header, flood, sizeof(flood), &result), limits.max_head);
	ck_assert_int_eq(result, USH_PROXY_BROKEN);
	ck_assert_str_eq(message.malformed, "proxy-header");
	ush_message_fini(&message);
}
END_TEST

static const struct {
	const char *what;
	const char *peer;
	const char *named; /* NULL: there is no header; "": it names no host */
	const char *source, *claimed;
	const char *flaw;
	bool nameless;
} ends[] = {
    {"a trusted proxy", "10.0.0.9", "192.0.2.7", "192.0.2.7", "", NULL, false},
    {"one that names no host", "10.0.0.9", "", "10.0.0.9", "", NULL, true},
    {"one without a header", "10.0.0.9", NULL, "10.0.0.9", "", "proxy-missing", true},
    {"a peer that is not trusted", "10.0.0.8", "192.0.2.7", "10.0.0.8", "192.0.2.7",
        "proxy-untrusted", false},
    {"one that names no host", "10.0.0.8", "", "10.0.0.8", "", "proxy-untrusted", false},
    {"one without a header", "10.0.0.8", NULL, "10.0.0.8", "", NULL, false},
};

START_TEST(test_trusts_the_headers_of_trusted_proxies_alone)
{
	struct ush_party party = {.ends = {.peer = address_of(ends[_i].peer)}};
	struct ush_proxy_header header = {0};
	struct ush_host_entry *host, *before;
	char text[USH_ADDRESS_TEXT_MAX];

	start("  trusted-proxies: [10.0.0.9]\n");
	before = host = ush_limits_host(loop, &party.ends.peer);
	host->connections = 1;
	if (ends[_i].named != NULL && ends[_i].named[0] != '\0')
		header = (struct ush_proxy_header){.source = address_of(ends[_i].named),
		    .destination = address_of("198.51.100.9"),
		    .source_port = 4711,
		    .destination_port = 80};
	ck_assert(ush_proxy_apply(loop, &party, &host, ends[_i].named != NULL ? &header : NULL));
	ck_assert_msg(strcmp(ush_address_to_text(&party.ends.peer, text), ends[_i].source) == 0,
	    "%s: %s", ends[_i].what, text);
	ck_assert_str_eq(ush_address_to_text(&party.ends.claimed, text), ends[_i].claimed);
	ck_assert_pstr_eq(party.flaw, ends[_i].flaw);
	ck_assert_int_eq(party.nameless, ends[_i].nameless);
	ck_assert_ptr_eq(host, ush_limits_host(loop, &party.ends.peer));
	ck_assert_uint_eq(host->connections, 1);
	ck_assert_uint_eq(before->connections, host == before);
	ck_assert_uint_eq(party.ends.destination_port, host == before ? 0 : 80);
	host->connections = 0;
	(void)stop(NULL, 0);
}
END_TEST

/* The named host's limit holds, not the proxy's. */
START_TEST(test_one_connection_too_many)
{
	struct ush_party party = {.ends = {.peer = address_of("10.0.0.9")}};
	struct ush_proxy_header header = {.source = address_of("192.0.2.7")};
	struct ush_host_entry *host, *before;

	start("  trusted-proxies: [10.0.0.9]\n  max-connections-per-host: 2\n");
	before = host = ush_limits_host(loop, &party.ends.peer);
	before->connections = 5;
	ush_limits_host(loop, &header.source)->connections = 2;
	ck_assert(!ush_proxy_apply(loop, &party, &host, &header));
	ck_assert_ptr_eq(host, before);
	ck_assert_uint_eq(before->connections, 5);
	ck_assert_uint_eq(loop->counters.folded[USH_LIMIT_HOST_CONNECTIONS], 1);
	(void)stop(NULL, 0);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("sinkhole/proxy_filter");
	TCase *tcase = tcase_create("proxy_filter");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_loop_test(
	    tcase, test_takes_the_header_and_leaves_the_message, 0, USH_COUNT(headers));
	tcase_add_loop_test(tcase, test_a_header_byte_by_byte_is_the_same, 0, USH_COUNT(headers));
	tcase_add_test(tcase, test_bounds_a_header_without_end);
	tcase_add_loop_test(
	    tcase, test_trusts_the_headers_of_trusted_proxies_alone, 0, USH_COUNT(ends));
	tcase_add_test(tcase, test_one_connection_too_many);
	suite_add_tcase(suite, tcase);
	return ush_unit_run(suite);
}
