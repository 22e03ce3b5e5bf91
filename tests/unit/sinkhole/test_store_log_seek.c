/* SPDX-License-Identifier: BSD-3-Clause */
#include "sinkhole/store/log_seek.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "common/event.h"
#include "tests/unit/unit.h"

#define START 1795000000000ull
#define LATE USH_LOG_LATE_MS
#define LINES 30000u

static char path[] = "/tmp/ush-seek-XXXXXX";
static uint64_t times[LINES];  /* of each line */
static uint64_t places[LINES]; /* where it begins */
static uint64_t size;

static void
write_line(FILE *file, unsigned i, uint64_t time_ms, const char *more)
{
	char text[USH_TIME_TEXT_MAX];

	times[i] = time_ms;
	places[i] = (uint64_t)ftell(file);
	fprintf(file, "{\"@timestamp\":\"%s\",\"event\":{\"id\":\"r-1-%u\"}%s}\n",
	    ush_time_to_text(time_ms, text), i, more);
}

/* A line each second. Some are late by up to the bound, some aggregated ones by an hour, and some are
 * no lines of ours. */
static void
make_log(void)
{
	int fd = mkstemp(path);
	FILE *file = fdopen(fd, "w");

	ck_assert_ptr_nonnull(file);
	srand(7);
	for (unsigned i = 0; i < LINES; i++) {
		uint64_t time_ms = START + i * 1000ull;

		switch (rand() % 8) {
		case 0:
			write_line(file, i, time_ms - (uint64_t)rand() % LATE, ",\"late\":true");
			break;
		case 1:
			write_line(file, i, time_ms - (uint64_t)rand() % 3600000, ",\"repeat\":5");
			break;
		case 2:
			times[i] = 0;
			places[i] = (uint64_t)ftell(file);
			fprintf(file, "%.*s\n", rand() % 200, "no line of ours, cut somewhere");
			break;
		default:
			write_line(file, i, time_ms, "");
		}
	}
	size = (uint64_t)ftell(file);
	fclose(file);
}

static struct ush_lines *
open_log(void)
{
	struct ush_lines *lines;

	ck_assert_int_eq(ush_lines_open(&lines, path, NULL), 0);
	return lines;
}

static uint64_t
place_of(uint64_t since_ms)
{
	struct ush_lines *lines = open_log();
	uint64_t offset;

	ck_assert_int_eq(ush_log_seek(lines, since_ms, LATE, NULL), 0);
	offset = ush_lines_offset(lines);
	ush_lines_close(lines);
	return offset;
}

static unsigned
line_at(uint64_t offset)
{
	unsigned i = 0;

	while (i < LINES && places[i] < offset)
		i++;
	ck_assert(i < LINES && places[i] == offset);
	return i;
}

/* The same lines as a reader of the whole file would find, and not many more. */
START_TEST(test_finds_all_that_a_full_read_finds)
{
	make_log();
	for (unsigned round = 0; round < 200; round++) {
		uint64_t since_ms =
		    START - 7200000 + (uint64_t)rand() % (LINES * (uint64_t)1000 + 14400000);
		unsigned first = line_at(place_of(since_ms));
		uint64_t written_ms = START + first * 1000ull;

		for (unsigned i = 0; i < first; i++) {
			if (times[i] >= since_ms)
				ck_abort_msg("line %u is left out", i);
		}
		/* A step of the search is 256 KiB, here less than an hour and a half. */
		ck_assert(written_ms + LATE + LATE + 5400000 > since_ms || first > LINES - 5400);
	}
	unlink(path);
}
END_TEST

START_TEST(test_ends_of_the_log)
{
	make_log();
	ck_assert_uint_eq(place_of(0), 0);
	ck_assert_uint_eq(place_of(START - LATE), 0);
	ck_assert_uint_gt(place_of(START + LINES * 2000ull), size - (300u << 10));
	unlink(path);
}
END_TEST

/* The search meets the lines of a sensor that was started without its time. */
START_TEST(test_a_clock_that_was_behind_hides_nothing)
{
	static const unsigned since[] = {1000, 5000, 10000, 13900};
	FILE *file = fdopen(mkstemp(path), "w");

	for (unsigned i = 0; i < LINES; i++)
		write_line(file, i, i / 2000 == 7 ? 1000000 : START + i * 1000ull, "");
	size = (uint64_t)ftell(file);
	fclose(file);
	for (size_t i = 0; i < USH_COUNT(since); i++)
		ck_assert_uint_le(line_at(place_of(START + since[i] * 1000ull)), since[i]);
	unlink(path);
}
END_TEST

/* Nothing is known of a file without times: it is read from its beginning. */
START_TEST(test_no_log_is_read_from_its_beginning)
{
	FILE *file = fdopen(mkstemp(path), "w");

	for (unsigned i = 0; i < 100000; i++)
		fputs("{\"time\":\"2026-11-22T22:11:05.123Z\"}\n", file);
	fclose(file);
	ck_assert_uint_eq(place_of(START + LATE), 0);
	unlink(path);
}
END_TEST

static const struct {
	const char *line;
	uint64_t time_ms;
} lines_of[] = {
    {"{\"@timestamp\":\"2026-11-22T22:11:05.123Z\",\"x\":1}", 1795385465123},
    {"{\"@timestamp\":\"2026-11-22T22:11:05.123Z\"", 1795385465123},
    {"{\"@timestamp\":\"2026-11-22T22:11:05.123Z", 0},
    {"{\"@timestamp\":\"2026-11-22T22:11:05.123Z\",\"sinkhole\":{\"repeat\":2}}", 0},
    {"{\"@timestamp\":\"2026-11-22T22:11:05.123456789012345678Z\"}", 0},
    {"{\"@timestamp\":\"\"}", 0},
    {"{\"@timestamp\":\"", 0},
    {"{}", 0},
    {"", 0},
};

START_TEST(test_time_of_a_line)
{
	const char *line = lines_of[_i].line;

	ck_assert_uint_eq(ush_log_line_time(line, strlen(line)), lines_of[_i].time_ms);
}
END_TEST

START_TEST(test_old_files_are_left_out)
{
	struct ush_log_file file = {.mtime_ns = (int64_t)START * 1000000};

	ck_assert(ush_log_file_is_before(&file, START + LATE + 1, LATE));
	ck_assert(!ush_log_file_is_before(&file, START + LATE, LATE));
	ck_assert(!ush_log_file_is_before(&file, 0, LATE));
	file.is_live = true;
	ck_assert(!ush_log_file_is_before(&file, START + LATE + 1, LATE));
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("store/log_seek");
	TCase *tcase = tcase_create("log_seek");

	tcase_set_timeout(tcase, 60); /* hundreds of searches */
	tcase_add_test(tcase, test_finds_all_that_a_full_read_finds);
	tcase_add_test(tcase, test_ends_of_the_log);
	tcase_add_test(tcase, test_a_clock_that_was_behind_hides_nothing);
	tcase_add_test(tcase, test_no_log_is_read_from_its_beginning);
	tcase_add_loop_test(tcase, test_time_of_a_line, 0, USH_COUNT(lines_of));
	tcase_add_test(tcase, test_old_files_are_left_out);
	suite_add_tcase(suite, tcase);
	return ush_unit_run(suite);
}
