/* SPDX-License-Identifier: BSD-3-Clause */
/* rules.h - the rules of a list in the making: 32 bytes a name, sorted and without duplicates at
 * the end. One owner, one thread. */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include "common/attr.h"
#include "zones/database/format.h"

struct ush_name_rule {
	uint64_t high;
	uint32_t low;
	uint16_t class_id;
	uint16_t scope; /* USH_DB_SCOPE_* */
	struct ush_db_source source;
	uint32_t labels;
};

struct ush_name_rules {
	struct ush_name_rule *items;
	size_t count;
	size_t size;
};

USH_MUST_CHECK int ush_name_rules_add(
    struct ush_name_rules *rules, const struct ush_name_rule *rule);
void ush_name_rules_fini(struct ush_name_rules *rules);

/* By fingerprint, class, line; in place. */
void ush_name_rules_sort(struct ush_name_rules *rules);

/* Merge rules for one name in one class, joining their scopes; `merged` is called for each (may be
 * NULL). */
typedef void ush_merged_fn(void *arg, const struct ush_name_rule *rule);
void ush_name_rules_merge(struct ush_name_rules *rules, ush_merged_fn *merged, void *arg);

/* Names that a never-block feed covers, for the summary: a hash set of fingerprints, each with a
 * number of the caller's. Zeroed: empty. */
struct ush_name_set {
	struct ush_name_set_item {
		uint64_t high;
		uint32_t low;
		uint16_t scope; /* 0: a free place */
		uint32_t number;
	} * items;
	size_t count;
	size_t size; /* a power of two, or 0 */
	uint64_t depths;
};

/* Room for so many; without it the set grows by itself. */
USH_MUST_CHECK int ush_name_set_reserve(struct ush_name_set *set, size_t count);

/* The number of a name that is there already stays. */
USH_MUST_CHECK int ush_name_set_add(struct ush_name_set *set, struct ush_db_fingerprint name,
    unsigned labels, uint16_t scope, uint32_t number);
/* The scopes that the set has for exactly this name; 0 if none. `number` may be NULL. */
uint16_t ush_name_set_find(
    const struct ush_name_set *set, struct ush_db_fingerprint name, uint32_t *number);
USH_MUST_CHECK int ush_name_set_copy(struct ush_name_set *out, const struct ush_name_set *set);
void ush_name_set_fini(struct ush_name_set *set);
