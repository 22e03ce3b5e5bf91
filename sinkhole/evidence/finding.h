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
#include "sinkhole/evidence/words.h"
#include "zones/blocklist.h"
#include "zones/policy.h"

struct ush_finding {
	unsigned evidence;
	struct ush_marks marks;
	struct ush_beacon beacon;
	bool planted_beacon; /* it decodes, and a browser sent it: a web page made it do so */
	bool person;         /* a browser */
	bool is_private;     /* what could be personal must not be written; wider than `person` */
	bool navigation;     /* a person waits for a page */
	bool drill;          /* called the canary's address */
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
