/* SPDX-License-Identifier: BSD-3-Clause */
/* pool.h - whether the sinkhole's addresses lead somewhere, for the checks of programs before they
 * start. Any thread. */
#pragma once

#include <stdbool.h>
#include "common/settings.h"

enum ush_pool_place {
	USH_POOL_HERE,    /* this machine answers for its addresses */
	USH_POOL_ROUTED,  /* this machine has a route to them, perhaps the default one */
	USH_POOL_NOWHERE, /* it has none */
	USH_POOL_UNKNOWN, /* a sandbox does not let this process ask */
};

/* Where the first address of a network of sinkhole-addresses leads. Asks the kernel, sends nothing. */
enum ush_pool_place ush_pool_place(const struct ush_network *pool);

/* Whether an answer for a listed name can have an address of this network: one of sinkhole-addresses,
 * or one that the settings give to a campaign. */
bool ush_pool_leads_to(const struct ush_settings *settings, const struct ush_network *network);
