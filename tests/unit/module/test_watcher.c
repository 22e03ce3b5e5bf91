/* SPDX-License-Identifier: BSD-3-Clause */
#include "module/watcher.h"

#include <pthread.h>
#include <stdatomic.h>
#include "module/decision.h"
#include "tests/unit/module/fixture.h"

static const struct fixture_rule first[] = {
    {"emdivi", USH_ACTION_SINKHOLE, USH_SCOPE_SUBDOMAINS, "first.example"}};
static const struct fixture_rule second[] = {
    {"emdivi", USH_ACTION_SINKHOLE, USH_SCOPE_SUBDOMAINS, "second.example"}};

/* What the watcher reported to its host. */
static struct host {
	pthread_mutex_t lock;
	char notes[16][512];
	unsigned note_count;
	_Atomic unsigned evictions;
	_Atomic bool refuse_eviction;
} host = {.lock = PTHREAD_MUTEX_INITIALIZER};

static struct ush_lists lists;
static struct ush_counters counters;
static const struct ush_counters *const blocks[] = {&counters};
static struct ush_watcher *watcher;
static struct ush_reader *reader;

static void
note(void *arg, enum ush_notice kind, const char *text)
{
	(void)arg, (void)kind;
	(void)pthread_mutex_lock(&host.lock);
	if (host.note_count < 16)
		(void)snprintf(host.notes[host.note_count++], sizeof(host.notes[0]), "%s", text);
	(void)pthread_mutex_unlock(&host.lock);
}

static int
evict(void *arg, const _Atomic bool *stop, struct ush_eviction *done)
{
	(void)arg, (void)stop;
	if (atomic_load(&host.refuse_eviction))
		return -1;
	done->seen = 10;
	done->evicted = 1;
	atomic_fetch_add(&host.evictions, 1);
	return 0;
}

static void
tick(void *arg, const _Atomic bool *stop)
{
	(void)arg, (void)stop;
}

/* How many notes contain `part`. */
static unsigned
notes_with(const char *part)
{
	unsigned count = 0;

	(void)pthread_mutex_lock(&host.lock);
	for (unsigned i = 0; i < host.note_count; i++)
		count += strstr(host.notes[i], part) != NULL;
	(void)pthread_mutex_unlock(&host.lock);
	return count;
}

static void
watch(void)
{
	char path[128];
	struct ush_watcher_options options = {
	    .settings_path = path,
	    .threads = 2,
	    .host = {.note = note, .evict = evict, .tick = tick},
	    .lists = &lists,
	    .counters = &counters,
	    .blocks = blocks,
	    .block_count = 1,
	};
	struct ush_error err = {0};

	fixture_path(path, "sinkhole.yaml");
	ck_assert_int_eq(ush_watcher_open(&watcher, &options, &err), 0);
}

static void
setup(void)
{
	fixture_open();
	ck_assert_int_eq(ush_lists_init(&lists, 4), 0);
	reader = ush_lists_claim(&lists);
}

static void
teardown(void)
{
	ush_watcher_close(watcher);
	ush_lists_fini(&lists);
	fixture_close();
}

/* What a worker thread would do with this name now: NONE if it is not listed. */
static enum ush_action
action_of(const char *text)
{
	struct ush_name name = fixture_name(text);
	enum ush_action action = USH_ACTION_NONE;
	struct ush_view view;
	struct ush_hit hit;

	ush_lists_enter(&lists, reader, &view);
	if (ush_find_name(&view, &name, USH_TYPE_A, true, &hit))
		action = hit.action;
	ush_lists_leave(reader);
	return action;
}

/* Waits until a name is treated so; at most some seconds. */
static bool
becomes(const char *text, enum ush_action action)
{
	for (int i = 0; i < 500; i++) {
		if (action_of(text) == action)
			return true;
		(void)usleep(10000);
	}
	return false;
}

static bool
is_told(const char *part)
{
	for (int i = 0; i < 500; i++) {
		if (notes_with(part) > 0)
			return true;
		(void)usleep(10000);
	}
	return false;
}

START_TEST(test_in_force_before_open_returns)
{
	fixture_file("sinkhole.yaml", FIXTURE_SETTINGS);
	fixture_list("list.db", first, 1);
	watch();
	ck_assert_int_eq(action_of("first.example"), USH_ACTION_SINKHOLE);
	ck_assert_uint_eq(notes_with("in force: list serial"), 1);
	ck_assert_uint_eq(atomic_load(&host.evictions), 1);
	ck_assert_uint_gt(ush_watcher_memory(watcher), 0);
}
END_TEST

START_TEST(test_new_list_by_itself)
{
	fixture_file("sinkhole.yaml", FIXTURE_SETTINGS);
	fixture_list("list.db", first, 1);
	watch();
	fixture_list("list.db", second, 1);
	ck_assert(becomes("second.example", USH_ACTION_SINKHOLE));
	ck_assert(becomes("first.example", USH_ACTION_NONE));
}
END_TEST

START_TEST(test_nothing_there_then_all_comes)
{
	watch();
	ck_assert_int_eq(action_of("first.example"), USH_ACTION_NONE);
	ck_assert_uint_eq(notes_with("sinkhole.yaml"), 1);
	fixture_file("sinkhole.yaml", FIXTURE_SETTINGS);
	ck_assert(becomes("canary.example", USH_ACTION_SINKHOLE));
	ck_assert(is_told("list.db"));
	fixture_list("list.db", first, 1);
	ck_assert(becomes("first.example", USH_ACTION_SINKHOLE));
}
END_TEST

/* Refused, reported once with the reason, and the old one stays. Cut short at any place, or missing. */
START_TEST(test_bad_list_is_refused)
{
	char path[128];

	fixture_file("sinkhole.yaml", FIXTURE_SETTINGS);
	fixture_list("list.db", first, 1);
	watch();
	fixture_file("list.db", "no list at all");
	ck_assert(is_told("the list in force stays"));
	(void)usleep(400000);
	ck_assert_uint_eq(notes_with("the list in force stays"), 1);
	ck_assert_int_eq(action_of("first.example"), USH_ACTION_SINKHOLE);
	ck_assert_uint_eq(ush_counters_sum(blocks, 1, USH_COUNT_REFUSED), 1);
	fixture_path(path, "list.db");
	ck_assert_int_eq(unlink(path), 0);
	fixture_list("list.db", second, 1);
	ck_assert(becomes("second.example", USH_ACTION_SINKHOLE));
}
END_TEST

START_TEST(test_bad_settings_are_refused)
{
	fixture_file("sinkhole.yaml", FIXTURE_SETTINGS);
	fixture_list("list.db", first, 1);
	watch();
	fixture_file("sinkhole.yaml", "mode: sideways\n" FIXTURE_SETTINGS);
	ck_assert(is_told("the settings in force stay"));
	ck_assert_int_eq(action_of("first.example"), USH_ACTION_SINKHOLE);
	/* A new list is taken all the same, with the settings that are in force. */
	fixture_list("list.db", second, 1);
	ck_assert(becomes("second.example", USH_ACTION_SINKHOLE));
	ck_assert_uint_eq(notes_with("the settings in force stay"), 1);
}
END_TEST

START_TEST(test_mode_is_watched)
{
	fixture_file("sinkhole.yaml", FIXTURE_SETTINGS);
	fixture_list("list.db", first, 1);
	watch();
	fixture_file("sinkhole.yaml", "mode: monitor\n" FIXTURE_SETTINGS);
	ck_assert(becomes("first.example", USH_ACTION_MONITOR));
	fixture_file("sinkhole.yaml", "mode: off\n" FIXTURE_SETTINGS);
	ck_assert(becomes("first.example", USH_ACTION_NONE));
	fixture_file("sinkhole.yaml", "mode: enforce\n" FIXTURE_SETTINGS);
	ck_assert(becomes("first.example", USH_ACTION_SINKHOLE));
}
END_TEST

/* As long as the caches cannot be cleaned both lists hold; then the new one comes in force. */
START_TEST(test_pending_until_evicted)
{
	fixture_file("sinkhole.yaml", FIXTURE_SETTINGS);
	fixture_list("list.db", first, 1);
	watch();
	atomic_store(&host.refuse_eviction, true);
	fixture_list("list.db", second, 1);
	ck_assert(becomes("second.example", USH_ACTION_SINKHOLE));
	(void)usleep(300000);
	ck_assert_int_eq(action_of("first.example"), USH_ACTION_SINKHOLE);
	ck_assert_uint_eq(notes_with("in force: list serial"), 1);
	atomic_store(&host.refuse_eviction, false);
	ck_assert(becomes("first.example", USH_ACTION_NONE));
	ck_assert(is_told("1 removed"));
}
END_TEST

/* The kill switch does not wait for any cache. */
START_TEST(test_off_needs_no_eviction)
{
	fixture_file("sinkhole.yaml", FIXTURE_SETTINGS);
	fixture_list("list.db", first, 1);
	watch();
	atomic_store(&host.refuse_eviction, true);
	fixture_file("sinkhole.yaml", "mode: off\n" FIXTURE_SETTINGS);
	ck_assert(becomes("first.example", USH_ACTION_NONE));
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("module/watcher");
	TCase *tc = tcase_create("watcher");

	tcase_set_timeout(tc, 60);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, test_in_force_before_open_returns);
	tcase_add_test(tc, test_new_list_by_itself);
	tcase_add_test(tc, test_nothing_there_then_all_comes);
	tcase_add_test(tc, test_bad_list_is_refused);
	tcase_add_test(tc, test_bad_settings_are_refused);
	tcase_add_test(tc, test_mode_is_watched);
	tcase_add_test(tc, test_pending_until_evicted);
	tcase_add_test(tc, test_off_needs_no_eviction);
	suite_add_tcase(suite, tc);
	return ush_unit_run(suite);
}
