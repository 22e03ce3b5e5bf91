/* SPDX-License-Identifier: BSD-3-Clause */
#include "zones/policy.h"

#include <stdlib.h>
#include <string.h>
#include "zones/database/format.h"

struct ush_policy {
	const struct ush_blocklist *list;
	uint8_t *actions;    /* by class */
	uint8_t *recordings; /* by class */
	struct campaign_address {
		struct ush_address address4;
		struct ush_address address6;
	} * addresses; /* by campaign */
	uint32_t campaigns;
};

/* As ush_override_find(), which the lookup library cannot have: it stands with the YAML reader. */
static const struct ush_override *
find_override(const struct ush_overrides *overrides, const char *name)
{
	for (size_t i = 0; overrides != NULL && i < overrides->count; i++) {
		if (strcmp(overrides->items[i].name, name) == 0)
			return &overrides->items[i];
	}
	return NULL;
}

static enum ush_action
effective_action(const struct ush_class *class, const struct ush_overrides *campaigns,
    const struct ush_overrides *feeds)
{
	const struct ush_override *campaign = find_override(campaigns, class->campaign);
	const struct ush_override *feed = find_override(feeds, class->feed);

	if (class->never_block)
		return class->action;
	if (campaign != NULL && campaign->action != USH_ACTION_NONE)
		return campaign->action;
	if (feed != NULL && feed->action != USH_ACTION_NONE)
		return feed->action;
	return class->action;
}

/* Pool + slot, for each family that the pool has. */
static struct campaign_address
slot_address(const struct ush_networks *pool, uint32_t slot)
{
	struct campaign_address out = {0};

	for (size_t i = 0; pool != NULL && slot != 0 && i < pool->count; i++) {
		struct ush_address address;

		if (ush_network_nth(&pool->items[i], slot, &address) != 0)
			continue;
		if (address.family == AF_INET && out.address4.family == 0)
			out.address4 = address;
		if (address.family == AF_INET6 && out.address6.family == 0)
			out.address6 = address;
	}
	return out;
}

static void
fill(struct ush_policy *policy, const struct ush_blocklist_info *info,
    const struct ush_networks *pool, const struct ush_overrides *campaigns,
    const struct ush_overrides *feeds)
{
	for (uint32_t i = 0; i < info->classes; i++) {
		const struct ush_override *override;
		struct ush_class class;

		ush_blocklist_class(policy->list, i, &class);
		policy->actions[i] = (uint8_t)effective_action(&class, campaigns, feeds);
		override = find_override(campaigns, class.campaign);
		if (override != NULL)
			policy->recordings[i] = (uint8_t) override->recording;
	}
	for (uint32_t i = 0; i < info->campaigns; i++) {
		struct ush_campaign campaign;
		const struct ush_override *override;

		ush_blocklist_campaign(policy->list, i, &campaign);
		override = find_override(campaigns, campaign.name);
		policy->addresses[i] = slot_address(pool, campaign.slot);
		if (override != NULL && override->address4.family != 0)
			policy->addresses[i].address4 = override->address4;
		if (override != NULL && override->address6.family != 0)
			policy->addresses[i].address6 = override->address6;
	}
}

int
ush_policy_new(struct ush_policy **out, const struct ush_blocklist *list,
    const struct ush_networks *pool, const struct ush_overrides *campaigns,
    const struct ush_overrides *feeds, struct ush_error *err)
{
	struct ush_blocklist_info info;
	struct ush_policy *policy = calloc(1, sizeof(*policy));

	*out = NULL;
	ush_blocklist_info(list, &info);
	if (policy != NULL) {
		policy->list = list;
		policy->campaigns = info.campaigns;
		policy->actions = calloc(info.classes + 1u, sizeof(*policy->actions));
		policy->recordings = calloc(info.classes + 1u, sizeof(*policy->recordings));
		policy->addresses = calloc(info.campaigns + 1u, sizeof(*policy->addresses));
	}
	if (policy == NULL || policy->actions == NULL || policy->recordings == NULL ||
	    policy->addresses == NULL) {
		ush_policy_free(policy);
		return ush_fail(err, NULL, 0, "no memory for the policy");
	}
	fill(policy, &info, pool, campaigns, feeds);
	*out = policy;
	return 0;
}

void
ush_policy_free(struct ush_policy *policy)
{
	if (policy == NULL)
		return;
	free(policy->actions);
	free(policy->recordings);
	free(policy->addresses);
	free(policy);
}

const uint8_t *
ush_policy_actions(const struct ush_policy *policy)
{
	return policy->actions;
}

enum ush_recording
ush_policy_recording(const struct ush_policy *policy, uint32_t class_id)
{
	return (enum ush_recording)policy->recordings[class_id];
}

const struct ush_address *
ush_policy_address(const struct ush_policy *policy, uint32_t class_id, int family)
{
	const struct campaign_address *both;
	const struct ush_address *address;
	struct ush_class class;

	ush_blocklist_class(policy->list, class_id, &class);
	both = &policy->addresses[class.campaign_id];
	address = family == AF_INET ? &both->address4 : &both->address6;
	return address->family != 0 ? address : NULL;
}

int
ush_policy_campaign_at(
    const struct ush_policy *policy, const struct ush_address *address, uint32_t *campaign_id)
{
	if (address->family == 0)
		return -1;
	for (uint32_t i = 0; i < policy->campaigns; i++) {
		const struct campaign_address *both = &policy->addresses[i];

		if (ush_address_equal(&both->address4, address) ||
		    ush_address_equal(&both->address6, address)) {
			*campaign_id = i;
			return 0;
		}
	}
	return -1;
}

bool
ush_policy_is_decoy(const struct ush_policy *policy, const struct ush_networks *pool,
    const struct ush_address *address)
{
	uint32_t slot;
	uint32_t id;

	for (size_t i = 0; i < pool->count; i++) {
		if (ush_network_index(&pool->items[i], address, &slot) == 0)
			return slot <= USH_DB_SLOT_LAST && ush_db_slot_is_decoy(slot) &&
			       ush_policy_campaign_at(policy, address, &id) != 0;
	}
	return false;
}

int
ush_pool_canary(const struct ush_networks *pool, int family, struct ush_address *out)
{
	for (size_t i = 0; i < pool->count; i++) {
		if (pool->items[i].base.family == family)
			return ush_network_nth(&pool->items[i], 1, out);
	}
	return -1;
}
