/* SPDX-License-Identifier: BSD-3-Clause */
#include "module/repeats.h"

#include <jansson.h>
#include <pthread.h>
#include "common/ring.h"
#include "tests/unit/module/fixture.h"

#define START_MS 1795385465000
#define LIMIT 20
#define ROOM (32u << 20) /* for all that a test writes, however late the log writes it */

static struct ush_eventlog *log_;
static struct ush_repeats *repeats;
static struct ush_sink to, others;
static struct ush_name qname;
static struct ush_decision decision;
static struct ush_dns_event event;

/* What the log has: lines of one event each, and events in lines with a count. */
static struct sum {
	uint64_t single;
	uint64_t counted;
	uint64_t repeat_lines;
	json_t *last_repeat; /* owned */
} sum;

static void
setup(void)
{
	char path[128];
	struct ush_eventlog_options options = {
	    .path = path, .writer = "dns", .rings = 2, .ring_bytes = ROOM};
	struct ush_error err = {0};

	fixture_open();
	fixture_path(path, "dns.jsonl");
	ck_assert_int_eq(ush_eventlog_open(&log_, &options, &err), 0);
	to = (struct ush_sink){.ring = ush_eventlog_claim(log_), .observer = "resolver-1"};
	others = (struct ush_sink){.ring = ush_eventlog_claim(log_), .observer = "resolver-1"};
	repeats = ush_repeats_new(USH_REPEATS_SECOND_MS, USH_REPEATS_SETS);
	ck_assert_ptr_nonnull(repeats);
	qname = fixture_name("www.example");
	decision = (struct ush_decision){
	    .action = USH_ACTION_SINKHOLE,
	    .rule_name = fixture_name("example"),
	    .feed = "feed",
	    .campaign = "campaign",
	    .software = "",
	    .serial = 1,
	};
	event = (struct ush_dns_event){
	    .time_ms = START_MS,
	    .decision = &decision,
	    .client = fixture_address("192.0.2.1"),
	    .client_port = 5353,
	    .qname = &qname,
	    .qtype = USH_TYPE_A,
	    .qclass = 1,
	};
}

static void
teardown(void)
{
	json_decref(sum.last_repeat);
	sum = (struct sum){0};
	ush_repeats_free(repeats);
	ush_eventlog_close(log_, 1000);
	fixture_close();
}

static void
add_up(json_t *root)
{
	json_t *own = json_object_get(root, "sinkhole");
	json_t *repeat = json_object_get(own, "repeat");

	if (json_object_get(own, "writer")) /* a state line */
		return;
	if (!repeat) {
		sum.single++;
		return;
	}
	sum.repeat_lines++;
	sum.counted += (uint64_t)json_integer_value(repeat);
	json_decref(sum.last_repeat);
	sum.last_repeat = json_incref(root);
}

/* Closes the log and reads it. */
static void
read_log(void)
{
	char path[128], line[USH_EVENT_MAX];
	FILE *file;

	ush_eventlog_close(log_, 5000);
	log_ = NULL;
	fixture_path(path, "dns.jsonl");
	file = fopen(path, "r");
	ck_assert_ptr_nonnull(file);
	while (fgets(line, sizeof(line), file)) {
		json_t *root = json_loads(line, JSON_REJECT_DUPLICATES, NULL);

		ck_assert_msg(root, "%s", line);
		add_up(root);
		json_decref(root);
	}
	(void)fclose(file);
}

static unsigned
write_many(unsigned count)
{
	unsigned counted = 0;

	for (unsigned i = 0; i < count; i++) {
		event.client_port++;
		counted += ush_repeats_write(repeats, &to, &event, LIMIT);
	}
	return counted;
}

static const char *
text_at(const char *object, const char *key)
{
	return json_string_value(json_object_get(json_object_get(sum.last_repeat, object), key));
}

START_TEST(test_the_rest_of_a_second_is_counted)
{
	ck_assert_uint_eq(write_many(LIMIT), 0);
	ck_assert(!ush_repeats_are_waiting(repeats));
	event.time_ms = START_MS + 100;
	ck_assert_uint_eq(write_many(1), 1);
	event.time_ms = START_MS + 900;
	ck_assert_uint_eq(write_many(999), 999);
	ush_repeats_flush(repeats, &others, START_MS + 999);
	ck_assert(ush_repeats_are_waiting(repeats));
	ush_repeats_flush(repeats, &others, START_MS + 1000);
	ck_assert(!ush_repeats_are_waiting(repeats));
	read_log();
	ck_assert_uint_eq(sum.single, LIMIT);
	ck_assert_uint_eq(sum.counted, 1000);
	ck_assert_uint_eq(sum.repeat_lines, 1);
	ck_assert_str_eq(text_at("sinkhole", "first"), "2026-11-22T22:11:05.100Z");
	ck_assert_str_eq(text_at("sinkhole", "last"), "2026-11-22T22:11:05.900Z");
	ck_assert_str_eq(text_at("event", "action"), "dns-sinkhole");
	ck_assert_str_eq(text_at("rule", "id"), "feed/example");
	ck_assert_str_eq(text_at("source", "ip"), "192.0.2.1");
	ck_assert_ptr_null(json_object_get(json_object_get(sum.last_repeat, "source"), "port"));
}
END_TEST

START_TEST(test_the_next_second_begins_anew)
{
	for (unsigned second = 0; second < 3; second++) {
		event.time_ms = START_MS + second * 1000;
		ck_assert_uint_eq(write_many(LIMIT + 5), 5);
	}
	ush_repeats_flush(repeats, &to, UINT64_MAX);
	read_log();
	ck_assert_uint_eq(sum.single, 3 * LIMIT);
	ck_assert_uint_eq(sum.counted, 15);
	ck_assert_uint_eq(sum.repeat_lines, 3);
}
END_TEST

START_TEST(test_without_limit_or_table_each_event_is_written)
{
	for (unsigned i = 0; i < 100; i++)
		ck_assert(!ush_repeats_write(repeats, &to, &event, 0));
	ck_assert(!ush_repeats_write(NULL, &to, &event, 1));
	ck_assert(!ush_repeats_write(NULL, &to, &event, 1));
	ush_repeats_flush(NULL, &to, UINT64_MAX);
	read_log();
	ck_assert_uint_eq(sum.single, 102);
}
END_TEST

static void
vary(int i)
{
	switch (i) {
	case 0:
		event.client = fixture_address("192.0.2.2");
		break;
	case 1:
		qname = fixture_name("mail.example");
		break;
	case 2:
		event.qtype = USH_TYPE_AAAA;
		break;
	case 3:
		event.outcome = USH_DNS_LEAKED;
		break;
	case 4:
		event.carrier = USH_CARRIER_TLS;
		break;
	case 5:
		event.claimed = (struct ush_network){fixture_address("10.0.0.1"), 32};
		break;
	case 6:
		(void)snprintf(event.claimed_id, sizeof(event.claimed_id), "02:00:00:00:00:01");
		break;
	case 7:
		decision.rule_name = fixture_name("www.example");
		break;
	case 8:
		decision.feed = "other";
		break;
	case 9:
		decision.serial = 2;
		break;
	case 10:
		event.rcode = -1;
		break;
	case 11:
		event.server = fixture_address("192.0.2.53");
		break;
	case 12:
		event.resolved[0] = fixture_address("198.51.100.7");
		break;
	default:
		event.cached = true;
		break;
	}
}
#define VARIATIONS 14

/* Whatever differs, each line says only what is true of all that it counts. */
START_TEST(test_kinds_are_not_merged)
{
	(void)write_many(LIMIT + 100);
	vary(_i);
	(void)write_many(LIMIT + 100);
	ush_repeats_flush(repeats, &to, UINT64_MAX);
	read_log();
	ck_assert_uint_eq(sum.single + sum.counted, 2 * (LIMIT + 100));
	ck_assert_uint_ge(sum.repeat_lines, 1);
	ck_assert_uint_le(sum.counted, 200);
}
END_TEST

/* Each name is asked just before its place is needed for another. */
START_TEST(test_more_kinds_than_there_is_room_for)
{
	char text[32];
	unsigned counted = 0;

	for (unsigned i = 0; i < 1000; i++) {
		(void)snprintf(text, sizeof(text), "n%u.example", i);
		qname = fixture_name(text);
		counted += write_many(LIMIT + 3);
	}
	ck_assert_uint_eq(counted, 3000);
	ush_repeats_flush(repeats, &to, UINT64_MAX);
	read_log();
	ck_assert_uint_eq(sum.single, 1000 * LIMIT);
	ck_assert_uint_eq(sum.counted, 3000);
	ck_assert_uint_eq(sum.repeat_lines, 1000);
}
END_TEST

/* As the listed part of tests/bench asks: every query has a line of its own. */
START_TEST(test_many_names_in_turn)
{
	char text[32];

	for (unsigned i = 0; i < 30 * 4000; i++) {
		(void)snprintf(text, sizeof(text), "n%u.example", i % 4000);
		qname = fixture_name(text);
		ck_assert(!ush_repeats_write(repeats, &to, &event, LIMIT));
	}
}
END_TEST

/* One that asks all the time keeps its place whatever the others do. */
START_TEST(test_a_flood_among_many_names)
{
	struct ush_name flood = qname;
	unsigned counted = 0;
	char text[32];

	for (unsigned i = 0; i < 4000; i++) {
		(void)snprintf(text, sizeof(text), "n%u.example", i);
		qname = fixture_name(text);
		(void)ush_repeats_write(repeats, &to, &event, LIMIT);
		qname = flood;
		counted += write_many(1);
	}
	ck_assert_uint_eq(counted, 4000 - LIMIT);
}
END_TEST

/* A ring that is never emptied. */
START_TEST(test_a_count_waits_for_room)
{
	static char taken[4 << 20];
	struct ush_ring full;
	struct ush_sink sink = {.ring = &full, .observer = "resolver-1"};
	size_t waiting, len;

	ck_assert_int_eq(ush_ring_init(&full, 1, 1, 1), 0);
	(void)write_many(LIMIT + 7);
	while (ush_ring_has_room(&full, USH_DNS_EVENT_MAX))
		ck_assert(ush_dns_event_write(&full, &event, "resolver-1", false));
	ush_repeats_flush(repeats, &sink, UINT64_MAX);
	ck_assert(ush_repeats_are_waiting(repeats));
	event.time_ms += 1000; /* nor is it lost where its place is needed */
	ck_assert(!ush_repeats_write(repeats, &sink, &event, LIMIT));
	ck_assert(ush_repeats_are_waiting(repeats));

	(void)ush_ring_take(&full, taken, sizeof(taken), &waiting);
	ush_repeats_flush(repeats, &sink, UINT64_MAX);
	ck_assert(!ush_repeats_are_waiting(repeats));
	len = ush_ring_take(&full, taken, sizeof(taken) - 1, &waiting);
	taken[len] = '\0';
	ck_assert_ptr_nonnull(strstr(taken, "\"repeat\":7,"));
	ck_assert_uint_eq(atomic_load(&full.lost), 1);
	ush_ring_fini(&full);
}
END_TEST

/* `events: count`: the first of an hour at once, the others when the hour is over. */
START_TEST(test_an_hour)
{
	struct ush_repeats *hours = ush_repeats_new(USH_REPEATS_HOUR_MS, USH_REPEATS_HOUR_SETS);
	uint64_t hour_ms = START_MS / 3600000 * 3600000;

	for (unsigned minute = 0; minute < 120; minute++) {
		event.time_ms = hour_ms + minute * 60000;
		ck_assert(ush_repeats_write(hours, &to, &event, 1) == (minute % 60 != 0));
		ush_repeats_flush(hours, &others, event.time_ms);
		ck_assert(ush_repeats_are_waiting(hours) == (minute % 60 != 0));
	}
	ush_repeats_flush(hours, &to, UINT64_MAX);
	read_log();
	ck_assert_uint_eq(sum.single, 2);
	ck_assert_uint_eq(sum.counted, 118);
	ck_assert_uint_eq(sum.repeat_lines, 2);
	ush_repeats_free(hours);
}
END_TEST

static _Atomic bool stop;

static void *
flush_within_the_period(void *arg)
{
	(void)arg;
	while (!stop)
		ush_repeats_flush(repeats, &others, START_MS);
	return NULL;
}

/* While there is nothing to write out the module's thread leaves the table to its worker. */
START_TEST(test_a_period_that_is_not_over_is_counted_undisturbed)
{
	unsigned rounds = 200000;
	pthread_t thread;

	(void)write_many(LIMIT + 1);
	ush_repeats_flush(repeats, &others, START_MS);
	ck_assert_int_eq(pthread_create(&thread, NULL, flush_within_the_period, NULL), 0);
	ck_assert_uint_eq(write_many(rounds), rounds);
	stop = true;
	ck_assert_int_eq(pthread_join(thread, NULL), 0);
	ush_repeats_flush(repeats, &to, UINT64_MAX);
	read_log();
	ck_assert_uint_eq(sum.single, LIMIT);
	ck_assert_uint_eq(sum.counted, rounds + 1);
	ck_assert_uint_eq(sum.repeat_lines, 1);
}
END_TEST

/* Its worker took the time before the period ended, and counted after that. */
START_TEST(test_an_event_that_is_counted_late_is_written_out)
{
	(void)write_many(LIMIT + 1);
	ush_repeats_flush(repeats, &others, START_MS + 1000);
	ck_assert(!ush_repeats_are_waiting(repeats));
	ck_assert_uint_eq(write_many(1), 1);
	ush_repeats_flush(repeats, &others, START_MS + 1100);
	ck_assert(!ush_repeats_are_waiting(repeats));
}
END_TEST

static void *
flush_all_the_time(void *arg)
{
	(void)arg;
	while (!stop)
		ush_repeats_flush(repeats, &others, UINT64_MAX);
	return NULL;
}

/* A worker asks while the module's thread writes out what it has counted. */
START_TEST(test_two_threads_count_each_event_once)
{
	unsigned counted = 0, rounds = 20000;
	struct ush_eventlog_stats stats;
	pthread_t thread;

	ck_assert_int_eq(pthread_create(&thread, NULL, flush_all_the_time, NULL), 0);
	for (unsigned i = 0; i < rounds; i++) {
		event.time_ms = START_MS + i;
		counted += write_many(1);
		if (i % 100 == 0)
			(void)usleep(100);
	}
	stop = true;
	ck_assert_int_eq(pthread_join(thread, NULL), 0);
	ush_repeats_flush(repeats, &to, UINT64_MAX);
	ush_eventlog_stats(log_, &stats);
	read_log();
	ck_assert_uint_gt(counted, 0);
	ck_assert_uint_eq(sum.counted, counted);
	ck_assert_uint_eq(sum.single + counted + stats.lost, rounds);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("module/repeats");
	TCase *tc = tcase_create("repeats");

	tcase_set_timeout(tc, 60);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, test_the_rest_of_a_second_is_counted);
	tcase_add_test(tc, test_the_next_second_begins_anew);
	tcase_add_test(tc, test_without_limit_or_table_each_event_is_written);
	tcase_add_loop_test(tc, test_kinds_are_not_merged, 0, VARIATIONS);
	tcase_add_test(tc, test_more_kinds_than_there_is_room_for);
	tcase_add_test(tc, test_many_names_in_turn);
	tcase_add_test(tc, test_a_flood_among_many_names);
	tcase_add_test(tc, test_a_count_waits_for_room);
	tcase_add_test(tc, test_an_hour);
	tcase_add_test(tc, test_a_period_that_is_not_over_is_counted_undisturbed);
	tcase_add_test(tc, test_an_event_that_is_counted_late_is_written_out);
	tcase_add_test(tc, test_two_threads_count_each_event_once);
	suite_add_tcase(suite, tc);
	return ush_unit_run(suite);
}
