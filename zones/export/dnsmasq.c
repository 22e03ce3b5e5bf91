/* SPDX-License-Identifier: BSD-3-Clause */
/* dnsmasq 2.86 or later: /name/ is the name and all below it, and the longest match wins, but a star
 * in front is below alone and wins over the same name without. So a name and what is below it can
 * have each their own. */
#include "zones/export/format.h"

/* Without an address dnsmasq says NXDOMAIN, and nothing else. */
static void
put(struct ush_export *export, const struct ush_effect *effect, const char *star, const char *name)
{
	const struct ush_address *addresses[2];
	char text[USH_ADDRESS_TEXT_MAX];
	size_t count = ush_export_addresses(export, effect, addresses);
	FILE *to = export->options->to;

	if (effect->kind != USH_EFFECT_ACT) {
		fprintf(to, "server=/%s%s/#\n", star, name);
		return;
	}
	for (size_t i = 0; i < count; i++)
		fprintf(
		    to, "address=/%s%s/%s\n", star, name, ush_address_to_text(addresses[i], text));
	if (count > 0)
		return;
	fprintf(to, "address=/%s%s/\n", star, name);
	export->result->inexact +=
	    effect->action == USH_ACTION_NODATA || effect->action == USH_ACTION_DROP;
}

static int
dnsmasq_owner(struct ush_export *export, const struct ush_owner *owner, struct ush_error *err)
{
	bool same = ush_effect_is_same(&owner->self, &owner->below);

	(void)err;
	if (same && owner->self.kind == USH_EFFECT_NOTHING)
		return 0;
	if (same || owner->self.kind != USH_EFFECT_NOTHING)
		put(export, &owner->self, "", owner->text);
	if (!same)
		put(export, &owner->below, "*.", owner->text);
	return 0;
}

const struct ush_export_format ush_export_dnsmasq = {
    .name = "dnsmasq",
    .comment = "#",
    .owner = dnsmasq_owner,
};
