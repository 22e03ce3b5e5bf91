/* SPDX-License-Identifier: BSD-3-Clause */
/* One name a line. The program that reads the list decides whether a name stands for those below
 * it. */
#include "zones/export/format.h"

static int
domains_owner(struct ush_export *export, const struct ush_owner *owner, struct ush_error *err)
{
	(void)err;
	if (owner->self.kind != USH_EFFECT_ACT && owner->below.kind != USH_EFFECT_ACT)
		return 0;
	fprintf(export->options->to, "%s\n", owner->text);
	export->result->inexact += owner->self.kind != owner->below.kind;
	return 0;
}

const struct ush_export_format ush_export_domains = {
    .name = "domains",
    .comment = "#",
    .owner = domains_owner,
};
