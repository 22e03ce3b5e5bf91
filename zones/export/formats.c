/* SPDX-License-Identifier: BSD-3-Clause */
/* The formats, a row each, and what all of them have in common. */
#include <string.h>
#include "common/event.h"
#include "common/terminal.h"
#include "zones/export/format.h"

static const struct ush_export_format *const formats[] = {
    &ush_export_rpz,
    &ush_export_hosts,
    &ush_export_domains,
    &ush_export_unbound,
    &ush_export_dnsmasq,
    &ush_export_squid,
    &ush_export_nftables,
    &ush_export_csv,
    &ush_export_dnsdist,
    &ush_export_adblock,
    &ush_export_suricata,
    &ush_export_stix,
    &ush_export_misp,
};
#define FORMATS (sizeof(formats) / sizeof(formats[0]))

const struct ush_export_format *
ush_export_format_find(const char *name)
{
	for (size_t i = 0; i < FORMATS; i++) {
		if (strcmp(formats[i]->name, name) == 0)
			return formats[i];
	}
	return NULL;
}

const char *
ush_export_format_name(size_t i)
{
	return i < FORMATS ? formats[i]->name : NULL;
}

bool
ush_export_is_zone(const struct ush_export_format *format)
{
	return format->is_zone;
}

size_t
ush_export_addresses(const struct ush_export *export, const struct ush_effect *effect,
    const struct ush_address *out[2])
{
	static const int families[] = {AF_INET, AF_INET6};
	const struct ush_export_options *options = export->options;
	const struct ush_address *own[] = {&options->sinkhole4, &options->sinkhole6};
	/* One family given by hand is meant for both. */
	bool by_hand = own[0]->family != 0 || own[1]->family != 0;
	size_t count = 0;

	if (effect->kind != USH_EFFECT_ACT || effect->action != USH_ACTION_SINKHOLE)
		return 0;
	for (unsigned i = 0; i < 2; i++) {
		const struct ush_address *address = NULL;

		if (by_hand)
			address = own[i]->family != 0 ? own[i] : NULL;
		else if (options->policy != NULL)
			address =
			    ush_policy_address(options->policy, effect->class_id, families[i]);
		if (address != NULL)
			out[count++] = address;
	}
	return count;
}

const char *
ush_export_network_text(const struct ush_network *network, char buf[USH_NETWORK_TEXT_MAX])
{
	if (network->bits == (network->base.family == AF_INET ? 32 : 128))
		return ush_address_to_text(&network->base, buf);
	return ush_network_to_text(network, buf);
}

/* What this is, serial, counts of feeds. */
static void
put_heading(const struct ush_export_options *options, const char *comment)
{
	struct ush_blocklist_info info;
	char built[USH_TIME_TEXT_MAX];

	ush_blocklist_info(options->list, &info);
	fprintf(options->to, "%s unbound-sinkhole, list serial %u, built %s\n", comment,
	    info.serial, ush_time_to_text(info.built_ms, built));
	for (uint32_t i = 0; i < info.feeds; i++) {
		struct ush_feed_info feed;

		ush_blocklist_feed(options->list, i, &feed);
		fprintf(options->to, "%s feed ", comment);
		ush_terminal_put(options->to, feed.name); /* one line, whatever its name */
		fprintf(options->to, ": %llu indicators\n", (unsigned long long)feed.indicators);
	}
}

int
ush_export_run(const struct ush_export_format *format, const struct ush_export_options *options,
    struct ush_export_result *result, struct ush_error *err)
{
	struct ush_export export = {.options = options, .result = result};
	int rc;

	if (format->comment != NULL)
		put_heading(options, format->comment);
	if (format->begin != NULL && format->begin(&export, err) != 0)
		return -1;
	rc = ush_export_walk(format, &export, err);
	if (format->end != NULL && format->end(&export, err) != 0)
		rc = -1;
	return rc;
}
