/* SPDX-License-Identifier: BSD-3-Clause */
#include "zones/export/order.h"

#include <stdlib.h>

static int
compare(const void *a, const void *b)
{
	const struct ush_ordered_rule *x = a;
	const struct ush_ordered_rule *y = b;

	/* Classes are in the order of the feeds, but one feed's lines are mixed over its classes.
	 */
	if (x->class_id != y->class_id)
		return x->class_id < y->class_id ? -1 : 1;
	if (x->line != y->line)
		return x->line < y->line ? -1 : 1;
	return x->rule < y->rule ? -1 : x->rule > y->rule;
}

struct ush_ordered_rule *
ush_rules_in_order(const struct ush_blocklist *list, size_t *count)
{
	struct ush_blocklist_info info;
	struct ush_ordered_rule *rules;
	size_t most;

	ush_blocklist_info(list, &info);
	most = info.names + info.networks + info.urls;
	*count = 0;
	if ((rules = calloc(most + 1, sizeof(*rules))) == NULL)
		return NULL;
	for (uint32_t i = 0; i < info.rules && *count < most; i++) {
		struct ush_source source;
		struct ush_rule rule;

		ush_blocklist_rule(list, i, &rule);
		if (rule.kind == USH_RULE_NONE || ush_blocklist_source(list, i, &source) != 0)
			continue;
		rules[(*count)++] = (struct ush_ordered_rule){
		    .trigger = source.trigger,
		    .rule = i,
		    .line = source.line,
		    .class_id = (uint16_t)rule.class_id,
		    .kind = (uint8_t)rule.kind,
		};
	}
	qsort(rules, *count, sizeof(*rules), compare);
	return rules;
}
