/* SPDX-License-Identifier: BSD-3-Clause */
/* The message parser: how many bytes it takes and what it makes of them, however they are cut. */
#include "sinkhole/server/message.h"

#include <stdlib.h>

#include "tests/unit/sinkhole/text.h"

#define MORE USH_MESSAGE_MORE
#define CONTINUE USH_MESSAGE_CONTINUE
#define DONE USH_MESSAGE_DONE
#define TUNNEL USH_MESSAGE_TUNNEL

static const struct ush_sinkhole_settings settings = {
    .max_head = 1024, .max_body = 16, .request_timeout = 60};
static struct ush_parsed parsed;

static const struct {
	const char *what;
	const char *bytes;
	enum ush_message_result result;
	size_t rest; /* bytes at the end that belong to the next message */
	enum ush_message_phase phase;
	const char *malformed; /* when nothing more comes */
} cases[] = {
    {"nothing", "", MORE, 0, USH_MESSAGE_START, NULL},
    {"line ends", "\r\n\n", MORE, 0, USH_MESSAGE_START, NULL},
    {"half a method", "PO", MORE, 0, USH_MESSAGE_START, NULL},
    {"a method", "POST ", MORE, 0, USH_MESSAGE_HEAD, NULL},
    {"half a head", "GET / HTTP/1.1\r\nHost: a\r\n", MORE, 0, USH_MESSAGE_HEAD, NULL},
    {"a request", "GET / HTTP/1.1\r\nHost: a\r\n\r\n", DONE, 0, USH_MESSAGE_HEAD, NULL},
    {"two requests", "GET / HTTP/1.1\r\n\r\nGET ", DONE, 4, USH_MESSAGE_HEAD, NULL},
    {"a request behind a line end", "\r\nGET / HTTP/1.0\r\n\r\n", DONE, 0, USH_MESSAGE_HEAD, NULL},
    {"half a body", "POST / HTTP/1.1\r\nContent-Length: 3\r\n\r\nab", MORE, 0, USH_MESSAGE_BODY,
        "body-incomplete"},
    {"a body", "POST / HTTP/1.1\r\nContent-Length: 3\r\n\r\nabcGET", DONE, 3, USH_MESSAGE_BODY,
        NULL},
    {"a body without length", "POST / HTTP/1.0\r\n\r\nabc", MORE, 0, USH_MESSAGE_BODY, NULL},
    {"half a chunk", "PUT / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\na", MORE, 0,
        USH_MESSAGE_BODY, "body-incomplete"},
    {"chunks", "PUT / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\nG", DONE, 1,
        USH_MESSAGE_BODY, NULL},
    {"a broken chunk", "PUT / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n", DONE, 2,
        USH_MESSAGE_BODY, "chunked"},
    {"a tunnel", "CONNECT a:443 HTTP/1.1\r\n\r\n\x16", TUNNEL, 1, USH_MESSAGE_HEAD, NULL},
    {"a tunnel with a length", "CONNECT a:443 HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc", TUNNEL, 3,
        USH_MESSAGE_HEAD, NULL},
    {"a tunnel to nothing", "CONNECT a HTTP/1.1\r\n\r\n", DONE, 0, USH_MESSAGE_HEAD, NULL},
    {"half a hello", "\x16\x03\x01", MORE, 0, USH_MESSAGE_HELLO, "hello-incomplete"},
    {"no hello", "\x16\x03\x01\x01\x01\x01", MORE, 0, USH_MESSAGE_HELLO, "hello-incomplete"},
    {"another record", "\x16\x03\x01\xff\xff", DONE, 0, USH_MESSAGE_HELLO, "hello"},
    {"bytes", "\x01\x02\x03", MORE, 0, USH_MESSAGE_RAW, NULL},
    {"a line", "HELO\r\nGET / HTTP/1.1\r\n\r\n", MORE, 0, USH_MESSAGE_RAW, NULL},
};

/* Feeds data in pieces of `piece` bytes until the message is over. Returns how many it took. */
static size_t
feed(struct ush_message *message, const char *bytes, size_t len, size_t piece,
    enum ush_message_result *result)
{
	size_t at = 0;

	*result = MORE;
	while (at < len && (*result == MORE || *result == CONTINUE)) {
		size_t part = len - at < piece ? len - at : piece;

		at += ush_message_feed(
		    message, &parsed, &settings, (const uint8_t *)bytes + at, part, result);
	}
	return at;
}

START_TEST(test_a_message_in_any_pieces_is_the_same)
{
	const char *bytes = cases[_i].bytes;
	size_t len = strlen(bytes);

	for (size_t piece = 1; piece <= len + 1; piece++) {
		struct ush_message message = {0};
		enum ush_message_result result;
		size_t used = feed(&message, bytes, len, piece, &result);

		ck_assert_msg(result == cases[_i].result, "%s by %zu", cases[_i].what, piece);
		ck_assert_uint_eq(used, len - cases[_i].rest);
		ck_assert_int_eq(message.phase, cases[_i].phase);
		ck_assert_uint_eq(message.raw.total, used);
		if (result == MORE)
			ush_message_cut(&message);
		ck_assert_pstr_eq(message.malformed, cases[_i].malformed);
		ush_message_fini(&message);
		ck_assert_uint_eq(message.deadline_ms, 0);
	}
}
END_TEST

/* Only a sender that waits gets 100 Continue. */
START_TEST(test_asks_for_continue_where_the_sender_waits)
{
	static const char head[] =
	    "POST / HTTP/1.1\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\nabc";
	struct ush_message message = {0};
	enum ush_message_result result;

	ck_assert_uint_eq(
	    feed(&message, head, sizeof(head) - 4, sizeof(head), &result), sizeof(head) - 4);
	ck_assert_int_eq(result, CONTINUE);
	ck_assert_uint_eq(feed(&message, "abcd", 4, 4, &result), 3);
	ck_assert_int_eq(result, DONE);
	ush_message_fini(&message);
	/* A part of the body came along with the head. */
	ck_assert_uint_eq(ush_message_feed(&message, &parsed, &settings, (const uint8_t *)head,
	                      sizeof(head) - 3, &result),
	    sizeof(head) - 4);
	ck_assert_int_eq(result, MORE);
	ush_message_fini(&message);
}
END_TEST

START_TEST(test_bounds_heads_bodies_and_other_bytes)
{
	static char flood[70000];
	struct ush_message message = {0};
	enum ush_message_result result;

	memset(flood, 'a', sizeof(flood));
	memcpy(flood, "GET /", 5);
	ck_assert_uint_eq(feed(&message, flood, sizeof(flood), 100, &result), settings.max_head);
	ck_assert_int_eq(result, DONE);
	ck_assert_str_eq(message.malformed, "head-too-large");
	ush_message_fini(&message);
	flood[0] = '\1';
	(void)feed(&message, flood, sizeof(flood), 100, &result);
	ck_assert_int_eq(result, DONE);
	ck_assert_ptr_null(message.malformed);
	ck_assert_uint_eq(message.raw.used, 4096);
	ush_message_fini(&message);
	memcpy(flood, "\x16\x03\x01\x40\x00\x01\x00\xff\xff", 9);
	(void)feed(&message, flood, sizeof(flood), 1000, &result);
	ck_assert_int_eq(result, DONE);
	ck_assert_ptr_nonnull(message.malformed);
	ush_message_fini(&message);
	/* A body goes on however long it is; what is kept of it is bounded. */
	(void)feed(&message, "POST / HTTP/1.0\r\n\r\n", 19, 19, &result);
	ck_assert_uint_eq(feed(&message, flood, sizeof(flood), 1000, &result), sizeof(flood));
	ck_assert_int_eq(result, MORE);
	ck_assert_uint_eq(message.raw.used, 19 + settings.max_body);
	ck_assert_uint_eq(message.raw.total, 19 + sizeof(flood));
	ush_message_fini(&message);
}
END_TEST

START_TEST(test_line_ends_alone_are_blank)
{
	struct ush_message message = {0};
	enum ush_message_result result;

	ck_assert(ush_message_is_blank(&message));
	(void)feed(&message, "\r\n", 2, 2, &result);
	ck_assert(ush_message_is_blank(&message));
	(void)feed(&message, "G", 1, 1, &result);
	ck_assert(!ush_message_is_blank(&message));
	ush_message_fini(&message);
}
END_TEST

/* A head is read again only when something else was read in the same room since. */
START_TEST(test_a_head_is_found_again)
{
	struct ush_message one = {0}, two = {0};
	enum ush_message_result result;

	(void)feed(&one, "GET /one HTTP/1.1\r\n\r\n", 21, 21, &result);
	ck_assert_ptr_eq(parsed.of, &one);
	(void)feed(&two, "GET /two HTTP/1.1\r\n\r\n", 21, 21, &result);
	ush_message_read_head(&one, &parsed);
	ck_assert_text(parsed.head.path, "/one");
	ush_message_read_head(&two, &parsed);
	ck_assert_text(parsed.head.path, "/two");
	ush_message_fini(&one);
	ush_message_fini(&two);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("sinkhole/message");
	TCase *tcase = tcase_create("message");

	tcase_add_loop_test(tcase, test_a_message_in_any_pieces_is_the_same, 0, USH_COUNT(cases));
	tcase_add_test(tcase, test_asks_for_continue_where_the_sender_waits);
	tcase_add_test(tcase, test_bounds_heads_bodies_and_other_bytes);
	tcase_add_test(tcase, test_line_ends_alone_are_blank);
	tcase_add_test(tcase, test_a_head_is_found_again);
	suite_add_tcase(suite, tcase);
	return ush_unit_run(suite);
}
