/* SPDX-License-Identifier: BSD-3-Clause */
#include "sinkhole/store/event_read.h"

#include <string.h>
#include "sinkhole/store/facts.h"
#include "tests/unit/unit.h"

#define HEAD(dataset, action)                                                            \
	"{\"@timestamp\":\"2026-11-22T22:11:05.123Z\",\"event\":{\"dataset\":\"" dataset \
	"\",\"action\":\"" action "\",\"id\":\"0f-1-7\",\"sequence\":7}"

static void
read_ok(struct ush_event *event, const char *line)
{
	ck_assert_msg(ush_event_read(event, line, strlen(line)) == 0, "%s", line);
}

START_TEST(test_reads_a_dns_event)
{
	struct ush_event event;

	read_ok(&event,
	    HEAD("sinkhole.dns",
	        "dns-sinkhole") ",\"observer\":{\"name\":\"ns1\"},"
	                        "\"source\":{\"ip\":\"::ffff:10.0.0.23\",\"port\":5353},"
	                        "\"dns\":{\"question\":{\"name\":\"www.example.jp\",\"type\":"
	                        "\"HTTPS\"}},"
	                        "\"rule\":{\"id\":\"emdivi/example.jp\",\"name\":\"example.jp\"},"
	                        "\"sinkhole\":{\"campaign\":\"emdivi\",\"trigger\":\"canary\","
	                        "\"drill\":true,"
	                        "\"claimed_ip\":\"192.0.2.0/24\"}}");
	ck_assert_int_eq(event.dataset, USH_IN_DNS);
	ck_assert_uint_eq(event.time_ms, 1795385465123);
	ck_assert_uint_eq(event.first_ms, event.time_ms);
	ck_assert_uint_eq(event.repeat, 1);
	ck_assert_str_eq(event.host, "10.0.0.23");
	ck_assert_str_eq(event.observer, "ns1");
	ck_assert_str_eq(event.qname, "www.example.jp");
	ck_assert_str_eq(event.qtype, "HTTPS");
	ck_assert_str_eq(event.rule_name, "example.jp");
	ck_assert_str_eq(event.campaign, "emdivi");
	ck_assert_str_eq(event.trigger, "canary");
	ck_assert_str_eq(event.claimed, "192.0.2.0/24");
	ck_assert(event.drill);
	ush_event_fini(&event);
}
END_TEST

START_TEST(test_reads_a_contact)
{
	struct ush_event event;
	char detail[USH_DETAIL_MAX];

	read_ok(&event,
	    HEAD("sinkhole.contact",
	        "http-request") ",\"source\":{\"ip\":\"2001:DB8::1\"},"
	                        "\"destination\":{\"ip\":\"198.51.100.7\",\"port\":8080},"
	                        "\"http\":{\"request\":{\"method\":\"POST\"}},"
	                        "\"url\":{\"domain\":\"www.example.jp\",\"path\":\"/a/index.php\"},"
	                        "\"user_agent\":{\"original\":\"MSIE\"},"
	                        "\"sinkhole\":{\"evidence\":[\"decoded\",\"c2-url\",\"from-the-"
	                        "future\",7],"
	                        "\"path_kind\":\"planted\",\"feed_line\":80,\"marks\":[\"a\",\"b:"
	                        "c\"],"
	                        "\"claimed_ip\":[\"192.0.2.1\",\"192.0.2.2\"],\"proxy_ip\":\"10.0."
	                        "0.8\","
	                        "\"repeat\":5,\"first\":\"2026-11-22T22:11:00.000Z\","
	                        "\"last\":\"2026-11-22T22:11:09.000Z\","
	                        "\"beacon\":{\"family\":\"Emdivi\",\"version\":\"t20.09\","
	                        "\"fields\":[\"HOST01\"]}}}");
	ck_assert_str_eq(event.host, "2001:db8::1");
	ck_assert_uint_eq(
	    event.marks, USH_EVIDENCE_DECODED | USH_EVIDENCE_C2_URL | USH_EVIDENCE_PLANTED);
	ck_assert_str_eq(event.mark_words, "a b:c");
	ck_assert_str_eq(event.claimed, "192.0.2.1 192.0.2.2");
	ck_assert_str_eq(event.proxy, "10.0.0.8");
	ck_assert_uint_eq(event.feed_line, 80);
	ck_assert_uint_eq(event.repeat, 5);
	ck_assert_uint_eq(event.first_ms, 1795385460000);
	ck_assert_uint_eq(event.last_ms, 1795385469000);
	ck_assert(event.has_beacon);
	ck_assert_str_eq(event.beacon.details, "{\"version\":\"t20.09\"}");
	ck_assert_str_eq(event.beacon.fields, "HOST01");
	ck_assert_str_eq(ush_event_describe(&event, detail), "www.example.jp");
	ck_assert_str_eq(detail, "POST www.example.jp:8080/a/index.php");
	ush_event_fini(&event);
}
END_TEST

/* The daemon's own line for several hosts has no source; a sum of two lines must not overflow. */
START_TEST(test_reads_the_count_of_a_line_for_several_hosts)
{
	struct ush_event event;

	read_ok(&event, HEAD("sinkhole.contact", "tcp-folded") ",\"sinkhole\":{\"repeat\":500}}");
	ck_assert_str_eq(event.host, "");
	ck_assert_uint_eq(event.repeat, 500);
	ush_event_fini(&event);
	read_ok(&event, HEAD("sinkhole.contact",
	                    "tcp-folded") ",\"source\":{\"ip\":\"10.0.0.1\"},"
	                                  "\"sinkhole\":{\"repeat\":9223372036854775807}}");
	ck_assert_uint_eq(event.repeat, UINT64_C(1) << 40);
	ush_event_fini(&event);
}
END_TEST

START_TEST(test_reads_a_state_line)
{
	struct ush_event event;

	read_ok(&event, HEAD("sinkhole.state",
	                    "state") ",\"sinkhole\":{\"writer\":\"dns\",\"reason\":\"hourly\","
	                             "\"lost\":3,\"written\":99,\"clock_synchronised\":true,"
	                             "\"clock_offset_ms\":-4,"
	                             "\"mode\":\"enforce\",\"list\":{\"serial\":2026112201,"
	                             "\"built\":\"2026-11-22T00:00:00.000Z\",\"rules\":19,"
	                             "\"memory\":4256,\"state\":\"in-force\"}}}");
	ck_assert_int_eq(event.dataset, USH_IN_STATE);
	ck_assert_str_eq(event.state.figures, "{\"lost\":3,\"written\":99,\"list_memory\":4256}");
	ck_assert_str_eq(event.host, "");
	ck_assert_str_eq(event.state.writer, "dns");
	ck_assert_uint_eq(event.first_ms, event.time_ms); /* for --until */
	ck_assert_uint_eq(event.state.lost, 3);
	ck_assert(event.state.clock_known);
	ck_assert_int_eq(event.state.clock_offset_ms, -4);
	ck_assert_uint_eq(event.state.list_serial, 2026112201);
	ck_assert_uint_eq(event.state.list_built_ms, 1795305600000);
	ush_event_fini(&event);
}
END_TEST

/* Lines that are no events. */
static const char *const refused[] = {
    "",
    "{",
    "[]",
    "null",
    "7",
    "\"text\"",
    "{}",
    "{\"@timestamp\":\"2026-11-22T22:11:05.123Z\"}",
    HEAD("sinkhole.else", "dns-sinkhole") ",\"source\":{\"ip\":\"10.0.0.1\"}}",
    HEAD("sinkhole.dns", "") ",\"source\":{\"ip\":\"10.0.0.1\"}}",
    HEAD("sinkhole.dns", "dns-sinkhole") "}",
    HEAD("sinkhole.dns", "dns-sinkhole") ",\"source\":\"10.0.0.1\"}",
    HEAD("sinkhole.dns", "dns-sinkhole") ",\"source\":{\"ip\":\"10.0.0\"}}",
    HEAD("sinkhole.dns", "dns-sinkhole") ",\"source\":{\"ip\":7}}",
    HEAD("sinkhole.dns", "dns-sinkhole") ",\"source\":{\"ip\":[\"10.0.0.1\"]}}",
    HEAD("sinkhole.dns", "dns-sinkhole") ",\"source\":{\"ip\":\"10.0.0.1\"}",
    HEAD("sinkhole.dns", "dns-sinkhole") ",\"source\":{\"ip\":\"10.0.0.1\"}} x",
    HEAD("sinkhole.dns", "dns-\xff") ",\"source\":{\"ip\":\"10.0.0.1\"}}",
    HEAD("sinkhole.dns", "dns-\x1b") ",\"source\":{\"ip\":\"10.0.0.1\"}}",
    HEAD("sinkhole.dns", "dns-sinkhole") ",\"source\":{\"ip\":\"10.0.0.1\"},\"n\":1e999}",
};

START_TEST(test_refuses_lines_that_are_no_events)
{
	struct ush_event event;

	ck_assert_msg(
	    ush_event_read(&event, refused[_i], strlen(refused[_i])) == -1, "%s", refused[_i]);
	ck_assert_ptr_null(event.memory);
}
END_TEST

/* Wrong types inside an event cost the field, not the event. */
static const char *const odd[] = {
    "\"sinkhole\":7",
    "\"sinkhole\":{\"evidence\":\"decoded\",\"marks\":{},\"beacon\":[],\"repeat\":-5}",
    "\"sinkhole\":{\"evidence\":[[],{},null],\"claimed_ip\":[{}],\"first\":{},\"last\":-1}",
    "\"url\":[],\"http\":{\"request\":7},\"destination\":{\"port\":\"x\",\"ip\":{}}",
    "\"rule\":{\"id\":null,\"name\":[]},\"observer\":7,\"user_agent\":{\"original\":1.5}",
};

START_TEST(test_ignores_values_of_another_type)
{
	struct ush_event event;
	char line[1024];
	char detail[USH_DETAIL_MAX];

	snprintf(line, sizeof(line), "%s,\"source\":{\"ip\":\"10.0.0.1\"},%s}",
	    HEAD("sinkhole.contact", "http-request"), odd[_i]);
	read_ok(&event, line);
	ck_assert_uint_eq(event.repeat, 1);
	ck_assert_uint_eq(event.marks, 0);
	ck_assert(!event.has_beacon);
	ck_assert_uint_eq(event.first_ms, event.time_ms);
	ush_event_describe(&event, detail);
	ush_event_fini(&event);
}
END_TEST

START_TEST(test_refuses_a_line_that_is_too_long)
{
	static char line[USH_EVENT_MAX + 2];
	struct ush_event event;
	int used = snprintf(line, sizeof(line),
	    HEAD("sinkhole.dns", "dns-sinkhole") ",\"source\":{\"ip\":\"10.0.0.1\"},\"x\":\"");

	memset(line + used, 'x', sizeof(line) - (size_t)used);
	memcpy(line + USH_EVENT_MAX - 2, "\"}", 2);
	ck_assert_int_eq(ush_event_read(&event, line, USH_EVENT_MAX), 0);
	ush_event_fini(&event);
	memcpy(line + USH_EVENT_MAX - 2, "xx\"}", 3);
	line[USH_EVENT_MAX] = '}';
	ck_assert_int_eq(ush_event_read(&event, line, USH_EVENT_MAX + 1), -1);
}
END_TEST

START_TEST(test_refuses_deep_nesting)
{
	static char line[USH_EVENT_MAX];
	struct ush_event event;
	int used = snprintf(line, sizeof(line),
	    HEAD("sinkhole.dns", "dns-sinkhole") ",\"source\":{\"ip\":\"10.0.0.1\"},\"x\":");

	memset(line + used, '[', sizeof(line) - (size_t)used);
	ck_assert_int_eq(ush_event_read(&event, line, sizeof(line)), -1);
	memset(line + 40000, ']', sizeof(line) - 40000);
	ck_assert_int_eq(ush_event_read(&event, line, sizeof(line)), -1);
}
END_TEST

/* Malware may send NUL, control characters and megabytes: the event survives, its texts are
 * bounded. */
START_TEST(test_bounds_hostile_texts)
{
	static char line[USH_EVENT_MAX];
	static char path[20000];
	struct ush_event event;

	memset(path, 'a', sizeof(path) - 1);
	/* A character of three bytes where the text is cut. */
	memcpy(path + 1022, "\xe6\x97\xa5", 3);
	snprintf(line, sizeof(line),
	    "%s,\"source\":{\"ip\":\"10.0.0.1\"},\"url\":{\"domain\":\"a\\u0000b\\u001b[31m\","
	    "\"path\":\"%s\"}}",
	    HEAD("sinkhole.contact", "http-request"), path);
	read_ok(&event, line);
	ck_assert_str_eq(event.domain, "a?b\x1b[31m");
	ck_assert_uint_eq(strlen(event.path), 1022);
	ush_event_fini(&event);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("store/event_read");
	TCase *tcase = tcase_create("event_read");

	tcase_add_test(tcase, test_reads_a_dns_event);
	tcase_add_test(tcase, test_reads_a_contact);
	tcase_add_test(tcase, test_reads_the_count_of_a_line_for_several_hosts);
	tcase_add_test(tcase, test_reads_a_state_line);
	tcase_add_loop_test(tcase, test_refuses_lines_that_are_no_events, 0, USH_COUNT(refused));
	tcase_add_loop_test(tcase, test_ignores_values_of_another_type, 0, USH_COUNT(odd));
	tcase_add_test(tcase, test_refuses_a_line_that_is_too_long);
	tcase_add_test(tcase, test_refuses_deep_nesting);
	tcase_add_test(tcase, test_bounds_hostile_texts);
	suite_add_tcase(suite, tcase);
	return ush_unit_run(suite);
}
