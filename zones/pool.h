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

/* Whether there are sinkhole-addresses and no answer for a listed name can lead to this listener. One
 * with proxy-protocol is never outside: its proxies come to an address of their choice. */
bool ush_pool_is_outside(const struct ush_settings *settings, const struct ush_listen *listen);
