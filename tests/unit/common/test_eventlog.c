/* SPDX-License-Identifier: BSD-3-Clause */
#include "common/eventlog.h"

#include <errno.h>
#include <jansson.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>
#include "tests/unit/unit.h"

#define THREADS 4
#define EVENTS 20000

static char directory[] = "/tmp/test-eventlog-XXXXXX";
static char path[64], rotated[64];

static void
set_up(void)
{
	ck_assert_ptr_nonnull(mkdtemp(directory));
	snprintf(path, sizeof(path), "%s/log", directory);
	snprintf(rotated, sizeof(rotated), "%s/log.1", directory);
}

static void
tear_down(void)
{
	unlink(path);
	unlink(rotated);
	rmdir(directory);
}

static void
sleep_ms(unsigned ms)
{
	struct timespec pause = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000L};

	nanosleep(&pause, NULL);
}

static struct ush_eventlog_options
default_options(void)
{
	return (struct ush_eventlog_options){
	    .path = path,
	    .writer = "dns",
	    .observer = "ns1",
	    .rings = THREADS,
	    .ring_bytes = 1,
	};
}

static struct ush_eventlog *
open_log(const struct ush_eventlog_options *options)
{
	struct ush_eventlog *log;

	ck_assert_int_eq(ush_eventlog_open(&log, options, NULL), 0);
	return log;
}

static void
put(struct ush_ring *ring)
{
	char *room = ush_ring_reserve(ring, 400);
	char id[USH_EVENT_ID_MAX];
	uint64_t sequence = ush_ring_event_id(ring, id);
	struct ush_event_head head = {.time_ms = ush_time_now_ms(),
	    .kind = "alert",
	    .dataset = USH_DATASET_DNS,
	    .id = id,
	    .sequence = sequence};
	struct ush_json json;

	if (room == NULL)
		return;
	ush_json_init(&json, room, 400);
	ush_event_begin(&json, &head);
	ush_ring_commit(ring, ush_event_end(&json));
}

/* What a reader finds in the logs. */
struct found {
	unsigned lines;
	unsigned events;
	unsigned states;
	unsigned per_ring[THREADS + 1];
	unsigned last[THREADS + 1];
	unsigned holes; /* numbers that are missing before the last one seen */
	char reasons[200];
	json_t *state; /* the last one's "sinkhole" */
};

static void
read_line(struct found *found, json_t *line)
{
	json_t *event = json_object_get(line, "event");
	const char *id = json_string_value(json_object_get(event, "id"));
	unsigned ring, sequence;

	found->lines++;
	if (strcmp(json_string_value(json_object_get(event, "dataset")), USH_DATASET_STATE) == 0) {
		found->states++;
		json_decref(found->state);
		found->state = json_incref(json_object_get(line, "sinkhole"));
		strcat(found->reasons, json_string_value(json_object_get(found->state, "reason")));
		strcat(found->reasons, " ");
	} else {
		found->events++;
	}
	ck_assert_int_eq(sscanf(id, "%*16[0-9a-f]-%u-%u", &ring, &sequence), 2);
	ck_assert_uint_le(ring, THREADS);
	ck_assert_int_eq(sequence, json_integer_value(json_object_get(event, "sequence")));
	ck_assert_uint_gt(sequence, found->last[ring]);
	found->holes += sequence - found->last[ring] - 1;
	found->last[ring] = sequence;
	found->per_ring[ring]++;
}

static void
read_log(struct found *found, const char *name)
{
	FILE *from = fopen(name, "r");
	char *line = NULL;
	size_t room = 0;
	ssize_t len;

	ck_assert_ptr_nonnull(from);
	while ((len = getline(&line, &room, from)) > 0) {
		json_error_t problem;
		json_t *object = json_loadb(line, (size_t)len, 0, &problem);

		ck_assert_msg(object != NULL && line[len - 1] == '\n', "not a line: %s", line);
		read_line(found, object);
		json_decref(object);
	}
	free(line);
	fclose(from);
}

static json_int_t
state_number(const struct found *found, const char *key)
{
	ck_assert(json_is_integer(json_object_get(found->state, key)));
	return json_integer_value(json_object_get(found->state, key));
}

static void
more_state(void *arg, struct ush_json *json)
{
	ush_json_string(json, "mode", arg);
}

START_TEST(test_writes_a_state_line_at_start_and_stop)
{
	struct ush_eventlog_options options = default_options();
	struct found found = {0};
	struct ush_eventlog *log;
	char mode[] = "enforce";

	options.drill = true;
	options.state = more_state;
	options.arg = mode;
	log = open_log(&options);
	put(ush_eventlog_claim(log));
	ush_eventlog_close(log, 1000);
	read_log(&found, path);
	ck_assert_str_eq(found.reasons, "start stop ");
	ck_assert_uint_eq(found.events, 1);
	ck_assert_str_eq(json_string_value(json_object_get(found.state, "writer")), "dns");
	ck_assert_str_eq(json_string_value(json_object_get(found.state, "mode")), "enforce");
	ck_assert_ptr_nonnull(json_string_value(json_object_get(found.state, "version")));
	ck_assert(json_is_true(json_object_get(found.state, "drill")));
	ck_assert_int_eq(state_number(&found, "written"), 1);
	ck_assert_int_eq(state_number(&found, "lost"), 0);
	ck_assert_int_gt(state_number(&found, "ring_high_water"), 0);
	json_decref(found.state);
}
END_TEST

static void
broken_state(void *arg, struct ush_json *json)
{
	(void)arg;
	ush_json_end(json);
	ush_json_end(json);
	ush_json_end(json);
}

START_TEST(test_a_broken_callback_costs_its_own_fields_only)
{
	struct ush_eventlog_options options = default_options();
	struct found found = {0};

	options.state = broken_state;
	ush_eventlog_close(open_log(&options), 1000);
	read_log(&found, path);
	ck_assert_str_eq(found.reasons, "start stop ");
	json_decref(found.state);
}
END_TEST

START_TEST(test_writes_a_state_line_each_interval)
{
	struct ush_eventlog_options options = default_options();
	struct found found = {0};
	struct ush_eventlog *log;

	options.state_interval_s = 1;
	log = open_log(&options);
	sleep_ms(2500);
	ush_eventlog_close(log, 1000);
	read_log(&found, path);
	ck_assert_ptr_nonnull(strstr(found.reasons, "start hourly "));
	ck_assert_uint_le(found.states, 5);
	json_decref(found.state);
}
END_TEST

/* Short, and only where no state line says the same. */
START_TEST(test_writes_heartbeats_while_no_state_line_is_due)
{
	struct ush_eventlog_options options = default_options();
	struct found found = {0};
	struct ush_eventlog *log;
	char line[1024];
	FILE *from;

	options.heartbeat_s = 1;
	log = open_log(&options);
	sleep_ms(4500);
	ush_eventlog_changed(log);
	sleep_ms(200);
	ush_eventlog_close(log, 1000);
	read_log(&found, path);
	ck_assert_ptr_nonnull(strstr(found.reasons, "start heartbeat heartbeat heartbeat "));
	ck_assert_ptr_nonnull(strstr(found.reasons, "heartbeat changed stop "));
	ck_assert_uint_le(found.states, 7);
	from = fopen(path, "r");
	ck_assert_ptr_nonnull(fgets(line, sizeof(line), from));
	ck_assert_ptr_nonnull(fgets(line, sizeof(line), from));
	fclose(from);
	ck_assert_ptr_nonnull(strstr(line, "heartbeat"));
	ck_assert_uint_lt(strlen(line), 400);
	json_decref(found.state);
}
END_TEST

static bool
read_flag(void *arg)
{
	const _Atomic bool *flag = arg;

	return *flag;
}

/* Neither heartbeats nor the lines of the hour. */
START_TEST(test_no_line_says_that_stuck_threads_are_alive)
{
	struct ush_eventlog_options options = default_options();
	_Atomic bool alive = false;
	struct found found = {0};
	struct ush_eventlog *log;

	options.heartbeat_s = 1;
	options.state_interval_s = _i == 0 ? 0 : 1;
	options.alive = read_flag;
	options.arg = &alive;
	log = open_log(&options);
	sleep_ms(2500);
	ush_eventlog_changed(log);
	sleep_ms(200);
	read_log(&found, path);
	ck_assert_str_eq(found.reasons, "start changed ");
	json_decref(found.state);
	found = (struct found){0};
	alive = true;
	sleep_ms(2500);
	ush_eventlog_close(log, 1000);
	read_log(&found, path);
	ck_assert_ptr_nonnull(
	    strstr(found.reasons, _i == 0 ? "start changed heartbeat" : "start changed hourly"));
	json_decref(found.state);
}
END_TEST

START_TEST(test_state_lines_say_how_much_room_is_left)
{
	struct ush_eventlog_options options = default_options();
	struct found found = {0};
	struct statvfs disk;

	ush_eventlog_close(open_log(&options), 1000);
	read_log(&found, path);
	ck_assert_int_eq(statvfs(directory, &disk), 0);
	ck_assert_int_gt(state_number(&found, "disk_free"), 0);
	ck_assert_int_le(state_number(&found, "disk_free"),
	    (json_int_t)disk.f_blocks * (json_int_t)disk.f_frsize);
	json_decref(found.state);
}
END_TEST

START_TEST(test_a_change_is_told_soon)
{
	struct ush_eventlog_options options = default_options();
	struct found found = {0};
	struct ush_eventlog *log = open_log(&options);

	sleep_ms(200);
	ush_eventlog_changed(log);
	sleep_ms(200);
	ush_eventlog_close(log, 1000);
	read_log(&found, path);
	ck_assert_str_eq(found.reasons, "start changed stop ");
	json_decref(found.state);
}
END_TEST

static _Atomic uint64_t figure;

static uint64_t
read_figure(void *arg)
{
	(void)arg;
	return atomic_load(&figure);
}

/* Soon, but not with each of them. */
START_TEST(test_moved_figures_are_told)
{
	struct ush_eventlog_options options = default_options();
	struct found found = {0};
	struct ush_eventlog *log;

	options.moved = read_figure;
	log = open_log(&options);
	for (int i = 0; i < 120; i++) {
		atomic_fetch_add(&figure, 1);
		sleep_ms(100);
	}
	ush_eventlog_close(log, 1000);
	read_log(&found, path);
	ck_assert_str_eq(found.reasons, "start counted stop ");
	json_decref(found.state);
}
END_TEST

START_TEST(test_options_and_claims)
{
	struct ush_eventlog_options options = default_options();
	struct ush_eventlog *log;

	options.rings = 0;
	ck_assert_int_eq(ush_eventlog_open(&log, &options, NULL), -1);
	options.rings = 4097;
	ck_assert_int_eq(ush_eventlog_open(&log, &options, NULL), -1);
	ck_assert_ptr_null(log);
	ush_eventlog_close(log, 0);
	options.rings = 2;
	log = open_log(&options);
	ck_assert_ptr_ne(ush_eventlog_claim(log), ush_eventlog_claim(log));
	ck_assert_ptr_null(ush_eventlog_claim(log));
	ck_assert_ptr_null(ush_eventlog_claim(log));
	ush_eventlog_close(log, 100);
}
END_TEST

START_TEST(test_check_says_why_a_log_cannot_be_opened)
{
	struct ush_error err = {0};

	ck_assert_int_eq(ush_eventlog_check(path, &err), 0);
	ck_assert_int_eq(access(path, F_OK), 0);
	ck_assert_int_eq(ush_eventlog_check("/nonexistent/log", &err), -1);
	ck_assert_str_eq(err.file, "/nonexistent/log");
	ck_assert_str_eq(err.text, "cannot open it for appending: No such file or directory");
}
END_TEST

struct producer {
	pthread_t thread;
	struct ush_ring *ring;
	unsigned pause_us; /* after each 100 events */
};

static void *
produce(void *arg)
{
	struct producer *producer = arg;

	for (unsigned i = 0; i < EVENTS; i++) {
		put(producer->ring);
		if (producer->pause_us != 0 && i % 100 == 99)
			usleep(producer->pause_us);
	}
	return NULL;
}

/* Four threads, EVENTS each; returns with the log closed and what it counted in *stats. */
static void
run_producers(struct ush_eventlog *log, unsigned pause_us, void (*meanwhile)(void))
{
	struct producer producers[THREADS];

	for (unsigned i = 0; i < THREADS; i++) {
		producers[i].ring = ush_eventlog_claim(log);
		producers[i].pause_us = pause_us;
		ck_assert_int_eq(
		    pthread_create(&producers[i].thread, NULL, produce, &producers[i]), 0);
	}
	if (meanwhile != NULL)
		meanwhile();
	for (unsigned i = 0; i < THREADS; i++)
		pthread_join(producers[i].thread, NULL);
}

/* Every event is in the file or counted, and every loss is a hole in the numbers. */
static void
check_balance(const struct found *found)
{
	unsigned missing_at_end = 0;

	for (unsigned ring = 1; ring <= THREADS; ring++)
		missing_at_end += EVENTS - found->last[ring];
	ck_assert_int_eq(found->events, state_number(found, "written"));
	ck_assert_int_eq(found->holes + missing_at_end, state_number(found, "lost"));
	ck_assert_uint_eq(found->events + found->holes + missing_at_end, THREADS * EVENTS);
}

START_TEST(test_four_threads_without_pause)
{
	struct ush_eventlog_options options = default_options();
	struct ush_eventlog *log = open_log(&options);
	struct found found = {0};

	run_producers(log, 0, NULL);
	ush_eventlog_close(log, 5000);
	read_log(&found, path);
	check_balance(&found);
	json_decref(found.state);
}
END_TEST

START_TEST(test_no_loss_at_a_bearable_pace)
{
	struct ush_eventlog_options options = default_options();
	struct ush_eventlog *log;
	struct ush_eventlog_stats stats;
	struct found found = {0};

	options.ring_bytes = 16u << 20;
	log = open_log(&options);
	run_producers(log, 100, NULL);
	ush_eventlog_stats(log, &stats);
	ck_assert_uint_eq(stats.lost, 0);
	ck_assert(!stats.failing);
	ush_eventlog_close(log, 5000);
	read_log(&found, path);
	ck_assert_uint_eq(found.events, THREADS * EVENTS);
	ck_assert_uint_eq(found.holes, 0);
	json_decref(found.state);
}
END_TEST

static void
limit_size(rlim_t size)
{
	struct rlimit limit;

	getrlimit(RLIMIT_FSIZE, &limit);
	limit.rlim_cur = size;
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

/* Full in the middle of the run, and room again before its end. */
static void
fill_disk_for_a_while(void)
{
	sleep_ms(400);
	limit_size(RLIM_INFINITY);
}

static _Atomic unsigned notes;
static _Atomic unsigned noted_lost;

static void
count_note(void *arg, const char *text)
{
	(void)arg;
	unsigned lost;

	ck_assert_ptr_null(strchr(text, '\n'));
	if (sscanf(text, "%u events lost", &lost) == 1)
		atomic_store(&noted_lost, lost);
	atomic_fetch_add(&notes, 1);
}

START_TEST(test_counts_what_a_full_disk_loses_and_recovers)
{
	struct ush_eventlog_options options = default_options();
	struct ush_eventlog *log;
	struct found found = {0};

	signal(SIGXFSZ, SIG_IGN);
	limit_size(100001); /* within a line */
	options.note = count_note;
	log = open_log(&options);
	run_producers(log, 5000, fill_disk_for_a_while);
	ush_eventlog_close(log, 5000);
	read_log(&found, path);
	check_balance(&found);
	ck_assert_int_gt(state_number(&found, "lost"), 0);
	ck_assert_msg(strstr(found.reasons, "recovered") != NULL, "%s", found.reasons);
	ck_assert_uint_ge(atomic_load(&notes), 2);
	json_decref(found.state);
}
END_TEST

/* Full until the end: close() comes back, the file holds whole lines, the count tells the rest. */
START_TEST(test_disk_full_at_close)
{
	struct ush_eventlog_options options = default_options();
	struct ush_eventlog *log;
	struct ush_eventlog_stats stats;
	struct found found = {0};
	time_t before = time(NULL);

	signal(SIGXFSZ, SIG_IGN);
	limit_size(100001);
	options.note = count_note;
	log = open_log(&options);
	run_producers(log, 0, NULL);
	sleep_ms(300);
	ush_eventlog_stats(log, &stats);
	ck_assert(stats.failing);
	ck_assert_uint_gt(stats.lost, 0);
	ush_eventlog_close(log, 300);
	ck_assert_int_le(time(NULL) - before, 30);
	limit_size(RLIM_INFINITY);
	read_log(&found, path);
	ck_assert_uint_eq(found.events, stats.written);
	ck_assert_uint_eq(found.events + atomic_load(&noted_lost), THREADS * EVENTS);
	json_decref(found.state);
}
END_TEST

START_TEST(test_follows_a_rotated_file)
{
	struct ush_eventlog_options options = default_options();
	struct ush_eventlog *log = open_log(&options);
	struct ush_ring *ring = ush_eventlog_claim(log);
	struct found found = {0};

	put(ring);
	sleep_ms(200);
	ck_assert_int_eq(rename(path, rotated), 0);
	put(ring);
	for (unsigned i = 0; i < 50 && access(path, F_OK) != 0; i++)
		sleep_ms(100);
	put(ring);
	ush_eventlog_close(log, 1000);
	read_log(&found, rotated);
	ck_assert_uint_eq(found.events, 2);
	read_log(&found, path);
	ck_assert_uint_eq(found.events, 3);
	ck_assert_uint_eq(found.holes, 0);
	ck_assert_str_eq(found.reasons, "start stop ");
	json_decref(found.state);
}
END_TEST

/* Events wait in memory for a file that cannot be opened yet. */
START_TEST(test_file_comes_late)
{
	struct ush_eventlog_options options = default_options();
	struct ush_eventlog_stats stats;
	struct ush_eventlog *log;
	struct found found = {0};

	ck_assert_int_eq(symlink("/dev/null", path), 0);
	options.note = count_note;
	log = open_log(&options);
	put(ush_eventlog_claim(log));
	sleep_ms(300);
	ush_eventlog_stats(log, &stats);
	ck_assert(stats.failing);
	ck_assert_uint_eq(stats.written, 0);
	ck_assert_uint_eq(atomic_load(&notes), 1);
	unlink(path);
	for (unsigned i = 0; i < 50 && stats.written == 0; i++) {
		sleep_ms(100);
		ush_eventlog_stats(log, &stats);
	}
	ck_assert(!stats.failing);
	ck_assert_uint_eq(atomic_load(&notes), 2);
	ush_eventlog_close(log, 1000);
	read_log(&found, path);
	ck_assert_uint_eq(found.events, 1);
	ck_assert_str_eq(found.reasons, "start recovered stop ");
	json_decref(found.state);
}
END_TEST

static void
wait_until(struct ush_eventlog *log, bool failing)
{
	struct ush_eventlog_stats stats = {.failing = !failing};

	for (unsigned i = 0; i < 50 && stats.failing != failing; i++) {
		sleep_ms(100);
		ush_eventlog_stats(log, &stats);
	}
	ck_assert_int_eq(stats.failing, failing);
}

/* Noticed and mended with no event to write. */
START_TEST(test_file_deleted_and_blocked)
{
	struct ush_eventlog_options options = default_options();
	struct ush_eventlog *log = open_log(&options);

	sleep_ms(200);
	unlink(path);
	ck_assert_int_eq(symlink("/dev/null", path), 0);
	wait_until(log, true);
	unlink(path);
	wait_until(log, false);
	ush_eventlog_close(log, 1000);
}
END_TEST

START_TEST(test_signals_are_left_to_the_host)
{
	struct ush_eventlog_options options = default_options();
	struct ush_eventlog *log;
	sigset_t before, after, usr1;
	int number = 0;

	/* Blocked here, so only an unblocked writer thread could take it, and die of it. */
	sigemptyset(&usr1);
	sigaddset(&usr1, SIGUSR1);
	pthread_sigmask(SIG_SETMASK, NULL, &before);
	log = open_log(&options);
	pthread_sigmask(SIG_BLOCK, &usr1, &after);
	ck_assert_int_eq(sigismember(&after, SIGUSR1), sigismember(&before, SIGUSR1));
	kill(getpid(), SIGUSR1);
	sleep_ms(50);
	ck_assert_int_eq(sigwait(&usr1, &number), 0);
	ck_assert_int_eq(number, SIGUSR1);
	ush_eventlog_close(log, 1000);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("common/eventlog");
	TCase *tcase = tcase_create("eventlog");

	tcase_set_timeout(tcase, 60);
	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_test(tcase, test_writes_a_state_line_at_start_and_stop);
	tcase_add_test(tcase, test_a_broken_callback_costs_its_own_fields_only);
	tcase_add_test(tcase, test_writes_a_state_line_each_interval);
	tcase_add_test(tcase, test_writes_heartbeats_while_no_state_line_is_due);
	tcase_add_loop_test(tcase, test_no_line_says_that_stuck_threads_are_alive, 0, 2);
	tcase_add_test(tcase, test_state_lines_say_how_much_room_is_left);
	tcase_add_test(tcase, test_a_change_is_told_soon);
	tcase_add_test(tcase, test_moved_figures_are_told);
	tcase_add_test(tcase, test_options_and_claims);
	tcase_add_test(tcase, test_check_says_why_a_log_cannot_be_opened);
	tcase_add_test(tcase, test_four_threads_without_pause);
	tcase_add_test(tcase, test_no_loss_at_a_bearable_pace);
	tcase_add_test(tcase, test_counts_what_a_full_disk_loses_and_recovers);
	tcase_add_test(tcase, test_disk_full_at_close);
	tcase_add_test(tcase, test_follows_a_rotated_file);
	tcase_add_test(tcase, test_file_comes_late);
	tcase_add_test(tcase, test_file_deleted_and_blocked);
	tcase_add_test(tcase, test_signals_are_left_to_the_host);
	suite_add_tcase(suite, tcase);
	return ush_unit_run(suite);
}
