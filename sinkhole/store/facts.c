/* SPDX-License-Identifier: BSD-3-Clause */
#include "sinkhole/store/facts.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

static const struct {
	const char *word;
	unsigned bit;
} mark_words[] = {
    {"decoded", USH_MARK_DECODED},
    {"c2-url", USH_MARK_C2_URL},
    {"c2-path", USH_MARK_C2_PATH},
    {"planted", USH_MARK_PLANTED},
    {"plausible", USH_MARK_PLAUSIBLE},
    {"listed-host", USH_MARK_LISTED_HOST},
    {"automation", USH_MARK_AUTOMATION},
    {"browser", USH_MARK_BROWSER},
    {"prefetch", USH_MARK_PREFETCH},
    {"embedded", USH_MARK_EMBEDDED},
    {"scanner", USH_MARK_SCANNER},
    {"tls-only", USH_MARK_TLS_ONLY},
    {"raw", USH_MARK_RAW},
    {"silent", USH_MARK_SILENT},
};
#define MARK_WORDS (sizeof(mark_words) / sizeof(mark_words[0]))

static const struct {
	const char *text;
	const char *phrase;
	bool is_contact;
} facts[USH_FACTS] = {
    [USH_FACT_BEACON] = {"beacon", "sent a beacon that decodes", true},
    [USH_FACT_PLANTED] = {"planted-url", "called a planted C2 URL, not with a browser", true},
    [USH_FACT_PLANTED_PATH] = {"planted-path", "called a planted C2 path on another host", true},
    [USH_FACT_PLAUSIBLE] = {"plausible-url", "called a listed C2 URL as a program does", true},
    [USH_FACT_AUTOMATION] = {"automation", "called a listed host as a program does", true},
    [USH_FACT_URL_UNMARKED] = {"url", "called a listed C2 URL, program or person unclear", true},
    [USH_FACT_RAW] = {"raw", "sent bytes that are neither HTTP nor TLS", true},
    [USH_FACT_BROWSER] = {"browser", "came with a browser", true},
    [USH_FACT_SCANNER] = {"scanner", "came with a scanner's marks", true},
    [USH_FACT_HTTP] = {"http", "sent other HTTP requests", true},
    [USH_FACT_TLS] = {"tls", "began TLS with a listed host, nothing readable followed", true},
    [USH_FACT_SILENT] = {"silent", "connected and sent nothing", true},
    [USH_FACT_DNS] = {"dns", "asked for a listed name, was sent to the sinkhole", false},
    [USH_FACT_DNS_OTHER] = {"dns-other", "asked for a listed name, was not sent here", false},
    [USH_FACT_CANARY_HIT] = {"canary-hit", "called the sinkhole in a test", true},
    [USH_FACT_CANARY_DNS] = {"canary-dns", "asked for a name in a test", false},
    [USH_FACT_TLS_OTHER] = {"tls-other", "began TLS with no listed host", true},
    [USH_FACT_FOLDED] = {"folded", "came too often to be recorded one by one", true},
};

unsigned
ush_mark_from_text(const char *word)
{
	for (size_t i = 0; i < MARK_WORDS; i++) {
		if (strcmp(mark_words[i].word, word) == 0)
			return mark_words[i].bit;
	}
	return 0;
}

const char *
ush_marks_to_text(unsigned marks, char *buf, unsigned size)
{
	size_t used = 0;

	buf[0] = '\0';
	for (size_t i = 0; i < MARK_WORDS && used < size; i++) {
		if ((marks & mark_words[i].bit) != 0)
			used += (size_t)snprintf(buf + used, size - used, "%s%s",
			    used > 0 ? " " : "", mark_words[i].word);
	}
	return buf;
}

const char *
ush_fact_text(enum ush_fact fact)
{
	return facts[fact].text;
}

const char *
ush_fact_phrase(enum ush_fact fact)
{
	return facts[fact].phrase;
}

bool
ush_fact_is_contact(enum ush_fact fact)
{
	return facts[fact].is_contact;
}

static enum ush_fact
by_action(const char *action)
{
	if (strncmp(action, "http-", 5) == 0)
		return USH_FACT_HTTP;
	if (strncmp(action, "tls-", 4) == 0)
		return USH_FACT_TLS_OTHER;
	if (strcmp(action, "tcp-folded") == 0 || strcmp(action, "udp-folded") == 0)
		return USH_FACT_FOLDED;
	return strcmp(action, "tcp-silent") == 0 ? USH_FACT_SILENT : USH_FACT_RAW;
}

/* What follows is the order of proof. A browser is believed only where nothing speaks for a
 * program: malware can put on a browser's headers, but then its other habits show, and such a
 * contact counts as automation's at a merely plausible URL. */
enum ush_fact
ush_fact_of_contact(unsigned marks, const char *action)
{
	const unsigned url = USH_MARK_C2_URL | USH_MARK_C2_PATH;
	const unsigned person = USH_MARK_BROWSER | USH_MARK_PREFETCH | USH_MARK_EMBEDDED;
	bool automation = (marks & USH_MARK_AUTOMATION) != 0;

	if ((marks & USH_MARK_DECODED) != 0)
		return USH_FACT_BEACON;
	if ((marks & USH_MARK_SCANNER) != 0)
		return USH_FACT_SCANNER;
	if ((marks & person) != 0) {
		if (!automation)
			return USH_FACT_BROWSER;
		return (marks & url) != 0 ? USH_FACT_PLAUSIBLE : USH_FACT_HTTP;
	}
	/* A page of somebody else can make any browser fetch a listed URL, and of a head that broke
	 * off nobody knows whose it was: only what a program does speaks against a host. */
	if ((marks & url) != 0 && !automation)
		return USH_FACT_URL_UNMARKED;
	if ((marks & USH_MARK_C2_PATH) != 0)
		return USH_FACT_PLANTED_PATH;
	if ((marks & USH_MARK_C2_URL) != 0)
		return (marks & USH_MARK_PLANTED) != 0 ? USH_FACT_PLANTED : USH_FACT_PLAUSIBLE;
	if (automation && (marks & USH_MARK_LISTED_HOST) != 0)
		return USH_FACT_AUTOMATION;
	if ((marks & USH_MARK_TLS_ONLY) != 0)
		return (marks & USH_MARK_LISTED_HOST) != 0 ? USH_FACT_TLS : USH_FACT_TLS_OTHER;
	if ((marks & USH_MARK_SILENT) != 0)
		return USH_FACT_SILENT;
	/* `raw` may also stand on HTTP whose bytes were kept: the action decides. */
	return by_action(action);
}

enum ush_fact
ush_fact_of_dns(const char *action)
{
	return strcmp(action, "dns-sinkhole") == 0 ? USH_FACT_DNS : USH_FACT_DNS_OTHER;
}
