/* SPDX-License-Identifier: BSD-3-Clause */
/* The passive record in the module: what workers put in, what the thread makes of it hour by hour, and
 * its bounds. The thread's turns are made here, at times of the test's own. */
#include "tests/unit/module/fixture.h"

#include <sys/resource.h>
#include <sys/stat.h>
#include "module/passive_table.h"
#include "module/passive_writer.h"

#define HOUR_MS 3600000ull
#define DAY_MS (24 * HOUR_MS)
#define START_MS (20421 * DAY_MS + 5 * HOUR_MS + 1000) /* 05:00:01 UTC */
#define PLACE 1

static struct ush_passive *passive;
static char directory[128];
static char noted[512];

static void
note(void *arg, const char *text)
{
	(void)arg;
	(void)snprintf(noted, sizeof(noted), "%s", text);
}

static void
setup(void)
{
	fixture_open();
	fixture_path(directory, "record");
	noted[0] = '\0';
	passive = ush_passive_new(2, note, NULL);
	ck_assert_ptr_nonnull(passive);
}

static void
teardown(void)
{
	ush_passive_close(passive);
	fixture_close();
}

static void
begin_with(enum ush_passive_mode mode, uint32_t memory_mib)
{
	struct ush_passive_wanted wanted = {.mode = mode,
	    .directory = strdup(directory),
	    .keep_days = 2,
	    .disk_mib = 1,
	    .memory_mib = memory_mib};

	ush_passive_begin(passive, &wanted);
}

static void
begin(enum ush_passive_mode mode)
{
	begin_with(mode, 4);
}

/* As a worker does it. True if it was new. */
static bool
ask(const char *text, const char *client, bool is_real)
{
	struct ush_address address = fixture_address(client);
	struct ush_name name = fixture_name(text);
	struct ush_passive_question question;

	ush_passive_ask(passive, PLACE, &name, &address, is_real, &question);
	if (!ush_passive_is_new(&question))
		return false;
	ush_passive_record(passive, PLACE, &question, &name, &address, is_real);
	return true;
}

static size_t
count_files(void)
{
	struct ush_passive_entries entries;
	size_t count;

	ck_assert_int_eq(ush_passive_entries_find(&entries, directory, NULL), 0);
	count = entries.count;
	ush_passive_entries_fini(&entries);
	return count;
}

/* The pair of a name, in the file with this number; false if there is none. */
static bool
find(size_t number, const char *text, enum ush_passive_kind kind, struct ush_passive_pair *out)
{
	struct ush_passive_entries entries;
	struct ush_name name = fixture_name(text);
	struct ush_passive_file file;
	bool is_found = false;
	uint64_t hash;

	hash = ush_passive_hash(&passive->key, &name, 0, kind);
	ck_assert_int_eq(ush_passive_entries_find(&entries, directory, NULL), 0);
	ck_assert_uint_lt(number, entries.count);
	ck_assert_int_eq(
	    ush_passive_file_read(&file, directory, entries.items[number].name, NULL), 0);
	for (size_t i = 0; i < file.pair_count; i++) {
		if (file.pairs[i].hash == hash) {
			*out = file.pairs[i];
			is_found = true;
		}
	}
	ush_passive_file_fini(&file);
	ush_passive_entries_fini(&entries);
	return is_found;
}

START_TEST(test_off)
{
	begin(USH_PASSIVE_OFF);
	(void)ush_passive_turn(passive, START_MS);
	ck_assert(!ush_passive_is_on(passive));
	ck_assert(!ask("www.example", "192.0.2.1", true));
	ck_assert_int_ne(access(directory, F_OK), 0);
	ck_assert(!ush_passive_is_on(NULL));
	ck_assert_uint_eq(ush_passive_lost(NULL), 0);
}
END_TEST

START_TEST(test_once_in_an_hour)
{
	begin(USH_PASSIVE_HOURS);
	(void)ush_passive_turn(passive, START_MS);
	ck_assert(ush_passive_is_on(passive));
	ck_assert(ask("www.example", "192.0.2.1", false));
	ck_assert(!ask("www.example", "192.0.2.1", false));
	ck_assert(ask("www.example", "192.0.2.1", true));
	ck_assert(ask("www.example", "192.0.2.2", false));
	ck_assert(ask("mail.example", "192.0.2.1", false));
	ck_assert(!ask("1.2.0.192.in-addr.arpa", "192.0.2.1", false));
	(void)ush_passive_turn(passive, START_MS + HOUR_MS);
	ck_assert(ask("www.example", "192.0.2.1", false));
}
END_TEST

static unsigned
ask_names(unsigned count)
{
	unsigned recorded = 0;
	char text[64];

	for (unsigned i = 0; i < count; i++) {
		(void)snprintf(text, sizeof(text), "n%u.example", i);
		recorded += ask(text, "192.0.2.1", true);
		if (i % 1000 == 0)
			(void)ush_passive_turn(passive, START_MS);
	}
	(void)ush_passive_turn(passive, START_MS);
	return recorded;
}

/* What is asked again and again is recorded once; where there are more names than tags, there are more
 * tags soon. */
START_TEST(test_tags)
{
	begin_with(USH_PASSIVE_HOURS, 32);
	(void)ush_passive_turn(passive, START_MS);
	ck_assert_uint_eq(ask_names(4000), 4000);
	ck_assert_uint_le(ask_names(4000), 40);
	ck_assert_uint_eq(ask_names(4000), 0);
	ck_assert_uint_ge(ask_names(100000), 90000);
	(void)ask_names(100000); /* larger tables begin empty */
	(void)ask_names(100000);
	ck_assert_uint_le(ask_names(100000), 1000);
}
END_TEST

/* The name itself, and those above it that have two labels or more. */
START_TEST(test_what_is_recorded)
{
	struct ush_passive_pair pair;

	begin(USH_PASSIVE_HOURS);
	(void)ush_passive_turn(passive, START_MS);
	ck_assert(ask("a.b.c.example", "192.0.2.1", true));
	ck_assert(ask("two.example", "192.0.2.1", false));
	ck_assert(ask("single", "192.0.2.1", false));
	ush_passive_write_soon(passive);
	(void)ush_passive_turn(passive, START_MS + 60);
	ck_assert_uint_eq(count_files(), 1);
	ck_assert(find(0, "a.b.c.example", USH_PASSIVE_ITSELF, &pair));
	ck_assert_uint_eq(pair.flags, USH_PASSIVE_REAL);
	ck_assert(find(0, "b.c.example", USH_PASSIVE_BELOW, &pair));
	ck_assert(find(0, "c.example", USH_PASSIVE_BELOW, &pair));
	ck_assert(!find(0, "example", USH_PASSIVE_BELOW, &pair));
	ck_assert(!find(0, "b.c.example", USH_PASSIVE_ITSELF, &pair));
	ck_assert(find(0, "two.example", USH_PASSIVE_ITSELF, &pair));
	ck_assert_uint_eq(pair.flags, 0);
	ck_assert(!find(0, "single", USH_PASSIVE_ITSELF, &pair));
}
END_TEST

START_TEST(test_a_day_has_its_first_and_last_hour)
{
	struct ush_passive_pair pair;

	begin(USH_PASSIVE_DAYS);
	for (unsigned hour = 0; hour < 3; hour++) {
		(void)ush_passive_turn(passive, START_MS + hour * HOUR_MS);
		ck_assert(ask("www.example", "192.0.2.1", hour == 1));
	}
	(void)ush_passive_turn(passive, START_MS + 3 * HOUR_MS - 2000);
	(void)ush_passive_turn(passive, START_MS + DAY_MS);
	ck_assert_uint_eq(count_files(), 1);
	ck_assert(find(0, "www.example", USH_PASSIVE_ITSELF, &pair));
	ck_assert_uint_eq(pair.first, 5);
	ck_assert_uint_eq(pair.last, 7);
	ck_assert_uint_eq(pair.flags, USH_PASSIVE_REAL);
}
END_TEST

/* keep is two days. */
START_TEST(test_old_hours_vanish)
{
	begin(USH_PASSIVE_HOURS);
	for (unsigned hour = 0; hour < 3; hour++) {
		(void)ush_passive_turn(passive, START_MS + hour * HOUR_MS);
		ck_assert(ask("www.example", "192.0.2.1", true));
	}
	(void)ush_passive_turn(passive, START_MS + 3 * HOUR_MS);
	ck_assert_uint_eq(count_files(), 3);
	(void)ush_passive_turn(passive, START_MS + 2 * DAY_MS);
	ck_assert_uint_eq(count_files(), 3);
	(void)ush_passive_turn(passive, START_MS + 2 * DAY_MS + 2 * HOUR_MS);
	ck_assert_uint_eq(count_files(), 1);
	passive->sweep_due_ms = 0;
	(void)ush_passive_turn(passive, START_MS + 2 * DAY_MS + 3 * HOUR_MS);
	ck_assert_uint_eq(count_files(), 0);
}
END_TEST

static uint64_t
disk_used(void)
{
	struct ush_passive_entries entries;
	uint64_t bytes = 0;

	ck_assert_int_eq(ush_passive_entries_find(&entries, directory, NULL), 0);
	for (size_t i = 0; i < entries.count; i++)
		bytes += entries.items[i].bytes;
	ush_passive_entries_fini(&entries);
	return bytes;
}

/* disk is one MiB. Of many clients: none has too much of the table. */
START_TEST(test_the_disk_is_bounded)
{
	struct ush_passive_pair pair;
	char text[64], client[32];

	begin(USH_PASSIVE_HOURS);
	(void)ush_passive_turn(passive, START_MS);
	for (unsigned i = 0; i < 150000; i++) {
		(void)snprintf(text, sizeof(text), "n%u.example", i);
		(void)snprintf(client, sizeof(client), "10.0.0.%u", i % 100);
		ck_assert(ask(text, client, false));
		if (i % 1000 == 0)
			(void)ush_passive_turn(passive, START_MS);
	}
	ush_passive_write_soon(passive);
	(void)ush_passive_turn(passive, START_MS);
	ck_assert_uint_gt(count_files(), 1);
	ck_assert_uint_le(disk_used(), (1u << 20) + (1u << 20)); /* and the one that is not full */
	ck_assert(find(count_files() - 1, "n149999.example", USH_PASSIVE_ITSELF, &pair));
	ck_assert_uint_eq(ush_passive_lost(passive), 0);
}
END_TEST

START_TEST(test_a_full_ring_loses_and_counts)
{
	char text[64];
	unsigned i;

	begin(USH_PASSIVE_HOURS);
	(void)ush_passive_turn(passive, START_MS);
	for (i = 0; ush_passive_lost(passive) == 0; i++) {
		(void)snprintf(text, sizeof(text), "n%u.example", i);
		ck_assert(ask(text, "192.0.2.1", false));
	}
	ck_assert_uint_gt(i, 3000);
	ck_assert(ask(text, "192.0.2.1", false)); /* it is still new */
	ck_assert_uint_eq(ush_passive_lost(passive), 2);
	(void)ush_passive_turn(passive, START_MS);
	ck_assert(ask(text, "192.0.2.1", false));
	ck_assert(!ask(text, "192.0.2.1", false));
}
END_TEST

/* Who removes the key wants all of it forgotten, also what is in memory. */
START_TEST(test_a_removed_key)
{
	struct ush_passive_pair pair;
	char path[160];

	begin(USH_PASSIVE_HOURS);
	(void)ush_passive_turn(passive, START_MS);
	ck_assert(ask("www.example", "192.0.2.1", false));
	(void)snprintf(path, sizeof(path), "%s/key", directory);
	ck_assert_int_eq(unlink(path), 0);
	ush_passive_write_soon(passive);
	(void)ush_passive_turn(passive, START_MS);
	ck_assert(!ush_passive_is_on(passive));
	ck_assert_uint_eq(count_files(), 0);
	(void)ush_passive_turn(passive, START_MS);
	ck_assert(ush_passive_is_on(passive));
	ck_assert(ask("mail.example", "192.0.2.1", false));
	ush_passive_end(passive);
	ck_assert(find(0, "mail.example", USH_PASSIVE_ITSELF, &pair));
	ck_assert(!find(0, "www.example", USH_PASSIVE_ITSELF, &pair));
	(void)ush_passive_turn(passive, START_MS);
	ck_assert(ask("www.example", "192.0.2.1", false)); /* as if it had never been asked */
}
END_TEST

/* Without a free descriptor the key cannot be read, nor a file be written: that passes. */
START_TEST(test_no_descriptor_is_free)
{
	struct rlimit before, none;
	struct ush_passive_pair pair;

	begin(USH_PASSIVE_HOURS);
	(void)ush_passive_turn(passive, START_MS);
	ck_assert(ask("www.example", "192.0.2.1", false));
	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &before), 0);
	none = (struct rlimit){.rlim_cur = 0, .rlim_max = before.rlim_max};
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &none), 0);
	ush_passive_write_soon(passive);
	(void)ush_passive_turn(passive, START_MS);
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &before), 0);
	ck_assert_uint_eq(count_files(), 0);
	ck_assert_ptr_nonnull(strstr(noted, "Too many open files"));
	ck_assert(ush_passive_is_on(passive));
	ush_passive_write_soon(passive);
	(void)ush_passive_turn(passive, START_MS);
	ck_assert(find(0, "www.example", USH_PASSIVE_ITSELF, &pair));
}
END_TEST

/* A resolver that was killed in a write leaves a file that nothing else would ever remove. */
START_TEST(test_what_a_killed_resolver_left)
{
	char path[160], other[160];

	ck_assert_int_eq(mkdir(directory, 0700), 0);
	(void)snprintf(path, sizeof(path), "%s/20251129T05-000.passive.new", directory);
	(void)snprintf(other, sizeof(other), "%s/other.new", directory);
	ck_assert_int_eq(mknod(path, S_IFREG | 0600, 0), 0);
	ck_assert_int_eq(mknod(other, S_IFREG | 0600, 0), 0);
	begin(USH_PASSIVE_HOURS);
	(void)ush_passive_turn(passive, START_MS);
	ck_assert_int_ne(access(path, F_OK), 0);
	ck_assert_int_eq(unlink(other), 0);
}
END_TEST

START_TEST(test_no_directory)
{
	struct ush_passive_wanted wanted = {
	    .mode = USH_PASSIVE_DAYS, .keep_days = 1, .disk_mib = 1, .memory_mib = 4};

	wanted.directory = strdup("/no/such/directory/at/all");
	ush_passive_begin(passive, &wanted);
	ck_assert_uint_ge(ush_passive_turn(passive, START_MS), 1000);
	ck_assert(!ush_passive_is_on(passive));
	ck_assert_ptr_nonnull(strstr(noted, "/no/such/directory/at/all"));
	noted[0] = '\0';
	(void)ush_passive_turn(passive, START_MS);
	ck_assert_str_eq(noted, "");
}
END_TEST

/* An earlier life of the module has written parts of this hour. */
START_TEST(test_parts_are_not_overwritten)
{
	struct ush_passive_pair pair;

	begin(USH_PASSIVE_HOURS);
	(void)ush_passive_turn(passive, START_MS);
	ck_assert(ask("www.example", "192.0.2.1", false));
	ush_passive_end(passive);
	(void)ush_passive_turn(passive, START_MS);
	ck_assert(ask("mail.example", "192.0.2.1", false));
	ush_passive_end(passive);
	ck_assert_uint_eq(count_files(), 2);
	ck_assert(find(0, "www.example", USH_PASSIVE_ITSELF, &pair));
	ck_assert(find(1, "mail.example", USH_PASSIVE_ITSELF, &pair));
}
END_TEST

/* With its own thread, as in the resolver. */
START_TEST(test_thread)
{
	struct ush_module_settings settings = {.passive = USH_PASSIVE_DAYS,
	    .passive_directory = directory,
	    .passive_keep = 1,
	    .passive_disk = 1,
	    .passive_memory = 4};
	struct ush_passive_pair pair;

	ush_passive_follow(passive, &settings);
	for (unsigned i = 0; i < 1000 && !ush_passive_is_on(passive); i++)
		(void)usleep(10000);
	ck_assert(ask("www.example", "192.0.2.1", false));
	ush_passive_write_soon(passive);
	for (unsigned i = 0; i < 1000 && count_files() == 0; i++)
		(void)usleep(10000);
	ck_assert(find(0, "www.example", USH_PASSIVE_ITSELF, &pair));
	settings.passive = USH_PASSIVE_OFF;
	ush_passive_follow(passive, &settings);
	for (unsigned i = 0; i < 1000 && ush_passive_is_on(passive); i++)
		(void)usleep(10000);
	ck_assert(!ush_passive_is_on(passive));
}
END_TEST

static enum ush_passive_added
add(struct ush_passive_table *table, uint64_t hash, unsigned client)
{
	struct ush_passive_client who = {{(uint8_t)client, (uint8_t)(client >> 8)}};

	return ush_passive_table_add(table, hash * 0x9e3779b97f4a7c15u | 1, &who, 0, 0);
}

START_TEST(test_table)
{
	struct ush_passive_table *table = ush_passive_table_new(64 << 10);
	uint64_t own = 0;
	unsigned i = 1;

	ck_assert_ptr_nonnull(table);
	while (add(table, ++own, 0) == USH_PASSIVE_ADDED)
		;
	ck_assert_int_eq(add(table, own, 0), USH_PASSIVE_GREEDY);
	ck_assert_int_eq(add(table, own - 1, 0), USH_PASSIVE_ADDED); /* it is known */
	ck_assert_uint_ge(own, 900);
	ck_assert_uint_le(own, 1200);
	while (add(table, i, 1 + i % 50) == USH_PASSIVE_ADDED)
		i++;
	ck_assert_int_eq(add(table, i, 1 + i % 50), USH_PASSIVE_FULL);
	ck_assert_uint_ge(ush_passive_table_count(table), 3000);
	ush_passive_table_clear(table);
	ck_assert_uint_eq(ush_passive_table_count(table), 0);
	ck_assert_int_eq(add(table, own, 0), USH_PASSIVE_ADDED);
	ush_passive_table_clear(table);
	for (i = 0; add(table, i, i) == USH_PASSIVE_ADDED; i++)
		;
	ck_assert_uint_lt(i, 513); /* clients are bounded, too */
	ush_passive_table_free(table);
	ush_passive_table_free(NULL);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("module/passive");
	TCase *tcase = tcase_create("passive");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_set_timeout(tcase, 60);
	tcase_add_test(tcase, test_off);
	tcase_add_test(tcase, test_once_in_an_hour);
	tcase_add_test(tcase, test_tags);
	tcase_add_test(tcase, test_what_is_recorded);
	tcase_add_test(tcase, test_a_day_has_its_first_and_last_hour);
	tcase_add_test(tcase, test_old_hours_vanish);
	tcase_add_test(tcase, test_the_disk_is_bounded);
	tcase_add_test(tcase, test_a_full_ring_loses_and_counts);
	tcase_add_test(tcase, test_a_removed_key);
	tcase_add_test(tcase, test_no_descriptor_is_free);
	tcase_add_test(tcase, test_what_a_killed_resolver_left);
	tcase_add_test(tcase, test_no_directory);
	tcase_add_test(tcase, test_parts_are_not_overwritten);
	tcase_add_test(tcase, test_thread);
	tcase_add_test(tcase, test_table);
	suite_add_tcase(suite, tcase);
	return ush_unit_run(suite);
}
