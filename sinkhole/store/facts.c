/* SPDX-License-Identifier: BSD-3-Clause */
#include "sinkhole/store/facts.h"

#include <string.h>

static const struct {
	const char *text;
	const char *phrase;
} facts[USH_FACTS] = {
    [USH_FACT_BEACON] = {"beacon", "sent a beacon that decodes"},
    [USH_FACT_BEACON_VIA] = {"beacon-via", "sent a beacon that decodes, with the words of a proxy"},
    [USH_FACT_BEACON_PLANTED] = {"planted-beacon",
        "sent a beacon that decodes with a browser, as a web page can make it do"},
    [USH_FACT_POST] = {"post", "sent data to a listed host as a program does"},
    [USH_FACT_FAMILY_AGENT] = {"family-agent",
        "called a listed host with the user agent of the malware's samples"},
    [USH_FACT_PLANTED] = {"planted-url", "called a planted C2 URL as a program does"},
    [USH_FACT_PLANTED_QUIET] = {"planted-quiet",
        "called a planted C2 URL, program or person unclear"},
    [USH_FACT_PLAUSIBLE] = {"plausible-url", "called a plausible C2 URL as a program does"},
    [USH_FACT_AUTOMATION] = {"automation", "called a listed host as a program does"},
    [USH_FACT_URL_QUIET] = {"url-quiet", "called a plausible C2 URL, program or person unclear"},
    [USH_FACT_RAW] = {"raw", "sent bytes that are neither HTTP nor TLS"},
    [USH_FACT_RAW_OTHER] = {"raw-other", "sent datagrams, or what browsers send too"},
    [USH_FACT_BROWSER_PLANTED] = {"browser-planted", "called a planted C2 URL with a browser"},
    [USH_FACT_BROWSER] = {"browser", "came with a browser"},
    [USH_FACT_SCANNER] = {"scanner", "came with a scanner's marks"},
    [USH_FACT_HTTP] = {"http", "sent other HTTP requests"},
    [USH_FACT_TLS] = {"tls", "began TLS with a listed host as a program does"},
    [USH_FACT_TLS_BROWSER] = {"tls-browser", "began TLS with a listed host as a browser does"},
    [USH_FACT_TLS_OTHER] = {"tls-other", "began TLS and named no host"},
    [USH_FACT_UNLISTED] = {"unlisted", "asked the sinkhole for a host that is not listed"},
    [USH_FACT_SILENT] = {"silent", "connected and sent nothing"},
    [USH_FACT_FOLDED] = {"folded", "came too often to be recorded one by one"},
    [USH_FACT_CANARY_HIT] = {"canary-hit", "called the sinkhole in a test"},
    [USH_FACT_DNS] = {"dns", "asked for a listed name, was sent to the sinkhole"},
    [USH_FACT_DNS_OTHER] = {"dns-other", "asked for a listed name, was not sent here"},
    [USH_FACT_CANARY_DNS] = {"canary-dns", "asked for a name in a test"},
};

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
	return fact < USH_FACT_DNS;
}

static enum ush_fact
by_action(unsigned evidence, const char *action)
{
	if (strncmp(action, "http-", 5) == 0)
		return USH_FACT_HTTP;
	if (strncmp(action, "tls-", 4) == 0)
		return USH_FACT_TLS_OTHER;
	if (strcmp(action, "tcp-folded") == 0 || strcmp(action, "udp-folded") == 0)
		return USH_FACT_FOLDED;
	if (strcmp(action, "tcp-silent") == 0)
		return USH_FACT_SILENT;
	return strcmp(action, "tcp-data") == 0 && (evidence & USH_EVIDENCE_HINT) == 0
	           ? USH_FACT_RAW
	           : USH_FACT_RAW_OTHER;
}

#define URL (USH_EVIDENCE_C2_URL | USH_EVIDENCE_C2_PATH)
/* A browser sent it without anybody's click, or a page sent it. */
#define NOT_CLICKED (USH_EVIDENCE_PAGE | USH_EVIDENCE_PREFETCH | USH_EVIDENCE_EMBEDDED)
#define PERSON (USH_EVIDENCE_BROWSER | USH_EVIDENCE_PREFETCH | USH_EVIDENCE_EMBEDDED)

static enum ush_fact
of_beacon(unsigned evidence, bool via)
{
	/* No browser has the user agent of a family's samples. */
	bool hint =
	    (evidence & USH_EVIDENCE_HINT) != 0 && (evidence & USH_EVIDENCE_FAMILY_AGENT) == 0;

	if (hint || (evidence & (PERSON | USH_EVIDENCE_PAGE)) != 0)
		return USH_FACT_BEACON_PLANTED;
	return via ? USH_FACT_BEACON_VIA : USH_FACT_BEACON;
}

static enum ush_fact
of_hello(unsigned evidence)
{
	if ((evidence & USH_EVIDENCE_LISTED_HOST) != 0)
		return (evidence & USH_EVIDENCE_BROWSER) != 0 ? USH_FACT_TLS_BROWSER : USH_FACT_TLS;
	return (evidence & USH_EVIDENCE_UNLISTED_HOST) != 0 ? USH_FACT_UNLISTED
	                                                    : USH_FACT_TLS_OTHER;
}

static enum ush_fact
of_browser(unsigned evidence)
{
	if ((evidence & URL) != 0 && (evidence & USH_EVIDENCE_PLANTED) != 0 &&
	    (evidence & NOT_CLICKED) == 0)
		return USH_FACT_BROWSER_PLANTED;
	return USH_FACT_BROWSER;
}

/* At a listed URL or host, and not with a browser. A request that broke off may have been a
 * browser's before its other headers had come, and Internet Explorer mode posts forms without Origin:
 * without a program's marks only a whole one without a browser's headers counts as a POST. */
static enum ush_fact
of_listed(unsigned evidence, const char *action)
{
	bool automation = (evidence & USH_EVIDENCE_AUTOMATION) != 0;
	bool clear = (evidence & URL) != 0 && (evidence & USH_EVIDENCE_HINT) == 0 &&
	             strcmp(action, "http-request") == 0;

	if ((evidence & USH_EVIDENCE_UPLOAD) != 0 && (evidence & USH_EVIDENCE_PAGE) == 0 &&
	    (automation || clear))
		return USH_FACT_POST;
	if ((evidence & USH_EVIDENCE_FAMILY_AGENT) != 0)
		return USH_FACT_FAMILY_AGENT;
	if ((evidence & URL) != 0 && (evidence & USH_EVIDENCE_PLANTED) != 0)
		return automation ? USH_FACT_PLANTED : USH_FACT_PLANTED_QUIET;
	if ((evidence & URL) != 0)
		return automation ? USH_FACT_PLAUSIBLE : USH_FACT_URL_QUIET;
	return automation ? USH_FACT_AUTOMATION : by_action(evidence, action);
}

/* The order of proof. The marks of a browser count only without those of a program. */
enum ush_fact
ush_fact_of_contact(unsigned evidence, const char *action, bool via)
{
	if ((evidence & USH_EVIDENCE_DECODED) != 0)
		return of_beacon(evidence, via);
	if ((evidence & USH_EVIDENCE_SCANNER) != 0)
		return USH_FACT_SCANNER;
	if ((evidence & USH_EVIDENCE_TLS_ONLY) != 0)
		return of_hello(evidence);
	if ((evidence & PERSON) != 0 && (evidence & USH_EVIDENCE_AUTOMATION) == 0)
		return of_browser(evidence);
	if ((evidence & (URL | USH_EVIDENCE_LISTED_HOST)) != 0)
		return of_listed(evidence, action);
	if ((evidence & USH_EVIDENCE_UNLISTED_HOST) != 0)
		return USH_FACT_UNLISTED;
	/* `raw` may also stand on HTTP whose bytes were kept: the action decides. */
	return by_action(evidence, action);
}

enum ush_fact
ush_fact_of_dns(const char *action)
{
	return strcmp(action, "dns-sinkhole") == 0 ? USH_FACT_DNS : USH_FACT_DNS_OTHER;
}
