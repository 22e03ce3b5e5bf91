/* SPDX-License-Identifier: BSD-3-Clause */
/* From a message to its event and its answer: which host it is of, and whether more is awaited. */
#include "sinkhole/server/respond.h"

#include "tests/unit/sinkhole/running_loop.h"

#define TRUSTED "  trusted-proxies: [10.0.0.1]\n"
#define FOR "X-Forwarded-For: 10.9.9.9\r\n"
#define HOST " HTTP/1.1\r\nHost: a\r\n"

static const struct {
	const char *what;
	const char *settings;
	const char *bytes; /* of a connection from 10.0.0.1, then it ends */
	/* "action source status" of each event; "closed" if nothing more is awaited behind it */
	const char *log;
} cases[] = {
    {"nothing", "", "", "tcp-silent 10.0.0.1 0 closed"},
    {"bytes of no protocol", "", "\x01\x02", "tcp-data 10.0.0.1 0 closed"},
    {"half a ClientHello", "", "\x16\x03\x01", "tls-malformed 10.0.0.1 0 closed"},
    {"a request", "", "GET /" HOST "\r\n", "http-request 10.0.0.1 200"},
    {"a request that is the last", "", "GET /" HOST "Connection: close\r\n\r\n",
        "http-request 10.0.0.1 200 closed"},
    {"half a request", "", "GET /" HOST, "http-malformed 10.0.0.1 200 closed"},
    {"two requests", "", "GET /" HOST "\r\nGET /" HOST "\r\n",
        "http-request 10.0.0.1 200; http-request 10.0.0.1 200"},
    {"a header of a host that is no trusted proxy", "", "GET /" HOST FOR "\r\n",
        "http-request 10.0.0.1 200"},
    {"a header of a trusted proxy", TRUSTED, "GET /" HOST FOR "\r\n", "http-request 10.9.9.9 200"},
    {"a proxy's next request behind an end that is in doubt", TRUSTED,
        "GET /" HOST FOR "Upgrade: x\r\n\r\nGET /" HOST FOR "\r\n",
        "http-request 10.9.9.9 200; http-request 10.0.0.1 200"},
    {"a proxy's next request behind a clear end", TRUSTED,
        "GET /" HOST FOR "\r\nGET /" HOST "X-Forwarded-For: 10.9.9.8\r\n\r\n",
        "http-request 10.9.9.9 200; http-request 10.9.9.8 200"},
    {"a request inside of a tunnel", TRUSTED, "CONNECT a:80" HOST FOR "\r\nGET /" HOST "\r\n",
        "http-request 10.9.9.9 200; http-request 10.9.9.9 200"},
    {"a header inside of a tunnel", TRUSTED, "CONNECT a:80" HOST "\r\nGET /" HOST FOR "\r\n",
        "http-request 10.0.0.1 200; http-request 10.0.0.1 200"},
    {"an event that is only counted", "  max-events-per-host: 1\n",
        "GET /" HOST "\r\nGET /" HOST "\r\n", "http-request 10.0.0.1 200; tcp-folded 10.0.0.1 0"},
};

/* Records and answers the message. Returns whether more is awaited behind it. */
static bool
respond(struct ush_party *party, struct ush_message *message)
{
	struct ush_response response;

	ush_respond(loop, party, message, NULL, &response);
	ush_message_fini(message);
	return !response.close;
}

/* As connection.c does, without a connection. Returns whether more is awaited at the end. */
static bool
converse(struct ush_party *party, const char *bytes)
{
	const struct ush_sinkhole_settings *settings = &loop->snapshot->settings->sinkhole;
	size_t len = strlen(bytes);
	struct ush_message message = {.since_ms = ush_time_now_ms()};
	bool open = true;

	for (size_t at = 0; at < len;) {
		enum ush_message_result result;

		ck_assert(open);
		at += ush_message_feed(&message, &loop->parsed, settings,
		    (const uint8_t *)bytes + at, len - at, &result);
		if (result == USH_MESSAGE_DONE || result == USH_MESSAGE_TUNNEL)
			open = respond(party, &message);
	}
	if (message.deadline_ms == 0 && party->spoke)
		return open;
	ush_message_cut(&message);
	return respond(party, &message);
}

static void
describe_answers(json_t *lines[], size_t count, bool open, char out[1024])
{
	out[0] = '\0';
	for (size_t i = 0; i < count; i++) {
		const char *action, *source;
		json_int_t status = 0;

		ck_assert_int_eq(json_unpack(lines[i], "{s:{s:s},s:{s:s},s?{s?{s?I}}}", "event",
		                     "action", &action, "source", "ip", &source, "http", "response",
		                     "status_code", &status),
		    0);
		sprintf(out + strlen(out), "%s%s %s %d", i > 0 ? "; " : "", action, source,
		    (int)status);
		json_decref(lines[i]);
	}
	strcat(out, open ? "" : " closed");
}

START_TEST(test_requests_are_answered_and_recorded)
{
	struct ush_party party = {.ends = {.peer = address_of("10.0.0.1"),
	                              .peer_port = 4711,
	                              .destination = address_of("127.83.0.9"),
	                              .destination_port = 80}};
	json_t *lines[16];
	char log[1024];
	bool open;

	start(cases[_i].settings);
	while (ush_time_now_ms() % 1000 > 500) /* limits are by the second */
		usleep(10000);
	open = converse(&party, cases[_i].bytes);
	free(party.tunnel);
	describe_answers(lines, stop(lines, 16), open, log);
	ck_assert_msg(strcmp(log, cases[_i].log) == 0, "%s: %s", cases[_i].what, log);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("sinkhole/respond");
	TCase *tcase = tcase_create("respond");

	tcase_set_timeout(tcase, 30);
	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_loop_test(tcase, test_requests_are_answered_and_recorded, 0, USH_COUNT(cases));
	suite_add_tcase(suite, tcase);
	return ush_unit_run(suite);
}
