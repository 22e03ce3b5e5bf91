/* SPDX-License-Identifier: BSD-3-Clause */
/* From a message to its event and its answer: which host it is of, and whether more is awaited. */
#include "sinkhole/server/respond.h"

#include "sinkhole/server/limits.h"
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

/* A beacon, and what it is answered with. */
#define BEACON                                                                                   \
	"POST /" HOST "User-Agent: Mozilla/4.0 (compatible; MSIE 8.0; Windows NT 5.1; SV1)\r\n"  \
	"Content-Length: 120\r\n\r\n"                                                            \
	"abc=_6%252Z%40%14QWNPXNRVNNSSTPNTTTT%40%1C%40.4Z%40VNQNWVPQ%40%3B%0A%01M%2A0%3D%40%1C%" \
	"40-%25-Z%40RPTX-%40%1C%40%27-4HKYI"

static uint32_t
hold_of(struct ush_party *party, const char *bytes)
{
	struct ush_message message = {.since_ms = ush_time_now_ms()};
	enum ush_message_result result = USH_MESSAGE_MORE;
	size_t len = strlen(bytes);
	struct ush_response response;

	for (size_t at = 0; at < len;)
		at += ush_message_feed(&message, &loop->parsed, &loop->snapshot->settings->sinkhole,
		    (const uint8_t *)bytes + at, len - at, &result);
	ck_assert_int_eq(result, USH_MESSAGE_DONE);
	ush_respond(loop, party, &message, NULL, &response);
	ush_message_fini(&message);
	return response.hold;
}

/* Nobody looks at a connection that no event tells of: the host's next one is held. */
START_TEST(test_a_host_that_was_only_counted_is_held_later)
{
	struct ush_party party = {.ends = {.peer = address_of("10.0.0.1"),
	                              .peer_port = 4711,
	                              .destination = address_of("127.83.0.9"),
	                              .destination_port = 80}};
	struct ush_host_entry *host;
	json_t *lines[16];
	size_t count;

	start("  hold: 60\n  max-events-per-host: 1\n");
	while (ush_time_now_ms() % 1000 > 500)
		usleep(10000);
	host = ush_limits_host(loop, &party.ends.peer);
	while (ush_budget_take(
	    &host->budget, USH_BUDGET_PRIORITY, USH_HOST_PRIORITY, ush_time_now_ms()))
		;
	ck_assert_uint_eq(hold_of(&party, "GET /" HOST "\r\n"), 0);
	ck_assert_uint_eq(hold_of(&party, BEACON), 0);
	while (ush_time_now_ms() / 1000 == host->budget.second)
		usleep(10000);
	ck_assert_uint_eq(hold_of(&party, BEACON), 60);
	ck_assert_uint_eq(hold_of(&party, BEACON), 0); /* once */
	count = stop(lines, 16);
	for (size_t i = 0; i < count; i++)
		json_decref(lines[i]);
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
	tcase_add_test(tcase, test_a_host_that_was_only_counted_is_held_later);
	suite_add_tcase(suite, tcase);
	return ush_unit_run(suite);
}
