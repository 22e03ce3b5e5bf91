/* SPDX-License-Identifier: BSD-3-Clause */
#include "common/event.h"

#include <string.h>
#include <time.h>
#include "tests/unit/unit.h"

static const struct {
	uint64_t ms;
	const char *text;
} times[] = {
    {0, "1970-01-01T00:00:00.000Z"},
    {951782399999, "2000-02-28T23:59:59.999Z"},
    {951782400000, "2000-02-29T00:00:00.000Z"},
    {951868800000, "2000-03-01T00:00:00.000Z"},
    {1795385465123, "2026-11-22T22:11:05.123Z"},
    {4107542399000, "2100-02-28T23:59:59.000Z"},
    {4107542400000, "2100-03-01T00:00:00.000Z"},
    {253402300799999, "9999-12-31T23:59:59.999Z"},
    {UINT64_MAX, "9999-12-31T23:59:59.999Z"},
};

START_TEST(test_writes_times_in_utc_with_milliseconds)
{
	char buf[USH_TIME_TEXT_MAX];

	ck_assert_str_eq(ush_time_to_text(times[_i].ms, buf), times[_i].text);
}
END_TEST

/* Every day of four centuries against libc. */
START_TEST(test_time_against_libc)
{
	for (time_t day = 0; day < 146097; day++) {
		time_t when = day * 86400 + day % 86400;
		char expected[USH_TIME_TEXT_MAX];
		char buf[USH_TIME_TEXT_MAX];
		struct tm tm;

		strftime(
		    expected, sizeof(expected), "%Y-%m-%dT%H:%M:%S.000Z", gmtime_r(&when, &tm));
		ush_time_to_text((uint64_t)when * 1000, buf);
		ck_assert_str_eq(buf, expected);
	}
}
END_TEST

START_TEST(test_takes_the_time_from_the_wall_clock)
{
	uint64_t before = (uint64_t)time(NULL);
	uint64_t now = ush_time_now_ms() / 1000;

	ck_assert(now >= before && now <= before + 2);
}
END_TEST

START_TEST(test_writes_ids_in_full_length)
{
	char buf[USH_EVENT_ID_MAX];

	ck_assert_str_eq(ush_event_id(buf, 0xab, 3, 10), "00000000000000ab-3-10");
	ck_assert_str_eq(ush_event_id(buf, UINT64_MAX, UINT32_MAX, UINT64_MAX),
	    "ffffffffffffffff-4294967295-18446744073709551615");
}
END_TEST

static const struct ush_event_head head = {
    .time_ms = 1795385465123,
    .kind = "alert",
    .category = "network",
    .type = "denied",
    .action = "dns-sinkhole",
    .dataset = USH_DATASET_DNS,
    .id = "r-1-2",
    .sequence = 2,
    .observer = "ns1",
};

static const char line[] =
    "{\"@timestamp\":\"2026-11-22T22:11:05.123Z\",\"ecs\":{\"version\":\"8.11.0\"},"
    "\"event\":{\"kind\":\"alert\",\"category\":[\"network\"],\"type\":[\"denied\"],"
    "\"action\":\"dns-sinkhole\",\"dataset\":\"sinkhole.dns\",\"id\":\"r-1-2\",\"sequence\":2},"
    "\"observer\":{\"name\":\"ns1\"},"
    "\"source\":{\"ip\":\"192.0.2.1\",\"port\":53},\"destination\":{\"ip\":\"2001:db8::1\"}}\n";

static size_t
write_line(char *buf, size_t size)
{
	struct ush_address source, destination;
	struct ush_json json;

	ck_assert_int_eq(ush_address_from_text(&source, "192.0.2.1"), 0);
	ck_assert_int_eq(ush_address_from_text(&destination, "2001:db8::1"), 0);
	ush_json_init(&json, buf, size);
	ush_event_begin(&json, &head);
	ush_event_endpoint(&json, "source", &source, 53);
	ush_event_endpoint(&json, "destination", &destination, 0);
	return ush_event_end(&json);
}

START_TEST(test_writes_a_line_whole_or_not_at_all)
{
	char buf[sizeof(line)];

	/* The newline takes the place of the NUL: the text's length and one is enough. */
	ck_assert_uint_eq(write_line(buf, sizeof(line) - 1), sizeof(line) - 1);
	ck_assert_mem_eq(buf, line, sizeof(line) - 1);
	for (size_t size = 0; size < sizeof(line) - 1; size++)
		ck_assert_uint_eq(write_line(buf, size), 0);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("common/event");
	TCase *tcase = tcase_create("event");

	tcase_add_loop_test(tcase, test_writes_times_in_utc_with_milliseconds, 0, USH_COUNT(times));
	tcase_add_test(tcase, test_time_against_libc);
	tcase_add_test(tcase, test_takes_the_time_from_the_wall_clock);
	tcase_add_test(tcase, test_writes_ids_in_full_length);
	tcase_add_test(tcase, test_writes_a_line_whole_or_not_at_all);
	suite_add_tcase(suite, tcase);
	return ush_unit_run(suite);
}
