/* SPDX-License-Identifier: BSD-3-Clause */
/* Formats that are a line or two for each name: hosts, domains, Unbound's local zones. */
#include "zones/export/walk.h"

#include <string.h>

struct lines {
	const struct ush_export_options *options;
	struct ush_export_result *result;
};

static void
count(struct lines *lines, const struct ush_owner *owner)
{
	lines->result->monitored += owner->self.monitored || owner->below.monitored;
	lines->result->written +=
	    owner->self.kind == USH_EFFECT_ACT || owner->below.kind == USH_EFFECT_ACT;
	lines->result->passed +=
	    owner->self.kind == USH_EFFECT_PASS || owner->below.kind == USH_EFFECT_PASS;
}

static int
count_network(void *arg, const struct ush_network *network, const struct ush_effect *effect,
    struct ush_error *err)
{
	struct lines *lines = arg;

	(void)network;
	(void)err;
	lines->result->monitored += effect->monitored;
	lines->result->networks += effect->kind == USH_EFFECT_ACT;
	return 0;
}

static int
domains_owner(void *arg, const struct ush_owner *owner, struct ush_error *err)
{
	struct lines *lines = arg;
	char text[USH_NAME_TEXT_MAX];

	(void)err;
	count(lines, owner);
	if (owner->self.kind != USH_EFFECT_ACT && owner->below.kind != USH_EFFECT_ACT)
		return 0;
	ush_name_to_text(owner->name, text);
	fprintf(lines->options->to, "%s\n", text);
	/* Who reads such a list decides whether a name stands for those below it. */
	lines->result->inexact += owner->self.kind != owner->below.kind;
	return 0;
}

static int
hosts_owner(void *arg, const struct ush_owner *owner, struct ush_error *err)
{
	struct lines *lines = arg;
	static const int families[] = {AF_INET, AF_INET6};
	char name[USH_NAME_TEXT_MAX];
	char address[USH_ADDRESS_TEXT_MAX];
	bool any = false;

	(void)err;
	count(lines, owner);
	lines->result->inexact += owner->below.kind == USH_EFFECT_ACT;
	if (owner->self.kind != USH_EFFECT_ACT)
		return 0;
	ush_name_to_text(owner->name, name);
	for (unsigned i = 0; owner->self.action == USH_ACTION_SINKHOLE && i < 2; i++) {
		const struct ush_address *own =
		    ush_export_address(lines->options, owner->self.class_id, families[i]);

		if (own == NULL)
			continue;
		fprintf(lines->options->to, "%s %s\n", ush_address_to_text(own, address), name);
		any = true;
	}
	if (!any)
		fprintf(lines->options->to, "0.0.0.0 %s\n", name);
	return 0;
}

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
put_data(const struct lines *lines, const struct ush_effect *effect, const char *name)
{
	static const int families[] = {AF_INET, AF_INET6};
	char address[USH_ADDRESS_TEXT_MAX];
	bool any = false;

	for (unsigned i = 0; effect->action == USH_ACTION_SINKHOLE && i < 2; i++) {
		const struct ush_address *own =
		    ush_export_address(lines->options, effect->class_id, families[i]);

		if (own == NULL)
			continue;
		fprintf(lines->options->to, "local-data: '%s. %u IN %s %s'\n", name,
		    lines->options->ttl, families[i] == AF_INET ? "A" : "AAAA",
		    ush_address_to_text(own, address));
		any = true;
	}
	return any;
}

static bool
has_address(const struct lines *lines, const struct ush_effect *effect)
{
	return effect->action == USH_ACTION_SINKHOLE &&
	       (ush_export_address(lines->options, effect->class_id, AF_INET) != NULL ||
	           ush_export_address(lines->options, effect->class_id, AF_INET6) != NULL);
}

static int
unbound_owner(void *arg, const struct ush_owner *owner, struct ush_error *err)
{
	struct lines *lines = arg;
	FILE *to = lines->options->to;
	char name[USH_NAME_TEXT_MAX];
	bool self_acts = owner->self.kind == USH_EFFECT_ACT;
	bool below_acts = owner->below.kind == USH_EFFECT_ACT;

	(void)err;
	count(lines, owner);
	ush_name_to_text(owner->name, name);
	if (strpbrk(name, "'\"\\") != NULL) {
		lines->result->inexact++; /* its quoting is not up to such names */
	} else if (self_acts && below_acts) {
		lines->result->inexact += owner->self.class_id != owner->below.class_id;
		fprintf(to, "local-zone: '%s.' %s\n", name,
		    has_address(lines, &owner->self) ? "redirect" : zone_type(&owner->self));
		put_data(lines, &owner->self, name);
	} else if (self_acts) {
		/* The name alone: other types are NODATA, what is below resolves. A name with
		 * nothing but a text is NODATA as a whole, which is the nearest to NXDOMAIN that
		 * there is. */
		fprintf(to, "local-zone: '%s.' transparent\n", name);
		if (!put_data(lines, &owner->self, name)) {
			fprintf(
			    to, "local-data: '%s. %u IN TXT blocked'\n", name, lines->options->ttl);
			lines->result->inexact += owner->self.action != USH_ACTION_NODATA;
		}
	} else if (below_acts) {
		lines->result->inexact++; /* what is below without the name itself */
		if (owner->self.kind == USH_EFFECT_PASS)
			fprintf(to, "local-zone: '%s.' always_transparent\n", name);
	} else if (owner->self.kind == USH_EFFECT_PASS || owner->below.kind == USH_EFFECT_PASS) {
		fprintf(to, "local-zone: '%s.' always_transparent\n", name);
	}
	return 0;
}

static int
run(const struct ush_export_options *options, struct ush_export_result *result,
    int (*owner)(void *, const struct ush_owner *, struct ush_error *), struct ush_error *err)
{
	struct lines lines = {.options = options, .result = result};
	struct ush_walker walker = {
	    .options = options, .arg = &lines, .owner = owner, .network = count_network};

	ush_export_heading(options, "#");
	return ush_walk(&walker, err);
}

static int
domains_run(const struct ush_export_options *options, struct ush_export_result *result,
    struct ush_error *err)
{
	return run(options, result, domains_owner, err);
}

static int
hosts_run(const struct ush_export_options *options, struct ush_export_result *result,
    struct ush_error *err)
{
	return run(options, result, hosts_owner, err);
}

static int
unbound_run(const struct ush_export_options *options, struct ush_export_result *result,
    struct ush_error *err)
{
	fputs("server:\n", options->to);
	return run(options, result, unbound_owner, err);
}

const struct ush_exporter ush_export_domains = {.name = "domains", .run = domains_run};
const struct ush_exporter ush_export_hosts = {.name = "hosts", .run = hosts_run};
const struct ush_exporter ush_export_unbound = {.name = "unbound", .run = unbound_run};

const struct ush_exporter *
ush_exporter_find(const char *name)
{
	static const struct ush_exporter *const exporters[] = {
	    &ush_export_rpz,
	    &ush_export_hosts,
	    &ush_export_domains,
	    &ush_export_unbound,
	};

	for (size_t i = 0; i < sizeof(exporters) / sizeof(exporters[0]); i++) {
		if (strcmp(exporters[i]->name, name) == 0)
			return exporters[i];
	}
	return NULL;
}
