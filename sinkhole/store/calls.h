/* SPDX-License-Identifier: BSD-3-Clause */
/* calls.h - what is concluded of one host for one campaign, from counted facts. All rules stand in
 * one table in calls.c; docs/find-infected-hosts.md explains them to the people who act on them.
 * Values only, any thread may call. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "common/attr.h"
#include "common/settings.h"
#include "sinkhole/store/tallies.h"

/* Worst first: tables are sorted by it. */
enum ush_call {
	USH_CALL_INFECTED,
	USH_CALL_LIKELY,
	USH_CALL_POSSIBLE,
	USH_CALL_PERSON,
	USH_CALL_RELAY,
	USH_CALL_SCANNER,
	USH_CALL_DRILL,
	USH_CALLS
};

const char *ush_call_text(enum ush_call call); /* "INFECTED", ... */
/* Either case. -1 if the word is none of them. */
USH_MUST_CHECK int ush_call_from_text(enum ush_call *out, const char *text);

/* All that is known of one host for one campaign, and what must be known of the host beside it. */
struct ush_case {
	struct ush_tallies facts;
	enum ush_role_kind role;
	bool has_campaign;      /* false: an address of the pool that stands for none */
	bool claimed;           /* another host named this one: all of it is what that host wrote */
	uint64_t program_hosts; /* different listed hosts that it called as a program does */
	uint64_t host_names; /* listed names that the host was sent here for, over all campaigns */
	uint64_t host_contacts; /* its contacts, over all campaigns */
	bool names_others;      /* it says of contacts that they come from other hosts */
	bool host_scans;        /* it came with a scanner's marks, for whatever campaign */
	bool host_browses;      /* it came with a browser, for whatever campaign */
	bool contacts_work; /* some host's contact has arrived: silence of this one means something
	                     */
};

/* The strings are constants. */
struct ush_verdict {
	enum ush_call call;
	const char *why;    /* one short word for the table */
	const char *reason; /* a sentence for people */
};

/* items[0] is the worst; the others are what is true beside it, one for each call at most.
 * `behind`: what a machine behind this proxy is; why is NULL if there is none. `urgency`: the call
 * among which the row is sorted, since a RELAY may stand for a worse host behind it. */
struct ush_verdicts {
	struct ush_verdict items[USH_CALLS];
	size_t count; /* at least 1 */
	struct ush_verdict behind;
	enum ush_call urgency;
};

/* Whether the call is the worst of them or one of those beside it. */
bool ush_verdicts_have(const struct ush_verdicts *verdicts, enum ush_call call);

/* Every reason that a verdict may have, for translations; NULL behind the last. */
const char *ush_call_reason(size_t i);

/* Whether contacts of this fact count for program_hosts. */
bool ush_call_counts_host(enum ush_fact fact);

void ush_call_make(const struct ush_case *known, struct ush_verdicts *out);
