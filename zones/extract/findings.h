/* SPDX-License-Identifier: BSD-3-Clause */
/* findings.h - what was found in a report: indicators, and what looks like some but needs a person. One
 * owner, one thread. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include "common/attr.h"
#include "zones/extract/kinds.h"
#include "zones/extract/words.h"

struct ush_finding {
	enum ush_kind kind;
	enum ush_near near;  /* what the words around say */
	char *value;         /* refanged */
	char *raw;           /* as it stands in the line, where that differs; else NULL */
	char *words;         /* the words around */
	const char *why_not; /* why it is no entry; NULL: it is one */
	char *remark;        /* NULL: none */
	unsigned line;       /* first one */
	bool below;          /* with subdomains */
	bool context;        /* kept for people, never a rule */
	bool doubtful;       /* monitored at most */
	char *hosts; /* PATH: the names that it may belong to, "a.example.com, b.example.com" */
};

struct ush_findings {
	struct ush_finding *items;
	size_t count;
};

/* A zeroed finding at the end; NULL without memory. Valid until the next one is added. */
struct ush_finding *ush_findings_add(struct ush_findings *findings);
void ush_findings_fini(struct ush_findings *findings);

/* Leave each value there once: as an entry, if one of them is one. */
void ush_findings_unite(struct ush_findings *findings);
