/* SPDX-License-Identifier: BSD-3-Clause */
#include "sinkhole/store/calls.h"

#include <stddef.h>
#include <strings.h>

/* How much is needed of something; `at_least` 0 ends a list of needs. */
enum measure { COUNT, DISTINCT, HOURS };
struct need {
	enum ush_fact fact;
	enum measure measure;
	uint64_t at_least;
};

struct rule {
	enum ush_call call;
	const char *why;
	struct need needs[2];
	unsigned never; /* bits of facts that must be absent */
	const char *reason;
};

#define BIT(fact) (1u << (fact))
#define BROWSER BIT(USH_FACT_BROWSER)

/* The thresholds, with the reasons for them:
 * - Two plausible URLs: one may be a link that some program followed, a second one of the same
 * campaign is its list of fallback servers at work.
 * - TLS shows no path, and a browser's first try is TLS too: a person reaches one or two names and
 * gives up. */
#define URLS_INFECTED 2
#define TLS_NAMES 3
#define TLS_COUNT 10
#define TLS_HOURS 24
/* A host that asks for so many listed names and never calls asks for others. Emdivi samples carry
 * two or three. */
#define RELAY_NAMES 8

/* Walked from the top, the first rule whose needs are met gives the call. */
static const struct rule rules[] = {
    {USH_CALL_INFECTED, "beacon", {{USH_FACT_BEACON, COUNT, 1}}, 0,
        "it sent what only the malware sends: a beacon that decodes into a host profile"},
    {USH_CALL_INFECTED, "c2-url", {{USH_FACT_PLANTED, COUNT, 1}}, 0,
        "it called a listed URL that only an intruder can have put there, and not with a browser"},
    {USH_CALL_INFECTED, "c2-path", {{USH_FACT_PLANTED_PATH, COUNT, 1}, {USH_FACT_DNS, COUNT, 1}}, 0,
        "it asked for a listed name and called a planted path, without naming the listed host"},
    {USH_CALL_INFECTED, "c2-urls", {{USH_FACT_PLAUSIBLE, DISTINCT, URLS_INFECTED}}, 0,
        "a program on it called listed C2 URLs on several hosts of the campaign"},
    {USH_CALL_LIKELY, "c2-path", {{USH_FACT_PLANTED_PATH, COUNT, 1}}, 0,
        "it called a planted path, on a host that is not listed with it"},
    {USH_CALL_LIKELY, "c2-url", {{USH_FACT_PLAUSIBLE, COUNT, 1}}, 0,
        "a program on it called a listed C2 URL; people visit that page too"},
    {USH_CALL_LIKELY, "c2-hosts", {{USH_FACT_AUTOMATION, DISTINCT, 2}}, 0,
        "a program on it called several listed hosts"},
    {USH_CALL_LIKELY, "automation", {{USH_FACT_AUTOMATION, COUNT, 1}}, 0,
        "a program on it called a listed host, at a path that is not listed"},
    {USH_CALL_LIKELY, "tls-names", {{USH_FACT_TLS, DISTINCT, TLS_NAMES}}, BROWSER,
        "it began TLS with several listed hosts and no browser was seen"},
    {USH_CALL_LIKELY, "tls-repeat",
        {{USH_FACT_TLS, COUNT, TLS_COUNT}, {USH_FACT_TLS, HOURS, TLS_HOURS}}, BROWSER,
        "it went on beginning TLS with a listed host for a day or more, and no browser was seen"},
    {USH_CALL_POSSIBLE, "c2-url", {{USH_FACT_URL_UNMARKED, COUNT, 1}}, 0,
        "it called a listed C2 URL; whether a program or a person did is not clear"},
    {USH_CALL_POSSIBLE, "raw", {{USH_FACT_RAW, COUNT, 1}}, 0,
        "it sent the sinkhole bytes that are neither HTTP nor TLS"},
    {USH_CALL_PERSON, "browser", {{USH_FACT_BROWSER, COUNT, 1}}, 0,
        "somebody opened a listed site with a browser, and nothing else was seen"},
    {USH_CALL_SCANNER, "scanner", {{USH_FACT_SCANNER, COUNT, 1}}, 0,
        "its contacts bear a scanner's marks"},
    {USH_CALL_POSSIBLE, "http", {{USH_FACT_HTTP, COUNT, 1}}, 0,
        "it sent the sinkhole HTTP without a listed URL or clear marks"},
    {USH_CALL_POSSIBLE, "tls", {{USH_FACT_TLS, COUNT, 1}}, 0,
        "it began TLS with a listed host; TLS hides the path"},
    {USH_CALL_POSSIBLE, "tls", {{USH_FACT_TLS_OTHER, COUNT, 1}}, 0,
        "it began TLS with the sinkhole, naming no listed host"},
    {USH_CALL_POSSIBLE, "connect", {{USH_FACT_SILENT, COUNT, 1}}, 0,
        "it connected to the sinkhole and sent nothing"},
    {USH_CALL_POSSIBLE, "folded", {{USH_FACT_FOLDED, COUNT, 1}}, 0,
        "it called the sinkhole more often than is recorded one by one"},
};

static const struct rule dns_only = {USH_CALL_POSSIBLE, "dns-only", {{0, COUNT, 0}}, 0,
    "it asked for a listed name and never called the sinkhole"};
static const struct rule many_names = {USH_CALL_RELAY, "many-names", {{0, COUNT, 0}}, 0,
    "it asked for many listed names and never called: it seems to ask for other hosts"};
static const struct rule canary = {
    USH_CALL_DRILL, "canary", {{0, COUNT, 0}}, 0, "all it did was part of a test"};

/* What a machine of a role does by itself. Those facts are explained and lower nothing: what is
 * left is judged by the rules, and only when nothing is left the role gives the call. A drill
 * explains all: the operator said so. */
#define EXPLAINS_DNS (BIT(USH_FACT_DNS) | BIT(USH_FACT_DNS_OTHER))
#define EXPLAINS_TRANSPORT                                                                         \
	(BIT(USH_FACT_TLS) | BIT(USH_FACT_TLS_OTHER) | BIT(USH_FACT_SILENT) | BIT(USH_FACT_HTTP) | \
	    BIT(USH_FACT_SCANNER) | BIT(USH_FACT_FOLDED))
#define EXPLAINS_FETCHING                                                                         \
	(EXPLAINS_DNS | EXPLAINS_TRANSPORT | BIT(USH_FACT_AUTOMATION) | BIT(USH_FACT_PLAUSIBLE) | \
	    BIT(USH_FACT_URL_UNMARKED) | BROWSER)
#define EXPLAINS_PROBING \
	(EXPLAINS_FETCHING | BIT(USH_FACT_RAW) | BIT(USH_FACT_PLANTED) | BIT(USH_FACT_PLANTED_PATH))
static const struct {
	unsigned explains;
	enum ush_call call;
	const char *why;
	const char *reason;
} roles[] = {
    [USH_ROLE_FORWARDER] = {EXPLAINS_DNS, USH_CALL_RELAY, "forwarder",
        "your settings say it forwards DNS for others: look at its own log for who asked"},
    [USH_ROLE_PROXY] = {EXPLAINS_DNS | EXPLAINS_TRANSPORT | BROWSER, USH_CALL_RELAY, "proxy",
        "your settings say it is a proxy: look at its own log for who asked"},
    [USH_ROLE_MAIL_GATEWAY] = {EXPLAINS_FETCHING, USH_CALL_RELAY, "mail-gw",
        "your settings say it is a mail gateway: it looks at links in mail"},
    [USH_ROLE_SCANNER] = {EXPLAINS_PROBING, USH_CALL_SCANNER, "role",
        "your settings say it is a scanner"},
    [USH_ROLE_SANDBOX] = {EXPLAINS_PROBING, USH_CALL_SCANNER, "sandbox",
        "your settings say it is a sandbox"},
    [USH_ROLE_DRILL] = {~0u, USH_CALL_DRILL, "role",
        "your settings say that what it does is a drill"},
};

static const char *const call_words[USH_CALLS] = {
    "INFECTED", "LIKELY", "POSSIBLE", "PERSON", "RELAY", "SCANNER", "DRILL"};

const char *
ush_call_text(enum ush_call call)
{
	return call_words[call];
}

int
ush_call_from_text(enum ush_call *out, const char *text)
{
	for (unsigned i = 0; i < USH_CALLS; i++) {
		if (strcasecmp(call_words[i], text) == 0) {
			*out = (enum ush_call)i;
			return 0;
		}
	}
	return -1;
}

static bool
is_met(const struct need *need, const struct ush_tally *facts)
{
	const struct ush_tally *tally = &facts[need->fact];

	switch (need->measure) {
	case COUNT:
		return tally->count >= need->at_least;
	case DISTINCT:
		return tally->distinct >= need->at_least;
	case HOURS:
		return tally->count > 0 &&
		       tally->last_ms - tally->first_ms >= need->at_least * 3600000;
	}
	return false;
}

static bool
applies(const struct rule *rule, const struct ush_tally *facts)
{
	for (size_t i = 0; i < sizeof(rule->needs) / sizeof(rule->needs[0]); i++) {
		if (rule->needs[i].at_least > 0 && !is_met(&rule->needs[i], facts))
			return false;
	}
	for (unsigned fact = 0; fact < USH_FACTS; fact++) {
		if ((rule->never & BIT(fact)) != 0 && facts[fact].count > 0)
			return false;
	}
	return true;
}

static void
set_verdict(struct ush_verdict *out, const struct rule *rule)
{
	*out = (struct ush_verdict){rule->call, rule->why, rule->reason};
}

static bool
explained_any(const struct ush_case *known)
{
	for (unsigned i = 0; i < USH_FACTS; i++) {
		if ((roles[known->role].explains & BIT(i)) != 0 && known->facts[i].count > 0)
			return true;
	}
	return false;
}

void
ush_call_make(const struct ush_case *known, struct ush_verdict *out)
{
	struct ush_tally facts[USH_FACTS];
	unsigned explained = roles[known->role].explains;

	for (unsigned i = 0; i < USH_FACTS; i++)
		facts[i] = (explained & BIT(i)) != 0 ? (struct ush_tally){0} : known->facts[i];
	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
		if (applies(&rules[i], facts)) {
			set_verdict(out, &rules[i]);
			return;
		}
	}
	if (facts[USH_FACT_DNS].count > 0 && known->host_names >= RELAY_NAMES &&
	    known->host_contacts == 0 && known->contacts_work)
		set_verdict(out, &many_names);
	else if (facts[USH_FACT_DNS].count > 0 || facts[USH_FACT_DNS_OTHER].count > 0)
		set_verdict(out, &dns_only);
	else if (explained_any(known))
		*out = (struct ush_verdict){
		    roles[known->role].call, roles[known->role].why, roles[known->role].reason};
	else
		set_verdict(out, &canary);
}
