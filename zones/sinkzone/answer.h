/* SPDX-License-Identifier: BSD-3-Clause */
/* answer.h - what a list says about one name, URL, address or network, for people: which rule fires
 * and why the others do not. Strings belong to the list, which must live longer. One thread. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include "common/attr.h"
#include "zones/blocklist.h"
#include "zones/policy.h"

/* A rule that touches what was asked. */
struct ush_answer_rule {
	enum ush_rule_kind kind;
	struct ush_match match; /* URL rules: rule, class_id and action alone */
	struct ush_class class;
	struct ush_campaign campaign;
	struct ush_source source;
	enum ush_action action; /* effective; OFF: ignored by the settings */
	bool exact;             /* name rules: the name itself is covered */
	bool planted;           /* URL rules */
	bool host_known;        /* URL rules */
	bool fires;
	const char *why_lost; /* NULL if it fires */
};

struct ush_answer {
	const char *query;
	struct ush_answer_rule *rules; /* the first one decides */
	size_t rule_count;
	struct ush_note *notes;
	size_t note_count;
	bool listed;  /* a rule fires */
	bool allowed; /* a never-block entry wins */
	bool partly;  /* a network: rules are for parts of it */
	bool canary; /* of the settings: sinkholed whatever the list says, unless the mode is off */
};

/* "exact", "subdomains", "only-subdomains". */
const char *ush_scope_text(bool exact, bool subdomains);

/* What a site makes of a list; zeroed: the list as compiled. */
struct ush_site {
	const struct ush_settings *settings;
	const struct ush_policy *policy;
};

/* Actions are those of the site's mode, too. `query` may be defanged and have a port. -1 if it is
 * nothing that a list has, so that no mistake ever reads "not listed", or if memory is out. */
USH_MUST_CHECK int ush_answer_make(struct ush_answer *out, const struct ush_blocklist *list,
    const struct ush_site *site, const char *query, struct ush_error *err);
void ush_answer_fini(struct ush_answer *answer);
