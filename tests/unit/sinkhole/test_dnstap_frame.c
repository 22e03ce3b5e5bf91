/* SPDX-License-Identifier: BSD-3-Clause */
#include "sinkhole/dnstap/frame.h"

#include <string.h>
#include "dnstap.pb-c.h"
#include "tests/unit/unit.h"

#define HEAD                                                                                     \
	"{\"@timestamp\":\"2026-11-29T11:47:29.207Z\",\"event\":{\"action\":\"%s\",\"dataset\":" \
	"\"sinkhole.dns\",\"id\":\"c9-1-7\",\"sequence\":7},\"observer\":{\"name\":\"ns1\"},"
#define QUESTION                                                                    \
	"\"dns\":{\"question\":{\"name\":\"%s\",\"type\":\"%s\",\"class\":\"IN\"}," \
	"\"response_code\":\"%s\"%s},"
#define RULE                                                                                 \
	"\"rule\":{\"id\":\"feed/%s\",\"name\":\"%s\"},\"network\":{\"transport\":\"udp\"}," \
	"\"sinkhole\":{\"trigger\":\"%s\",\"campaign\":\"c\"%s}}"

/* An event, with what differs between the tests. */
struct line {
	const char *action;
	const char *ends; /* source and destination, with a comma behind each */
	const char *name;
	const char *type;
	const char *rcode;
	const char *resolved; /* "" or a further member of dns */
	const char *rule;
	const char *trigger;
	const char *more; /* "" or a further member of sinkhole */
};

static const struct line plain = {.action = "dns-sinkhole",
    .ends = "\"source\":{\"ip\":\"10.0.0.1\",\"port\":4000},"
            "\"destination\":{\"ip\":\"10.0.0.53\",\"port\":53},",
    .name = "www.example.com",
    .type = "A",
    .rcode = "NOERROR",
    .resolved = ",\"resolved_ip\":[\"198.51.100.7\"]",
    .rule = "example.com",
    .trigger = "qname",
    .more = ""};

/* NULL if it is refused. */
static Dnstap__Dnstap *
frame_of(const struct line *line)
{
	char text[2048];
	Dnstap__Dnstap *dnstap;
	struct ush_event event;
	uint8_t *frame = NULL;
	size_t frame_len = 0;
	int len = snprintf(text, sizeof(text), HEAD "%s" QUESTION RULE, line->action, line->ends,
	    line->name, line->type, line->rcode, line->resolved, line->rule, line->rule,
	    line->trigger, line->more);
	int rc;

	ck_assert_int_lt(len, sizeof(text));
	ck_assert_msg(ush_event_read(&event, text, (size_t)len) == 0, "%s", text);
	rc = ush_frame_of_line(&frame, &frame_len, &event, text, (size_t)len, 30);
	ush_event_fini(&event);
	if (rc != 0)
		return NULL;
	dnstap = dnstap__dnstap__unpack(NULL, frame_len, frame);
	free(frame);
	ck_assert_ptr_nonnull(dnstap);
	ck_assert_ptr_nonnull(dnstap->message->policy);
	return dnstap;
}

static void
end(Dnstap__Dnstap *dnstap)
{
	dnstap__dnstap__free_unpacked(dnstap, NULL);
}

START_TEST(test_ipv6_on_both_ends)
{
	struct line line = plain;
	Dnstap__Dnstap *dnstap;

	line.ends = "\"source\":{\"ip\":\"2001:db8::1\",\"port\":4000},"
	            "\"destination\":{\"ip\":\"2001:db8::53\",\"port\":853},";
	line.type = "AAAA";
	line.resolved = ",\"resolved_ip\":[\"2001:db8:83::7\"]";
	line.more = ",\"over\":\"tls\"";
	dnstap = frame_of(&line);
	ck_assert_int_eq(dnstap->message->socket_family, DNSTAP__SOCKET_FAMILY__INET6);
	ck_assert_int_eq(dnstap->message->socket_protocol, DNSTAP__SOCKET_PROTOCOL__DOT);
	ck_assert_uint_eq(dnstap->message->query_address.len, 16);
	ck_assert_uint_eq(dnstap->message->response_address.len, 16);
	ck_assert_uint_eq(dnstap->message->response_port, 853);
	ck_assert_int_eq(dnstap->message->policy->action, DNSTAP__POLICY__ACTION__LOCAL_DATA);
	end(dnstap);
}
END_TEST

START_TEST(test_a_server_that_is_not_known)
{
	struct line line = plain;
	Dnstap__Dnstap *dnstap;

	line.ends = "\"source\":{\"ip\":\"10.0.0.1\"},";
	dnstap = frame_of(&line);
	ck_assert_int_eq(dnstap->message->has_response_address, false);
	ck_assert_int_eq(dnstap->message->has_query_port, false);
	ck_assert_uint_eq(dnstap->message->query_address.len, 4);
	end(dnstap);
}
END_TEST

START_TEST(test_a_response_address_that_is_listed)
{
	struct line line = plain;
	Dnstap__Dnstap *dnstap;

	line.rule = "192.0.2.0/24";
	line.trigger = "response-ip";
	dnstap = frame_of(&line);
	ck_assert_int_eq(dnstap->message->policy->match, DNSTAP__POLICY__MATCH__RESPONSE_IP);
	ck_assert_mem_eq(dnstap->message->policy->value.data, "192.0.2.0/24", 12);
	end(dnstap);
}
END_TEST

static const char *const types[] = {"A", "HTTPS", "TYPE65281", "ANY", "MX"};

START_TEST(test_any_type_is_written)
{
	struct line line = plain;
	Dnstap__Dnstap *dnstap;

	line.type = types[_i];
	dnstap = frame_of(&line);
	ck_assert_ptr_nonnull(dnstap);
	end(dnstap);
}
END_TEST

/* The numbers of dnstap are those of the message: bytes 2 and 3 are its flags. */
START_TEST(test_the_response_code_is_in_the_message)
{
	struct line line = plain;
	Dnstap__Dnstap *dnstap;

	line.action = "dns-nxdomain";
	line.rcode = "NXDOMAIN";
	line.resolved = "";
	dnstap = frame_of(&line);
	ck_assert_uint_eq(dnstap->message->response_message.data[3] & 0xfu, 3);
	ck_assert_uint_eq(dnstap->message->response_message.data[2] & 0x80u, 0x80);
	ck_assert_int_eq(dnstap->message->policy->action, DNSTAP__POLICY__ACTION__NXDOMAIN);
	end(dnstap);
}
END_TEST

/* The line may come from another machine, and be anything. */
static const struct {
	const char *what;
	struct line change; /* members that are set take the place of the plain ones */
} bad[] = {
    {"an action of a later version", {.action = "dns-later"}},
    {"an address that is none", {.resolved = ",\"resolved_ip\":[\"198.51.100\"]"}},
    {"an address that is no text", {.resolved = ",\"resolved_ip\":[7]"}},
    {"a label of 64 octets",
        {.name = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.example"}},
    {"an empty label", {.name = "www..example.com"}},
};

START_TEST(test_what_cannot_be_a_message_is_refused)
{
	struct line line = plain;
	Dnstap__Dnstap *dnstap;

	line.action = bad[_i].change.action != NULL ? bad[_i].change.action : line.action;
	line.name = bad[_i].change.name != NULL ? bad[_i].change.name : line.name;
	line.resolved = bad[_i].change.resolved != NULL ? bad[_i].change.resolved : line.resolved;
	dnstap = frame_of(&line);
	ck_assert_msg(dnstap == NULL, "%s", bad[_i].what);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("dnstap_frame");
	TCase *tcase = tcase_create("dnstap_frame");

	tcase_add_test(tcase, test_ipv6_on_both_ends);
	tcase_add_test(tcase, test_a_server_that_is_not_known);
	tcase_add_test(tcase, test_a_response_address_that_is_listed);
	tcase_add_loop_test(tcase, test_any_type_is_written, 0, USH_COUNT(types));
	tcase_add_test(tcase, test_the_response_code_is_in_the_message);
	tcase_add_loop_test(tcase, test_what_cannot_be_a_message_is_refused, 0, USH_COUNT(bad));
	suite_add_tcase(suite, tcase);
	return ush_unit_run(suite);
}
