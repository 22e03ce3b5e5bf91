/* SPDX-License-Identifier: BSD-3-Clause */
/* finding.h - what one contact shows: facts for the log, never a conclusion (the store draws
 * those). A finding borrows from the contact's bytes and from the list; it is made and used within
 * one event, on one thread. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include "common/name.h"
#include "sinkhole/evidence/beacon.h"
#include "sinkhole/evidence/contact.h"
#include "sinkhole/evidence/marks.h"
#include "zones/blocklist.h"
#include "zones/policy.h"

/* One bit each; docs/events.md has the words, ush_evidence_text() gives them. */
enum ush_evidence {
	USH_EVIDENCE_DECODED = 1u << 0,
	USH_EVIDENCE_C2_URL = 1u << 1,
	USH_EVIDENCE_C2_PATH = 1u << 2,
	USH_EVIDENCE_LISTED_HOST = 1u << 3,
	USH_EVIDENCE_AUTOMATION = 1u << 4,
	USH_EVIDENCE_BROWSER = 1u << 5,
	USH_EVIDENCE_PREFETCH = 1u << 6,
	USH_EVIDENCE_EMBEDDED = 1u << 7,
	USH_EVIDENCE_SCANNER = 1u << 8,
	USH_EVIDENCE_TLS_ONLY = 1u << 9,
	USH_EVIDENCE_RAW = 1u << 10,
	USH_EVIDENCE_SILENT = 1u << 11,
};
#define USH_EVIDENCE_COUNT 12

/* The word for bit number `bit`, strongest first. */
const char *ush_evidence_text(unsigned bit);

struct ush_finding {
	unsigned evidence;
	struct ush_marks marks;
	struct ush_beacon beacon;
	bool person;     /* a browser, and nothing decoded */
	bool is_private; /* what could be personal must not be written; wider than `person` */
	bool navigation; /* a person waits for a page */
	bool drill;      /* called the canary's address */
	bool host_listed;
	bool url_listed;
	bool planted;       /* with url_listed: see zones/blocklist.h */
	bool monitored;     /* the rule only records */
	uint32_t feed_line; /* with url_listed */
	bool named;         /* the request names a host: `host` */
	struct ush_name host;
	const char *feed; /* of the rule, NULL if none was met; borrowed from the list, as are: */
	const char *campaign;
	const char *software;
	char rule[USH_NAME_TEXT_MAX]; /* listed host or URL, "" if none was met */
};

/* What contacts are compared with. `list` and `policy` are NULL as long as there is no list. */
struct ush_watchlist {
	const struct ush_blocklist *list;
	const struct ush_policy *policy;
	const struct ush_networks *pool; /* sinkhole addresses; NULL: unknown */
};

void ush_finding_make(struct ush_finding *out, const struct ush_contact *contact,
    const struct ush_watchlist *watchlist);
