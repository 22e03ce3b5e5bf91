/* SPDX-License-Identifier: BSD-3-Clause */
#include "sinkhole/store/logs.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "common/event.h"
#include "tests/unit/sinkhole/site.h"
#include "tests/unit/unit.h"

static char directory[64];
static char live[96];

static void
begin(void)
{
	strcpy(directory, "/tmp/ush-logs-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(directory));
	snprintf(live, sizeof(live), "%s/dns.jsonl", directory);
}

static void
end(void)
{
	char command[96];

	snprintf(command, sizeof(command), "rm -r '%s'", directory);
	ck_assert_int_eq(system(command), 0);
}

static void
put(const char *name, const char *text)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	site_append(path, text, strlen(text));
}

START_TEST(test_finds_rotated_files)
{
	static const char *const names[] = {"dns.jsonl.2", "dns.jsonl.1", "dns.jsonl-20261122",
	    "dns.jsonl", "dns.jsonl.3.gz", "dns.jsonl.4.zst", "dns.jsonl.bak", "dns.jsonlx",
	    "other.jsonl.1", "xdns.jsonl"};
	struct ush_log_files files;
	char path[128];

	for (int i = 0; i < USH_COUNT(names); i++)
		put(names[i], "x\n");
	snprintf(path, sizeof(path), "%s/dns.jsonl.9", directory);
	ck_assert_int_eq(mkdir(path, 0700), 0);
	ck_assert_int_eq(ush_log_files_find(&files, live, NULL), 0);
	ck_assert_uint_eq(files.count, 4);
	ck_assert_uint_eq(files.compressed, 2);
	ck_assert(files.items[3].is_live);
	ck_assert_str_eq(files.items[3].path, live);
	ush_log_files_fini(&files);
}
END_TEST

START_TEST(test_no_log_is_no_error)
{
	struct ush_log_files files;
	struct ush_lines *lines;

	ck_assert_int_eq(ush_log_files_find(&files, live, NULL), 0);
	ck_assert_uint_eq(files.count, 0);
	ck_assert_int_eq(ush_log_files_find(&files, "/nowhere/at/all/dns.jsonl", NULL), 0);
	ck_assert_uint_eq(files.count, 0);
	ck_assert_int_eq(ush_lines_open(&lines, live, NULL), 0);
	ck_assert_ptr_null(lines);
}
END_TEST

START_TEST(test_no_whole_first_line_yet)
{
	struct ush_lines *lines;

	put("dns.jsonl", "half a li");
	ck_assert_int_eq(ush_lines_open(&lines, live, NULL), 0);
	ck_assert_ptr_null(lines);
	put("dns.jsonl", "ne\n");
	ck_assert_int_eq(ush_lines_open(&lines, live, NULL), 0);
	ck_assert_ptr_nonnull(lines);
	ush_lines_close(lines);
}
END_TEST

static void
expect(struct ush_lines *lines, const char *text)
{
	const char *line;
	size_t len;

	ck_assert_int_eq(ush_lines_next(lines, &line, &len, NULL), 1);
	ck_assert_ptr_nonnull(line);
	ck_assert_uint_eq(len, strlen(text));
	ck_assert_mem_eq(line, text, len);
}

START_TEST(test_lines)
{
	struct ush_lines *lines;
	const char *line;
	const char *head;
	size_t len;

	put("dns.jsonl", "one\n\nthree\nhal");
	ck_assert_int_eq(ush_lines_open(&lines, live, NULL), 0);
	head = ush_lines_head(lines, &len);
	ck_assert_uint_eq(len, 3);
	ck_assert_mem_eq(head, "one", 3);
	expect(lines, "one");
	expect(lines, "");
	expect(lines, "three");
	ck_assert_int_eq(ush_lines_next(lines, &line, &len, NULL), 0);
	ck_assert_uint_eq(ush_lines_offset(lines), 11);
	put("dns.jsonl", "f\nmore\n");
	expect(lines, "half");
	expect(lines, "more");
	ush_lines_seek(lines, 5);
	expect(lines, "three");
	ush_lines_close(lines);
}
END_TEST

/* Lines that lie across the edge of the reader's buffer, in every position. */
START_TEST(test_buffer_edge)
{
	static char text[5000];
	struct ush_lines *lines;

	memset(text, 'x', sizeof(text) - 1);
	for (size_t i = 0; i < 900; i++) {
		text[sizeof(text) - 2 - i] = '\n';
		put("dns.jsonl", text);
		text[sizeof(text) - 2 - i] = '\0';
	}
	ck_assert_int_eq(ush_lines_open(&lines, live, NULL), 0);
	for (size_t i = 0; i < 900; i++) {
		const char *line;
		size_t len;

		ck_assert_int_eq(ush_lines_next(lines, &line, &len, NULL), 1);
		ck_assert_uint_eq(len, sizeof(text) - 2 - i);
	}
	ush_lines_close(lines);
}
END_TEST

START_TEST(test_too_long_lines)
{
	static char big[3u << 20];
	struct ush_lines *lines;
	const char *line;
	size_t len;

	memset(big, 'x', sizeof(big) - 1);
	put("dns.jsonl", "one\n");
	put("dns.jsonl", big);
	put("dns.jsonl", "\ntwo\n");
	put("dns.jsonl", big + sizeof(big) - USH_EVENT_MAX - 1);
	put("dns.jsonl", "\nthree\n");
	put("dns.jsonl", big);
	ck_assert_int_eq(ush_lines_open(&lines, live, NULL), 0);
	expect(lines, "one");
	ck_assert_int_eq(ush_lines_next(lines, &line, &len, NULL), 1);
	ck_assert_ptr_null(line);
	expect(lines, "two");
	ck_assert_int_eq(ush_lines_next(lines, &line, &len, NULL), 1);
	ck_assert_ptr_null(line);
	expect(lines, "three");
	/* Its end may still come. */
	ck_assert_int_eq(ush_lines_next(lines, &line, &len, NULL), 0);
	put("dns.jsonl", "\nfour\n");
	ck_assert_int_eq(ush_lines_next(lines, &line, &len, NULL), 1);
	ck_assert_ptr_null(line);
	expect(lines, "four");
	ush_lines_close(lines);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("store/logs");
	TCase *tcase = tcase_create("logs");

	tcase_add_checked_fixture(tcase, begin, end);
	tcase_add_test(tcase, test_finds_rotated_files);
	tcase_add_test(tcase, test_no_log_is_no_error);
	tcase_add_test(tcase, test_no_whole_first_line_yet);
	tcase_add_test(tcase, test_lines);
	tcase_add_test(tcase, test_buffer_edge);
	tcase_add_test(tcase, test_too_long_lines);
	suite_add_tcase(suite, tcase);
	return ush_unit_run(suite);
}
