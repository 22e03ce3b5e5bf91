/* SPDX-License-Identifier: BSD-3-Clause */
/* shared.h - networks whose addresses very many unrelated names share (feeds/shared-networks.txt,
 * built in): content delivery networks, public resolvers, sinkholes of others. A rule for answers
 * with one of them would block what its feed has never heard of. Immutable; any thread may ask. */
#pragma once

#include "common/address.h"
#include "common/attr.h"

struct ush_shared;

USH_MUST_CHECK int ush_shared_new(struct ush_shared **out);
void ush_shared_free(struct ush_shared *shared); /* NULL is allowed */

/* Whose network has an address in common with this one: "Cloudflare". NULL: none of these. */
const char *ush_shared_owner(const struct ush_shared *shared, const struct ush_network *network);
