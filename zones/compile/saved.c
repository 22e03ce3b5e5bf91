/* SPDX-License-Identifier: BSD-3-Clause */
/* What never-block entries save from the rules of other feeds: for the summary alone, lookups find
 * out for themselves. Never-block feeds come first, so all entries are there. */
#include "zones/compile/inside.h"

#include <string.h>
#include "zones/database/hash.h"

/* The entries around a name: which of them, if any, saves the name, which what is below it. The
 * number of an entry plus 1; 0: none. */
struct around {
	uint32_t self;
	uint32_t below;
};

static struct around
look_around(const struct ush_builder *builder, const struct ush_name *name)
{
	unsigned labels = ush_name_labels(name);
	struct around around = {0};

	for (size_t i = 0; name->wire[i] != 0; i += name->wire[i] + 1u, labels--) {
		uint16_t scope;
		uint32_t entry = 0;

		if ((builder->never_block.depths & ush_db_depth(labels)) == 0)
			continue;
		scope = ush_name_set_find(&builder->never_block,
		    ush_db_fingerprint(&builder->header, name->wire + i, name->len - i - 1),
		    &entry);
		if (around.self == 0 &&
		    (scope & (i == 0 ? USH_DB_SCOPE_EXACT : USH_DB_SCOPE_BELOW)) != 0)
			around.self = entry + 1;
		if (around.below == 0 && (scope & USH_DB_SCOPE_BELOW) != 0)
			around.below = entry + 1;
	}
	return around;
}

static void
report(const struct ush_builder *builder, const char *value, uint32_t entry, bool in_part)
{
	const struct ush_never_entry *never = builder->never_entries.items;
	const struct ush_db_feed *feeds = builder->feeds.items;

	builder->saved(
	    builder->saved_arg, &(struct ush_saved_rule){
	                            .value = value,
	                            .in_part = in_part,
	                            .file = builder->strings.data + feeds[never[entry].feed].file,
	                            .line = never[entry].line,
	                        });
}

/* A rule above an entry is not saved: it goes on for everything else. */
void
ush_builder_report_saved_name(const struct ush_builder *builder, const struct ush_name *name,
    const char *value, unsigned scope)
{
	struct around around;
	bool self;
	bool below;

	if (builder->saved == NULL || builder->never_blocks || builder->never_block.count == 0)
		return;
	around = look_around(builder, name);
	self = (scope & USH_SCOPE_EXACT) != 0 && around.self != 0;
	below = (scope & USH_SCOPE_BELOW) != 0 && around.below != 0;
	if (self || below)
		report(builder, value, (self ? around.self : around.below) - 1,
		    scope == USH_SCOPE_SUBDOMAINS && !(self && below));
}

void
ush_builder_report_saved_network(
    const struct ush_builder *builder, const struct ush_network *network, const char *value)
{
	const struct ush_network_rule *rules = builder->networks.items;

	if (builder->saved == NULL || builder->never_blocks)
		return;
	for (size_t i = 0; i < builder->never_networks; i++) {
		struct ush_network never = {.bits = rules[i].network.bits};

		never.base.family = rules[i].network.family == 4 ? AF_INET : AF_INET6;
		memcpy(never.base.octets, rules[i].network.octets, sizeof(never.base.octets));
		if (never.bits <= network->bits && ush_network_contains(&never, &network->base)) {
			report(builder, value, rules[i].never_entry, false);
			return;
		}
	}
}
