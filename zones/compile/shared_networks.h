/* SPDX-License-Identifier: BSD-3-Clause */
/* shared_networks.h - networks whose addresses very many unrelated names share, built in from
 * feeds/shared-networks.txt: content delivery networks, public resolvers, sinkholes of others. A
 * rule for answers with one of them would block what its feed knows nothing of. Immutable; any
 * thread may ask. */
#pragma once

#include "common/address.h"
#include "common/attr.h"

struct ush_shared_networks;

USH_MUST_CHECK int ush_shared_networks_new(struct ush_shared_networks **out);
void ush_shared_networks_free(struct ush_shared_networks *shared); /* NULL is allowed */

/* Whose network has an address in common with this one: "Cloudflare". NULL: none of these. */
const char *ush_shared_networks_owner(
    const struct ush_shared_networks *shared, const struct ush_network *network);
