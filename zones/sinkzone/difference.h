/* SPDX-License-Identifier: BSD-3-Clause */
/* difference.h - which rules two lists differ in. Rules belong together if they have the same
 * trigger; where in its feed a rule stands is no difference, nor are serials, slots and notes. One
 * thread. */
#pragma once

#include <stdint.h>
#include "common/attr.h"
#include "zones/blocklist.h"

#define USH_RULE_KINDS (USH_RULE_URL + 1)

/* A rule. Strings belong to its list. */
struct ush_listed {
	const char *trigger;
	struct ush_class class;
	struct ush_rule rule;
};

struct ush_difference {
	uint64_t added[USH_RULE_KINDS];
	uint64_t removed[USH_RULE_KINDS];
	uint64_t changed[USH_RULE_KINDS];
	uint64_t same;
};

/* `before` is NULL for a rule that was added, `after` for one that was removed. */
typedef void ush_difference_fn(
    void *arg, const struct ush_listed *before, const struct ush_listed *after);

/* Names, then networks, then URLs, each in the order of their text. Lists were opened with
 * USH_PART_ALL. -1: no memory. */
USH_MUST_CHECK int ush_difference_find(const struct ush_blocklist *before,
    const struct ush_blocklist *after, ush_difference_fn *fn, void *arg,
    struct ush_difference *counts, struct ush_error *err);
