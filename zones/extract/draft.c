/* SPDX-License-Identifier: BSD-3-Clause */
/* The draft: entries that a person confirms, and comments for what needs more than a yes. Everything
 * that comes from the report stands in quotation marks or, in comments, without anything that ends a
 * line. */
#include "zones/extract/extract.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include "common/json.h"
#include "zones/extract/runes.h"

/* In YAML also U+0085, U+2028 and U+2029 end a line, and some characters may not stand in it at all. */
static bool
is_harmless(uint32_t c)
{
	return (c >= 0x20 && c < 0x7f) || (c >= 0xa0 && c < 0x200b) ||
	       (c >= 0x2010 && c < 0x2028) || (c >= 0x2030 && c < 0x2060) ||
	       (c >= 0x2070 && c < 0xd800) || (c >= 0xe000 && c < 0xfeff) ||
	       (c > 0xfeff && c < 0xfffe) || c > 0xffff;
}

static void
put_comment(FILE *to, const char *text)
{
	const char *end = text + strlen(text);

	while (text < end) {
		const char *begin = text;

		if (is_harmless(ush_rune_next(&text, end)))
			fwrite(begin, 1, (size_t)(text - begin), to);
		else
			fputc(' ', to);
	}
}

/* In quotation marks, with escapes that YAML has as well. */
static void
put_value(FILE *to, const char *text)
{
	size_t len = strlen(text);
	size_t size = len * 6 + 16;
	char *buf = malloc(size);
	struct ush_json json;

	if (buf == NULL)
		return;
	ush_json_init(&json, buf, size);
	ush_json_text(&json, NULL, text, len);
	fputs(ush_json_finish(&json) > 0 ? buf : "\"\"", to);
	free(buf);
}

static void
put_text(FILE *to, const char *key, const char *text)
{
	fprintf(to, "    %s: ", key);
	put_value(to, text);
	fputc('\n', to);
}

static void
put_words(FILE *to, const struct ush_finding *finding)
{
	fprintf(to, "  # line %u: ", finding->line);
	put_comment(to, finding->words);
	fputc('\n', to);
}

static void
put_remark(FILE *to, const struct ush_finding *finding)
{
	char text[128];

	snprintf(text, sizeof(text), "%s%s%s%s%s", ush_near_text(finding->near),
	    finding->remark != NULL && finding->near != USH_NEAR_NOTHING ? "; " : "",
	    finding->remark != NULL ? finding->remark : "",
	    finding->doubtful && (finding->near != USH_NEAR_NOTHING || finding->remark != NULL)
	        ? "; "
	        : "",
	    finding->doubtful ? "probably malformed" : "");
	if (text[0] != '\0')
		put_text(to, "remark", text);
}

static void
put_entry(FILE *to, const struct ush_finding *finding)
{
	put_words(to, finding);
	fprintf(to, "  - type: %s\n", ush_kind_text(finding->kind));
	put_text(to, "value", finding->value);
	if (finding->raw != NULL)
		put_text(to, "raw", finding->raw);
	if (finding->below)
		fputs("    scope: subdomains\n", to);
	if (finding->hosts != NULL)
		fprintf(to, "    hosts: [%s]\n", finding->hosts);
	if (finding->doubtful)
		fputs("    action: monitor\n    confidence: low\n", to);
	if (finding->context)
		fputs("    context: true\n", to);
	fprintf(to, "    source-line: %u\n", finding->line);
	put_remark(to, finding);
}

static void
put_doubt(FILE *to, const struct ush_finding *finding)
{
	fprintf(to, "  # line %u, not taken (%s): %s ", finding->line, finding->why_not,
	    ush_kind_text(finding->kind));
	put_comment(to, finding->raw != NULL ? finding->raw : finding->value);
	fputs("\n  #   ", to);
	put_comment(to, finding->words);
	fputc('\n', to);
}

/* Of a file: letters, digits and hyphens. */
static void
put_name(FILE *to, const char *report)
{
	const char *slash = strrchr(report, '/');
	const char *at = slash != NULL ? slash + 1 : report;
	unsigned written = 0;

	for (; *at != '\0' && *at != '.' && written < 64; at++) {
		if (isalnum((unsigned char)*at) != 0 && (unsigned char)*at < 0x80) {
			fputc(*at, to);
			written++;
		} else if (written > 0 && (at[1] != '\0' && at[1] != '.')) {
			fputc('-', to);
			written++;
		}
	}
	if (written == 0)
		fputs("report", to);
}

struct ush_draft_counts
ush_draft_count(const struct ush_findings *findings)
{
	struct ush_draft_counts counts = {0};

	for (size_t i = 0; i < findings->count; i++) {
		if (findings->items[i].why_not == NULL)
			counts.entries++;
		else
			counts.comments++;
	}
	return counts;
}

void
ush_draft_write(FILE *to, const struct ush_findings *findings, const char *report)
{
	struct ush_draft_counts counts = ush_draft_count(findings);

	fputs("# Made by sinkzone extract of ", to);
	put_comment(to, report);
	fputs(
	    ".\n#\n"
	    "# Look at each entry with the words that stand around it in the report, and at what was not\n"
	    "# taken. Say where a path is planted (a file that only an intruder can have put there), where\n"
	    "# subdomains are meant, and what is only context. Give it campaign, software, date and\n"
	    "# reference. Then remove the line \"draft: yes\": until then sinkzone compile refuses it.\n"
	    "draft: yes\nfeed: \"",
	    to);
	put_name(to, report);
	fputs("\"\n#campaign: \n#software: \n#date: 2026-01-31\n#reference: \n"
	      "confidence: medium\nscope: exact\naction: sinkhole\n\n",
	    to);
	fputs(counts.entries > 0 ? "indicators:\n" : "indicators: []\n", to);
	for (size_t i = 0; i < findings->count; i++) {
		if (findings->items[i].why_not == NULL)
			put_entry(to, &findings->items[i]);
		else
			put_doubt(to, &findings->items[i]);
	}
}
