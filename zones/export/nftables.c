/* SPDX-License-Identifier: BSD-3-Clause */
/* Two sets for nftables, of listed IPv4 and IPv6 networks: a firewall sees the clients that ask no
 * resolver. nft(8) takes the file whole or not at all. */
#include "zones/export/format.h"

#define TABLE "inet sinkhole"

static int
nftables_begin(struct ush_export *export, struct ush_error *err)
{
	FILE *to = export->options->to;

	(void)err;
	fputs("add table " TABLE "\n", to);
	for (int version = 4; version <= 6; version += 2) {
		fprintf(to,
		    "add set " TABLE " listed%d { type ipv%d_addr; flags interval; auto-merge; }\n"
		    "flush set " TABLE " listed%d\n",
		    version, version, version);
	}
	return 0;
}

static int
nftables_network(struct ush_export *export, const struct ush_network *network,
    const struct ush_effect *effect, struct ush_error *err)
{
	char text[USH_NETWORK_TEXT_MAX];

	(void)err;
	if (effect->kind == USH_EFFECT_PASS)
		export->result->inexact++; /* a set has no exceptions */
	if (effect->kind != USH_EFFECT_ACT)
		return 0;
	ush_network_to_text(network, text);
	fprintf(export->options->to, "add element " TABLE " listed%d { %s }\n",
	    network->base.family == AF_INET ? 4 : 6, text);
	return 0;
}

const struct ush_export_format ush_export_nftables = {
    .name = "nftables",
    .comment = "#",
    .begin = nftables_begin,
    .network = nftables_network,
};
