/* SPDX-License-Identifier: BSD-3-Clause */
#include "zones/extract/extract.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include "zones/extract/join.h"
#include "zones/extract/judge.h"
#include "zones/extract/runes.h"
#include "zones/readers/refang.h"

#define WORDS_MAX 200 /* bytes of the words around that are kept */
#define HOSTS_MAX 16  /* that a path without a host may belong to */
#define HOSTS_BACK 64 /* findings back that they may stand */
#define CJK_BACK 64   /* letters of a file's name */

struct extracting {
	const struct ush_extract_options *options;
	struct ush_report report;
	struct ush_kinds *kinds;
	struct ush_known *known;
	struct ush_findings *out;
	size_t line; /* number, from 0 */
	/* What of the line belongs to the one before; NULL: nothing. */
	const char *skip;
	size_t skip_len;
	size_t section_start; /* findings before it stand below other headings */
	bool after_another;   /* on this line */
	bool plain_lists;     /* some name stands in a list of indicators as it is */
};

/* The words around: the whole line if it is short, else a part of it. */
static char *
words_around(const struct ush_report_line *line, const struct ush_token *token)
{
	const char *from = line->text;
	size_t len = line->len;

	if (len > WORDS_MAX) {
		size_t offset = (size_t)(token->text - line->plain);

		from = line->plain + (offset > WORDS_MAX / 2 ? offset - WORDS_MAX / 2 : 0);
		while (((unsigned char)*from & 0xc0) == 0x80)
			from--;
		len = strnlen(from, WORDS_MAX);
		while (len > 0 && ((unsigned char)from[len] & 0xc0) == 0x80)
			len--;
	}
	while (len > 0 && (*from == ' ' || *from == '\t')) {
		from++;
		len--;
	}
	return strndup(from, len);
}

/* The names below the same heading. */
static char *
hosts_before(const struct extracting *extracting)
{
	const struct ush_findings *found = extracting->out;
	char *hosts = NULL;
	size_t size = 0;
	FILE *to = open_memstream(&hosts, &size);
	size_t count = 0;
	size_t first = found->count > HOSTS_BACK ? found->count - HOSTS_BACK : 0;

	if (to == NULL)
		return NULL;
	if (first < extracting->section_start)
		first = extracting->section_start;
	for (size_t i = first; i < found->count && count < HOSTS_MAX; i++) {
		if (found->items[i].kind == USH_KIND_NAME && found->items[i].why_not == NULL)
			fprintf(to, "%s%s", count++ > 0 ? ", " : "", found->items[i].value);
	}
	if (fclose(to) == 0 && count > 0)
		return hosts;
	free(hosts);
	return NULL;
}

/* Names compare as text, so all are in lower case; paths stay as they are. */
static void
lower_host(struct ush_finding *finding)
{
	char *at = finding->value;
	char *sign = strstr(at, "://");

	if (finding->kind == USH_KIND_PATH || finding->kind == USH_KIND_FILE ||
	    finding->kind == USH_KIND_DETECTION)
		return;
	if (sign != NULL && finding->kind == USH_KIND_URL)
		at = sign + 3;
	for (; *at != '\0' && *at != '/'; at++)
		*at = (char)tolower((unsigned char)*at);
}

static int
complete(struct extracting *extracting, const struct ush_judged *judged,
    const struct ush_piece *piece, struct ush_finding *finding)
{
	finding->line = judged->line->number;
	finding->words = words_around(judged->line, judged->token);
	if (piece->is_joined && asprintf(&finding->remark, "broken over two lines") == -1)
		finding->remark = NULL;
	if (judged->defanged && strcmp(piece->text, finding->value) != 0)
		finding->raw = strdup(piece->text);
	if (finding->kind == USH_KIND_PATH && finding->why_not == NULL &&
	    (finding->hosts = hosts_before(extracting)) == NULL)
		finding->why_not = "a path without the names that it may belong to";
	lower_host(finding);
	return finding->words != NULL ? 0 : -1;
}

/* Letters of a file's name that stand before what a name of hosts may have. */
static const char *
file_start(const char *line, const char *at)
{
	const char *from = at;
	size_t letters = 0;

	while (isalnum((unsigned char)at[letters]) != 0 && letters < 4)
		letters++;
	if (letters >= 3 && isalpha((unsigned char)at[0]) != 0)
		return at; /* "添付ファイルabc.exe": the words before are no part of it */
	for (unsigned i = 0; i < CJK_BACK && from > line; i++) {
		const char *before;
		uint32_t c = ush_rune_before(line, from, &before);

		if (!ush_rune_is_cjk(c) && c != '_' && c != '-')
			break;
		from = before;
	}
	return from;
}

static int
take_piece(struct extracting *extracting, const struct ush_token *token, struct ush_piece *piece)
{
	struct ush_report_line *line = &extracting->report.lines[extracting->line];
	char *value = malloc(strlen(piece->text) + 1);
	struct ush_identified what;
	struct ush_finding *finding;
	struct ush_finding found = {0};
	struct ush_judged judged = {
	    .report = &extracting->report,
	    .line = line,
	    .token = token,
	    .what = &what,
	    .known = extracting->known,
	    .plain_lists = extracting->plain_lists,
	    .after_another = extracting->after_another,
	    .is_rest = ush_is_rest(&extracting->report, extracting->line, token),
	};
	int rc = 0;

	if (value == NULL)
		return -1;
	value[ush_refang(piece->text, strlen(piece->text), false, value)] = '\0';
	judged.defanged = strcmp(value, piece->text) != 0;
	ush_identify(extracting->kinds, value, strlen(value), judged.defanged, &what);
	found.kind = what.kind;
	if (what.kind == USH_KIND_FILE) {
		const char *start = what.value == value
		                        ? file_start(line->plain, token->text)
		                        : token->text + token->len - what.len; /* behind a path */

		found.value = strndup(start, (size_t)(token->text + token->len - start));
	} else {
		found.value = strndup(what.value, what.len);
	}
	if (found.value == NULL) {
		rc = -1;
	} else if (what.kind == USH_KIND_NONE || !ush_judge(&judged, &found)) {
		free(found.value);
	} else if ((finding = ush_findings_add(extracting->out)) == NULL) {
		free(found.value);
		rc = -1;
	} else {
		*finding = found;
		rc = complete(extracting, &judged, piece, finding);
		if (finding->why_not == NULL) {
			extracting->after_another = true;
			extracting->plain_lists =
			    extracting->plain_lists ||
			    (finding->kind == USH_KIND_NAME && !judged.defanged &&
			        line->section >= USH_NEAR_INDICATORS);
		}
	}
	free(value);
	return rc;
}

static int
read_line(struct extracting *extracting)
{
	const struct ush_report_line *line = &extracting->report.lines[extracting->line];
	const char *skip = extracting->skip;
	const char *skip_end = skip != NULL ? skip + extracting->skip_len : NULL;
	const char *at = line->plain;
	struct ush_token token;

	extracting->after_another = skip != NULL;
	extracting->skip = NULL;
	if (line->is_heading)
		extracting->section_start = extracting->out->count;
	while ((at = ush_token_next(line->plain, at, &token)) != NULL) {
		struct ush_piece piece;
		int rc;

		if (skip != NULL && token.text >= skip && token.text < skip_end)
			continue;
		if (ush_join(&extracting->report, extracting->kinds, extracting->line, &token,
		        &piece) != 0)
			return -1;
		if (piece.rest != NULL) {
			extracting->skip = piece.rest;
			extracting->skip_len = piece.rest_len;
		}
		rc = take_piece(extracting, &token, &piece);
		free(piece.text);
		if (rc != 0)
			return -1;
	}
	return 0;
}

int
ush_extract(
    struct ush_findings *out, const struct ush_extract_options *options, struct ush_error *err)
{
	struct extracting extracting = {.options = options, .out = out};
	int rc = -1;

	*out = (struct ush_findings){0};
	if (ush_kinds_new(&extracting.kinds) != 0)
		ush_fail(err, NULL, 0, "cannot load the public suffix list");
	else if (ush_known_new(&extracting.known, options->own, options->never_block, err) == 0 &&
	         ush_report_load(&extracting.report, options->report, err) == 0)
		rc = 0;
	for (; rc == 0 && extracting.line < extracting.report.count; extracting.line++) {
		if ((rc = read_line(&extracting)) != 0)
			ush_fail(err, options->report, (unsigned)extracting.line + 1, "no memory");
	}
	if (rc == 0)
		ush_findings_unite(out);
	ush_report_fini(&extracting.report);
	ush_known_free(extracting.known);
	ush_kinds_free(extracting.kinds);
	return rc;
}
