/* SPDX-License-Identifier: BSD-3-Clause */
/* Local zones and local data for an Unbound without our module. */
#include "zones/export/format.h"

static const char *
zone_type(const struct ush_effect *effect)
{
	switch (effect->action) {
	case USH_ACTION_NODATA:
		return "always_nodata";
	case USH_ACTION_DROP:
		return "always_deny";
	default:
		return "always_nxdomain";
	}
}

/* The sinkhole's addresses as local data. False if there are none. */
static bool
put_data(const struct ush_export *export, const struct ush_owner *owner)
{
	const struct ush_address *addresses[2];
	char text[USH_ADDRESS_TEXT_MAX];
	size_t count = ush_export_addresses(export, &owner->self, addresses);

	for (size_t i = 0; i < count; i++)
		fprintf(export->options->to, "local-data: '%s. %u IN %s %s'\n", owner->text,
		    export->options->ttl, addresses[i]->family == AF_INET ? "A" : "AAAA",
		    ush_address_to_text(addresses[i], text));
	return count > 0;
}

static void
put_zone(const struct ush_export *export, const struct ush_owner *owner, const char *type)
{
	const struct ush_export_options *options = export->options;

	fprintf(options->to, "local-zone: '%s.' %s\n", owner->text, type);
	if (options->tag != NULL)
		fprintf(options->to, "local-zone-tag: '%s.' \"%s\"\n", owner->text, options->tag);
}

/* Other types are NODATA, what is below resolves. A name with nothing but a text is NODATA as a
 * whole, which is the nearest to NXDOMAIN that there is. */
static void
put_name_alone(struct ush_export *export, const struct ush_owner *owner)
{
	put_zone(export, owner, "transparent");
	if (put_data(export, owner))
		return;
	fprintf(export->options->to, "local-data: '%s. %u IN TXT blocked'\n", owner->text,
	    export->options->ttl);
	export->result->inexact += owner->self.action != USH_ACTION_NODATA;
}

static void
put_name_and_below(struct ush_export *export, const struct ush_owner *owner)
{
	const struct ush_address *addresses[2];
	bool has_address = ush_export_addresses(export, &owner->self, addresses) > 0;

	export->result->inexact += owner->self.class_id != owner->below.class_id;
	put_zone(export, owner, has_address ? "redirect" : zone_type(&owner->self));
	put_data(export, owner);
}

static int
unbound_owner(struct ush_export *export, const struct ush_owner *owner, struct ush_error *err)
{
	bool self_acts = owner->self.kind == USH_EFFECT_ACT;
	bool below_acts = owner->below.kind == USH_EFFECT_ACT;

	(void)err;
	if (self_acts && below_acts) {
		put_name_and_below(export, owner);
	} else if (self_acts) {
		put_name_alone(export, owner);
	} else {
		/* What is below without the name itself cannot be said. */
		export->result->inexact += below_acts;
		if (owner->self.kind == USH_EFFECT_PASS ||
		    (owner->below.kind == USH_EFFECT_PASS && !below_acts))
			put_zone(export, owner, "always_transparent");
	}
	return 0;
}

static int
unbound_begin(struct ush_export *export, struct ush_error *err)
{
	(void)err;
	fputs("server:\n", export->options->to);
	if (export->options->tag != NULL)
		fprintf(export->options->to, "define-tag: \"%s\"\n", export->options->tag);
	return 0;
}

const struct ush_export_format ush_export_unbound = {
    .name = "unbound",
    .comment = "#",
    .begin = unbound_begin,
    .owner = unbound_owner,
};
