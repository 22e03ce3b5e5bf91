/* SPDX-License-Identifier: BSD-3-Clause */
#include <string.h>
#include "sinkhole/sinkctl/export/format.h"

struct ush_listed
ush_listed_of(const char *rule)
{
	const char *slash = strchr(rule, '/');
	struct ush_listed listed = {.text = slash != NULL ? slash + 1 : rule};
	struct ush_network network;

	if (ush_network_from_text(&network, listed.text) == 0) {
		listed.kind = USH_LISTED_NETWORK;
		listed.is_v6 = network.base.family == AF_INET6;
	} else if (strchr(listed.text, '/') != NULL) {
		listed.kind = USH_LISTED_URL;
	}
	return listed;
}

struct ush_standing
ush_export_standing(const struct ush_command *command, const struct ush_host *host)
{
	struct ush_case_status status = ush_case_of(&command->marks, command->identities, host);

	return (struct ush_standing){.call = ush_case_call(host),
	    .state = status.is_open ? USH_CASE_OPEN : status.mark->state,
	    .is_settled = status.is_settled};
}

const char *
ush_export_behind(char buf[USH_BEHIND_TEXT_MAX], const struct ush_host *host)
{
	const struct ush_verdict *behind = &host->verdicts.behind;

	buf[0] = '\0';
	if (behind->why != NULL)
		snprintf(
		    buf, USH_BEHIND_TEXT_MAX, "%s (%s)", ush_call_text(behind->call), behind->why);
	return buf;
}

const char *
ush_export_few(char buf[USH_FEW_TEXT_MAX], const struct ush_few *few)
{
	size_t used = 0;

	buf[0] = '\0';
	for (size_t i = 0; i < few->count; i++) {
		if (used + 1 + strlen(few->items[i]) >= USH_FEW_TEXT_MAX)
			break;
		used += (size_t)snprintf(buf + used, USH_FEW_TEXT_MAX - used, "%s%s",
		    used > 0 ? "," : "", few->items[i]);
	}
	return buf;
}

const char *
ush_export_organisation(const struct ush_export *export)
{
	const struct ush_settings *settings = export->command->settings;

	if (settings->sinkhole.organisation != NULL)
		return settings->sinkhole.organisation;
	return settings->observer != NULL ? settings->observer : "unbound-sinkhole";
}
