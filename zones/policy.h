/* SPDX-License-Identifier: BSD-3-Clause */
/* policy.h - a blocklist as one site applies it: overrides and sinkhole addresses for each class.
 * Made once when a list or the settings are loaded, immutable afterwards, shared by all threads. It
 * borrows the list, which must live longer; what it needs from the settings it copies. */
#pragma once

#include "common/address.h"
#include "common/attr.h"
#include "common/error.h"
#include "common/settings.h"
#include "zones/blocklist.h"

struct ush_policy;

/* Effective action of a class: the campaign's override, else the feed's, else as compiled;
 * never-block classes cannot be overridden. Addresses: the campaign's own, else pool + slot. A slot
 * that the pool does not hold is no error here: that class has no address (its A and AAAA become
 * NODATA). */
USH_MUST_CHECK int ush_policy_new(struct ush_policy **out, const struct ush_blocklist *list,
    const struct ush_networks *pool, const struct ush_overrides *campaigns,
    const struct ush_overrides *feeds, struct ush_error *err);
void ush_policy_free(struct ush_policy *policy); /* NULL is allowed */

/* The table that the lookups of blocklist.h take: one enum ush_action a class. */
const uint8_t *ush_policy_actions(const struct ush_policy *policy);

/* Which DNS events of a class are written: as its campaign's override says. */
enum ush_recording ush_policy_recording(const struct ush_policy *policy, uint32_t class_id);

/* Sinkhole address of a class for AF_INET or AF_INET6; NULL if it has none. Borrowed. */
const struct ush_address *ush_policy_address(
    const struct ush_policy *policy, uint32_t class_id, int family);

/* Which campaign a destination address stands for; -1 if none. (For sinkholed.) */
USH_MUST_CHECK int ush_policy_campaign_at(
    const struct ush_policy *policy, const struct ush_address *address, uint32_t *campaign_id);

/* Whether no resolver ever hands this address of the pool out: a decoy's slot, and no campaign has
 * it. (For sinkholed.) */
bool ush_policy_is_decoy(const struct ush_policy *policy, const struct ush_networks *pool,
    const struct ush_address *address);

/* The address of the canary: slot 1 of the pool. -1 if the pool has no such family. */
USH_MUST_CHECK int ush_pool_canary(
    const struct ush_networks *pool, int family, struct ush_address *out);
