/* SPDX-License-Identifier: BSD-3-Clause */
/* popular.h - names for which a rule causes a warning, and which no plausible URL lists: those of
 * feeds/popular.txt, and the site's own domains. Immutable, any thread may ask. */
#pragma once

#include <stdbool.h>
#include "common/attr.h"
#include "common/name.h"
#include "common/settings.h"

struct ush_popular;

/* `own` may be NULL; it must live longer. -1 if there is no memory. */
USH_MUST_CHECK int ush_popular_new(struct ush_popular **out, const struct ush_names *own);
void ush_popular_free(struct ush_popular *popular); /* NULL is allowed */

/* What a rule for `name` with `scope` (USH_SCOPE_*, builder.h) would cover: a popular name or its
 * www, or anything of an own domain. NULL if nothing; *own says which it is. */
const char *ush_popular_covered(
    const struct ush_popular *popular, const struct ush_name *name, unsigned scope, bool *own);
