/* SPDX-License-Identifier: BSD-3-Clause */
#include "zones/extract/judge.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>
#include "zones/extract/files.h"

#define SHORT_REST 48    /* bytes behind an entry of a list that explain it */
#define VERSION_WORDS 24 /* bytes in front of a number that may say that it is a version */
#define WORDS_BEFORE 40  /* bytes in front of a name that may say whose it is */

/* What the surroundings say: the line itself before its heading, but no reference in the middle of
 * a list of indicators. */
static enum ush_near
near_of(const struct ush_report_line *line)
{
	enum ush_near section = line->is_unclear ? USH_NEAR_NOTHING : line->section;

	if (section == USH_NEAR_VICTIM)
		return section; /* whatever it was that it talked to */
	if (line->says_harmless)
		return USH_NEAR_DECOY;
	if (line->own == USH_NEAR_DECOY && section >= USH_NEAR_DELIVERY)
		return section; /* "looks like the legitimate ..." */
	if (line->own == USH_NEAR_INDICATORS && section >= USH_NEAR_DECOY)
		return section; /* which says more */
	if (line->own > USH_NEAR_REFERENCE)
		return line->own;
	return section != USH_NEAR_NOTHING ? section : line->own;
}

/* An entry of a list or table, or of a sentence that just names it. */
static bool
is_entry(const struct ush_judged *judged)
{
	const struct ush_token *token = judged->token;
	const char *rest = token->text + token->len;
	size_t cell = 0;

	while (cell <= SHORT_REST && rest[cell] != '\0' && strchr("|\t,;", rest[cell]) == NULL &&
	       !(rest[cell] == ' ' && rest[cell + 1] == ' '))
		cell++;
	if (token->is_typed)
		return true;
	if (token->is_parenthesis && judged->after_another)
		return true;
	if (token->after_comma && !judged->after_another)
		return false; /* a part of a sentence */
	return token->starts_cell &&
	       (cell <= SHORT_REST || strchr("(#<:", rest[strspn(rest, " ")]) != NULL);
}

static bool
is_indicating(enum ush_near near)
{
	return near >= USH_NEAR_INDICATORS;
}

/* Nothing says what the line is about but a heading that may have ended. */
static bool
is_unclear(const struct ush_report_line *line)
{
	return line->is_unclear && !is_indicating(line->own);
}

static const char why_unclear[] = "below what may be a heading that does not say what they are";

/* By the heading or the line. NULL: it is not said to be harmless. */
static const char *
why_not_bad(enum ush_near near)
{
	if (near == USH_NEAR_VICTIM)
		return "below a heading of victims";
	return near == USH_NEAR_DECOY ? "a decoy or something genuine, by the words around it"
	                              : NULL;
}

static bool
has_web_scheme(const struct ush_identified *what)
{
	return strncasecmp(what->value, "http", 4) == 0;
}

/* Names and URLs that were not defanged: also what a report links to is written so. */
static const char *
why_not_plain(const struct ush_judged *judged, enum ush_near near)
{
	const struct ush_report *report = judged->report;
	bool link = has_web_scheme(judged->what);

	if (judged->line->section == USH_NEAR_REFERENCE)
		return "below a heading of references or advice";
	if (judged->line->is_on_each_page)
		return "on a line that each page has";
	if (judged->token->is_typed)
		return NULL;
	if (link && report->defangs &&
	    !(judged->plain_lists && is_entry(judged) && is_indicating(judged->line->section)))
		return "a live link in a report that defangs others";
	if (is_entry(judged) && is_indicating(near))
		return NULL;
	if (is_entry(judged) && is_unclear(judged->line))
		return why_unclear;
	if (is_entry(judged) && !report->has_sections && (!link || report->is_list) &&
	    judged->line->own != USH_NEAR_REFERENCE)
		return NULL; /* a bare list */
	if (!link && judged->line->says_contact && near == USH_NEAR_C2 &&
	    (!report->defangs || is_indicating(judged->line->section)))
		return NULL;
	return link ? "a live link in running text" : "mentioned in running text";
}

/* In the same cell of a table, or sentence. */
static void
words_before(const struct ush_judged *judged, size_t most, char out[WORDS_BEFORE + 1])
{
	const char *at = judged->token->text;
	size_t len = 0;

	while (len < most && at > judged->line->plain && strchr("|\t;", at[-1]) == NULL) {
		at--;
		len++;
	}
	memcpy(out, at, len);
	out[len] = '\0';
}

static const char *
why_not_theirs(const struct ush_judged *judged)
{
	char before[WORDS_BEFORE + 1];

	words_before(judged, WORDS_BEFORE, before);
	if (ush_says_provider(before))
		return "of a provider, name server or certificate, by the words before it";
	/* "imitating a bank: example[.]com" */
	if (!judged->defanged && ush_says_imitated(before))
		return "what is imitated, by the words before it";
	return NULL;
}

static bool
judge_host(const struct ush_judged *judged, struct ush_finding *finding)
{
	enum ush_known_as known = USH_KNOWN_NOT;

	if (judged->what->is_plain_host)
		known = ush_known_name(judged->known, &judged->what->name);
	else
		known = ush_known_network(judged->known, &judged->what->network);
	/* A marked URL on a site of many is listed by compile without its host. */
	if (known == USH_KNOWN_POPULAR && judged->defanged && finding->kind == USH_KIND_URL)
		known = USH_KNOWN_NOT;
	finding->why_not = ush_known_text(known);
	if (finding->why_not == NULL && judged->is_rest)
		finding->why_not = "behind a hyphen at the end of the line before";
	if (finding->why_not == NULL)
		finding->why_not = why_not_bad(finding->near);
	if (finding->why_not == NULL && !judged->defanged)
		finding->why_not = why_not_plain(judged, finding->near);
	if (finding->why_not == NULL)
		finding->why_not = why_not_theirs(judged);
	if (finding->why_not == NULL && strncasecmp(finding->value, "www.www.", 8) == 0)
		finding->doubtful = true;
	return true;
}

/* "version 10.0.2.1", "Chrome/41.0.0.1" */
static bool
is_version(const struct ush_judged *judged)
{
	const char *at = judged->token->text;
	char before[WORDS_BEFORE + 1];

	if (at > judged->line->plain && (at[-1] == 'v' || at[-1] == 'V' || at[-1] == '/'))
		return true;
	words_before(judged, VERSION_WORDS, before);
	return ush_says_version(before);
}

static bool
judge_address(const struct ush_judged *judged, struct ush_finding *finding)
{
	enum ush_known_as known = finding->kind == USH_KIND_IP
	                              ? ush_known_network(judged->known, &judged->what->network)
	                              : USH_KNOWN_NOT;

	if (!judged->defanged && is_version(judged))
		return false;
	finding->why_not = ush_known_text(known);
	if (finding->why_not == NULL)
		finding->why_not = why_not_bad(finding->near);
	if (finding->why_not == NULL && !judged->defanged && !judged->token->is_typed &&
	    !(is_entry(judged) &&
	        (is_indicating(finding->near) || !judged->report->has_sections)) &&
	    !judged->line->says_contact)
		finding->why_not = is_entry(judged) && is_unclear(judged->line)
		                       ? why_unclear
		                       : "an address in running text";
	if (judged->token->in_parentheses && judged->after_another) {
		finding->context = true; /* where the name was: often shared hosting */
		finding->why_not = why_not_bad(finding->near);
	}
	return true;
}

static bool
judge_file(const struct ush_judged *judged, struct ush_finding *finding)
{
	const char *value = judged->what->value;
	size_t len = judged->what->len;

	if (judged->what->may_be_file && finding->near == USH_NEAR_C2 && is_entry(judged) &&
	    !ush_is_genuine_tool(value, len)) {
		finding->kind = USH_KIND_NAME;
		finding->why_not = "a domain, or the name of a file";
		return true;
	}
	if (!ush_is_run_or_opened(value, len) ||
	    (finding->near <= USH_NEAR_REFERENCE && !is_unclear(judged->line) && !is_entry(judged)))
		return false;
	if (judged->line->section == USH_NEAR_REFERENCE)
		return false;
	if (ush_is_genuine_tool(value, len))
		finding->why_not = "a genuine program has this name";
	else if (value[len] == '?')
		finding->why_not = "the report is not sure of the name";
	return true;
}

static bool
judge_path(const struct ush_judged *judged, struct ush_finding *finding)
{
	bool unclear = judged->line->section == USH_NEAR_C2 && is_unclear(judged->line);

	if ((finding->near != USH_NEAR_C2 && !unclear) || !is_entry(judged) ||
	    judged->after_another)
		return false;
	if (unclear)
		finding->why_not = why_unclear;
	if (memchr(judged->what->value, '*', judged->what->len) != NULL)
		finding->why_not = "redacted";
	return true;
}

bool
ush_judge(const struct ush_judged *judged, struct ush_finding *finding)
{
	finding->near = near_of(judged->line);
	finding->below = judged->what->below;
	if (judged->what->why_not != NULL || judged->token->is_cut_off) {
		finding->why_not = judged->token->is_cut_off ? "redacted" : judged->what->why_not;
		return judged->defanged || judged->token->is_cut_off ||
		       strcmp(finding->why_not, "redacted") == 0;
	}
	switch (finding->kind) {
	case USH_KIND_NAME:
	case USH_KIND_URL:
		return judge_host(judged, finding);
	case USH_KIND_IP:
	case USH_KIND_IP_PORT:
		return judge_address(judged, finding);
	case USH_KIND_FILE:
		return judge_file(judged, finding);
	case USH_KIND_PATH:
		return judge_path(judged, finding);
	case USH_KIND_MAIL:
		finding->why_not = "a mail address: feeds have no place for it";
		return true;
	default: /* hashes and detection names speak for themselves */
		return true;
	}
}
