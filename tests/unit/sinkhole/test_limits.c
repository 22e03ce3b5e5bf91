/* SPDX-License-Identifier: BSD-3-Clause */
/* What is beyond a limit is counted, never lost, and shuts out no other host. */
#include "common/ring.h"
#include "sinkhole/server/emit.h"
#include "tests/unit/sinkhole/running_loop.h"

/* Reads sinkhole.repeat; 0 if the event has none. */
static uint64_t
repeat_of(const json_t *line)
{
	json_int_t repeat = 0;

	(void)json_unpack((json_t *)(uintptr_t)line, "{s:{s:I}}", "sinkhole", "repeat", &repeat);
	return (uint64_t)repeat;
}

static const char *
text_of(const json_t *line, const char *object, const char *key)
{
	return json_string_value(json_object_get(json_object_get(line, object), key));
}

/* So that a limit by the second is met within one. */
static void
await_a_second(void)
{
	while (ush_time_now_ms() % 1000 > 300)
		usleep(10000);
}

static void
request(const char *destination, const char *text)
{
	int fd = call(destination);

	ck_assert_int_gt(send(fd, text, strlen(text), 0), 0);
	pump(2);
	close(fd);
	pump(1);
}

static void
free_lines(json_t *lines[], size_t count)
{
	for (size_t i = 0; i < count; i++)
		json_decref(lines[i]);
}

/* As the caller sees it: nothing came, and no end. */
static bool
is_open(int fd)
{
	char byte;

	return recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) == -1 && errno == EAGAIN;
}

static size_t
count_open(const int *fds, size_t count)
{
	size_t open = 0;

	for (size_t i = 0; i < count; i++)
		open += is_open(fds[i]);
	return open;
}

/* Connections beyond a host's limit are closed, and one event with their number. */
START_TEST(test_connections_beyond_a_hosts_limit_are_closed_and_counted)
{
	json_t *lines[16];
	const char *action;
	json_int_t repeat;
	int fds[9];
	size_t count;

	start("  max-connections-per-host: 3\n");
	for (size_t i = 0; i < 9; i++) {
		fds[i] = call("127.83.0.9");
		pump(2);
	}
	ck_assert_uint_eq(count_open(fds, 3), 3);
	ck_assert_uint_eq(count_open(fds + 3, 6), 0);
	/* They leave room when they go. */
	close(fds[0]);
	pump(5);
	fds[0] = call("127.83.0.9");
	pump(5);
	ck_assert(is_open(fds[0]));
	count = stop(lines, 16);
	ck_assert_uint_eq(count, 5);
	ck_assert_int_eq(json_unpack(lines[4], "{s:{s:s},s:{s:I}}", "event", "action", &action,
	                     "sinkhole", "repeat", &repeat),
	    0);
	ck_assert_str_eq(action, "tcp-folded");
	ck_assert_int_eq(repeat, 6);
	for (size_t i = 0; i < 9; i++)
		close(fds[i]);
	free_lines(lines, count);
}
END_TEST

START_TEST(test_datagrams_beyond_a_hosts_limit_are_counted_and_not_answered)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
	json_t *lines[80];
	const char *data, *to;
	json_int_t repeat;
	char answer[16];
	size_t count;
	int fd;

	start("");
	address.sin_port = htons(port);
	inet_pton(AF_INET, "127.83.0.77", &address.sin_addr);
	fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
	/* Within one second, so that the limit is met: a sender at the edge of two may get more. */
	while (ush_time_now_ms() % 1000 > 500)
		usleep(10000);
	for (unsigned i = 0; i < 60; i++) {
		ck_assert_int_eq(
		    sendto(fd, "ntp?", 4, 0, (struct sockaddr *)&address, sizeof(address)), 4);
		event_base_loop(loop->base, EVLOOP_NONBLOCK);
	}
	/* Never an answer. */
	ck_assert_int_eq(recv(fd, answer, sizeof(answer), 0), -1);
	close(fd);
	count = stop(lines, 80);
	ck_assert_uint_eq(count, USH_HOST_DATAGRAMS + 1);
	ck_assert_int_eq(json_unpack(lines[0], "{s:{s:s},s:{s:{s:s}}}", "destination", "ip", &to,
	                     "sinkhole", "raw", "data", &data),
	    0);
	ck_assert_str_eq(to, "127.83.0.77");
	ck_assert_str_eq(data, "bnRwPw==");
	ck_assert_int_eq(
	    json_unpack(lines[count - 1], "{s:{s:I}}", "sinkhole", "repeat", &repeat), 0);
	ck_assert_int_eq(repeat, 60 - USH_HOST_DATAGRAMS);
	free_lines(lines, count);
}
END_TEST

/* A connection of whose answers the kernel holds few: it would take megabytes first. */
static int
call_narrowly(void)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &(int){4096}, sizeof(int));
	reach(fd, "127.83.0.9");
	pump(3);
	ck_assert_ptr_nonnull(TAILQ_FIRST(&loop->connections));
	setsockopt(event_get_fd(&TAILQ_FIRST(&loop->connections)->event), SOL_SOCKET, SO_SNDBUF,
	    &(int){4096}, sizeof(int));
	return fd;
}

/* Reads until the sending side is closed; how many bytes came. */
static size_t
read_to_the_end(int fd)
{
	char answers[4096];
	size_t bytes = 0;
	ssize_t got;

	do {
		pump(1);
		got = recv(fd, answers, sizeof(answers), MSG_DONTWAIT);
		bytes += got > 0 ? (size_t)got : 0;
	} while (got > 0 || (got < 0 && errno == EAGAIN));
	ck_assert_int_eq(got, 0);
	return bytes;
}

/* For a sender that does not read, few answers are kept, and all its requests are recorded. */
START_TEST(test_answers_are_bounded)
{
	static json_t *lines[20000];
	static char requests[sizeof(GET) * 2000];
	size_t sent = 0, count;
	int fd;

	start(
	    "  max-events-per-host: 100000\n  max-bytes-per-host: 100000000\n  max-bytes: 100000000\n");
	fd = call_narrowly();
	for (unsigned i = 0; i < 2000; i++)
		strcat(requests + i * strlen(GET), GET);
	while (sent < 8000 * strlen(GET)) {
		ssize_t did = send(fd, requests + sent % strlen(GET),
		    strlen(requests) - sent % strlen(GET), MSG_NOSIGNAL);

		sent += did > 0 ? (size_t)did : 0;
		event_base_loop(loop->base, EVLOOP_NONBLOCK);
	}
	/* What was kept, and what the kernel had. */
	ck_assert_uint_le(read_to_the_end(fd), 2 * USH_OUTPUT_MAX);
	close(fd);
	count = stop(lines, 20000);
	ck_assert_uint_eq(count, sent / strlen(GET) + (sent % strlen(GET) != 0));
	free_lines(lines, count);
}
END_TEST

static void
send_one(int fd)
{
	ck_assert_int_eq(send(fd, GET, strlen(GET), MSG_NOSIGNAL), (ssize_t)strlen(GET));
	pump(1);
}

/* A client that does not read its answers in time gets no more of them, and sees that the sending
 * side is closed. Its requests are recorded all the same. */
START_TEST(test_answers_that_are_not_read_have_an_end)
{
	static json_t *lines[10010];
	uint64_t began;
	size_t sent = 0, count;
	int fd;

	start(
	    "  max-events-per-host: 100000\n  max-bytes-per-host: 100000000\n  max-bytes: 100000000\n  request-timeout: 1\n");
	fd = call_narrowly();
	/* Until answers have waited for longer than the time-out. */
	for (began = ush_monotonic_ms(); ush_monotonic_ms() < began + 3000; pump(5), sent++)
		send_one(fd);
	(void)read_to_the_end(fd);
	send_one(fd);
	close(fd);
	count = stop(lines, 10010);
	ck_assert_uint_eq(count, sent + 1);
	free_lines(lines, count);
}
END_TEST

/* One host that floods is in the log with its first contacts and the number of the others. */
START_TEST(test_events_beyond_a_hosts_limit_are_counted)
{
	json_t *lines[64];
	size_t count;

	start("  max-events-per-host: 5\n");
	await_a_second();
	for (unsigned i = 0; i < 20; i++)
		request("127.83.0.9", GET);
	count = stop(lines, 64);
	ck_assert_uint_eq(loop_counters.events, 5);
	ck_assert_uint_eq(loop_counters.folded[USH_LIMIT_HOST_EVENTS], 15);
	ck_assert_uint_eq(loop_counters.accepted, 20);
	ck_assert_uint_eq(count, 6);
	ck_assert_uint_eq(repeat_of(lines[5]), 15);
	free_lines(lines, count);
}
END_TEST

/* An aggregate has one destination, for that is the campaign. */
START_TEST(test_each_destination_has_an_aggregate_of_its_own)
{
	json_t *lines[64];
	uint64_t counted[2] = {0};
	size_t count;

	start("  max-events-per-host: 1\n");
	await_a_second();
	request("127.83.0.9", GET);
	for (unsigned i = 0; i < 3; i++) {
		request("127.83.0.9", GET);
		request("127.83.0.10", GET);
	}
	request("127.83.0.10", GET);
	count = stop(lines, 64);
	ck_assert_uint_eq(count, 3);
	for (size_t i = 1; i < count; i++) {
		bool ten = strcmp(text_of(lines[i], "destination", "ip"), "127.83.0.10") == 0;

		counted[ten] += repeat_of(lines[i]);
	}
	ck_assert_uint_eq(counted[0], 3);
	ck_assert_uint_eq(counted[1], 4);
	free_lines(lines, count);
}
END_TEST

/* Of all hosts together, and datagrams can have half of it at the most. */
START_TEST(test_events_beyond_the_limit_of_all_are_counted)
{
	struct sockaddr_in to = {.sin_family = AF_INET};
	json_t *lines[64];
	size_t count;
	int fd;

	start("  max-events: 9\n");
	await_a_second();
	to.sin_port = htons(port);
	inet_pton(AF_INET, "127.83.0.77", &to.sin_addr);
	fd = socket(AF_INET, SOCK_DGRAM, 0);
	for (unsigned i = 0; i < 30; i++) {
		ck_assert_int_eq(sendto(fd, "x", 1, 0, (struct sockaddr *)&to, sizeof(to)), 1);
		pump(1);
	}
	close(fd);
	for (unsigned i = 0; i < 10; i++)
		request("127.83.0.9", GET);
	count = stop(lines, 64);
	ck_assert_uint_eq(loop_counters.events, 9);
	ck_assert_uint_eq(loop_counters.folded[USH_LIMIT_EVENTS], 31);
	ck_assert_uint_eq(count, 11);
	ck_assert_str_eq(text_of(lines[3], "event", "action"), "udp-datagram");
	ck_assert_str_eq(text_of(lines[4], "event", "action"), "http-request");
	free_lines(lines, count);
}
END_TEST

/* The key of "aa" is 0: plain text. */
static void
beacon(const char *version)
{
	char body[128], text[256];

	snprintf(body, sizeof(body), "aa=?VER: t17.%s | NT: 6.1.7601 [ja-JP] | MEM: 2048M | GMT(9)",
	    version);
	snprintf(text, sizeof(text), "POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: %zu\r\n\r\n%s",
	    strlen(body), body);
	request("127.83.0.9", text);
}

/* A profile that was not seen before is never counted with another. */
START_TEST(test_new_profiles_get_events_of_their_own)
{
	json_t *lines[64];
	size_t count;

	start("  max-events-per-host: 1\n");
	await_a_second();
	request("127.83.0.9", GET);
	for (unsigned i = 0; i < 2; i++) {
		beacon("71");
		beacon("71");
		beacon("72");
	}
	count = stop(lines, 64);
	ck_assert_uint_eq(count, 6);
	for (size_t i = 1; i < 5; i++)
		ck_assert_ptr_nonnull(
		    json_object_get(json_object_get(lines[i], "sinkhole"), "beacon"));
	ck_assert_uint_eq(repeat_of(lines[5]), 2);
	free_lines(lines, count);
}
END_TEST

/* Of one host, and a profile that was not seen before has room of its own. */
START_TEST(test_bytes_beyond_a_hosts_limit_are_counted)
{
	static char text[16000];
	json_t *lines[64];
	size_t count;

	start("  max-bytes-per-host: 1024\n");
	sprintf(text, "GET /x HTTP/1.1\r\nHost: a\r\nX: %0*d\r\n\r\n", 15000, 0);
	for (unsigned i = 0; i < 20; i++)
		request("127.83.0.9", text);
	beacon("71");
	count = stop(lines, 64);
	/* 192 KiB of events with 20 KiB of base64 each */
	ck_assert_uint_ge(loop_counters.folded[USH_LIMIT_HOST_BYTES], 9);
	ck_assert_uint_le(loop_counters.folded[USH_LIMIT_HOST_BYTES], 12);
	ck_assert_uint_eq(loop_counters.events + loop_counters.folded[USH_LIMIT_HOST_BYTES], 21);
	ck_assert_ptr_nonnull(
	    json_object_get(json_object_get(lines[count - 2], "sinkhole"), "beacon"));
	ck_assert_uint_eq(repeat_of(lines[count - 1]), loop_counters.folded[USH_LIMIT_HOST_BYTES]);
	free_lines(lines, count);
}
END_TEST

/* Of all hosts; an aggregate waits, too, and at the stop it is written. */
START_TEST(test_bytes_beyond_the_limit_of_all_are_counted)
{
	static char text[16000];
	json_t *lines[64];
	size_t count;

	start("  max-bytes: 1024\n  max-bytes-per-host: 100000000\n");
	sprintf(text, "GET /x HTTP/1.1\r\nHost: a\r\nX: %0*d\r\n\r\n", 15000, 0);
	for (unsigned i = 0; i < 20; i++)
		request("127.83.0.9", text);
	ck_assert_uint_ge(loop->counters.folded[USH_LIMIT_BYTES], 9);
	ush_pace_count(&loop->pace, 256 * 1024, 1024, ush_time_now_ms());
	ush_host_table_sweep(&loop->hosts, ush_time_now_ms(), true, ush_emit_aggregate, loop);
	ck_assert_uint_eq(loop->counters.aggregates, 0);
	count = stop(lines, 64);
	ck_assert_uint_eq(loop_counters.events + loop_counters.folded[USH_LIMIT_BYTES], 20);
	ck_assert_uint_eq(repeat_of(lines[count - 1]), loop_counters.folded[USH_LIMIT_BYTES]);
	free_lines(lines, count);
}
END_TEST

/* Profiles that take turns have a limit of their own, apart from that of other events. */
START_TEST(test_profiles_that_take_turns)
{
	json_t *lines[128];
	size_t count;

	start("  max-events-per-host: 1\n");
	await_a_second();
	for (unsigned i = 0; i < 30; i++)
		beacon(i % 2 == 0 ? "71" : "72");
	count = stop(lines, 128);
	ck_assert_uint_eq(loop_counters.events, USH_HOST_PRIORITY + 1);
	ck_assert_uint_eq(loop_counters.folded[USH_LIMIT_HOST_EVENTS], 30 - USH_HOST_PRIORITY - 1);
	free_lines(lines, count);
}
END_TEST

/* What finds no room until the very end is counted as lost: there is no later. */
START_TEST(test_aggregates_that_find_no_room_are_counted_as_lost)
{
	struct ush_address host = {.family = AF_INET, .octets = {10, 0, 0, 1}};
	struct ush_ring full; /* it is never emptied */
	struct ush_ring *good;
	json_t *lines[16];

	start("");
	good = loop->ring;
	ck_assert_int_eq(ush_ring_init(&full, USH_RING_MIN, 1, 1), 0);
	while (ush_ring_has_room(&full, USH_EVENT_MAX)) {
		char *room = ush_ring_reserve(&full, USH_EVENT_MAX);

		room[USH_EVENT_MAX - 1] = '\n';
		ush_ring_commit(&full, USH_EVENT_MAX);
	}
	while (ush_ring_has_room(&full, 1000)) {
		ush_ring_reserve(&full, 1000)[0] = '\n';
		ush_ring_commit(&full, 1);
	}
	loop->ring = &full;
	for (unsigned i = 0; i < 7; i++)
		ck_assert(ush_host_entry_count(ush_host_table_get(&loop->hosts, &host, false),
		    false, ush_time_now_ms(), &host, &host, 80));
	ush_loop_drain(loop);
	ck_assert_uint_eq(full.lost, 7);
	ush_ring_fini(&full);
	loop->ring = good;
	free_lines(lines, stop(lines, 16));
}
END_TEST

/* However many connections are open, a new one is answered: the longest idle makes room, and is
 * recorded. */
START_TEST(test_the_longest_idle_makes_room)
{
	json_t *lines[16];
	char events[1024];
	int fds[5];
	bool closed;

	start("  max-connections: 3\n");
	for (unsigned i = 0; i < 3; i++) {
		fds[i] = call("127.83.0.9");
		pump(3);
	}
	dprintf(fds[0], "GET / HT"); /* so that the second is the longest idle */
	pump(3);
	fds[3] = call("127.83.0.9");
	dprintf(fds[3], GET);
	pump(5);
	ck_assert_ptr_nonnull(strstr(answers_on(fds[3], &closed), "200 OK"));
	answers_on(fds[1], &closed);
	ck_assert(closed);
	answers_on(fds[0], &closed);
	ck_assert(!closed);
	ck_assert(is_open(fds[2]));
	describe(lines, stop(lines, 16), events);
	ck_assert_uint_eq(loop_counters.evicted, 1);
	ck_assert_str_eq(events, "tcp-silent - 0 0; http-request - 0 28; tcp-silent - 0 0; "
	                         "http-malformed head-incomplete 0 8");
	for (unsigned i = 0; i < 4; i++)
		close(fds[i]);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("sinkhole/limits");
	TCase *tcase = tcase_create("limits");

	tcase_set_timeout(tcase, 30);
	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, test_connections_beyond_a_hosts_limit_are_closed_and_counted);
	tcase_add_test(tcase, test_datagrams_beyond_a_hosts_limit_are_counted_and_not_answered);
	tcase_add_test(tcase, test_answers_are_bounded);
	tcase_add_test(tcase, test_answers_that_are_not_read_have_an_end);
	tcase_add_test(tcase, test_events_beyond_a_hosts_limit_are_counted);
	tcase_add_test(tcase, test_each_destination_has_an_aggregate_of_its_own);
	tcase_add_test(tcase, test_events_beyond_the_limit_of_all_are_counted);
	tcase_add_test(tcase, test_new_profiles_get_events_of_their_own);
	tcase_add_test(tcase, test_bytes_beyond_a_hosts_limit_are_counted);
	tcase_add_test(tcase, test_bytes_beyond_the_limit_of_all_are_counted);
	tcase_add_test(tcase, test_profiles_that_take_turns);
	tcase_add_test(tcase, test_aggregates_that_find_no_room_are_counted_as_lost);
	tcase_add_test(tcase, test_the_longest_idle_makes_room);
	suite_add_tcase(suite, tcase);
	return ush_unit_run(suite);
}
