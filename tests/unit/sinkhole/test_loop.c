/* SPDX-License-Identifier: BSD-3-Clause */
/* What a connection or a datagram says, and what becomes of it. */
#include "sinkhole/server/workers.h"
#include "tests/unit/sinkhole/running_loop.h"

static unsigned
count_of(const char *text, const char *word)
{
	unsigned count = 0;

	while ((text = strstr(text, word)) != NULL) {
		count++;
		text += strlen(word);
	}
	return count;
}

#define TUNNEL "CONNECT a:443 HTTP/1.1\r\nHost: a\r\n\r\n"
#define PERSON                                                                                    \
	"Host: a.jp\r\nUpgrade-Insecure-Requests: 1\r\nUser-Agent: Mozilla/5.0 (X11)\r\nAccept: " \
	"text/html\r\nAccept-Language: ja\r\nAccept-Encoding: gzip, deflate\r\n"

static const struct {
	const char *what;
	const char *sent;
	const char *events;
	unsigned answers;
	bool closed; /* by the server, before the sender has closed its side */
} talks[] = {
    {"one request", GET, "http-request - 0 28", 1, false},
    {"three at once", GET GET GET, "http-request - 0 28; http-request - 0 28; http-request - 0 28",
        3, false},
    {"the last one closes", GET "GET /y HTTP/1.0\r\n\r\n" GET,
        "http-request - 0 28; http-request - 0 19", 2, true},
    {"a body", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc" GET,
        "http-request - 3 50; http-request - 0 28", 2, false},
    {"a chunked body",
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n" GET,
        "http-request - 3 69; http-request - 0 28", 2, false},
    {"a broken chunk", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nz\r\n",
        "http-malformed chunked 0 57", 1, true},
    {"a broken head", "GET / HTTP/1.1\r\nbroken\r\n\r\n" GET,
        "http-malformed header-without-colon 0 26", 1, true},
    {"a tunnel", TUNNEL, "http-request - 0 35", 1, false},
    {"a request in a tunnel", TUNNEL GET GET,
        "http-request - 0 35; http-request - 0 28; http-request - 0 28", 3, false},
    {"half a hello in a tunnel", TUNNEL "\x16\x03\x01\x01",
        "http-request - 0 35; tls-malformed hello-incomplete 0 4", 1, false},
    {"bytes in a tunnel", TUNNEL "\x01\x02", "http-request - 0 35; tcp-data - 0 2", 1, false},
    {"a tunnel in a tunnel", TUNNEL TUNNEL GET,
        "http-request - 0 35; http-request - 0 35; http-request - 0 28", 3, false},
    {"a tunnel to a URL", "CONNECT http://a/ HTTP/1.1\r\n\r\n" GET, "http-malformed target 0 30", 1,
        true},
    {"a tunnel to nothing", "CONNECT  HTTP/1.1\r\n\r\n" GET, "http-malformed target 0 21", 1, true},
    {"a tunnel without a port", "CONNECT a HTTP/1.1\r\n\r\n" GET, "http-malformed target 0 22", 1,
        true},
    {"a broken tunnel", "CONNECT a:443 HTTP/1.1\r\nHost\r\n\r\n" GET,
        "http-malformed header-without-colon 0 32", 1, true},
    {"HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "http-malformed http-2 0 18", 0, true},
    {"old browsers' line end", GET "\r\n", "http-request - 0 28", 1, false},
    {"bytes", "\x01\x02\x03", "tcp-data - 0 3", 0, false},
    {"a line", "HELO x\r\n", "tcp-data - 0 8", 0, false},
    {"bytes after a request", GET "\x01\x02", "http-request - 0 28; tcp-data - 0 2", 1, false},
    {"half a head", "GET / HTTP/1.1\r\nHo", "http-malformed head-incomplete 0 18", 1, false},
    {"half a body", "PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nabc",
        "http-malformed body-incomplete 3 49", 1, false},
    {"half a hello", "\x16\x03\x01\x01", "tls-malformed hello-incomplete 0 4", 0, false},
    {"no hello", "\x16\x03\x01\xff\xff", "tls-malformed hello 0 5", 0, true},
    {"half a word", "GE", "tcp-data - 0 2", 0, false},
    {"nothing", "", "tcp-silent - 0 0", 0, false},
};

/* Whole, and byte by byte: what the network does to it must not matter. */
static void
check_talk(int i, bool bytewise)
{
	size_t len = strlen(talks[i].sent);
	json_t *lines[8];
	char events[1024];
	bool closed;
	int fd;

	start("");
	fd = call("127.83.0.9");
	pump(3);
	for (size_t at = 0; at < len; at += bytewise ? 1 : len) {
		if (send(fd, talks[i].sent + at, bytewise ? 1 : len, MSG_NOSIGNAL) < 0)
			break;
		pump(bytewise ? 1 : 5);
	}
	pump(3);
	if (!bytewise) {
		answers_on(fd, &closed);
		ck_assert_int_eq(closed, talks[i].closed);
	}
	shutdown(fd, SHUT_WR);
	pump(5);
	if (bytewise)
		ck_assert_msg(count_of(answers_on(fd, &closed), "HTTP/1.1 ") == talks[i].answers,
		    "%s", talks[i].what);
	else
		answers_on(fd, &closed);
	ck_assert_msg(closed, "%s: still open", talks[i].what);
	close(fd);
	describe(lines, stop(lines, 8), events);
	ck_assert_msg(strcmp(events, talks[i].events) == 0, "%s: %s", talks[i].what, events);
}

START_TEST(test_each_conversation_gives_its_events)
{
	check_talk(_i, false);
}
END_TEST

START_TEST(test_each_conversation_gives_its_events_byte_by_byte)
{
	check_talk(_i, true);
}
END_TEST

/* A person's form whose length is wrong: the rest of it is no event with its bytes. */
START_TEST(test_the_rest_of_a_form)
{
	static const char form[] =
	    "POST /form.php HTTP/1.1\r\n" PERSON
	    "Origin: http://a.jp\r\nContent-Length: 5\r\n\r\nname=SECRET&tel=SECRET";
	static char text[1u << 16];
	json_t *lines[8];
	char events[1024];
	bool closed;
	FILE *file;
	int fd;

	start("");
	fd = call("127.83.0.9");
	ck_assert_int_gt(send(fd, form, sizeof(form) - 1, 0), 0);
	pump(5);
	ck_assert_ptr_nonnull(strstr(answers_on(fd, &closed), "403 Forbidden"));
	close(fd);
	pump(5);
	describe(lines, stop(lines, 8), events);
	ck_assert_str_eq(events, "http-request - 5 0; tcp-data - 0 0");
	file = fopen(sensor.log, "r");
	text[fread(text, 1, sizeof(text) - 1, file)] = '\0';
	fclose(file);
	/* "SECRET" itself, and its base64 at each of the three alignments. */
	ck_assert_ptr_null(strstr(text, "SECRET"));
	ck_assert_ptr_null(strstr(text, "U0VDUkVU"));
	ck_assert_ptr_null(strstr(text, "NFQ1JFV"));
	ck_assert_ptr_null(strstr(text, "TRUNSRV"));
}
END_TEST

START_TEST(test_head_too_large)
{
	json_t *lines[8];
	char events[1024];
	char flood[4096];
	bool closed;
	int fd;

	start("  max-head: 2048\n");
	fd = call("127.83.0.9");
	memset(flood, 'x', sizeof(flood));
	memcpy(flood, "GET / HTTP/1.1\r\nX: ", 19);
	ck_assert_int_gt(send(fd, flood, sizeof(flood), 0), 0);
	pump(5);
	answers_on(fd, &closed);
	ck_assert(closed);
	close(fd);
	describe(lines, stop(lines, 8), events);
	ck_assert_str_eq(events, "http-malformed head-too-large 0 2048");
}
END_TEST

START_TEST(test_keeps_the_start_of_a_giant_body)
{
	static char chunk[65536];
	json_t *lines[8];
	const char *data;
	json_int_t bytes, kept;
	int fd, head;

	start("  max-body: 1000\n");
	fd = call("127.83.0.9");
	head = dprintf(
	    fd, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: %zu\r\n\r\n", 4 * sizeof(chunk));
	for (size_t sent = 0; sent < 4 * sizeof(chunk);) {
		size_t want = sizeof(chunk) - sent % sizeof(chunk);
		ssize_t did = send(fd, chunk, want, 0);

		sent += did > 0 ? (size_t)did : 0;
		pump(1);
	}
	pump(5);
	close(fd);
	ck_assert_uint_eq(stop(lines, 8), 1);
	ck_assert_int_eq(json_unpack(lines[0], "{s:{s:{s:s, s:I, s:I}}}", "sinkhole", "raw", "data",
	                     &data, "bytes", &bytes, "kept", &kept),
	    0);
	ck_assert_int_eq(bytes, head + (int)(4 * sizeof(chunk)));
	ck_assert_int_eq(kept, head + 1000);
	json_decref(lines[0]);
}
END_TEST

START_TEST(test_answers_expect_before_the_body)
{
	json_t *lines[8];
	char events[1024];
	bool closed;
	int fd;

	start("");
	fd = call("127.83.0.9");
	dprintf(
	    fd, "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n");
	pump(5);
	ck_assert_str_eq(answers_on(fd, &closed), "HTTP/1.1 100 Continue\r\n\r\n");
	dprintf(fd, "abc");
	pump(5);
	ck_assert_ptr_nonnull(strstr(answers_on(fd, &closed), "200 OK"));
	close(fd);
	describe(lines, stop(lines, 8), events);
	ck_assert_str_eq(events, "http-request - 3 72");
}
END_TEST

/* A body without a length ends when the sender pauses. */
START_TEST(test_body_without_length)
{
	json_t *lines[8];
	char events[1024];
	bool closed;
	int fd;

	start("");
	fd = call("127.83.0.9");
	dprintf(fd, "POST /i.php HTTP/1.1\r\nHost: a\r\n\r\nab");
	pump(100);
	dprintf(fd, "c=d");
	pump(300);
	answers_on(fd, &closed);
	ck_assert(!closed);
	pump(1200);
	ck_assert_ptr_nonnull(strstr(answers_on(fd, &closed), "200 OK"));
	ck_assert(closed);
	close(fd);
	describe(lines, stop(lines, 8), events);
	ck_assert_str_eq(events, "http-request - 5 38");
}
END_TEST

START_TEST(test_closes_a_request_that_takes_too_long)
{
	json_t *lines[8];
	char events[1024];
	bool closed = false;
	int fd;

	start("  request-timeout: 1\n");
	fd = call("127.83.0.9");
	dprintf(fd, "GET / HTTP/1.1\r\n");
	for (unsigned i = 0; i < 30 && !closed; i++) {
		(void)!send(fd, "x", 1, MSG_NOSIGNAL);
		pump(50);
		answers_on(fd, &closed);
	}
	ck_assert(closed);
	close(fd);
	ck_assert_uint_eq(stop(lines, 8), 1);
	describe(lines, 1, events);
	ck_assert_ptr_nonnull(strstr(events, "http-malformed head-incomplete"));
}
END_TEST

/* What is outside the network that it listens on is not ours. */
START_TEST(test_closes_connections_outside_the_networks_unrecorded)
{
	json_t *lines[8];
	bool closed;
	int fd;

	start("");
	fd = call("127.0.0.1");
	pump(5);
	answers_on(fd, &closed);
	ck_assert(closed);
	close(fd);
	ck_assert_uint_eq(stop(lines, 8), 0);
}
END_TEST

/* What reached the kernel before the stop is recorded. */
START_TEST(test_records_at_the_stop_what_the_kernel_has)
{
	json_t *lines[8];
	char events[1024];
	int fd, silent;

	start("");
	fd = call("127.83.0.9");
	dprintf(fd, GET "half");
	silent = call("127.83.0.9");
	/* The loop has not run since. */
	describe(lines, stop(lines, 8), events);
	ck_assert_str_eq(events, "http-request - 0 28; tcp-data - 0 4; tcp-silent - 0 0");
	close(fd);
	close(silent);
}
END_TEST

/* The event log asks this before it says that the daemon is alive. */
START_TEST(test_a_loop_that_does_not_tick_is_not_alive)
{
	struct ush_loop_worker worker;
	struct ush_workers workers = {.items = &worker, .count = 1};
	json_t *lines[1];

	start("");
	worker.loop = loop;
	ck_assert(ush_workers_are_alive(&workers));
	loop->counters.ticked_ms -= USH_WORKERS_STUCK_MS + 1000;
	ck_assert(!ush_workers_are_alive(&workers));
	pump(1200);
	ck_assert(ush_workers_are_alive(&workers));
	ck_assert_uint_eq(stop(lines, 1), 0);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("sinkhole/loop");
	TCase *tcase = tcase_create("loop");

	tcase_set_timeout(tcase, 30);
	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_loop_test(tcase, test_each_conversation_gives_its_events, 0, USH_COUNT(talks));
	tcase_add_loop_test(
	    tcase, test_each_conversation_gives_its_events_byte_by_byte, 0, USH_COUNT(talks));
	tcase_add_test(tcase, test_the_rest_of_a_form);
	tcase_add_test(tcase, test_head_too_large);
	tcase_add_test(tcase, test_keeps_the_start_of_a_giant_body);
	tcase_add_test(tcase, test_answers_expect_before_the_body);
	tcase_add_test(tcase, test_body_without_length);
	tcase_add_test(tcase, test_closes_a_request_that_takes_too_long);
	tcase_add_test(tcase, test_closes_connections_outside_the_networks_unrecorded);
	tcase_add_test(tcase, test_records_at_the_stop_what_the_kernel_has);
	tcase_add_test(tcase, test_a_loop_that_does_not_tick_is_not_alive);
	suite_add_tcase(suite, tcase);
	return ush_unit_run(suite);
}
