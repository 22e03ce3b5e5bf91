/* SPDX-License-Identifier: BSD-3-Clause */
#include "sinkhole/evidence/marks.h"

#include "tests/unit/sinkhole/text.h"

#define EDGE                                                                                \
	"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) " \
	"Chrome/120"
#define COMMON "Accept-Encoding: gzip, deflate\r\nAccept-Language: ja,en;q=0.9\r\n"
#define NAVIGATION                                                            \
	"Host: a.jp\r\nConnection: keep-alive\r\nUpgrade-Insecure-Requests: " \
	"1\r\nUser-Agent: " EDGE                                              \
	"\r\nAccept: text/html,application/xhtml+xml,*/*;q=0.8\r\n" COMMON
#define PICTURE \
	"Host: a.jp\r\nUser-Agent: " EDGE "\r\nAccept: image/avif,image/webp,*/*;q=0.8\r\n" COMMON
#define MSIE8 "Mozilla/4.0 (compatible; MSIE 8.0; Windows NT 5.1; SV1; .NET CLR 2.0.50727.42)"

enum { B = 1, A = 2, S = 4, P = 8, E = 16, N = 32, F = 64, G = 128 }; /* F: family's, G: a page's */

static const struct {
	const char *what;
	const char *request;
	unsigned is;
} requests[] = {
    /* as captured */
    {"Chromium opens a page", "GET / HTTP/1.1\r\n" NAVIGATION "\r\n", B | N},
    {"Chromium fetches the favicon",
        "GET /favicon.ico HTTP/1.1\r\n" PICTURE "Referer: http://a.jp/\r\n\r\n", B},
    {"Chromium prefetches", "GET / HTTP/1.1\r\n" NAVIGATION "Sec-Purpose: prefetch\r\n\r\n", B | P},
    {"another site embeds a picture",
        "GET /x.gif HTTP/1.1\r\n" PICTURE "Referer: http://b.jp/page\r\n\r\n", B | E | G},
    {"Firefox opens a page",
        "GET / HTTP/1.1\r\nHost: a.jp\r\nUser-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:120.0) "
        "Gecko/20100101 Firefox/120.0\r\nAccept: text/html,*/*;q=0.8\r\n" COMMON
        "Connection: keep-alive\r\nUpgrade-Insecure-Requests: 1\r\n\r\n",
        B | N},
    {"Internet Explorer 11 opens a page",
        "GET / HTTP/1.1\r\nAccept: text/html, application/xhtml+xml, */*\r\nUser-Agent: "
        "Mozilla/5.0 (Windows NT 10.0; Trident/7.0; rv:11.0) like Gecko\r\nHost: a.jp\r\n" COMMON
        "\r\n",
        B | N},
    /* written by what their makers document: neither sends an Origin */
    {"Internet Explorer mode posts a form from https to http",
        "POST /blog/index.php HTTP/1.1\r\nAccept: text/html, application/xhtml+xml, image/jxr, "
        "*/*\r\nAccept-Language: ja\r\nUser-Agent: Mozilla/5.0 (Windows NT 10.0; WOW64; "
        "Trident/7.0; rv:11.0) like Gecko\r\nContent-Type: application/x-www-form-urlencoded\r\n"
        "Accept-Encoding: gzip, deflate\r\nHost: a.jp\r\nContent-Length: 3\r\nConnection: "
        "Keep-Alive\r\nCache-Control: no-cache\r\n\r\n",
        0},
    {"a program's Internet Explorer control posts a form",
        "POST /blog/index.php HTTP/1.1\r\nAccept: text/html, application/xhtml+xml, */*\r\n"
        "Accept-Language: ja-JP\r\nUser-Agent: Mozilla/4.0 (compatible; MSIE 7.0; Windows NT 10.0; "
        "WOW64; Trident/7.0; .NET4.0C; .NET4.0E)\r\nContent-Type: "
        "application/x-www-form-urlencoded\r\nAccept-Encoding: gzip, deflate\r\nHost: a.jp\r\n"
        "Content-Length: 3\r\nConnection: Keep-Alive\r\nCache-Control: no-cache\r\n\r\n",
        0},
    {"a person posts a form",
        "POST /form.php HTTP/1.1\r\n" NAVIGATION
        "Origin: http://a.jp\r\nReferer: http://a.jp/\r\nContent-Length: 3\r\n\r\n",
        B | N | G},
    {"a page's script posts",
        "POST /api HTTP/1.1\r\nHost: a.jp\r\nUser-Agent: " EDGE "\r\nAccept: */*\r\nOrigin: "
        "http://a.jp\r\nReferer: http://a.jp/\r\nContent-Length: 3\r\n" COMMON "\r\n",
        B | G},
    {"an old proxy in between", "GET / HTTP/1.0\r\nVia: 1.0 proxy\r\n" NAVIGATION "\r\n", B | N},
    {"a person logs in where probes knock",
        "POST /wp-login.php HTTP/1.1\r\n" NAVIGATION
        "Origin: http://a.jp\r\nReferer: http://a.jp/\r\nContent-Length: 3\r\n\r\n",
        B | N | G},
    {"a page's film",
        "GET /x HTTP/1.1\r\nHost: a.jp\r\nUser-Agent: " EDGE "\r\nAccept: */*\r\n"
        "Accept-Encoding: identity;q=1, *;q=0\r\nAccept-Language: ja\r\nRange: bytes=0-\r\n\r\n",
        B},
    {"a page's script without referrer",
        "GET /x HTTP/1.1\r\nHost: a.jp\r\nUser-Agent: " EDGE "\r\nAccept: */*\r\n" COMMON "\r\n",
        B},
    {"an old proxy that unpacks",
        "GET / HTTP/1.0\r\nHost: a.jp\r\nUser-Agent: " EDGE "\r\nAccept: text/html\r\n"
        "Accept-Language: ja\r\nUpgrade-Insecure-Requests: 1\r\n\r\n",
        B | N},
    {"a browser without language behind an old proxy",
        "GET / HTTP/1.0\r\nHost: a.jp\r\nUser-Agent: " EDGE "\r\nAccept: text/html\r\n"
        "Upgrade-Insecure-Requests: 1\r\n\r\n",
        0},
    /* programs */
    {"the user agent of Emdivi samples",
        "GET /i.php HTTP/1.1\r\nHost: a.jp\r\nUser-Agent: " MSIE8 "\r\nAccept: */*\r\n\r\n", A | F},
    {"the user agent of Loki-Bot",
        "POST /fre.php HTTP/1.0\r\nUser-Agent: Mozilla/4.08 (Charon; Inferno)\r\nHost: a.jp\r\n"
        "Accept: */*\r\nContent-Type: application/octet-stream\r\nContent-Encoding: binary\r\n"
        "Content-Key: 8DAA705A\r\nContent-Length: 176\r\nConnection: close\r\n\r\n",
        A | F},
    {"the same with a language",
        "GET /i.php HTTP/1.1\r\nHost: a.jp\r\nUser-Agent: " MSIE8 "\r\nAccept: text/html\r\n" COMMON
        "\r\n",
        A | F},
    {"a bare request", "GET / HTTP/1.1\r\nHost: a.jp\r\n\r\n", A},
    {"curl", "GET / HTTP/1.1\r\nHost: a.jp\r\nUser-Agent: curl/7.88.1\r\nAccept: */*\r\n\r\n", A},
    {"a post without referer",
        "POST /x/index.php HTTP/1.1\r\nHost: a.jp\r\nUser-Agent: " EDGE
        "\r\nAccept: */*\r\nContent-Length: 3\r\nAccept-Encoding: gzip, deflate\r\n\r\n",
        A},
    {"a post without referer, with a language",
        "POST /x/index.php HTTP/1.1\r\nHost: a.jp\r\nUser-Agent: " EDGE
        "\r\nAccept: */*\r\nContent-Length: 3\r\n" COMMON "\r\n",
        0},
    {"a GET with a body",
        "GET /x HTTP/1.1\r\nHost: a.jp\r\nUser-Agent: " EDGE
        "\r\nAccept: */*\r\nContent-Length: 3\r\n" COMMON "\r\n",
        A},
    {"a scanner",
        "GET / HTTP/1.1\r\nHost: a.jp\r\nUser-Agent: Mozilla/5.0 zgrab/0.x\r\nAccept: */*\r\n"
        "Accept-Encoding: gzip\r\n\r\n",
        S},
    {"a probe", "GET /.env HTTP/1.1\r\nHost: a.jp\r\nUser-Agent: x\r\nAccept: */*\r\n\r\n", S},
    {"a proxy's tunnel", "CONNECT a.jp:443 HTTP/1.1\r\nHost: a.jp:443\r\nUser-Agent: x\r\n\r\n", 0},
    {"httpx of Python",
        "GET / HTTP/1.1\r\nHost: a.jp\r\nAccept: */*\r\nAccept-Encoding: gzip, deflate\r\n"
        "User-Agent: python-httpx/0.27.0\r\n\r\n",
        A},
    {"httpx of ProjectDiscovery",
        "GET / HTTP/1.1\r\nHost: a.jp\r\nUser-Agent: httpx - Open-source project "
        "(github.com/projectdiscovery/httpx)\r\nAccept-Encoding: gzip\r\n\r\n",
        S},
    /* a page's: it can empty what it may set, and cannot take off the Origin */
    {"a page's script posts with empty headers",
        "POST /x.php HTTP/1.1\r\nHost: a.jp\r\nUser-Agent: " EDGE
        "\r\nAccept: \r\nAccept-Language: "
        "\r\nAccept-Encoding: gzip, deflate\r\nOrigin: null\r\nContent-Length: 3\r\n\r\n",
        B | G},
    {"a page's script fetches with empty headers",
        "GET /x HTTP/1.1\r\nHost: a.jp\r\nUser-Agent: " EDGE "\r\nAccept: \r\nAccept-Language: "
        "\r\nAccept-Encoding: gzip, deflate\r\n\r\n",
        B},
    {"a program with an Origin",
        "POST /x.php HTTP/1.1\r\nHost: a.jp\r\nUser-Agent: x\r\nOrigin: http://b.jp\r\n"
        "Content-Length: 3\r\n\r\n",
        G},
    {"a link from another site is followed",
        "GET / HTTP/1.1\r\n" NAVIGATION "Referer: http://b.jp/page\r\n\r\n", B | N | G},
    /* neither: not enough of either */
    {"something with a language and no name",
        "GET /x HTTP/1.1\r\nHost: a.jp\r\nUser-Agent: x\r\nAccept: */*\r\n" COMMON "\r\n", 0},
    {"something that claims to be a browser",
        "GET / HTTP/1.1\r\nHost: a.jp\r\nUser-Agent: " EDGE
        "\r\nAccept: text/html\r\nAccept-Encoding: gzip\r\n\r\n",
        0},
};

START_TEST(test_finds_the_marks_of_a_request)
{
	struct ush_http_head head = head_of(requests[_i].request);
	struct ush_marks marks;
	unsigned is;

	ush_marks_read(&marks, &head);
	is = (marks.browser ? B : 0) | (marks.automation ? A : 0) | (marks.scanner ? S : 0) |
	     (marks.prefetch ? P : 0) | (marks.embedded ? E : 0) | (marks.navigation ? N : 0) |
	     (marks.family_agent ? F : 0) | (marks.page ? G : 0);
	/* What a scanner or program is besides is not the question here. */
	if ((requests[_i].is & S) != 0)
		is &= ~(unsigned)A;
	ck_assert_msg(is == requests[_i].is, "%s: %#x", requests[_i].what, is);
}
END_TEST

static bool
has(const struct ush_marks *marks, const char *name)
{
	for (size_t i = 0; i < marks->count; i++) {
		if (strcmp(marks->names[i], name) == 0)
			return true;
	}
	return false;
}

START_TEST(test_writes_marks_by_name)
{
	struct ush_http_head head =
	    head_of("POST /i.php HTTP/1.0\nUser-Agent: " MSIE8 "\nContent-Length: 3\n\n");
	struct ush_marks marks;

	ush_marks_read(&marks, &head);
	ck_assert(has(&marks, "user-agent:msie8"));
	ck_assert(has(&marks, "post-without-referer"));
	ck_assert(has(&marks, "no-host"));
	ck_assert(has(&marks, "http-1.0"));
	ck_assert(has(&marks, "bare-lf"));
	ck_assert(!has(&marks, "user-agent:missing"));
	ck_assert(!has(&marks, "upgrade-insecure-requests"));
}
END_TEST

/* What browsers of today offer, and TLS libraries do not. */
START_TEST(test_knows_browsers_by_their_client_hello)
{
	static const struct {
		uint16_t extensions[4];
		bool greased;
		bool browser;
	} hellos[] = {
	    {{0, 10, 13, 0xfe0d}, true, true}, /* Encrypted ClientHello */
	    {{0, 10, 13, 0x44cd}, true, true}, /* Chromium */
	    {{0, 10, 28, 34}, false, true},    /* Firefox */
	    {{43, 27, 0, 10}, true, true},     /* Safari */
	    {{0, 10, 13, 28}, false, false},   /* GnuTLS */
	    {{43, 27, 0, 10}, false, false},   /* OpenSSL 3.2 with compression */
	    {{0, 10, 13, 43}, true, false},
	};
	struct ush_hello hello = {.extensions.count = 4, .greased = hellos[_i].greased};
	struct ush_marks marks;

	memcpy(hello.extensions.items, hellos[_i].extensions, sizeof(hellos[_i].extensions));
	ush_marks_read_hello(&marks, &hello);
	ck_assert_int_eq(marks.browser, hellos[_i].browser);
	ck_assert_int_eq(has(&marks, "tls:browser"), hellos[_i].browser);
	ck_assert(!marks.automation && !marks.page);
}
END_TEST

/* What had not come yet is not missing. */
START_TEST(test_takes_nothing_for_missing_in_a_cut_head)
{
	static const char start[] = "GET / HTTP/1.1\r\nHost: a.jp\r\nAccept-Language: ja\r\nUser-";
	struct ush_http_head head;
	struct ush_marks marks;

	ush_http_head_read(&head, BYTES(start), false);
	ush_marks_read(&marks, &head);
	ck_assert(!has(&marks, "user-agent:missing"));
	ck_assert(!marks.automation);
	ck_assert(marks.hint);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("sinkhole/marks");
	TCase *tcase = tcase_create("marks");

	tcase_add_loop_test(tcase, test_finds_the_marks_of_a_request, 0, USH_COUNT(requests));
	tcase_add_test(tcase, test_writes_marks_by_name);
	tcase_add_loop_test(tcase, test_knows_browsers_by_their_client_hello, 0, 7);
	tcase_add_test(tcase, test_takes_nothing_for_missing_in_a_cut_head);
	suite_add_tcase(suite, tcase);
	return ush_unit_run(suite);
}
