/* SPDX-License-Identifier: BSD-3-Clause */
#include "sinkhole/protocol/http.h"

#include <stdio.h>

#include "tests/unit/sinkhole/text.h"

static const struct {
	const char *request;
	const char *malformed, *method, *host, *path, *query;
	enum ush_framing framing;
	bool keep_alive;
} heads[] = {
    /* good */
    {"GET / HTTP/1.1\r\nHost: a.jp\r\n\r\n", NULL, "GET", "a.jp", "/", NULL, USH_FRAMING_NONE,
        true},
    {"GET /x?y=1?z HTTP/1.0\r\nHost: a.jp:8080\r\n\r\n", NULL, "GET", "a.jp", "/x", "y=1?z",
        USH_FRAMING_NONE, false},
    {"GET /? HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n", NULL, "GET", "", "/", "",
        USH_FRAMING_NONE, true},
    {"GET / HTTP/1.1\r\nHost: [2001:db8::1]:80\r\nConnection: x, Close\r\n\r\n", NULL, "GET",
        "2001:db8::1", "/", NULL, USH_FRAMING_NONE, false},
    {"POST /i.php HTTP/1.1\r\nHost: a\r\nContent-Length: 12\r\n\r\n", NULL, "POST", "a", "/i.php",
        NULL, USH_FRAMING_LENGTH, true},
    {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n", NULL, "POST", "a", "/", NULL,
        USH_FRAMING_NONE, true},
    {"PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", NULL, "PUT", "a", "/",
        NULL, USH_FRAMING_CHUNKED, true},
    {"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\n", NULL, "GET", "a", "/", NULL,
        USH_FRAMING_LENGTH, true},
    {"OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", NULL, "OPTIONS", "a", "*", NULL, USH_FRAMING_NONE,
        true},
    {"\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", NULL, "GET", "a", "/", NULL, USH_FRAMING_NONE,
        true},
    {"GET / HTTP/1.1\nHost: a\n\n", NULL, "GET", "a", "/", NULL, USH_FRAMING_NONE, true},
    {"GET /\xe3\x81\x82 HTTP/1.1\r\nHost: a\r\n\r\n", NULL, "GET", "a", "/\xe3\x81\x82", NULL,
        USH_FRAMING_NONE, true},
    /* as to a proxy */
    {"GET http://B.jp:81/p?q HTTP/1.1\r\nHost: a.jp\r\n\r\n", NULL, "GET", "B.jp", "/p", "q",
        USH_FRAMING_NONE, true},
    {"GET http://b.jp HTTP/1.1\r\nProxy-Connection: close\r\n\r\n", NULL, "GET", "b.jp", "/", NULL,
        USH_FRAMING_NONE, false},
    {"GET HTTPS://u:p@b.jp?q HTTP/1.1\r\n\r\n", NULL, "GET", "b.jp", "", "q", USH_FRAMING_NONE,
        true},
    {"CONNECT c.jp:443 HTTP/1.1\r\nHost: a\r\n\r\n", NULL, "CONNECT", "c.jp", "c.jp:443", NULL,
        USH_FRAMING_NONE, true},
    /* odd: the body ends when the sender pauses */
    {"POST / HTTP/1.1\r\nHost: a\r\n\r\n", NULL, "POST", "a", "/", NULL, USH_FRAMING_QUIET, false},
    /* what no server accepts */
    {"GET\r\n\r\n", "no-version", "GET", "", "", NULL, USH_FRAMING_NONE, false},
    {"GET /\r\n\r\n", "no-version", "GET", "", "/", NULL, USH_FRAMING_NONE, false},
    {"GET / HTTP/1.2\r\nHost: a\r\n\r\n", "version", "GET", "a", "/", NULL, USH_FRAMING_NONE,
        false},
    {"PRI * HTTP/2.0\r\n\r\n", "http-2", "PRI", "", "*", NULL, USH_FRAMING_NONE, false},
    {"GET  / HTTP/1.1\r\nHost: a\r\n\r\n", "request-line", "GET", "a", "/", NULL, USH_FRAMING_NONE,
        false},
    {"GET\t/ HTTP/1.1\r\nHost: a\r\n\r\n", "request-line", "GET", "a", "/", NULL, USH_FRAMING_NONE,
        false},
    {"GET /a b HTTP/1.1\r\nHost: a\r\n\r\n", "request-line", "GET", "a", "/a b", NULL,
        USH_FRAMING_NONE, false},
    {"GET HTTP/1.1\r\nHost: a\r\n\r\n", "request-line", "GET", "a", "", NULL, USH_FRAMING_NONE,
        false},
    {"GET index.php HTTP/1.1\r\nHost: a\r\n\r\n", "target", "GET", "a", "index.php", NULL,
        USH_FRAMING_NONE, false},
    {"G(T / HTTP/1.1\r\nHost: a\r\n\r\n", "method", "G(T", "a", "/", NULL, USH_FRAMING_NONE, false},
    {"GET / HTTP/1.1\r\nnonsense\r\nHost: a\r\n\r\n", "header-without-colon", "GET", "a", "/", NULL,
        USH_FRAMING_NONE, false},
    {"GET / HTTP/1.1\r\nHost : a\r\n\r\n", "header-name", "GET", "a", "/", NULL, USH_FRAMING_NONE,
        false},
    {"GET / HTTP/1.1\r\nHost: a\r\n folded\r\n\r\n", "folded-header", "GET", "a", "/", NULL,
        USH_FRAMING_NONE, false},
    {"GET / HTTP/1.1\r\nHost: a\r\nX: \x01\r\n\r\n", "control-character", "GET", "a", "/", NULL,
        USH_FRAMING_NONE, false},
    {"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", "several-hosts", "GET", "a", "/", NULL,
        USH_FRAMING_NONE, false},
    {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1x\r\n\r\n", "content-length", "POST", "a", "/",
        NULL, USH_FRAMING_QUIET, false},
    {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999999999999\r\n\r\n", "content-length",
        "POST", "a", "/", NULL, USH_FRAMING_QUIET, false},
    {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        "content-length", "POST", "a", "/", NULL, USH_FRAMING_QUIET, false},
    {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
        "length-and-chunked", "POST", "a", "/", NULL, USH_FRAMING_CHUNKED, false},
    {"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: odd\r\n\r\n", "transfer-encoding", "POST",
        "a", "/", NULL, USH_FRAMING_QUIET, false},
};

START_TEST(test_reads_heads_or_says_what_is_malformed)
{
	struct ush_http_head head = head_of(heads[_i].request);

	ck_assert_pstr_eq(head.malformed, heads[_i].malformed);
	ck_assert_text(head.method, heads[_i].method);
	ck_assert_text(head.host, heads[_i].host);
	ck_assert_text(head.path, heads[_i].path);
	ck_assert_text(head.query, heads[_i].query);
	ck_assert_int_eq(head.framing, heads[_i].framing);
	ck_assert_int_eq(head.keep_alive, heads[_i].keep_alive);
}
END_TEST

static const struct {
	const char *target;
	const char *malformed;
} tunnels[] = {
    {"a.jp:443", NULL},
    {"192.0.2.1:1", NULL},
    {"[2001:db8::1]:65535", NULL},
    {"user:password@a.jp:443", NULL},
    {"foo", "target"},
    {":443", "target"},
    {"::", "target"},
    {"a.jp:", "target"},
    {"a.jp:0", "target"},
    {"a.jp:99999", "target"},
    {"a.jp:000443", "target"},
    {"a.jp:+443", "target"},
    {"a.jp:443/", "target"},
    {"a.jp:44:3", "target"},
    {"a/b:443", "target"},
    {"a?b:443", "target"},
    {"http://a.jp:443", "target"},
    {"user@:443", "target"},
    {"2001:db8::1:443", "target"},
    {"[2001:db8::1]", "target"},
    {"[2001:db8::1]443", "target"},
    {"[2001:db8::1:443", "target"},
    {"[]:443", "target"},
    {"[a.jp]:443", "target"},
    {"[192.0.2.1]:443", "target"},
    {"*", "target"},
    {"/", "target"},
};

START_TEST(test_tunnel_needs_host_and_port)
{
	char request[128];
	struct ush_http_head head;

	snprintf(request, sizeof(request), "CONNECT %s HTTP/1.1\r\nHost: a.jp\r\n\r\n",
	    tunnels[_i].target);
	head = head_of(request);
	ck_assert_pstr_eq(head.malformed, tunnels[_i].malformed);
	ck_assert_text(head.path, tunnels[_i].target);
}
END_TEST

START_TEST(test_bounds_the_target_of_a_tunnel)
{
	char request[USH_HTTP_TUNNEL_MAX + 64];

	snprintf(request, sizeof(request), "CONNECT %0*d:80 HTTP/1.1\r\n\r\n",
	    USH_HTTP_TUNNEL_MAX - 3, 0);
	ck_assert_ptr_null(head_of(request).malformed);
	snprintf(request, sizeof(request), "CONNECT %0*d:80 HTTP/1.1\r\n\r\n",
	    USH_HTTP_TUNNEL_MAX - 2, 0);
	ck_assert_pstr_eq(head_of(request).malformed, "target");
}
END_TEST

/* The end must be found wherever the network cuts the head, and nowhere else. */
START_TEST(test_end_at_every_cut)
{
	static const char *const requests[] = {"GET / HTTP/1.1\r\nA: b\r\n\r\nrest",
	    "GET / HTTP/1.1\nA: b\n\nrest", "\r\nGET / HTTP/1.1\r\n\r\nrest", "GET /\r\n\nrest"};

	for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++) {
		const uint8_t *bytes = (const uint8_t *)requests[i];
		size_t end = strlen(requests[i]) - strlen("rest");

		for (size_t cut = 0; cut <= end; cut++) {
			size_t first = ush_http_head_end(bytes, cut, 0);

			ck_assert_uint_eq(first, cut == end ? end : 0);
			if (first == 0)
				ck_assert_uint_eq(ush_http_head_end(bytes, end + 4, cut), end);
		}
	}
}
END_TEST

/* Every piece of a head can be read: nothing is looked at beyond it (ASan sees it). */
START_TEST(test_every_prefix_of_a_head_is_incomplete)
{
	static const char request[] = "POST http://a:1/b?c HTTP/1.1\r\nHost: [::1\r\n"
	                              "Content-Length: 3\r\nX\r\n y\r\n\r\n";

	for (size_t len = 0; len < sizeof(request); len++) {
		uint8_t *copy = malloc(len > 0 ? len : 1);
		struct ush_http_head head;

		memcpy(copy, request, len);
		ush_http_head_read(&head, copy, len, false);
		ck_assert_str_eq(head.malformed, "head-incomplete");
		ck_assert_int_eq(head.framing, USH_FRAMING_NONE);
		free(copy);
	}
}
END_TEST

/* "Host: a.jp" may have become "Host: a.jp.example". */
START_TEST(test_takes_no_value_from_an_unfinished_line)
{
	static const char request[] = "GET / HTTP/1.1\r\nAccept: b\r\nHost: a.jp\r";
	struct ush_http_head head;

	ush_http_head_read(&head, BYTES(request), false);
	ck_assert_text(ush_http_header(&head, USH_HTTP_ACCEPT), "b");
	ck_assert_text(ush_http_header(&head, USH_HTTP_HOST), NULL);
	ck_assert_text(head.host, "");
	ck_assert(!head.whole);
}
END_TEST

START_TEST(test_finds_headers_by_name_and_item)
{
	struct ush_http_head head = head_of(
	    "GET / HTTP/1.1\r\nHOST:a\r\nAccept:\r\nREFERER:  x y \t\r\nX: other\r\n"
	    "Connection: keep-alive , upgrade\r\nreferer: second\r\nConnection: close\r\n\r\n");

	ck_assert_text(ush_http_header(&head, USH_HTTP_REFERER), "x y");
	ck_assert_text(ush_http_header(&head, USH_HTTP_ACCEPT), "");
	ck_assert_text(ush_http_header(&head, USH_HTTP_ORIGIN), NULL);
	ck_assert(head.whole);
	ck_assert(ush_http_has(&head, USH_HTTP_ACCEPT));
	ck_assert(!ush_http_has(&head, USH_HTTP_ORIGIN));
	ck_assert(ush_http_lists(&head, USH_HTTP_CONNECTION, "Upgrade"));
	ck_assert(ush_http_lists(&head, USH_HTTP_CONNECTION, "close"));
	ck_assert(!ush_http_lists(&head, USH_HTTP_CONNECTION, "up"));
	ck_assert(!ush_http_lists(&head, USH_HTTP_EXPECT, "up"));
}
END_TEST

START_TEST(test_too_many_headers)
{
	char request[4096] = "GET / HTTP/1.1\r\n";
	struct ush_http_head head;

	for (unsigned i = 0; i < USH_HTTP_HEADERS_MAX; i++)
		strcat(request, "A: b\r\n");
	strcat(request, "\r\n");
	head = head_of(request);
	ck_assert_ptr_null(head.malformed);
	request[strlen(request) - 2] = '\0';
	strcat(request, "A: b\r\n\r\n");
	head = head_of(request);
	ck_assert_str_eq(head.malformed, "too-many-headers");
	ck_assert_uint_eq(head.header_count, USH_HTTP_HEADERS_MAX);
	ck_assert(!head.whole);
}
END_TEST

START_TEST(test_expects_continue_with_a_body_of_http_1_1_alone)
{
	ck_assert(head_of("POST / HTTP/1.1\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n")
	              .expects_continue);
	ck_assert(!head_of("POST / HTTP/1.0\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n")
	               .expects_continue);
	ck_assert(!head_of("GET / HTTP/1.1\r\nExpect: 100-continue\r\n\r\n").expects_continue);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("sinkhole/http");
	TCase *tcase = tcase_create("http");

	tcase_add_loop_test(tcase, test_reads_heads_or_says_what_is_malformed, 0, USH_COUNT(heads));
	tcase_add_loop_test(tcase, test_tunnel_needs_host_and_port, 0, USH_COUNT(tunnels));
	tcase_add_test(tcase, test_bounds_the_target_of_a_tunnel);
	tcase_add_test(tcase, test_end_at_every_cut);
	tcase_add_test(tcase, test_every_prefix_of_a_head_is_incomplete);
	tcase_add_test(tcase, test_takes_no_value_from_an_unfinished_line);
	tcase_add_test(tcase, test_finds_headers_by_name_and_item);
	tcase_add_test(tcase, test_too_many_headers);
	tcase_add_test(tcase, test_expects_continue_with_a_body_of_http_1_1_alone);
	suite_add_tcase(suite, tcase);
	return ush_unit_run(suite);
}
