/* SPDX-License-Identifier: BSD-3-Clause */
/* What becomes of a contact: an event, or a number in one. */
#include "sinkhole/server/emit.h"

#include "common/ring.h"
#include "sinkhole/server/limits.h"
#include "tests/unit/sinkhole/running_loop.h"

static struct ush_contact
contact_from(const char *source, enum ush_contact_kind kind)
{
	return (struct ush_contact){.kind = kind,
	    .time_ms = ush_time_now_ms(),
	    .peer = address_of(source),
	    .from = {.source = address_of(source)},
	    .destination = address_of("127.83.0.9"),
	    .destination_port = 80};
}

static const struct {
	const char *what;
	const char *settings;
	const char *sources[8]; /* a contact of each */
	enum ush_contact_kind kind;
	unsigned events;
	enum ush_limit limit; /* of all others */
	const char *log;      /* "action source repeat" of each line, aggregates sorted behind */
} cases[] = {
    {"within the limits", "", {"10.0.0.1", "10.0.0.2", "10.0.0.1"}, USH_CONTACT_SILENT, 3, 0,
        "tcp-silent 10.0.0.1 0; tcp-silent 10.0.0.2 0; tcp-silent 10.0.0.1 0"},
    {"a host's events", "  max-events-per-host: 1\n", {"10.0.0.1", "10.0.0.1", "10.0.0.1"},
        USH_CONTACT_SILENT, 1, USH_LIMIT_HOST_EVENTS,
        "tcp-silent 10.0.0.1 0; tcp-folded 10.0.0.1 2"},
    {"another host has its own", "  max-events-per-host: 1\n", {"10.0.0.1", "10.0.0.1", "10.0.0.2"},
        USH_CONTACT_SILENT, 2, USH_LIMIT_HOST_EVENTS,
        "tcp-silent 10.0.0.1 0; tcp-silent 10.0.0.2 0; tcp-folded 10.0.0.1 1"},
    {"everybody's events", "  max-events: 1\n", {"10.0.0.1", "10.0.0.2"}, USH_CONTACT_SILENT, 1,
        USH_LIMIT_EVENTS, "tcp-silent 10.0.0.1 0; tcp-folded 10.0.0.2 1"},
    {"datagrams have half", "  max-events: 3\n", {"10.0.0.1", "10.0.0.1", "10.0.0.1"},
        USH_CONTACT_UDP, 1, USH_LIMIT_EVENTS, "udp-datagram 10.0.0.1 0; udp-folded 10.0.0.1 2"},
    {"a network is one host", "  max-events-per-host: 1\n",
        {"2001:db8::1", "2001:db8::2", "2001:db8::2", "2001:db8:0:1::1"}, USH_CONTACT_SILENT, 2,
        USH_LIMIT_HOST_EVENTS,
        "tcp-silent 2001:db8::1 0; tcp-silent 2001:db8:0:1::1 0; tcp-folded 2001:db8::2 2"},
    {"a trusted proxy is no part of its network",
        "  max-events-per-host: 1\n  trusted-proxies: [\"2001:db8::2\"]\n",
        {"2001:db8::1", "2001:db8::2", "2001:db8::3"}, USH_CONTACT_SILENT, 2, USH_LIMIT_HOST_EVENTS,
        "tcp-silent 2001:db8::1 0; tcp-silent 2001:db8::2 0; tcp-folded 2001:db8::3 1"},
};

static void
describe_log(json_t *lines[], size_t count, char out[1024])
{
	out[0] = '\0';
	for (size_t i = 0; i < count; i++) {
		const char *action, *source;
		json_int_t repeat = 0;

		ck_assert_int_eq(
		    json_unpack(lines[i], "{s:{s:s},s:{s:s},s:{s?I}}", "event", "action", &action,
		        "source", "ip", &source, "sinkhole", "repeat", &repeat),
		    0);
		sprintf(out + strlen(out), "%s%s %s %d", i > 0 ? "; " : "", action, source,
		    (int)repeat);
		json_decref(lines[i]);
	}
}

START_TEST(test_each_contact_is_an_event_or_in_a_count)
{
	json_t *lines[16];
	char log[1024];
	unsigned count = 0;

	start(cases[_i].settings);
	while (ush_time_now_ms() % 1000 > 500)
		usleep(10000);
	for (; cases[_i].sources[count] != NULL; count++) {
		struct ush_contact contact = contact_from(cases[_i].sources[count], cases[_i].kind);

		ush_emit_contact(loop, &contact);
	}
	describe_log(lines, stop(lines, 16), log);
	ck_assert_msg(strcmp(log, cases[_i].log) == 0, "%s: %s", cases[_i].what, log);
	ck_assert_uint_eq(loop_counters.events, cases[_i].events);
	if (count > cases[_i].events)
		ck_assert_uint_eq(loop_counters.folded[cases[_i].limit], count - cases[_i].events);
}
END_TEST

/* Without room in the log a contact is counted; its number is written when there is room. */
START_TEST(test_no_room_in_the_log)
{
	struct ush_contact contact;
	struct ush_ring full, *good;
	json_t *lines[16];
	char log[1024];
	char *room;

	start("");
	good = loop->ring;
	ck_assert_int_eq(ush_ring_init(&full, 256 << 10, 1, 1), 0);
	while ((room = ush_ring_reserve(&full, USH_EVENT_MAX)) != NULL) {
		memset(room, '\n', USH_EVENT_MAX);
		ush_ring_commit(&full, USH_EVENT_MAX);
	}
	loop->ring = &full;
	contact = contact_from("10.0.0.1", USH_CONTACT_SILENT);
	while (ush_ring_has_room(&full, 1000)) {
		ush_ring_reserve(&full, 1000)[0] = '\n';
		ush_ring_commit(&full, 1);
	}
	for (unsigned i = 0; i < 3; i++)
		ush_emit_contact(loop, &contact);
	ck_assert_uint_eq(loop->counters.folded[USH_LIMIT_LOG], 3);
	loop->ring = good;
	describe_log(lines, stop(lines, 16), log);
	ck_assert_str_eq(log, "tcp-folded 10.0.0.1 3");
	ush_ring_fini(&full);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("sinkhole/emit");
	TCase *tcase = tcase_create("emit");

	tcase_set_timeout(tcase, 30);
	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_loop_test(
	    tcase, test_each_contact_is_an_event_or_in_a_count, 0, USH_COUNT(cases));
	tcase_add_test(tcase, test_no_room_in_the_log);
	suite_add_tcase(suite, tcase);
	return ush_unit_run(suite);
}
