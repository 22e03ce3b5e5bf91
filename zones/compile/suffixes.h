/* SPDX-License-Identifier: BSD-3-Clause */
/* suffixes.h - the public suffix list. libpsl decides; a filter in front of it knows of nine names in
 * ten that they are no suffix, because libpsl takes longer for a name than all else in a compile.
 * Immutable; any thread may ask. */
#pragma once

#include <stdbool.h>
#include "common/attr.h"
#include "common/name.h"

struct ush_suffixes;

/* The list of Debian's package publicsuffix, else the one built into libpsl, which then is asked for
 * every name. Returns 0, or -1 without memory or any list. */
USH_MUST_CHECK int ush_suffixes_new(struct ush_suffixes **out);
void ush_suffixes_free(struct ush_suffixes *suffixes); /* NULL is allowed */

/* Whether `name` is a suffix of a registry (co.jp), or with `companies` also of a company that has
 * customers below it (github.io). */
bool ush_suffixes_has(
    const struct ush_suffixes *suffixes, const struct ush_name *name, bool companies);
