/* SPDX-License-Identifier: BSD-3-Clause */
#include "sinkhole/sinkctl/rules.h"

#include <string.h>

/* The number of the rule that stands on what the event named; -1 if there is none. */
static int
match(const struct ush_blocklist *list, const char *listed, uint32_t *rule)
{
	const char *slash = strchr(listed, '/');
	struct ush_network network;
	struct ush_match match;
	struct ush_url_match url;
	struct ush_name name;

	if (ush_network_from_text(&network, listed) == 0) {
		if (!ush_blocklist_match_address(list, NULL, &network.base, &match))
			return -1;
		*rule = match.rule;
		return 0;
	}
	if (ush_name_from_text(
	        &name, listed, slash != NULL ? (size_t)(slash - listed) : strlen(listed)) != 0)
		return -1;
	if (slash != NULL) {
		if (!ush_blocklist_match_url(list, NULL, &name, slash, strlen(slash), &url))
			return -1;
		*rule = url.rule;
		return 0;
	}
	if (!ush_blocklist_match_name(list, NULL, &name, &match))
		return -1;
	*rule = match.rule;
	return 0;
}

int
ush_rule_find(const struct ush_blocklist *list, const char *rule, struct ush_source *out)
{
	const char *listed = strchr(rule, '/');
	uint32_t number;

	if (listed == NULL || match(list, listed + 1, &number) != 0)
		return -1;
	return ush_blocklist_source(list, number, out);
}
