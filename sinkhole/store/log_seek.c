/* SPDX-License-Identifier: BSD-3-Clause */
#include "sinkhole/store/log_seek.h"

#include <string.h>
#include "common/event.h"
#include "sinkhole/store/instant.h"

/* Where reading on is quicker than looking further. */
#define CLOSE_BYTES (256u << 10)
/* What is looked at again before the place that was found. */
#define BACK_BYTES (1u << 20)

uint64_t
ush_log_line_time(const char *line, size_t len)
{
	static const char begin[] = "{\"@timestamp\":\"";
	char text[USH_TIME_TEXT_MAX];
	const char *end;
	uint64_t time_ms;

	if (line == NULL || len < sizeof(begin) || memcmp(line, begin, sizeof(begin) - 1) != 0)
		return 0;
	line += sizeof(begin) - 1;
	len -= sizeof(begin) - 1;
	end = memchr(line, '"', len < sizeof(text) ? len : sizeof(text));
	if (end == NULL || memmem(end, len - (size_t)(end - line), "\"repeat\":", 9) != NULL)
		return 0;
	memcpy(text, line, (size_t)(end - line));
	text[end - line] = '\0';
	return ush_instant_from_text(&time_ms, text) == 0 ? time_ms : 0;
}

/* The next line with a time that begins before `end`: 1, its beginning in *at and its time. 0: there
 * is none, -1. */
static int
next_time(
    struct ush_lines *lines, uint64_t end, uint64_t *at, uint64_t *time_ms, struct ush_error *err)
{
	const char *line;
	size_t len;
	int rc;

	do {
		*at = ush_lines_offset(lines);
		if (*at >= end)
			return 0;
		rc = ush_lines_next(lines, &line, &len, err);
		*time_ms = rc == 1 ? ush_log_line_time(line, len) : 0;
	} while (rc == 1 && *time_ms == 0);
	return rc;
}

/* The same from the first line on that begins behind `from`. */
static int
time_behind(struct ush_lines *lines, uint64_t from, uint64_t end, uint64_t *at, uint64_t *time_ms,
    struct ush_error *err)
{
	const char *line;
	size_t len;
	int rc;

	if (ush_lines_seek(lines, from, err) != 0)
		return -1;
	rc = ush_lines_next(lines, &line, &len, err); /* from somewhere in it */
	return rc == 1 ? next_time(lines, end, at, time_ms, err) : rc;
}

/* Whether an event of since_ms or later begins behind `from` and before `end`. 1, 0, -1. */
static int
has_since(
    struct ush_lines *lines, uint64_t from, uint64_t end, uint64_t since_ms, struct ush_error *err)
{
	uint64_t at, time_ms;
	int rc;

	if (from == 0)
		rc = ush_lines_seek(lines, 0, err) != 0 ? -1
		                                        : next_time(lines, end, &at, &time_ms, err);
	else
		rc = time_behind(lines, from, end, &at, &time_ms, err);
	while (rc == 1 && time_ms < since_ms)
		rc = next_time(lines, end, &at, &time_ms, err);
	return rc;
}

/* From somewhere in a line to the beginning of the next one. */
static int
to_line(struct ush_lines *lines, uint64_t *offset, struct ush_error *err)
{
	const char *line;
	size_t len;

	if (*offset == 0)
		return 0;
	if (ush_lines_seek(lines, *offset, err) != 0 ||
	    ush_lines_next(lines, &line, &len, err) == -1)
		return -1;
	*offset = ush_lines_offset(lines);
	return 0;
}

/* Goes back over what the search should not have passed: it may have met lines of a clock that was
 * behind. */
static int
go_back(struct ush_lines *lines, uint64_t *low, uint64_t since_ms, struct ush_error *err)
{
	uint64_t step = BACK_BYTES;

	while (*low > 0) {
		uint64_t from = *low > step ? *low - step : 0;
		int rc = has_since(lines, from, *low, since_ms, err);

		if (rc != 1)
			return rc;
		if (to_line(lines, &from, err) != 0)
			return -1;
		*low = from;
		step *= 2;
	}
	return 0;
}

int
ush_log_seek(struct ush_lines *lines, uint64_t since_ms, uint64_t late_ms, struct ush_error *err)
{
	uint64_t low = 0; /* the beginning of a line: all before it is too old */
	uint64_t high = ush_lines_size(lines);
	uint64_t at, time_ms;
	int rc;

	if (since_ms == 0 || ush_lines_is_compressed(lines))
		return 0;
	while (high - low > CLOSE_BYTES) {
		uint64_t middle = low + (high - low) / 2;

		rc = time_behind(lines, middle, high, &at, &time_ms, err);
		if (rc == -1)
			return -1;
		if (rc == 1 && time_ms + late_ms < since_ms)
			low = at;
		else
			high = middle;
	}
	if (go_back(lines, &low, since_ms, err) != 0)
		return -1;
	return ush_lines_seek(lines, low, err);
}

bool
ush_log_file_is_before(const struct ush_log_file *file, uint64_t since_ms, uint64_t late_ms)
{
	uint64_t changed_ms = file->mtime_ns > 0 ? (uint64_t)file->mtime_ns / 1000000 : 0;

	return !file->is_live && changed_ms != 0 && changed_ms + late_ms < since_ms;
}
