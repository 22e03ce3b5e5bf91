/* SPDX-License-Identifier: BSD-3-Clause */
/* community.h - Community ID v1: one text for a flow that Zeek, Suricata and ours agree upon.
 * Pure, any thread may call. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include "common/address.h"

#define USH_COMMUNITY_TEXT_MAX 32

struct ush_digests;

/* With seed 0. Both addresses must be of one family; "" if they are not. Returns buf. */
const char *ush_community_id(struct ush_digests *digests, const struct ush_address *from,
    uint16_t from_port, const struct ush_address *to, uint16_t to_port, bool udp,
    char buf[USH_COMMUNITY_TEXT_MAX]);
