/* SPDX-License-Identifier: BSD-3-Clause */
/* effect.h - what the list does to a name, a network or a URL, as far as an export takes its rules.
 * Private to zones/export. Values only. */
#pragma once

#include "zones/export/format.h"

/* A list and the rules of it that count. */
struct ush_asked {
	const struct ush_blocklist *list;
	const uint8_t *actions; /* of classes; NULL: as compiled */
	struct ush_export_choice choice;
	uint32_t campaign_id; /* if the choice has a campaign */
};

/* -1 if the list has no such campaign. */
USH_MUST_CHECK int ush_asked_init(
    struct ush_asked *asked, const struct ush_export_options *options, struct ush_error *err);

struct ush_effect ush_effect_on_name(const struct ush_asked *asked, const struct ush_name *name);
struct ush_effect ush_effect_below(const struct ush_asked *asked, const struct ush_name *name);
/* On the network as a whole: what is said of a part of it is another rule's. */
struct ush_effect ush_effect_on_network(
    const struct ush_asked *asked, const struct ush_network *network);
/* Whether an address with a port that a feed names is to be written: the export takes its confidence and
 * age, the site has not switched the feed off, and nothing lets the address pass. Of its campaign nothing
 * is known. `effect` has what is to be counted. */
bool ush_effect_of_port(const struct ush_asked *asked, const struct ush_address *address,
    const struct ush_source *source, struct ush_effect *effect);
/* Of a URL rule on that host. */
struct ush_effect ush_effect_of_url(
    const struct ush_asked *asked, uint32_t rule, const struct ush_name *host);
