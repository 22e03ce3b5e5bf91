/* SPDX-License-Identifier: BSD-3-Clause */
#include "zones/extract/report.h"

#include <stdlib.h>
#include <string.h>
#include "common/json.h"
#include "zones/extract/pages.h"
#include "zones/extract/plain.h"
#include "zones/readers/input.h"

#define LINES_STEP 1024

static int
read_text(struct ush_report *report, size_t *len, struct ush_error *err)
{
	struct ush_input *input;
	char *raw = NULL;

	if (ush_input_open(&input, report->path, err) == 0)
		raw = ush_input_rest(input, USH_REPORT_BYTES_MAX, len, err);
	ush_input_close(input);
	if (raw == NULL)
		return -1;
	if ((report->text = malloc(USH_UTF8_REPAIRED_MAX(*len))) == NULL) {
		free(raw);
		return ush_fail(err, report->path, 0, "no memory");
	}
	*len = ush_utf8_repair(raw, *len, report->text);
	report->text[*len] = '\0';
	free(raw);
	if (memchr(report->text, '\0', *len) != NULL)
		return ush_fail(err, report->path, 0,
		    "is no text in UTF-8 (of a PDF: pdftotext -layout; of a page: its text)");
	return 0;
}

static int
add_line(
    struct ush_report *report, unsigned number, const char *text, size_t len, struct ush_error *err)
{
	struct ush_report_line *line;

	if (report->count == USH_REPORT_LINES_MAX)
		return ush_fail(err, report->path, number,
		    "is no report: it has more than %u lines", USH_REPORT_LINES_MAX);
	if (report->count % LINES_STEP == 0) {
		line =
		    reallocarray(report->lines, report->count + LINES_STEP, sizeof(*report->lines));
		if (line == NULL)
			return ush_fail(err, report->path, 0, "no memory");
		report->lines = line;
	}
	line = &report->lines[report->count];
	*line = (struct ush_report_line){.text = text, .len = len, .number = number};
	if ((line->plain = ush_plain_line(text, len)) == NULL)
		return ush_fail(err, report->path, 0, "no memory");
	line->plain_len = strlen(line->plain);
	report->count++;
	return 0;
}

/* Where a long line is parted: at a blank, else between two characters. */
static size_t
piece_len(const char *text, size_t len)
{
	size_t cut = USH_REPORT_LINE_MAX;

	if (len <= USH_REPORT_LINE_MAX)
		return len;
	while (cut > USH_REPORT_LINE_MAX / 2 && text[cut] != ' ')
		cut--;
	if (text[cut] == ' ')
		return cut;
	for (cut = USH_REPORT_LINE_MAX; ((unsigned char)text[cut] & 0xc0) == 0x80; cut--)
		;
	return cut;
}

/* Of blank lines in a row the first one is enough: it parts what stands above from what is below. */
static int
split(struct ush_report *report, size_t len, struct ush_error *err)
{
	const char *end = report->text + len;
	bool was_blank = false;
	unsigned number = 0;

	for (const char *at = report->text; at < end; at++) {
		const char *stop = memchr(at, '\n', (size_t)(end - at));
		bool is_blank;

		if (stop == NULL)
			stop = end;
		number++;
		is_blank = strspn(at, " \t\r") >= (size_t)(stop - at);
		if (is_blank && !was_blank && add_line(report, number, at, 0, err) != 0)
			return -1;
		was_blank = is_blank;
		if (is_blank)
			at = stop;
		while (at < stop) {
			size_t piece = piece_len(at, (size_t)(stop - at));

			if (add_line(report, number, at, piece, err) != 0)
				return -1;
			at += piece;
		}
	}
	return 0;
}

static const char *
plain_of(const struct ush_report *report, size_t i)
{
	return i < report->count ? report->lines[i].plain : "";
}

static size_t
count_bars(const char *plain)
{
	size_t count = 0;

	for (; (plain = strchr(plain, '|')) != NULL; plain++)
		count++;
	return count;
}

/* The words of a line without its indicators: "hosting" in a name says nothing. -1 without memory. */
static int
find_near(struct ush_report_line *line)
{
	char *words = line->plain != NULL ? strdup(line->plain) : NULL;

	if (words == NULL)
		return -1;
	for (char *at = words; *at != '\0';) {
		size_t len =
		    strspn(at, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
		               "-_.:/[]@%?=&");

		if (len > 3 && memchr(at + 1, '.', len - 2) != NULL)
			memset(at, ' ', len);
		at += len > 0 ? len : 1;
	}
	line->says_harmless = ush_says_harmless(words);
	line->own = line->says_harmless ? USH_NEAR_DECOY : ush_near_of(words);
	line->says_contact = ush_says_contact(words);
	free(words);
	return 0;
}

/* A row of a table that goes on in the next line has its first cells only. */
static void
continue_rows(struct ush_report *report)
{
	size_t bars = 0; /* of the table's first row */

	for (size_t i = 0; i < report->count; i++) {
		struct ush_report_line *line = &report->lines[i];
		size_t own = count_bars(line->plain);

		if (own == 0)
			bars = 0;
		else if (bars == 0)
			bars = own;
		else if (line->own == USH_NEAR_NOTHING && count_bars(line[-1].plain) < bars)
			line->own = line[-1].own;
	}
}

/* The first heading is the title: what it says of malware it says of the whole report, and the names in
 * it are of all kinds. */
static bool
is_title(const struct ush_report_line *line, bool is_first)
{
	size_t len = line->plain_len;

	while (len > 0 && line->plain[len - 1] == ' ')
		len--;
	return is_first && len > 0 && line->plain[len - 1] != ':' &&
	       !ush_says_indicators(line->plain);
}

/* A heading holds until the next one; one that says nothing of indicators ends what was said. If it is
 * only likely that it is a heading, the section goes on, and a person has to say what stands below. */
static int
find_sections(struct ush_report *report)
{
	enum ush_near section = USH_NEAR_NOTHING;
	bool is_unclear = false;
	bool is_first = true;

	for (size_t i = 0; i < report->count; i++) {
		struct ush_report_line *line = &report->lines[i];
		enum ush_heading heading = ush_heading_of(
		    i > 0 ? plain_of(report, i - 1) : "", line->plain, plain_of(report, i + 1));

		if (find_near(line) != 0)
			return -1;
		line->is_heading = heading != USH_HEADING_NONE && !line->is_on_each_page;
		if (line->is_heading) {
			enum ush_near near = ush_near_of_heading(line->plain, line->own);

			is_unclear = heading != USH_HEADING_SURE && near == USH_NEAR_NOTHING &&
			             section >= USH_NEAR_INDICATORS;
			if (heading == USH_HEADING_SURE || near != USH_NEAR_NOTHING ||
			    section == USH_NEAR_DECOY || section == USH_NEAR_VICTIM)
				section = is_title(line, is_first) ? USH_NEAR_NOTHING : near;
		}
		is_first = is_first && !line->is_heading;
		line->section = section;
		line->is_unclear = is_unclear;
		if (line->is_heading && section >= USH_NEAR_INDICATORS)
			report->has_sections = true;
	}
	return 0;
}

static bool
is_single_word(const char *plain)
{
	size_t len;

	plain += strspn(plain, " \t-*");
	len = strcspn(plain, " \t");
	return len > 0 && plain[len + strspn(plain + len, " \t")] == '\0';
}

static void
find_habits(struct ush_report *report)
{
	bool names_md5 = false;
	size_t words = 0;
	size_t lines = 0;

	for (size_t i = 0; i < report->count; i++) {
		const char *plain = report->lines[i].plain;

		words += is_single_word(plain);
		lines += plain[strspn(plain, " \t")] != '\0';
		if (strcasestr(plain, "md5") != NULL)
			names_md5 = true;
		if (strcasestr(plain, "sha256") != NULL || strcasestr(plain, "sha-256") != NULL)
			report->names_sha256 = true;
		if (strstr(plain, USH_PLAIN_DOT) != NULL || strstr(plain, "hxxp") != NULL)
			report->defangs = true;
	}
	report->names_sha256 = report->names_sha256 && !names_md5;
	report->is_list = words * 10 > lines * 8;
}

int
ush_report_load(struct ush_report *out, const char *path, struct ush_error *err)
{
	size_t len;

	*out = (struct ush_report){.path = strdup(path)};
	if (out->path == NULL)
		return ush_fail(err, NULL, 0, "no memory");
	if (read_text(out, &len, err) != 0 || split(out, len, err) != 0)
		return -1;
	if (ush_find_pages(out) != 0 || find_sections(out) != 0)
		return ush_fail(err, path, 0, "no memory");
	continue_rows(out);
	find_habits(out);
	return 0;
}

void
ush_report_fini(struct ush_report *report)
{
	for (size_t i = 0; i < report->count; i++)
		free(report->lines[i].plain);
	free(report->lines);
	free(report->text);
	free(report->path);
	*report = (struct ush_report){0};
}
