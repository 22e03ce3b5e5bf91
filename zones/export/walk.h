/* SPDX-License-Identifier: BSD-3-Clause */
/* walk.h - goes through the names and networks of a list and says what each of them gets. Private
 * to zones/export. */
#pragma once

#include "zones/export/export.h"

enum ush_effect_kind {
	USH_EFFECT_NOTHING, /* resolves; nothing needs to be said */
	USH_EFFECT_PASS,    /* resolves although something else lists it: has to be said */
	USH_EFFECT_ACT,
};

struct ush_effect {
	enum ush_effect_kind kind;
	enum ush_action action; /* ACT */
	uint32_t class_id;      /* ACT */
	bool monitored;         /* it resolves because the rule only records */
};

/* What happens to a name, and to what is below it unless said otherwise. */
struct ush_owner {
	const struct ush_name *name;
	struct ush_effect self;
	struct ush_effect below;
};

struct ush_walker {
	const struct ush_export_options *options;
	void *arg;
	int (*owner)(void *arg, const struct ush_owner *owner, struct ush_error *err);
	int (*network)(void *arg, const struct ush_network *network,
	    const struct ush_effect *effect, struct ush_error *err);
	/* In zones a name in between hides the wildcard above it, so it has to be said too. */
	bool names_in_between;
};

/* Every name once, in the order of the feeds. */
USH_MUST_CHECK int ush_walk(const struct ush_walker *walker, struct ush_error *err);

/* The sinkhole address for a class: the option's, else the campaign's; NULL if there is none. */
const struct ush_address *ush_export_address(
    const struct ush_export_options *options, uint32_t class_id, int family);

/* Header comments: what this is, serial, counts of feeds. `mark` starts a comment. */
void ush_export_heading(const struct ush_export_options *options, const char *mark);
