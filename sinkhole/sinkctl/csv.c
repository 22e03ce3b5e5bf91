/* SPDX-License-Identifier: BSD-3-Clause */
#include "sinkhole/sinkctl/csv.h"

#include <string.h>
#include "common/event.h"

/* How a formula begins, also as a Japanese keyboard types it, and behind blanks. */
static bool
is_formula(const char *text)
{
	static const char *const starts[] = {"=", "+", "-", "@", "\t", "\r", "\n", "\xef\xbc\x9d",
	    "\xef\xbc\x8b", "\xef\xbc\x8d", "\xef\xbc\xa0"};

	/* Control characters are written as blanks. */
	while (*text == ' ' || *text == 0x7f ||
	       (*text > 0 && *text < ' ' && strchr("\t\r\n", *text) == NULL))
		text++;
	for (size_t i = 0; i < sizeof(starts) / sizeof(starts[0]); i++) {
		if (strncmp(text, starts[i], strlen(starts[i])) == 0)
			return true;
	}
	return false;
}

static void
begin_field(struct ush_csv *csv)
{
	if (csv->begun)
		fputc(',', csv->to);
	csv->begun = true;
}

void
ush_csv_text(struct ush_csv *csv, const char *text)
{
	begin_field(csv);
	if (text[0] == '\0')
		return;
	fputc('"', csv->to);
	if (is_formula(text))
		fputc('\'', csv->to);
	for (; *text != '\0'; text++) {
		unsigned char c = (unsigned char)*text;

		if (c == '"')
			fputc('"', csv->to);
		fputc(c < 0x20 || c == 0x7f ? ' ' : c, csv->to);
	}
	fputc('"', csv->to);
}

void
ush_csv_uint(struct ush_csv *csv, uint64_t value)
{
	begin_field(csv);
	fprintf(csv->to, "%llu", (unsigned long long)value);
}

void
ush_csv_time(struct ush_csv *csv, uint64_t ms)
{
	char text[USH_TIME_TEXT_MAX];

	begin_field(csv);
	if (ms != 0)
		fputs(ush_time_to_text(ms, text), csv->to);
}

void
ush_csv_end(struct ush_csv *csv)
{
	fputs("\r\n", csv->to);
	csv->begun = false;
}
