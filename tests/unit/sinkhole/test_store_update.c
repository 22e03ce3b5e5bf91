/* SPDX-License-Identifier: BSD-3-Clause */
/* Reading on in the logs: what must never happen is that an event counts twice, or not at all. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "sinkhole/store/internal.h"
#include "tests/unit/sinkhole/site.h"
#include "tests/unit/unit.h"

static struct site site;

static void
begin(void)
{
	site_begin(&site, NULL);
}

static void
end(void)
{
	site_end(&site);
}

static void
ask(const char *host)
{
	site_dns(&site, (struct site_dns){.host = host});
}

static uint64_t
events(void)
{
	struct ush_store_size size;

	site_update(&site);
	ck_assert_int_eq(ush_store_size(site.store, &size, NULL), 0);
	return size.events;
}

/* Shell words with %s for the directory. */
static void
shell(const char *words)
{
	char command[512];

	snprintf(command, sizeof(command), "cd '%s' && %s", site.directory, words);
	ck_assert_int_eq(system(command), 0);
}

START_TEST(test_reads_each_line_once)
{
	ck_assert_uint_eq(events(), 0);
	ask("10.0.0.1");
	ask("10.0.0.1");
	ck_assert_uint_eq(events(), 2);
	ck_assert_uint_eq(events(), 2);
	site_reopen(&site);
	ck_assert_uint_eq(events(), 2);
	ask("10.0.0.1");
	site_contact(&site, (struct site_contact){.host = "10.0.0.1"});
	ck_assert_uint_eq(events(), 4);
}
END_TEST

START_TEST(test_half_line_waits)
{
	ask("10.0.0.1");
	shell("head -c 50 dns.jsonl > half && cat half >> dns.jsonl");
	ck_assert_uint_eq(events(), 1);
	ck_assert_uint_eq(site_update(&site).broken, 0);
	shell("tail -c +51 dns.jsonl | head -n 1 >> dns.jsonl");
	ck_assert_uint_eq(events(), 2);
}
END_TEST

START_TEST(test_rotation_by_rename)
{
	ask("10.0.0.1");
	ck_assert_uint_eq(events(), 1);
	ask("10.0.0.1"); /* written before the rotation, read after it */
	shell("mv dns.jsonl dns.jsonl.1");
	ck_assert_uint_eq(events(), 2);
	ask("10.0.0.1");
	ck_assert_uint_eq(events(), 3);
	shell("mv dns.jsonl.1 dns.jsonl.2 && mv dns.jsonl dns.jsonl.1");
	ask("10.0.0.1");
	ck_assert_uint_eq(events(), 4);
	shell("rm dns.jsonl.2 dns.jsonl.1");
	ck_assert_uint_eq(events(), 4);
}
END_TEST

START_TEST(test_rotation_by_copytruncate)
{
	ask("10.0.0.1");
	ck_assert_uint_eq(events(), 1);
	ask("10.0.0.1");
	shell("cp dns.jsonl dns.jsonl.1 && : > dns.jsonl");
	ck_assert_uint_eq(events(), 2);
	ask("10.0.0.1");
	ck_assert_uint_eq(events(), 3);
}
END_TEST

/* A new file often gets the inode of the one that has just been removed. */
START_TEST(test_inode_used_again)
{
	for (unsigned i = 1; i <= 5; i++) {
		ask("10.0.0.1");
		ck_assert_uint_eq(events(), i);
		shell("rm dns.jsonl");
	}
}
END_TEST

START_TEST(test_copies_count_once)
{
	ask("10.0.0.1");
	shell("cp dns.jsonl dns.jsonl.7");
	ask("10.0.0.1");
	ck_assert_uint_eq(events(), 2);
	shell("cp dns.jsonl dns.jsonl.8 && touch dns.jsonl.8");
	ck_assert_uint_eq(events(), 2);
}
END_TEST

START_TEST(test_reads_on_in_a_log_that_was_cut_short)
{
	ask("10.0.0.1");
	ask("10.0.0.2");
	ck_assert_uint_eq(events(), 2);
	shell("head -n 1 dns.jsonl > cut && cat cut > dns.jsonl");
	ck_assert_uint_eq(events(), 2);
	ask("10.0.0.3");
	ck_assert_uint_eq(events(), 3);
	shell("head -c 300 dns.jsonl > cut && cat cut > dns.jsonl"); /* inside a line */
	ck_assert_uint_eq(events(), 3);
	shell("echo >> dns.jsonl");
	ask("10.0.0.4");
	ck_assert_uint_eq(events(), 4);
}
END_TEST

START_TEST(test_broken_lines_are_counted)
{
	struct ush_update update;

	ask("10.0.0.1");
	shell("printf 'no json\\n{}\\n\\n\\xff\\n' >> dns.jsonl");
	ask("10.0.0.1");
	update = site_update(&site);
	ck_assert_uint_eq(update.lines, 6);
	ck_assert_uint_eq(update.broken, 4);
	ck_assert_uint_eq(events(), 2);
	ck_assert_uint_eq(site_update(&site).broken, 0);
}
END_TEST

START_TEST(test_first_line_broken)
{
	struct ush_update update;

	shell("printf 'no json\\n' >> dns.jsonl");
	ck_assert_uint_eq(site_update(&site).unread.count, 1);
	ask("10.0.0.1");
	update = site_update(&site);
	ck_assert_uint_eq(update.unread.count, 0);
	ck_assert_uint_eq(update.broken, 1);
	ck_assert_uint_eq(events(), 1);
}
END_TEST

/* Else "nothing seen" is said of evidence that lies there. */
static const struct {
	const char *make;
	const char *reason;
} not_logs[] = {
    {"printf '\\211LZO\\0\\r\\n\\032\\n and more\\n' > dns.jsonl.2", "not text: expand it"},
    {"printf '\\211LZO\\0\\r and more' > dns.jsonl.2", "not text: expand it"},
    {"printf '\\211LZO\\0\\r\\n\\032\\n and more\\n' > dns.jsonl.2.lzo", "expand it"},
    {"printf 'BZh91AY&SY\\0\\n' > dns.jsonl.2.bz2", "gzip or zstd"},
    {"head -c 9000 /dev/zero > dns.jsonl.2", "not text"},
    {"printf 'these are\\nno events\\n' > dns.jsonl.2", "none of its lines is an event"},
    {"printf 'nor this\\n' | gzip > dns.jsonl.2.gz", "none of its lines is an event"},
    {"head -c 9000 /dev/zero | tr '\\0' x > dns.jsonl.2", "none of its lines is an event"},
};

START_TEST(test_a_file_without_any_event_is_unread)
{
	struct ush_update update;

	ask("10.0.0.1");
	shell(not_logs[_i].make);
	for (int i = 0; i < 2; i++) { /* also the next time */
		update = site_update(&site);
		ck_assert_uint_eq(update.unread.count, 1);
		ck_assert_ptr_nonnull(strstr(update.unread.items[0].file, "/dns.jsonl.2"));
		ck_assert_msg(strstr(update.unread.items[0].text, not_logs[_i].reason) != NULL,
		    "%s", update.unread.items[0].text);
		ck_assert_uint_eq(update.broken, 0);
	}
	ck_assert_uint_eq(events(), 1);
	shell("rm dns.jsonl.2* && : > dns.jsonl.3 && gzip -c dns.jsonl.3 > dns.jsonl.4.gz");
	ck_assert_uint_eq(site_update(&site).unread.count, 0);
}
END_TEST

/* The first line may be longer than what a log is known by. */
START_TEST(test_a_first_line_that_is_being_written_is_no_error)
{
	shell("printf '{\"x\": \"%4000s' x > dns.jsonl");
	ck_assert_uint_eq(site_update(&site).unread.count, 0);
}
END_TEST

static void
tell_a_story(void)
{
	site_state(&site, (struct site_state){.writer = "dns"});
	site_state(&site, (struct site_state){.writer = "contacts"});
	for (unsigned i = 0; i < 40; i++) {
		char host[32];
		char name[32];

		snprintf(host, sizeof(host), "10.0.0.%u", i % 7);
		snprintf(name, sizeof(name), "www.c%u.jp", i % 11);
		site_dns(&site, (struct site_dns){.host = host,
		                    .name = name,
		                    .time_ms = SITE_START + (i * 7919) % 1000 * SITE_MINUTE});
		site_contact(&site, (struct site_contact){.host = host,
		                        .domain = name,
		                        .time_ms = SITE_START + (i * 104729) % 1000 * SITE_MINUTE,
		                        .evidence = i % 3 == 0 ? "listed-host automation upload"
		                                               : "listed-host browser",
		                        .version = i % 13 == 0 ? "t20" : NULL,
		                        .repeat = i % 5});
	}
}

START_TEST(test_deleting_the_store_loses_nothing)
{
	char *before;
	char *after;

	tell_a_story();
	before = site_conclusions(&site);
	ck_assert_ptr_nonnull(strstr(before, "LIKELY"));
	shell("rm store.db*");
	site_reopen(&site);
	after = site_conclusions(&site);
	ck_assert_str_eq(after, before);
	free(before);
	free(after);
}
END_TEST

/* Read in many bits and across rotations, or in one go: the same. */
START_TEST(test_rebuild_concludes_the_same)
{
	struct ush_update update;
	struct ush_error err = {0};
	char *before;
	char *after;

	for (unsigned i = 0; i < 4; i++) {
		tell_a_story();
		site_update(&site);
		if (i == 1)
			shell(
			    "mv dns.jsonl dns.jsonl.2; mv contacts.jsonl contacts.jsonl-20261122");
		if (i == 2)
			shell("cp dns.jsonl dns.jsonl.1; : > dns.jsonl");
	}
	before = site_conclusions(&site);
	ck_assert_msg(ush_store_rebuild(site.store, site.settings, false, &update, &err) == 0, "%s",
	    err.text);
	after = site_conclusions(&site);
	ck_assert_str_eq(after, before);
	free(before);
	free(after);
}
END_TEST

START_TEST(test_rebuild_keeps_what_the_logs_have_lost)
{
	struct ush_update update;
	struct ush_error err = {0};

	ask("10.0.0.1");
	ask("10.0.0.2");
	ck_assert_uint_eq(events(), 2);
	shell("rm dns.jsonl");
	ask("10.0.0.3");
	ck_assert_int_eq(ush_store_rebuild(site.store, site.settings, false, &update, &err), -1);
	ck_assert_ptr_nonnull(strstr(err.text, "--force"));
	ck_assert_uint_eq(events(), 3);
	ck_assert_int_eq(ush_store_rebuild(site.store, site.settings, true, &update, &err), 0);
	ck_assert_uint_eq(events(), 1);
}
END_TEST

/* What logrotate compressed before anything had read it, and what it compressed afterwards. */
START_TEST(test_compressed_logs_are_read_once)
{
	static const char *const packers[] = {"gzip", "zstd -q --rm"};
	char words[128];

	ask("10.0.0.1");
	ask("10.0.0.2");
	snprintf(words, sizeof(words), "mv dns.jsonl dns.jsonl.2 && %s dns.jsonl.2", packers[_i]);
	shell(words);
	ask("10.0.0.3");
	ck_assert_uint_eq(events(), 3);
	ask("10.0.0.4"); /* not read yet when the file is renamed and compressed */
	snprintf(words, sizeof(words), "mv dns.jsonl dns.jsonl.1 && %s dns.jsonl.1", packers[_i]);
	shell(words);
	ck_assert_uint_eq(events(), 4);
	ck_assert_uint_eq(site_update(&site).files, 0);
	/* The next rotation renames all of them. */
	shell(
	    "for f in dns.jsonl.[12].*; do mv $f $(echo $f | sed 's/l[.]1/l.8/; s/l[.]2/l.9/'); done");
	ck_assert_uint_eq(events(), 4);
	site_reopen(&site);
	ck_assert_uint_eq(events(), 4);
}
END_TEST

/* A file that was read to its end is not expanded again, so that damage done later is no matter. */
START_TEST(test_what_was_read_is_left_alone)
{
	ask("10.0.0.1");
	shell("mv dns.jsonl dns.jsonl.1 && gzip dns.jsonl.1");
	ck_assert_uint_eq(events(), 1);
	shell("touch -r dns.jsonl.1.gz when && printf X | dd of=dns.jsonl.1.gz bs=1 seek=40"
	      " conv=notrunc status=none && touch -r when dns.jsonl.1.gz");
	ck_assert_uint_eq(site_update(&site).unread.count, 0);
	shell("touch dns.jsonl.1.gz");
	ck_assert_uint_eq(site_update(&site).unread.count, 1);
	ck_assert_uint_eq(events(), 1);
}
END_TEST

START_TEST(test_a_damaged_compressed_log_is_named_and_the_rest_is_read)
{
	struct ush_update update;

	for (int i = 0; i < 300; i++)
		ask("10.0.0.1");
	shell("mv dns.jsonl dns.jsonl.1 && gzip dns.jsonl.1 && "
	      "printf XXXX | dd of=dns.jsonl.1.gz bs=1 seek=1500 conv=notrunc status=none");
	ask("10.0.0.2");
	site_contact(&site, (struct site_contact){.host = "10.0.0.3"});
	for (int i = 0; i < 2; i++) { /* also the next time */
		update = site_update(&site);
		ck_assert_uint_eq(update.unread.count, 1);
		ck_assert_ptr_nonnull(strstr(update.unread.items[0].file, "/dns.jsonl.1.gz"));
		ck_assert_ptr_nonnull(strstr(update.unread.items[0].text, "damaged"));
	}
	ck_assert_uint_eq(events(), 2);
}
END_TEST

static uint64_t
count_unread(const char *reason)
{
	struct ush_update update = site_update(&site);

	if (update.unread.count > 0)
		ck_assert_msg(strstr(update.unread.items[0].text, reason) != NULL, "%s",
		    update.unread.items[0].text);
	return update.unread.count;
}

/* The directory of the second log is a file: what is read of the first log counts, once. */
START_TEST(test_a_log_that_cannot_be_looked_for_is_named)
{
	struct ush_log_source *contacts = &site.settings->store.logs[1];
	char *good = contacts->path;

	ask("10.0.0.1");
	ck_assert_int_ne(asprintf(&contacts->path, "%s/x.jsonl", good), -1);
	shell("touch contacts.jsonl");
	ck_assert_uint_eq(count_unread("Not a directory"), 1);
	ck_assert_uint_eq(events(), 1);
	free(contacts->path);
	contacts->path = good;
	ck_assert_uint_eq(count_unread(""), 0);
	ck_assert_uint_eq(events(), 1);
}
END_TEST

/* As a user without rights, which root can only play. */
START_TEST(test_a_log_without_rights_is_named)
{
	ck_assert_int_eq(geteuid(), 0);
	ask("10.0.0.1");
	site_contact(&site, (struct site_contact){.host = "10.0.0.1"});
	shell("chmod 600 dns.jsonl contacts.jsonl && chown nobody contacts.jsonl store.db* . && "
	      "chmod 700 .");
	site_reopen(&site);
	ck_assert_int_eq(seteuid(65534), 0);
	ck_assert_uint_eq(count_unread("Permission denied"), 1);
	ck_assert_uint_eq(events(), 1);
	ck_assert_int_eq(seteuid(0), 0);
	shell("mkdir closed && chmod 700 closed && mv contacts.jsonl closed");
	free(site.settings->store.logs[1].path);
	ck_assert_int_ne(asprintf(&site.settings->store.logs[1].path, "%s/closed/contacts.jsonl",
	                     site.directory),
	    -1);
	ck_assert_int_eq(seteuid(65534), 0);
	ck_assert_uint_eq(count_unread("Permission denied"), 2);
	ck_assert_int_eq(seteuid(0), 0);
	ck_assert_uint_eq(count_unread(""), 0);
	ck_assert_uint_eq(events(), 2);
}
END_TEST

START_TEST(test_rebuild_stops_where_a_log_cannot_be_read)
{
	struct ush_update update;
	struct ush_error err = {0};

	ask("10.0.0.1");
	shell("mv dns.jsonl dns.jsonl.1 && gzip dns.jsonl.1");
	ask("10.0.0.2");
	ck_assert_uint_eq(events(), 2);
	shell("truncate -s -1 dns.jsonl.1.gz");
	ck_assert_int_eq(ush_store_rebuild(site.store, site.settings, false, &update, &err), -1);
	ck_assert_ptr_nonnull(strstr(err.text, "--force"));
	ck_assert_ptr_nonnull(strstr(err.file, "dns.jsonl.1.gz"));
	ck_assert_uint_eq(events(), 2);
	ck_assert_int_eq(ush_store_rebuild(site.store, site.settings, true, &update, &err), 0);
	ck_assert_uint_eq(update.unread.count, 1);
	ck_assert_uint_eq(events(), 1);
}
END_TEST

START_TEST(test_two_at_once)
{
	struct ush_store *other;
	struct ush_update update;
	struct ush_error err = {0};

	ck_assert_int_eq(ush_store_open(&other, site.store_path, &err), 0);
	ask("10.0.0.1");
	ck_assert_uint_eq(events(), 1);
	ck_assert_int_eq(ush_store_update(other, site.settings, &update, &err), 0);
	ck_assert_uint_eq(update.lines, 0);
	ask("10.0.0.1");
	ck_assert_int_eq(ush_store_update(other, site.settings, &update, &err), 0);
	ck_assert_uint_eq(update.lines, 1);
	ck_assert_uint_eq(events(), 2);
	ush_store_close(other);
}
END_TEST

static void
ask_often(unsigned count)
{
	while (count-- > 0)
		ask("10.0.0.1");
}

/* A number of transactions, of which the last one fails. */
struct commits {
	unsigned seen;
	unsigned fail_at; /* 0: never */
};

static int
count_commit(void *arg)
{
	struct commits *commits = arg;

	return ++commits->seen == commits->fail_at;
}

START_TEST(test_a_long_reading_stays_as_far_as_it_came)
{
	struct commits commits = {.fail_at = 3};
	struct ush_store_size size;
	struct ush_update update;
	struct ush_error err = {0};

	ask_often(2000);
	site.store->hold_ms = 0;
	sqlite3_commit_hook(site.store->db, count_commit, &commits);
	ck_assert_int_eq(ush_store_update(site.store, site.settings, &update, &err), -1);
	site_reopen(&site);
	ck_assert_int_eq(ush_store_size(site.store, &size, NULL), 0);
	ck_assert_uint_gt(size.events, 0);
	ck_assert_uint_lt(size.events, 2000);
	update = site_update(&site);
	ck_assert_uint_eq(update.lines, 2000 - size.events);
	ck_assert_uint_eq(events(), 2000);
}
END_TEST

/* It is refused as a whole, or not at all. */
START_TEST(test_a_rebuild_is_one_transaction)
{
	struct commits commits = {0};
	struct ush_update update;
	struct ush_error err = {0};

	ask_often(2000);
	site.store->hold_ms = 0;
	sqlite3_commit_hook(site.store->db, count_commit, &commits);
	ck_assert_int_eq(ush_store_rebuild(site.store, site.settings, false, &update, &err), 0);
	ck_assert_uint_eq(update.lines, 2000);
	ck_assert_uint_eq(commits.seen, 1);
}
END_TEST

static void *
update_other(void *arg)
{
	struct ush_store *other = arg;
	struct ush_update update;
	struct ush_error err = {0};

	return ush_store_update(other, site.settings, &update, &err) == 0 ? other : NULL;
}

START_TEST(test_two_that_take_turns_count_each_line_once)
{
	struct ush_store *other;
	struct ush_error err = {0};
	pthread_t thread;
	void *done;

	ask_often(1500);
	ck_assert_int_eq(ush_store_open(&other, site.store_path, &err), 0);
	site.store->hold_ms = other->hold_ms = 0;
	ck_assert_int_eq(pthread_create(&thread, NULL, update_other, other), 0);
	site_update(&site);
	ck_assert_int_eq(pthread_join(thread, &done), 0);
	ck_assert_ptr_eq(done, other);
	ck_assert_uint_eq(events(), 1500);
	ush_store_close(other);
}
END_TEST

START_TEST(test_says_what_to_do_about_a_bad_store)
{
	struct ush_store *store;
	struct ush_error err = {0};

	shell("echo this is no database at all, but long enough to look at > bad.db");
	ck_assert_int_eq(ush_store_open(&store, "/nowhere/at/all/store.db", &err), -1);
	ck_assert_ptr_nonnull(strstr(err.text, "--no-store"));
	ck_assert_str_eq(err.file, "/nowhere/at/all/store.db");
	ck_assert_ptr_null(store);
	{
		char path[128];

		snprintf(path, sizeof(path), "%s/bad.db", site.directory);
		ck_assert_int_eq(ush_store_open(&store, path, &err), USH_STORE_OTHER);
		ck_assert_int_eq(ush_store_remove(path, &err), 0);
		ck_assert_int_eq(ush_store_open(&store, path, &err), 0);
		ush_store_close(store);
	}
	ck_assert_int_eq(ush_store_open(&store, NULL, &err), 0);
	ush_store_close(store);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("store/update");
	TCase *tcase = tcase_create("update");

	tcase_add_checked_fixture(tcase, begin, end);
	tcase_set_timeout(tcase, 30);
	tcase_add_test(tcase, test_reads_each_line_once);
	tcase_add_test(tcase, test_half_line_waits);
	tcase_add_test(tcase, test_rotation_by_rename);
	tcase_add_test(tcase, test_rotation_by_copytruncate);
	tcase_add_test(tcase, test_inode_used_again);
	tcase_add_test(tcase, test_copies_count_once);
	tcase_add_test(tcase, test_reads_on_in_a_log_that_was_cut_short);
	tcase_add_test(tcase, test_broken_lines_are_counted);
	tcase_add_test(tcase, test_first_line_broken);
	tcase_add_loop_test(tcase, test_a_file_without_any_event_is_unread, 0, USH_COUNT(not_logs));
	tcase_add_test(tcase, test_a_first_line_that_is_being_written_is_no_error);
	tcase_add_test(tcase, test_deleting_the_store_loses_nothing);
	tcase_add_test(tcase, test_rebuild_concludes_the_same);
	tcase_add_test(tcase, test_rebuild_keeps_what_the_logs_have_lost);
	tcase_add_loop_test(tcase, test_compressed_logs_are_read_once, 0, 2);
	tcase_add_test(tcase, test_what_was_read_is_left_alone);
	tcase_add_test(tcase, test_a_damaged_compressed_log_is_named_and_the_rest_is_read);
	tcase_add_test(tcase, test_a_log_that_cannot_be_looked_for_is_named);
	tcase_add_test(tcase, test_a_log_without_rights_is_named);
	tcase_add_test(tcase, test_rebuild_stops_where_a_log_cannot_be_read);
	tcase_add_test(tcase, test_two_at_once);
	tcase_add_test(tcase, test_a_long_reading_stays_as_far_as_it_came);
	tcase_add_test(tcase, test_a_rebuild_is_one_transaction);
	tcase_add_test(tcase, test_two_that_take_turns_count_each_line_once);
	tcase_add_test(tcase, test_says_what_to_do_about_a_bad_store);
	suite_add_tcase(suite, tcase);
	return ush_unit_run(suite);
}
