/* SPDX-License-Identifier: BSD-3-Clause */
/* order.h - the rules of a list in the order in which people wrote them: they lie in that of a random
 * key. Private to zones/export. */
#pragma once

#include <stddef.h>
#include "zones/blocklist.h"

struct ush_ordered_rule {
	const char *trigger; /* lives as long as the list */
	uint32_t rule;
	uint32_t line;
	uint16_t class_id;
	uint8_t kind; /* enum ush_rule_kind */
};

/* All rules, feed by feed; for the caller to free(). NULL: no memory. */
struct ush_ordered_rule *ush_rules_in_order(const struct ush_blocklist *list, size_t *count);
