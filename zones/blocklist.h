/* SPDX-License-Identifier: BSD-3-Clause */
/* blocklist.h - read-only lookup in a compiled blocklist (docs/database.md has the format).
 *
 * A blocklist is a private copy of the parts of the file that its reader needs, checked whole
 * before anyone may look: magic, version, endianness, the checksum of every loaded part and every
 * offset. After ush_blocklist_open() it is immutable: any number of threads may look up at the same
 * time, until the owner calls ush_blocklist_close(). Nothing on the lookup path allocates, locks or
 * fails.
 *
 * Rules are grouped into classes: all rules of one feed, one campaign and one action share a class.
 * A site's own word (overrides, mode) applies to classes: see policy.h, which makes the table that
 * lookups take. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "common/address.h"
#include "common/attr.h"
#include "common/endpoint.h"
#include "common/error.h"
#include "common/name.h"
#include "common/settings.h"

struct ush_blocklist;

/* Bytes of the name of a feed, campaign or software at most: events repeat them, and every event
 * has to fit its line. A list with a longer one is not compiled and not opened. */
#define USH_LIST_NAME_MAX 128

/* What a reader wants in memory. The resolver takes names and networks alone. */
enum ush_blocklist_part {
	USH_PART_NAMES = 1u << 0,
	USH_PART_NETWORKS = 1u << 1, /* response-IP rules */
	USH_PART_URLS = 1u << 2,
	USH_PART_SOURCES = 1u << 3, /* where each rule comes from: feed line, dates, remarks */
	USH_PART_ALL = 15u,
	USH_PART_ENDPOINTS = 1u << 4, /* with SOURCES: notes by address and port */
};

/* Returns 0 and *out owned by the caller; -1 with the reason if the file is missing, cut short,
 * altered, foreign or of another version. */
USH_MUST_CHECK int ush_blocklist_open(
    struct ush_blocklist **out, const char *path, unsigned parts, struct ush_error *err);
void ush_blocklist_close(struct ush_blocklist *list); /* NULL is allowed */

struct ush_blocklist_info {
	uint32_t serial;   /* SOA serial: only moves forward from one compile to the next */
	uint64_t built_ms; /* when it was compiled, ms since 1970 */
	uint64_t names;    /* rules by trigger */
	uint64_t networks;
	uint64_t urls;
	uint64_t memory_bytes;
	uint32_t classes;
	uint32_t campaigns;
	uint32_t feeds;
	uint32_t rules; /* numbers of rules are below this; not every number is a rule */
	uint32_t notes; /* indicators that are no rules */
};
void ush_blocklist_info(const struct ush_blocklist *list, struct ush_blocklist_info *out);

/* A class. Strings live as long as the list. Classes are numbered in order of precedence. */
struct ush_class {
	const char *feed;
	const char *campaign;
	uint32_t campaign_id;   /* index below info.campaigns */
	enum ush_action action; /* as compiled */
	bool never_block;       /* of an allow or never-block feed: wins over everything */
};
void ush_blocklist_class(
    const struct ush_blocklist *list, uint32_t class_id, struct ush_class *out);

/* A campaign and its slot: its sinkhole address is pool + slot. Slot 1 is reserved for the canary.
 */
struct ush_campaign {
	const char *name;
	const char *software; /* threat.software.name, e.g. "Emdivi"; "" if unknown */
	uint32_t slot; /* 0: nothing of it is sinkholed, or it is no longer on the list (its slot
	                  is never given again) */
};
void ush_blocklist_campaign(
    const struct ush_blocklist *list, uint32_t campaign_id, struct ush_campaign *out);

/* The rule that fires. */
struct ush_match {
	uint32_t
	    rule; /* number of the rule in this database, for counters and ush_blocklist_source() */
	uint32_t class_id;
	enum ush_action action; /* effective, by the table given; never NONE or OFF */
	uint8_t labels;  /* name rules: the rightmost labels of the name that the rule names */
	uint8_t bits;    /* network rules: prefix length */
	bool subdomains; /* name rules: names below are covered too */
};

/* The rule that fires for `name`, if any: never-block entries win (the answer is then false), then
 * the feed order, then exact before subdomain, then the longest match. `actions` has one enum
 * ush_action a class (see policy.h; NULL: as compiled); classes that are OFF do not exist. */
bool ush_blocklist_match_name(const struct ush_blocklist *list, const uint8_t *actions,
    const struct ush_name *name, struct ush_match *out);

/* Whether a never-block entry saves this name. A query for such a name gets its genuine answer,
 * whatever aliases or addresses are in it. */
bool ush_blocklist_never_blocks(const struct ush_blocklist *list, const struct ush_name *name);

/* The same for an address in an answer: longest prefix inside the first feed that has one. */
bool ush_blocklist_match_address(const struct ush_blocklist *list, const uint8_t *actions,
    const struct ush_address *address, struct ush_match *out);

/* Whether it is true of any address at all: some network's class exists and is not never-block.
 * Searches all networks: to be called once, not per query. */
bool ush_blocklist_matches_addresses(const struct ush_blocklist *list, const uint8_t *actions);

/* A listed URL. */
struct ush_url_match {
	uint32_t rule;
	uint32_t class_id;
	enum ush_action action;
	bool planted;    /* a file that only an intruder can have put there; else plausible: a path
	                    people visit */
	bool host_known; /* host and path are listed together; else only the path is (on this host
	                    it is a guess) */
	uint32_t line;   /* of the feed file */
};

/* The rule for `path` (as received, without query; compared after percent-decoding unreserved
 * characters and removing dot segments) on `host` (NULL if the request named none that is a name).
 * A path that is listed with another host matches with host_known false if it is planted, so that a
 * missing Host header hides nothing. */
bool ush_blocklist_match_url(const struct ush_blocklist *list, const uint8_t *actions,
    const struct ush_name *host, const char *path, size_t path_len, struct ush_url_match *out);

/* Where a rule comes from; needs USH_PART_SOURCES. Strings live as long as the list, "" if not
 * given. */
struct ush_source {
	const char *trigger; /* as text: "www.example.jp", "*.example.jp" prefix left out,
	                        "192.0.2.0/24", "host/path" */
	const char *feed;
	const char *file; /* feed file's base name */
	uint32_t line;
	const char *added; /* YYYY-MM-DD */
	const char *expires;
	const char *confidence; /* high, medium, low */
	const char *raw;        /* the value as the report wrote it, where it differs */
	const char *remark;
	uint32_t report_line;  /* line in the report that the feed was made from; 0: not given */
	const char *reference; /* of the feed: where the report is */
};
USH_MUST_CHECK int ush_blocklist_source(
    const struct ush_blocklist *list, uint32_t rule, struct ush_source *out);

/* Every rule that touches `name`, the one that fires first (or the never-block entry that saves
 * it). The callback sees the match and whether it fires. For people, not for the query path.
 * Returns how many. */
typedef void ush_explain_fn(void *arg, const struct ush_match *match, bool fires);
size_t ush_blocklist_explain(const struct ush_blocklist *list, const uint8_t *actions,
    const struct ush_name *name, ush_explain_fn *fn, void *arg);
/* The same for an address. */
size_t ush_blocklist_explain_address(const struct ush_blocklist *list, const uint8_t *actions,
    const struct ush_address *address, ush_explain_fn *fn, void *arg);

/* For exporters and people: all there is, by number. Everything below needs USH_PART_SOURCES for
 * its texts. */
enum ush_rule_kind { USH_RULE_NONE, USH_RULE_NAME, USH_RULE_NETWORK, USH_RULE_URL };
struct ush_rule {
	enum ush_rule_kind kind; /* NONE: this number is no rule */
	uint32_t class_id;
	bool exact;      /* name rules: the name itself */
	bool subdomains; /* name rules: what is below it */
	bool planted;    /* URL rules */
	bool host_known; /* URL rules */
};
void ush_blocklist_rule(const struct ush_blocklist *list, uint32_t rule, struct ush_rule *out);

/* A feed as it was read; numbers are below info.feeds. */
struct ush_feed_info {
	const char *name;
	const char *file;
	const char *date;
	const char *reference;
	uint64_t indicators; /* that were good */
};
void ush_blocklist_feed(const struct ush_blocklist *list, uint32_t feed, struct ush_feed_info *out);

/* An indicator that is kept but never makes a rule: context, redacted names, files, mails. */
struct ush_note {
	const char *type;
	struct ush_source source; /* trigger is the value */
};
USH_MUST_CHECK int ush_blocklist_note(
    const struct ush_blocklist *list, uint32_t note, struct ush_note *out);

/* A note about an address with a port, or about a URL of an address. Strings live as long as the
 * list. */
struct ush_endpoint_match {
	struct ush_note note;
	const char *campaign; /* of its feed's first rule, else the feed's name */
	const char *software; /* "" if unknown */
	bool monitored;       /* the feed only records */
};

/* The first note about what listens there, of a feed that is not off. Needs USH_PART_ENDPOINTS. */
bool ush_blocklist_match_endpoint(const struct ush_blocklist *list, const uint8_t *actions,
    const struct ush_endpoint *endpoint, struct ush_endpoint_match *out);
