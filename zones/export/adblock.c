/* SPDX-License-Identifier: BSD-3-Clause */
/* Rules for DNS filters that read Adblock lists, and for browsers. ||name^ is the name and all below
 * it; |name^ the name alone for a DNS filter (a browser's URL never begins so). An exception wins over
 * every rule, however long. */
#include <string.h>
#include "zones/export/format.h"

static void
put_rule(const struct ush_export *export, const char *begin, const char *name)
{
	fprintf(export->options->to, "%s%s^\n", begin, name);
}

/* What is below without the name itself, and a listed name inside of an exception, cannot be said. */
static int
adblock_owner(struct ush_export *export, const struct ush_owner *owner, struct ush_error *err)
{
	enum ush_effect_kind self = owner->self.kind;
	enum ush_effect_kind below = owner->below.kind;

	(void)err;
	if (self == USH_EFFECT_ACT)
		put_rule(export, below == USH_EFFECT_ACT ? "||" : "|", owner->text);
	else if (self == USH_EFFECT_PASS)
		put_rule(export, below == USH_EFFECT_PASS ? "@@||" : "@@|", owner->text);
	export->result->inexact += below != USH_EFFECT_NOTHING && below != self;
	return 0;
}

/* With any scheme; ^ is what ends the path: ?, / or the end. */
static int
adblock_url(struct ush_export *export, const struct ush_export_url *url, struct ush_error *err)
{
	(void)err;
	if (url->effect.kind != USH_EFFECT_ACT)
		return 0;
	/* These mean something in a rule. */
	if (strpbrk(url->path, "*^|$#") != NULL) {
		export->result->unsafe++;
		return 0;
	}
	fprintf(export->options->to, "://%s%s^\n", url->host, url->path);
	return 0;
}

const struct ush_export_format ush_export_adblock = {
    .name = "adblock",
    .comment = "!",
    .owner = adblock_owner,
    .url = adblock_url,
};
