/* SPDX-License-Identifier: BSD-3-Clause */
/* known.h - names and addresses that stand in reports and are no indicators: what the site never
 * blocks, what very many people use, and the sites that reports refer to (feeds/references.txt).
 * Immutable, any thread may ask. */
#pragma once

#include "common/address.h"
#include "common/attr.h"
#include "common/error.h"
#include "common/name.h"
#include "common/settings.h"

struct ush_known;

/* `own` may be NULL and must live longer; `never_block` are paths of feeds and ends with NULL. */
USH_MUST_CHECK int ush_known_new(struct ush_known **out, const struct ush_names *own,
    const char *const *never_block, struct ush_error *err);
void ush_known_free(struct ush_known *known); /* NULL is allowed */

enum ush_known_as {
	USH_KNOWN_NOT,
	USH_KNOWN_NEVER_BLOCK,
	USH_KNOWN_OWN,
	USH_KNOWN_POPULAR, /* a URL there may be listed, the name not */
	USH_KNOWN_REFERENCE,
	USH_KNOWN_SHARED, /* an address of very many names */
	USH_KNOWN_LOCAL,
};

enum ush_known_as ush_known_name(const struct ush_known *known, const struct ush_name *name);
enum ush_known_as ush_known_network(
    const struct ush_known *known, const struct ush_network *network);

/* "never-block has it", ... */
const char *ush_known_text(enum ush_known_as known);
