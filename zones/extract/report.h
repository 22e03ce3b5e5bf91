/* SPDX-License-Identifier: BSD-3-Clause */
/* report.h - a report in free text, line by line, and what its headings say. One owner, one thread. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include "common/attr.h"
#include "common/error.h"
#include "zones/extract/words.h"

#define USH_REPORT_BYTES_MAX (4u << 20)
#define USH_REPORT_LINE_MAX 8192u /* longer lines are read in pieces */
/* Blank lines in a row are one. What has more is no text: each line would have less than 8 bytes. */
#define USH_REPORT_LINES_MAX (USH_REPORT_BYTES_MAX / 8)

struct ush_report_line {
	const char *text; /* as written, as valid UTF-8 */
	size_t len;
	unsigned number;
	char *plain; /* plain.h */
	size_t plain_len;
	enum ush_near own;     /* what its own words say of the indicators on it */
	enum ush_near section; /* what the last heading said */
	bool is_heading;
	bool is_unclear;   /* a line that says nothing, and may be a heading, came after that one */
	bool says_contact; /* words.h */
	bool says_harmless;
	bool is_on_each_page; /* at the top or the foot of a page */
};

struct ush_report {
	char *path; /* for messages */
	char *text;
	struct ush_report_line *lines;
	size_t count;
	bool has_sections; /* some heading says what its indicators are */
	bool names_sha256; /* and no MD5, so that two pieces of 32 digits are one hash */
	bool defangs;      /* something in it is */
	bool is_list;      /* hardly anything but single words, one a line */
};

/* "-" is standard input; gzip and zstd are read, too. */
USH_MUST_CHECK int ush_report_load(struct ush_report *out, const char *path, struct ush_error *err);
void ush_report_fini(struct ush_report *report);
