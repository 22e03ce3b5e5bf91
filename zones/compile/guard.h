/* SPDX-License-Identifier: BSD-3-Clause */
/* guard.h - the guard rails: what no feed may make the resolver block.
 * A guard is immutable; any thread may ask it. */
#pragma once

#include <stddef.h>
#include "common/address.h"
#include "common/attr.h"
#include "common/name.h"

/* Why a value of a feed is not compiled. */
enum ush_refusal {
	USH_REFUSED_NOT,
	USH_REFUSED_MALFORMED,   /* no indicator at all */
	USH_REFUSED_PARENTHESIS, /* of a zone: one without the other */
	USH_REFUSED_CUT,         /* a line so long that it was cut */
	USH_REFUSED_CSV,         /* several columns */
	USH_REFUSED_JSON,
	USH_REFUSED_REDACTED,
	USH_REFUSED_PATTERN,
	USH_REFUSED_ADDRESS, /* an address where a name belongs */
	USH_REFUSED_CHARACTERS,
	USH_REFUSED_LABEL,
	USH_REFUSED_LENGTH,
	USH_REFUSED_ROOT,
	USH_REFUSED_TLD,
	USH_REFUSED_SUFFIX,
	USH_REFUSED_WIDE,   /* networks */
	USH_REFUSED_SHARED, /* addresses of very many names */
	USH_REFUSED_LOCAL,  /* addresses that mean the same everywhere, or nothing */
	USH_REFUSED_IDN,
	USH_REFUSED_EXPIRED,
	USH_REFUSED_AGED,          /* by its feed's expires-after */
	USH_REFUSED_MAPPING,       /* of a hosts file */
	USH_REFUSED_UNSUPPORTED,   /* a line of its format, but no listing */
	USH_REFUSED_RPZ_CLIENT_IP, /* triggers and data of response policy zones */
	USH_REFUSED_RPZ_NSIP,
	USH_REFUSED_RPZ_NSDNAME,
	USH_REFUSED_RPZ_TCP_ONLY,
	USH_REFUSED_RPZ_OTHER,
	USH_REFUSED_RPZ_EXPLANATION, /* of a rule, which is taken */
	USH_REFUSED_OUTSIDE,         /* of the zone */
	USH_REFUSED_NEVER_BLOCK,
	USH_REFUSED_TAKEN_BACK, /* by another line of the feed */
	USH_REFUSALS,
};

/* For people: "a public suffix: ..." */
const char *ush_refusal_text(enum ush_refusal refusal);

struct ush_guard;

USH_MUST_CHECK int ush_guard_new(struct ush_guard **out);
void ush_guard_free(struct ush_guard *guard); /* NULL is allowed */

/* Read the name text[0..len) that would be listed with `scope` (USH_SCOPE_*, builder.h). */
USH_MUST_CHECK enum ush_refusal ush_guard_name(const struct ush_guard *guard, const char *text,
    size_t len, unsigned scope, struct ush_name *out);

/* The same for a network. One that is taken may still be a mistake: then *warning says why, else it
 * is NULL. */
USH_MUST_CHECK enum ush_refusal ush_guard_network(
    const struct ush_network *network, const char **warning);

/* Whether every label has letters, digits, hyphens and underscores alone. What else DNS allows means
 * something in files that name hosts: quotes, comments, ends of lines. */
bool ush_name_is_host(const struct ush_name *name);

/* "192.0.2.9:8080", "[2001:db8::1]:8080". */
bool ush_is_address_port(const char *text, size_t len);

/* True if parts were blacked out: "sakurano***.com". */
bool ush_is_redacted(const char *text, size_t len);
