/* SPDX-License-Identifier: BSD-3-Clause */
/* Slots of campaigns. A slot belongs to its campaign for ever, also when the campaign leaves the
 * list, so that an address in an old log means what it meant. New ones are drawn, so that they mean
 * nothing to malware. */
#include "zones/compile/inside.h"

#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include "zones/database/list.h"

#define SLOTS (USH_DB_SLOT_LAST + 1u)

/* Take over the previous list's slots; campaigns that are gone stay as retired ones. */
static int
keep_slots(struct ush_builder *builder, const struct ush_blocklist *previous, bool taken[SLOTS])
{
	const struct ush_db_campaign *old = ush_list_records(previous, USH_DB_CAMPAIGNS);
	size_t current = builder->campaigns.count;

	for (uint32_t i = 0; i < ush_list_count(previous, USH_DB_CAMPAIGNS); i++) {
		struct ush_db_campaign *campaign;
		uint32_t id;

		if (old[i].slot == 0)
			continue;
		if (ush_builder_campaign(builder,
		        ush_list_text(previous, USH_DB_STRINGS, old[i].name),
		        ush_list_text(previous, USH_DB_STRINGS, old[i].software), &id) != 0)
			return -1;
		campaign = (struct ush_db_campaign *)builder->campaigns.items + id;
		campaign->slot = old[i].slot;
		if (id >= current)
			campaign->flags = USH_DB_CAMPAIGN_RETIRED;
		taken[old[i].slot] = true;
	}
	return 0;
}

static bool
is_sinkholed_by(const struct ush_overrides *overrides, const char *name)
{
	const struct ush_override *override =
	    overrides != NULL ? ush_override_find(overrides, name) : NULL;

	return override != NULL && override->action == USH_ACTION_SINKHOLE;
}

/* What only watches or answers without an address needs none: there are few, and feeds are many.
 * Unless the site says sinkhole. */
static bool
needs_slot(const struct ush_builder *builder, const struct ush_build_options *options,
    uint32_t campaign_id)
{
	const struct ush_db_class *classes = builder->classes.items;
	const struct ush_db_campaign *campaigns = builder->campaigns.items;
	const struct ush_db_feed *feeds = builder->feeds.items;
	const char *strings = builder->strings.data;

	for (size_t i = 0; i < builder->classes.count; i++) {
		if (classes[i].campaign != campaign_id ||
		    (classes[i].flags & USH_DB_CLASS_NEVER_BLOCK) != 0)
			continue;
		if (classes[i].action == USH_ACTION_SINKHOLE ||
		    is_sinkholed_by(options->campaigns, strings + campaigns[campaign_id].name) ||
		    is_sinkholed_by(options->feeds, strings + feeds[classes[i].feed].name))
			return true;
	}
	return false;
}

/* An even choice below `count` (at most 256). */
static int
draw(unsigned count, unsigned *out)
{
	uint8_t octet;

	do {
		if (getrandom(&octet, sizeof(octet), 0) != sizeof(octet))
			return -1;
	} while (octet >= 256 / count * count);
	*out = octet % count;
	return 0;
}

/* A random free slot; 0 if there is none. */
static uint32_t
draw_slot(const bool taken[SLOTS], uint32_t last)
{
	uint8_t open[SLOTS];
	unsigned count = 0;
	unsigned chosen;

	for (uint32_t slot = USH_DB_SLOT_FIRST; slot <= last; slot++) {
		if (!taken[slot] && !ush_db_slot_is_decoy(slot))
			open[count++] = (uint8_t)slot;
	}
	if (count == 0 || draw(count, &chosen) != 0)
		return 0;
	return open[chosen];
}

static void
count_slots(const bool taken[SLOTS], uint32_t last, struct ush_build_result *result)
{
	for (uint32_t slot = USH_DB_SLOT_FIRST; slot <= last; slot++) {
		result->slots += !ush_db_slot_is_decoy(slot);
		result->slots_taken += taken[slot] && !ush_db_slot_is_decoy(slot);
	}
}

static bool
has_own_address(const struct ush_overrides *campaigns, const char *name)
{
	const struct ush_override *override =
	    campaigns != NULL ? ush_override_find(campaigns, name) : NULL;

	return override != NULL &&
	       (override->address4.family != 0 || override->address6.family != 0);
}

/* Whose slot comes from a time when the pool was larger. */
static void
count_without_slot(const struct ush_builder *builder, const struct ush_build_options *options,
    struct ush_build_result *result)
{
	const struct ush_db_campaign *campaigns = builder->campaigns.items;

	for (uint32_t i = 0; i < builder->campaigns.count; i++) {
		const char *name = builder->strings.data + campaigns[i].name;

		if (campaigns[i].slot <= options->last_slot || !needs_slot(builder, options, i) ||
		    has_own_address(options->campaigns, name))
			continue;
		if (result->without_slot++ == 0)
			snprintf(result->without_slot_first, sizeof(result->without_slot_first),
			    "%s", name);
	}
}

static int
fail_full(
    const struct ush_builder *builder, uint32_t campaign_id, uint32_t last, struct ush_error *err)
{
	const struct ush_db_campaign *campaigns = builder->campaigns.items;
	struct ush_build_result all = {0};

	count_slots((const bool[SLOTS]){false}, last, &all);
	return ush_fail(err, NULL, 0,
	    "no sinkhole address is left for campaign %.100s: all %u are taken, also by campaigns "
	    "that have left the list; merge feeds with --campaign%s",
	    builder->strings.data + campaigns[campaign_id].name, all.slots,
	    last < USH_DB_SLOT_LAST ? " or use a larger pool"
	                            : " (no pool has more, however large it is)");
}

int
ush_builder_slots(struct ush_builder *builder, const struct ush_build_options *options,
    struct ush_build_result *result, struct ush_error *err)
{
	bool taken[SLOTS] = {false};
	uint32_t last =
	    options->last_slot < USH_DB_SLOT_LAST ? options->last_slot : USH_DB_SLOT_LAST;
	struct ush_db_campaign *campaigns;

	if (options->previous != NULL && keep_slots(builder, options->previous, taken) != 0)
		return ush_fail(err, options->path, 0, "no memory");
	campaigns = builder->campaigns.items;
	for (uint32_t i = 0; i < builder->campaigns.count; i++) {
		if (campaigns[i].slot != 0 || !needs_slot(builder, options, i))
			continue;
		if ((campaigns[i].slot = draw_slot(taken, last)) == 0)
			return fail_full(builder, i, last, err);
		taken[campaigns[i].slot] = true;
	}
	count_slots(taken, last, result);
	count_without_slot(builder, options, result);
	return 0;
}
