/* SPDX-License-Identifier: BSD-3-Clause */
/* hosts(5): exact names alone. */
#include "zones/export/format.h"

static int
hosts_owner(struct ush_export *export, const struct ush_owner *owner, struct ush_error *err)
{
	const struct ush_address *addresses[2];
	char text[USH_ADDRESS_TEXT_MAX];
	size_t count = ush_export_addresses(export, &owner->self, addresses);

	(void)err;
	export->result->inexact += owner->below.kind == USH_EFFECT_ACT;
	if (owner->self.kind != USH_EFFECT_ACT)
		return 0;
	for (size_t i = 0; i < count; i++)
		fprintf(export->options->to, "%s %s\n", ush_address_to_text(addresses[i], text),
		    owner->text);
	if (count == 0)
		fprintf(export->options->to, "0.0.0.0 %s\n", owner->text);
	return 0;
}

const struct ush_export_format ush_export_hosts = {
    .name = "hosts",
    .comment = "#",
    .owner = hosts_owner,
};
