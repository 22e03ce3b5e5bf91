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
	ck_assert_uint_eq(files.count, 6);
	ck_assert(files.items[5].is_live);
	ck_assert_str_eq(files.items[5].path, live);
	ush_log_files_fini(&files);
}
END_TEST

/* gzip writes the new file before it removes the old one. */
START_TEST(test_a_compressed_file_beside_its_original_is_left_out)
{
	struct ush_log_files files;

	put("dns.jsonl.1", "x\n");
	put("dns.jsonl.1.gz", "half");
	put("dns.jsonl.2.gz", "x\n");
	put("dns.jsonl.3", "x\n");
	put("dns.jsonl.3.zst", "half");
	ck_assert_int_eq(ush_log_files_find(&files, live, NULL), 0);
	ck_assert_uint_eq(files.count, 3);
	for (size_t i = 0; i < files.count; i++) {
		ck_assert_ptr_null(strstr(files.items[i].path, ".1.gz"));
		ck_assert_ptr_null(strstr(files.items[i].path, ".3.zst"));
	}
	ush_log_files_fini(&files);
}
END_TEST

/* Shell words in the directory. */
static void
shell(const char *words)
{
	char text[512];

	snprintf(text, sizeof(text), "cd '%s' && %s", directory, words);
	ck_assert_int_eq(system(text), 0);
}

static const char *const packers[] = {"gzip", "zstd -q --rm"};

static struct ush_lines *
open_packed(struct ush_error *err)
{
	struct ush_lines *lines;
	char path[128];

	for (unsigned i = 0; i < 2; i++) {
		snprintf(path, sizeof(path), "%s.1%s", live, i == 0 ? ".gz" : ".zst");
		if (access(path, F_OK) == 0)
			break;
	}
	return ush_lines_open(&lines, path, err) == 0 ? lines : NULL;
}

static void
pack(int which, const char *more)
{
	char words[128];

	snprintf(words, sizeof(words), "%s dns.jsonl.1 %s", packers[which], more);
	shell(words);
}

#define PACKED_LINES 30000 /* 3.6 MB: several times the reader's buffer */
#define PACKED_LINE 120
_Static_assert(PACKED_LINE == 5 + 114 + 1, "the words of seq below");

START_TEST(test_compressed_files_are_read_like_others)
{
	struct ush_lines *lines;
	struct ush_error err = {0};
	const char *line;
	const char *head;
	char text[PACKED_LINE];
	size_t len;

	snprintf(
	    text, sizeof(text), "seq -f 'line %%0114.0f' 0 %d > dns.jsonl.1", PACKED_LINES - 1);
	shell(text);
	put("dns.jsonl.1", "half");
	pack(_i, "");
	lines = open_packed(&err);
	ck_assert_msg(lines != NULL, "%s", err.text);
	ck_assert(ush_lines_is_compressed(lines));
	ck_assert_uint_eq(ush_lines_size(lines), PACKED_LINES * PACKED_LINE + 4);
	head = ush_lines_head(lines, &len);
	ck_assert_mem_eq(head, "line 000000", 11);
	ck_assert_uint_eq(len, PACKED_LINE - 1);
	for (int i = 0; i < PACKED_LINES; i++) {
		snprintf(text, sizeof(text), "line %0114d", i);
		ck_assert_int_eq(ush_lines_next(lines, &line, &len, &err), 1);
		ck_assert_uint_eq(len, PACKED_LINE - 1);
		ck_assert_mem_eq(line, text, len);
		ck_assert_uint_eq(ush_lines_offset(lines), (uint64_t)(i + 1) * PACKED_LINE);
	}
	ck_assert_int_eq(ush_lines_next(lines, &line, &len, &err), 0);
	for (uint64_t at = 0; at < PACKED_LINES; at += PACKED_LINES / 3 - 1) { /* forwards */
		ck_assert_int_eq(ush_lines_seek(lines, at * PACKED_LINE, &err), 0);
		ck_assert_int_eq(ush_lines_next(lines, &line, &len, &err), 1);
		ck_assert_uint_eq(strtoul(line + 5, NULL, 10), at);
	}
	ck_assert_int_eq(ush_lines_seek(lines, PACKED_LINE, &err), 0); /* and back */
	ck_assert_int_eq(ush_lines_next(lines, &line, &len, &err), 1);
	ck_assert_uint_eq(strtoul(line + 5, NULL, 10), 1);
	ush_lines_close(lines);
}
END_TEST

/* A changed octet may make another line of a line: nothing before it can be trusted either. */
START_TEST(test_of_a_damaged_compressed_file_nothing_is_given)
{
	static const char *const damages[] = {
	    "&& truncate -s -5 dns.jsonl.1.*",
	    "&& truncate -s 4000 dns.jsonl.1.*",
	    "&& printf X | dd of=$(echo dns.jsonl.1.*) bs=1 seek=5000 conv=notrunc status=none",
	};
	struct ush_error err = {0};

	shell("seq 1 100000 > dns.jsonl.1");
	pack(_i % 2, damages[_i / 2]);
	ck_assert_ptr_null(open_packed(&err));
	ck_assert_ptr_nonnull(strstr(err.text, "nothing of it was read"));
	ck_assert_ptr_nonnull(strstr(err.file, "dns.jsonl.1."));
}
END_TEST

START_TEST(test_other_compressions_are_named_with_what_helps)
{
	static const char *const ends[] = {"xz", "bz2", "lzo"};
	struct ush_lines *lines;
	struct ush_error err = {0};
	char path[128];

	for (int i = 0; i < USH_COUNT(ends); i++) {
		snprintf(path, sizeof(path), "%s.1.%s", live, ends[i]);
		site_append(path, "x\n", 2);
		ck_assert_int_eq(ush_lines_open(&lines, path, &err), -1);
		ck_assert_str_eq(err.file, path);
		ck_assert_ptr_nonnull(
		    strstr(err.text, "expand it, or compress it with gzip or zstd"));
	}
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

START_TEST(test_reads_whole_lines_alone)
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
	ck_assert_int_eq(ush_lines_seek(lines, 5, NULL), 0);
	expect(lines, "three");
	ush_lines_close(lines);
}
END_TEST

/* Lines that lie across the edge of the reader's buffer, in every position. */
START_TEST(test_reads_lines_across_the_edge_of_its_buffer)
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
	tcase_set_timeout(tcase, 60);
	tcase_add_test(tcase, test_a_compressed_file_beside_its_original_is_left_out);
	tcase_add_loop_test(tcase, test_compressed_files_are_read_like_others, 0, 2);
	tcase_add_loop_test(tcase, test_of_a_damaged_compressed_file_nothing_is_given, 0, 6);
	tcase_add_test(tcase, test_other_compressions_are_named_with_what_helps);
	tcase_add_test(tcase, test_no_log_is_no_error);
	tcase_add_test(tcase, test_no_whole_first_line_yet);
	tcase_add_test(tcase, test_reads_whole_lines_alone);
	tcase_add_test(tcase, test_reads_lines_across_the_edge_of_its_buffer);
	tcase_add_test(tcase, test_too_long_lines);
	suite_add_tcase(suite, tcase);
	return ush_unit_run(suite);
}
