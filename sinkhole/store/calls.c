/* SPDX-License-Identifier: BSD-3-Clause */
#include "sinkhole/store/calls.h"

#include <string.h>
#include <strings.h>

/* How much is needed of something; `at_least` 0 ends a list of needs. */
enum measure {
	COUNT,         /* events of all these facts together */
	DISTINCT,      /* different names or hosts of one of them */
	MINUTES,       /* from the first to the last event of all these facts together */
	CLOCK,         /* one of them comes as no person does: see rhythm.h */
	DAY_HOURS,     /* different hours of the day in which one of them came */
	PROGRAM_HOSTS, /* listed hosts that were called as a program does */
	CAMPAIGN,      /* it called the address of a campaign */
	SCANS_NOT,     /* nothing came from the host with a scanner's marks */
	BROWSES,       /* the host uses a browser, for whatever campaign */
	NAMES_OTHERS,  /* it names hosts that it speaks for */
	NAMES, /* listed names asked for over all campaigns, without one contact, while other
	                  hosts' contacts arrive */
};
struct need {
	unsigned facts;
	enum measure measure;
	uint64_t at_least;
};

struct rule {
	enum ush_call call;
	const char *why;
	struct need needs[3];
	unsigned explains; /* facts that say nothing more to the rules below */
	const char *reason;
};

#define BIT(fact) (1u << USH_FACT_##fact)

#define DNS (BIT(DNS) | BIT(DNS_OTHER))
/* What comes along with anything: of a browser, of a scanner, of malware. */
#define ALONG                                                                             \
	(DNS | BIT(HTTP) | BIT(TLS) | BIT(TLS_BROWSER) | BIT(TLS_OTHER) | BIT(UNLISTED) | \
	    BIT(SILENT) | BIT(FOLDED))
#define BROWSER (BIT(BROWSER) | BIT(BROWSER_PLANTED))
#define PLANTED (BIT(PLANTED) | BIT(PLANTED_QUIET))
#define URLS (PLANTED | BIT(PLAUSIBLE) | BIT(URL_QUIET))
#define RAWS (BIT(RAW) | BIT(RAW_OTHER))
#define CALLS_AS_PROGRAM \
	(BIT(POST) | BIT(FAMILY_AGENT) | BIT(PLANTED) | BIT(PLAUSIBLE) | BIT(AUTOMATION))
/* What malware does besides: no rule below needs to say it again. A browser, a page's beacon and
 * what is passed on for others are reported all the same. */
#define PROGRAM (ALONG | URLS | BIT(POST) | BIT(FAMILY_AGENT) | BIT(AUTOMATION) | RAWS)

/* The thresholds, with the reasons for them:
 * - A link in a mail is looked at once, or a few times on one day. Ten contacts over a day or more
 * are no longer that.
 * - Two listed hosts may be two feeds that a reader has; three of one campaign are its list of
 * servers at work.
 * - A tool that checks the URLs of a report, or shows a preview of each link of a mail, is done
 * within seconds or minutes, and does not come back. Malware does.
 * - TLS shows no path, and a browser's first try is TLS too: a person reaches one or two names.
 * - A page left open can load a planted URL in a frame again and again with all headers of a browser,
 * but most machines of an office are off or asleep at night: ten to twelve hours of the day are a
 * person's.
 * - The sender of a datagram can be forged, a web page makes browsers send STUN, and a port scanner
 * calls every address, decoys too: of raw bytes only TCP to a campaign's address by a host that does
 * not scan is evidence.
 * - A host that asks for so many listed names and never calls asks for others. Emdivi samples carry
 * two or three. */
#define OFTEN 10
#define OFTEN_MINUTES (24 * 60)
#define SEVERAL_HOSTS 3
#define TLS_NAMES 3
#define BURST_MINUTES 30
#define MANY_HOURS 13
#define RELAY_NAMES 8

/* Walked from the top: a rule whose needs are met gives its call, and takes what it explains away
 * from the rules below. Of each call the first one counts, and the worst call is the host's.
 * INFECTED is only what no link-follower, preview, scanner or web page can do. */
static const struct rule rules[] = {
    {USH_CALL_INFECTED, "beacon", {{BIT(BEACON), COUNT, 1}}, PROGRAM | BIT(BEACON_VIA),
        "it sent what only the malware sends: a beacon that decodes into a host profile"},

    {USH_CALL_LIKELY, "beacon-via", {{BIT(BEACON_VIA), COUNT, 1}}, PROGRAM,
        "a beacon that decodes came from it, and with it the words of a proxy: it or a machine "
        "behind it is infected"},
    {USH_CALL_LIKELY, "post", {{BIT(POST), COUNT, 1}}, PROGRAM,
        "a program on it sent data to a listed host, which nothing does that follows links"},
    {USH_CALL_LIKELY, "agent", {{BIT(FAMILY_AGENT), COUNT, 1}}, PROGRAM,
        "a program on it called a listed host with the user agent of the malware's samples"},
    {USH_CALL_LIKELY, "c2-rhythm", {{PLANTED, CLOCK, 1}}, PROGRAM | BIT(BROWSER_PLANTED),
        "it calls a planted C2 URL at regular intervals: no person does"},
    {USH_CALL_LIKELY, "c2-rhythm",
        {{BIT(BROWSER_PLANTED), CLOCK, 1}, {BIT(BROWSER_PLANTED), DAY_HOURS, MANY_HOURS}},
        PROGRAM | BIT(BROWSER_PLANTED),
        "a planted C2 URL is called with a browser's headers at regular intervals, in more hours of "
        "the day than people work: malware, or a page left open that loads it in a frame"},
    {USH_CALL_LIKELY, "c2-repeat", {{PLANTED, COUNT, OFTEN}, {PLANTED, MINUTES, OFTEN_MINUTES}},
        PROGRAM, "it went on calling a planted C2 URL for a day or more, and not with a browser"},
    {USH_CALL_LIKELY, "c2-hosts",
        {{0, PROGRAM_HOSTS, SEVERAL_HOSTS}, {CALLS_AS_PROGRAM, MINUTES, BURST_MINUTES}}, PROGRAM,
        "a program on it called several listed hosts of the campaign, and not in one burst"},
    {USH_CALL_LIKELY, "tls-names",
        {{BIT(TLS), DISTINCT, TLS_NAMES}, {BIT(TLS), MINUTES, BURST_MINUTES}}, PROGRAM,
        "a program on it began TLS with several listed hosts, and not in one burst"},
    {USH_CALL_LIKELY, "tls-rhythm", {{BIT(TLS), CLOCK, 1}}, PROGRAM,
        "a program on it begins TLS with a listed host at regular intervals"},
    {USH_CALL_LIKELY, "tls-repeat", {{BIT(TLS), COUNT, OFTEN}, {BIT(TLS), MINUTES, OFTEN_MINUTES}},
        PROGRAM, "a program on it went on beginning TLS with a listed host for a day or more"},
    {USH_CALL_LIKELY, "raw-rhythm", {{BIT(RAW), CLOCK, 1}, {0, CAMPAIGN, 1}, {0, SCANS_NOT, 1}},
        PROGRAM,
        "it sends bytes that are neither HTTP nor TLS to the campaign's address at regular "
        "intervals"},

    {USH_CALL_POSSIBLE, "planted-beacon", {{BIT(BEACON_PLANTED), COUNT, 1}}, ALONG,
        "its browser sent a beacon that decodes: a web page can make it do that, so the page is "
        "the finding"},
    {USH_CALL_POSSIBLE, "c2-rhythm", {{BIT(BROWSER_PLANTED), CLOCK, 1}}, ALONG,
        "a planted C2 URL is called with a browser's headers at regular intervals: a page left open "
        "that loads it in a frame, or malware"},
    {USH_CALL_POSSIBLE, "c2-url", {{URLS, COUNT, 1}}, ALONG | BIT(AUTOMATION),
        "it called a listed C2 URL as programs do that look at links"},
    {USH_CALL_POSSIBLE, "automation", {{BIT(AUTOMATION), COUNT, 1}}, ALONG,
        "a program on it called a listed host, at a path that is not listed"},
    {USH_CALL_POSSIBLE, "raw", {{RAWS, COUNT, 1}}, ALONG,
        "it sent the sinkhole bytes that are neither HTTP nor TLS"},
    {USH_CALL_POSSIBLE, "rhythm", {{BROWSER, CLOCK, 1}}, ALONG,
        "a browser's headers come from it at regular intervals: a page left open, or no browser"},

    {USH_CALL_PERSON, "browser", {{BROWSER, COUNT, 1}}, ALONG,
        "a person opened a listed site with a browser"},
    {USH_CALL_PERSON, "unlisted", {{BIT(UNLISTED), COUNT, 1}, {0, BROWSES, 1}}, ALONG,
        "its browser asked for hosts that are not listed"},
    {USH_CALL_SCANNER, "scanner", {{BIT(SCANNER), COUNT, 1}}, ALONG,
        "its contacts bear a scanner's marks"},
    {USH_CALL_RELAY, "proxy-like", {{0, NAMES_OTHERS, 1}}, ALONG,
        "it looks like a proxy: it names the hosts behind it, which have rows of their own"},

    {USH_CALL_POSSIBLE, "http", {{BIT(HTTP), COUNT, 1}}, DNS,
        "it sent the sinkhole HTTP without a listed URL or clear marks"},
    {USH_CALL_POSSIBLE, "tls", {{BIT(TLS) | BIT(TLS_BROWSER), COUNT, 1}}, DNS,
        "it began TLS with a listed host; TLS hides the path"},
    {USH_CALL_POSSIBLE, "tls", {{BIT(TLS_OTHER), COUNT, 1}}, DNS,
        "it began TLS with the sinkhole, naming no host"},
    {USH_CALL_POSSIBLE, "unlisted", {{BIT(UNLISTED), COUNT, 1}}, DNS,
        "it asked the sinkhole for a host that is not listed"},
    {USH_CALL_POSSIBLE, "connect", {{BIT(SILENT), COUNT, 1}}, DNS,
        "it connected to the sinkhole and sent nothing"},
    {USH_CALL_POSSIBLE, "folded", {{BIT(FOLDED), COUNT, 1}}, DNS,
        "it called the sinkhole more often than is recorded one by one"},

    {USH_CALL_RELAY, "many-names", {{BIT(DNS), COUNT, 1}, {0, NAMES, RELAY_NAMES}}, DNS,
        "it asked for many listed names and never called: it seems to ask for other hosts"},
    {USH_CALL_POSSIBLE, "dns-rhythm", {{DNS, CLOCK, 1}}, DNS,
        "it asks for a listed name at regular intervals and never called the sinkhole"},
    {USH_CALL_POSSIBLE, "dns-only", {{DNS, COUNT, 1}}, 0,
        "it asked for a listed name and never called the sinkhole"},
    {USH_CALL_DRILL, "canary", {{BIT(CANARY_DNS) | BIT(CANARY_HIT), COUNT, 1}}, 0,
        "it took part in a test"},
};

/* What a machine of a role does by itself. Those facts are explained and lower nothing: what is
 * left is judged by the rules, and the role is shown beside it. A sandbox runs the malware itself,
 * and a drill explains all: the operator said so. */
#define FETCHING (ALONG | URLS | BIT(AUTOMATION) | BROWSER | BIT(BEACON_PLANTED) | BIT(SCANNER))
#define PROBING (FETCHING | BIT(POST) | BIT(FAMILY_AGENT) | RAWS)
static const struct {
	unsigned explains;
	enum ush_call call;
	const char *why;
	const char *reason;
} roles[] = {
    [USH_ROLE_FORWARDER] = {DNS, USH_CALL_RELAY, "forwarder",
        "your settings say it forwards DNS for others: its own log has the clients"},
    [USH_ROLE_PROXY] = {ALONG | BROWSER | BIT(BEACON_PLANTED) | BIT(SCANNER), USH_CALL_RELAY,
        "proxy", "your settings say it is a proxy: its own log has the clients"},
    [USH_ROLE_MAIL_GATEWAY] = {FETCHING, USH_CALL_RELAY, "mail-gw",
        "your settings say it is a mail gateway: it follows links in mail"},
    [USH_ROLE_SCANNER] = {PROBING, USH_CALL_SCANNER, "role", "your settings say it is a scanner"},
    [USH_ROLE_SANDBOX] = {~0u, USH_CALL_SCANNER, "sandbox",
        "your settings say it is a sandbox: it runs malware on purpose"},
    [USH_ROLE_DRILL] = {~0u, USH_CALL_DRILL, "role",
        "your settings say that what it does is a drill"},
};

/* A proxy passes on what others send, also where it cannot say for whom (in a tunnel). */
static const struct ush_verdict behind = {USH_CALL_RELAY, "behind",
    "a machine behind this proxy did it, and the proxy did not say which: look "
    "at its own log at these times"};
static const struct ush_verdict nothing = {
    USH_CALL_POSSIBLE, "other", "only what no rule knows was seen of it"};

static const char *const call_words[USH_CALLS] = {
    "INFECTED", "LIKELY", "POSSIBLE", "PERSON", "RELAY", "SCANNER", "DRILL"};

const char *
ush_call_reason(size_t i)
{
	static const size_t rule_count = sizeof(rules) / sizeof(rules[0]);
	static const size_t role_count = sizeof(roles) / sizeof(roles[0]);

	if (i < rule_count)
		return rules[i].reason;
	i -= rule_count;
	if (i < role_count - 1) /* the first one is no role */
		return roles[i + 1].reason;
	i -= role_count - 1;
	return i == 0 ? behind.reason : i == 1 ? nothing.reason : NULL;
}

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

bool
ush_call_counts_host(enum ush_fact fact)
{
	return (CALLS_AS_PROGRAM & 1u << fact) != 0;
}

/* Of one fact. */
static uint64_t
measured(const struct ush_tally *tally, enum measure measure)
{
	switch (measure) {
	case COUNT:
		return tally->count;
	case DISTINCT:
		return tally->distinct;
	case CLOCK:
		return ush_rhythm_is_clock(&tally->rhythm);
	case DAY_HOURS:
		return ush_rhythm_hours(&tally->rhythm);
	default:
		return 0;
	}
}

static uint64_t
minutes_of(unsigned facts, const struct ush_case *known)
{
	uint64_t first_ms = UINT64_MAX;
	uint64_t last_ms = 0;

	for (unsigned i = 0; i < USH_FACTS; i++) {
		const struct ush_tally *tally = ush_tally_of(&known->facts, (enum ush_fact)i);

		if ((facts & 1u << i) == 0 || tally->count == 0)
			continue;
		first_ms = tally->first_ms < first_ms ? tally->first_ms : first_ms;
		last_ms = tally->last_ms > last_ms ? tally->last_ms : last_ms;
	}
	return last_ms > first_ms ? (last_ms - first_ms) / 60000 : 0;
}

static uint64_t
most_of(unsigned facts, enum measure measure, const struct ush_case *known)
{
	uint64_t sum = 0;
	uint64_t most = 0;

	for (unsigned i = 0; i < USH_FACTS; i++) {
		const struct ush_tally *tally = ush_tally_of(&known->facts, (enum ush_fact)i);
		uint64_t value;

		if ((facts & 1u << i) == 0 || tally->count == 0)
			continue;
		value = measured(tally, measure);
		sum += value;
		most = value > most ? value : most;
	}
	return measure == COUNT ? sum : most;
}

/* `left`: facts that nothing has explained yet. */
static bool
is_met(const struct need *need, const struct ush_case *known, unsigned left)
{
	switch (need->measure) {
	case COUNT:
	case DISTINCT:
	case CLOCK:
	case DAY_HOURS:
		return most_of(need->facts & left, need->measure, known) >= need->at_least;
	case MINUTES:
		return minutes_of(need->facts & left, known) >= need->at_least;
	case PROGRAM_HOSTS:
		return (left & CALLS_AS_PROGRAM) != 0 && known->program_hosts >= need->at_least;
	case CAMPAIGN:
		return known->has_campaign;
	case SCANS_NOT:
		return !known->host_scans;
	case BROWSES:
		return known->host_browses;
	case NAMES_OTHERS:
		return known->names_others;
	case NAMES:
		return known->contacts_work && known->host_contacts == 0 &&
		       known->host_names >= need->at_least;
	}
	return false;
}

static bool
applies(const struct rule *rule, const struct ush_case *known, unsigned left)
{
	for (size_t i = 0; i < sizeof(rule->needs) / sizeof(rule->needs[0]); i++) {
		if (rule->needs[i].at_least > 0 && !is_met(&rule->needs[i], known, left))
			return false;
	}
	return true;
}

/* In its place by weight; of each call the first one stays. */
static void
add(struct ush_verdicts *out, struct ush_verdict verdict)
{
	size_t at = 0;

	while (at < out->count && out->items[at].call < verdict.call)
		at++;
	if (at < out->count && out->items[at].call == verdict.call)
		return;
	memmove(&out->items[at + 1], &out->items[at], (out->count - at) * sizeof(out->items[0]));
	out->items[at] = verdict;
	out->count++;
}

static void
walk_rules(struct ush_verdicts *out, const struct ush_case *known, unsigned left)
{
	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
		if (!applies(&rules[i], known, left))
			continue;
		add(out, (struct ush_verdict){rules[i].call, rules[i].why, rules[i].reason});
		left &= ~rules[i].explains;
	}
}

/* The proxy's own row must not read as if the proxy were infected, and must not sink among the
 * relays: it is sorted behind the hosts that are LIKELY. */
static void
set_behind(struct ush_verdicts *out)
{
	if (out->items[0].call == USH_CALL_DRILL)
		return;
	out->urgency = out->items[0].call <= USH_CALL_LIKELY ? USH_CALL_LIKELY : USH_CALL_POSSIBLE;
	out->behind = out->items[0];
	out->items[0] = behind;
	out->count = 1;
}

/* What one host says of another proves nothing: anybody can write it, of anybody. */
static void
set_claimed(struct ush_verdicts *out)
{
	struct ush_verdict worst = out->items[0];

	while (out->count > 0 && out->items[0].call <= USH_CALL_POSSIBLE)
		memmove(&out->items[0], &out->items[1], --out->count * sizeof(out->items[0]));
	if (worst.call < USH_CALL_POSSIBLE)
		worst.call = USH_CALL_POSSIBLE;
	add(out, worst);
	out->items[0].why = "claimed";
}

void
ush_call_make(const struct ush_case *known, struct ush_verdicts *out)
{
	unsigned seen = known->facts.seen;
	unsigned left = seen & ~roles[known->role].explains;

	*out = (struct ush_verdicts){.urgency = USH_CALLS};
	walk_rules(out, known, left);
	if (known->role == USH_ROLE_PROXY && out->count > 0)
		set_behind(out);
	if ((seen & roles[known->role].explains) != 0)
		add(out, (struct ush_verdict){roles[known->role].call, roles[known->role].why,
		             roles[known->role].reason});
	if (out->count == 0)
		add(out, nothing);
	if (known->claimed)
		set_claimed(out);
	if (out->urgency > out->items[0].call)
		out->urgency = out->items[0].call;
}

bool
ush_verdicts_have(const struct ush_verdicts *verdicts, enum ush_call call)
{
	for (size_t i = 0; i < verdicts->count; i++) {
		if (verdicts->items[i].call == call)
			return true;
	}
	return false;
}
