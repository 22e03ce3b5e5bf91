/* SPDX-License-Identifier: BSD-3-Clause */
#include "sinkhole/server/reply.h"

#include "tests/unit/sinkhole/sensor.h"

#define PERSON                                                                                    \
	"Host: a.jp\r\nUpgrade-Insecure-Requests: 1\r\nUser-Agent: Mozilla/5.0 (X11)\r\nAccept: " \
	"text/html\r\nAccept-Language: ja\r\nAccept-Encoding: gzip, deflate\r\n"
#define DATE "Sun, 22 Nov 2026 10:00:00 GMT"

static const struct {
	const char *what;
	const char *request;
	unsigned status;
	bool page;
	bool close;
} cases[] = {
    {"a beacon", "GET /x HTTP/1.1\r\nHost: a.jp\r\n\r\n", 204, false, false},
    {"a beacon that closes", "GET /x HTTP/1.0\r\nHost: a.jp\r\n\r\n", 204, false, true},
    {"a broken one", "GET /x HTTP/1.1\r\nbroken\r\n\r\n", 204, false, true},
    {"a person", "GET /x HTTP/1.1\r\n" PERSON "\r\n", 403, true, false},
    {"a person's form", "POST /x HTTP/1.1\r\nContent-Length: 1\r\nOrigin: x\r\n" PERSON "\r\nx",
        403, true, false},
    {"a prefetch", "GET /x HTTP/1.1\r\nPurpose: prefetch\r\n" PERSON "\r\n", 404, false, false},
    {"a favicon",
        "GET /favicon.ico HTTP/1.1\r\nHost: a.jp\r\nUser-Agent: Mozilla/5.0 (X11)\r\nAccept: "
        "image/webp\r\nAccept-Language: ja\r\nAccept-Encoding: gzip\r\n\r\n",
        404, false, false},
    {"a broken tunnel", "CONNECT a.jp:443 HTTP/1.1\r\nbroken\r\n\r\n", 400, false, true},
    {"a tunnel to no port", "CONNECT a.jp HTTP/1.1\r\n\r\n", 400, false, true},
    {"HTTP/2", "PRI * HTTP/2.0\r\n\r\n", 0, false, true},
};

static const struct ush_sinkhole_settings settings = {
    .beacon_status = 204, .organisation = (char *)"Example", .contact = (char *)"4711"};

START_TEST(test_chooses_the_answer_to_a_request)
{
	static const struct ush_watchlist no_list;
	static struct ush_finding finding;
	static char wire[USH_REPLY_MAX + 1];
	struct ush_reply reply;
	struct asked asked;
	const char *body;
	size_t len;

	asked_init(&asked, cases[_i].request);
	asked.contact.reference = "ABCD-1234";
	ush_finding_make(&finding, &asked.contact, &no_list);
	ush_reply_choose(&reply, &asked.contact, &finding, &settings);
	ck_assert_msg(reply.status == cases[_i].status, "%s", cases[_i].what);
	ck_assert_int_eq(reply.page, cases[_i].page);
	ck_assert_int_eq(reply.close, cases[_i].close);
	len = ush_reply_write(&reply, &asked.contact, &finding, &settings, DATE, wire);
	wire[len] = '\0';
	asked_fini(&asked);
	if (reply.status == 0) {
		ck_assert_uint_eq(len, 0);
		return;
	}
	body = strstr(wire, "\r\n\r\n") + 4;
	ck_assert_int_eq(strstr(body, "ABCD-1234") != NULL, reply.page);
	ck_assert_int_eq(body[0] != '\0', reply.page);
	ck_assert_ptr_nonnull(
	    strstr(wire, reply.close ? "Connection: close" : "Connection: keep-alive"));
	ck_assert_ptr_nonnull(strstr(wire, "Cache-Control: no-store"));
	/* Never a way on, never anything that stays behind. */
	ck_assert_ptr_null(strcasestr(wire, "location:"));
	ck_assert_ptr_null(strcasestr(wire, "set-cookie"));
	ck_assert_ptr_null(strcasestr(wire, "refresh"));
	ck_assert_int_eq(
	    strstr(wire, "Content-Security-Policy: default-src 'none'") != NULL, reply.page);
}
END_TEST

/* beacon-status: close is for programs; a person still gets the page, on a connection that stays.
 */
START_TEST(test_beacon_status_close_answers_people_alone)
{
	static const struct ush_watchlist no_list;
	static const struct ush_sinkhole_settings silent;
	static struct ush_finding finding;
	struct ush_reply reply;
	struct asked asked;
	bool person = cases[_i].status == 403 || cases[_i].status == 404;

	asked_init(&asked, cases[_i].request);
	ush_finding_make(&finding, &asked.contact, &no_list);
	ush_reply_choose(&reply, &asked.contact, &finding, &silent);
	ck_assert_msg(reply.status == (person ? cases[_i].status : 0), "%s", cases[_i].what);
	ck_assert_int_eq(reply.close, !person);
	asked_fini(&asked);
}
END_TEST

START_TEST(test_the_length_is_that_of_the_body)
{
	static const char *const methods[] = {"GET", "HEAD"};
	static const struct ush_watchlist no_list;
	static struct ush_finding finding;
	static char wire[USH_REPLY_MAX + 1];
	char request[1024];
	struct ush_reply reply;
	struct asked asked;
	size_t len, announced;
	const char *body;

	snprintf(request, sizeof(request), "%s / HTTP/1.1\r\n" PERSON "\r\n", methods[_i]);
	asked_init(&asked, request);
	asked.contact.reference = "ABCD-1234";
	ush_finding_make(&finding, &asked.contact, &no_list);
	ush_reply_choose(&reply, &asked.contact, &finding, &settings);
	len = ush_reply_write(&reply, &asked.contact, &finding, &settings, DATE, wire);
	wire[len] = '\0';
	body = strstr(wire, "\r\n\r\n") + 4;
	ck_assert_int_eq(
	    sscanf(strstr(wire, "Content-Length:"), "Content-Length: %zu", &announced), 1);
	ck_assert_uint_gt(announced, 500);
	ck_assert_uint_eq(strlen(body), _i == 0 ? announced : 0);
	asked_fini(&asked);
}
END_TEST

/* Only a name that the list covers is shown, never what was merely sent. */
START_TEST(test_shows_listed_names_alone)
{
	static char wire[USH_REPLY_MAX + 1];
	struct ush_finding finding = {0};
	struct ush_reply reply = {.status = 403, .page = true};
	struct asked asked;

	asked_init(&asked, "GET / HTTP/1.1\r\n" PERSON "\r\n");
	asked.contact.reference = "ABCD-1234";
	ck_assert_int_eq(ush_name_from_text(&finding.host, "<x>.a.jp", 8), 0);
	wire[ush_reply_write(&reply, &asked.contact, &finding, &settings, DATE, wire)] = '\0';
	ck_assert_ptr_null(strstr(wire, "a.jp"));
	finding.host_listed = true;
	wire[ush_reply_write(&reply, &asked.contact, &finding, &settings, DATE, wire)] = '\0';
	ck_assert_ptr_nonnull(strstr(wire, "&lt;x&gt;.a.jp"));
	asked_fini(&asked);
}
END_TEST

START_TEST(test_opens_a_tunnel_for_programs_and_people)
{
	static const char *const requests[] = {
	    "CONNECT a.jp:443 HTTP/1.1\r\nHost: a.jp\r\n\r\n",
	    "connect a.jp:443 HTTP/1.0\r\n\r\n",
	    "CONNECT a.jp:443 HTTP/1.1\r\nConnection: close\r\n" PERSON "\r\n",
	};
	static const struct ush_watchlist no_list;
	static struct ush_finding finding;
	static char wire[USH_REPLY_MAX + 1];

	for (size_t i = 0; i < USH_COUNT(requests); i++) {
		struct ush_reply reply;
		struct asked asked;

		asked_init(&asked, requests[i]);
		ush_finding_make(&finding, &asked.contact, &no_list);
		ush_reply_choose(&reply, &asked.contact, &finding, &settings);
		ck_assert(reply.tunnel && !reply.close && !reply.page);
		wire[ush_reply_write(&reply, &asked.contact, &finding, &settings, DATE, wire)] =
		    '\0';
		ck_assert_str_eq(wire, "HTTP/1.1 200 Connection established\r\n\r\n");
		asked_fini(&asked);
	}
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("sinkhole/reply");
	TCase *tcase = tcase_create("reply");

	tcase_add_loop_test(tcase, test_chooses_the_answer_to_a_request, 0, USH_COUNT(cases));
	tcase_add_loop_test(
	    tcase, test_beacon_status_close_answers_people_alone, 0, USH_COUNT(cases));
	tcase_add_loop_test(tcase, test_the_length_is_that_of_the_body, 0, 2);
	tcase_add_test(tcase, test_shows_listed_names_alone);
	tcase_add_test(tcase, test_opens_a_tunnel_for_programs_and_people);
	suite_add_tcase(suite, tcase);
	return ush_unit_run(suite);
}
