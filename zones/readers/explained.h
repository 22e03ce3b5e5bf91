/* SPDX-License-Identifier: BSD-3-Clause */
/* explained.h - the TXT record by which an export of ours (sinkzone export --explain) says where a rule
 * comes from: "campaign=X" "feed=Y" "confidence=high" "added=2026-01-31", the campaign first, the
 * others each at most once. Private to zones/readers. One thread. */
#pragma once

#include <stdbool.h> /* before ldns, which else has a bool of its own */
#include <ldns/ldns.h>
#include "zones/readers/feed.h"

#define USH_EXPLAINED_FEED_MAX (USH_LIST_NAME_MAX + 8)

#define USH_EXPLAINED_REMARK_MAX (USH_LIST_NAME_MAX + USH_EXPLAINED_FEED_MAX + 16)

struct ush_explained {
	char campaign[USH_LIST_NAME_MAX + 1]; /* "": not said, and then nothing is */
	char remark[USH_EXPLAINED_FEED_MAX];  /* "feed Y", "" */
	char confidence[sizeof("medium")];    /* "" */
	char added[sizeof("2026-01-31")];     /* "" */
};

enum ush_explained_form {
	USH_EXPLAINED_NOT, /* does not begin as one of ours: data like any other */
	USH_EXPLAINED_GOOD,
	USH_EXPLAINED_BAD, /* begins so, and has something else in it */
};

/* Reads a TXT record. *out is changed only if it is good. */
enum ush_explained_form ush_explained_read(const ldns_rr *rr, struct ush_explained *out);

/* Campaigns that one zone may name: each is a class of rules. */
#define USH_EXPLAINED_CAMPAIGNS 256

struct ush_explained_campaigns {
	char *names[USH_EXPLAINED_CAMPAIGNS];
	size_t count;
	size_t last; /* found */
};

/* Whether the zone may name this campaign: it did before, or has not named too many. */
bool ush_explained_campaign(struct ush_explained_campaigns *campaigns, const char *name);
void ush_explained_campaigns_fini(struct ush_explained_campaigns *campaigns);
