/* SPDX-License-Identifier: BSD-3-Clause */
/* rules.h - what the blocklist on this machine says of a rule that an event named. The list may be
 * newer than the event: a rule that has gone since is simply not found. One thread; texts live as
 * long as the list. */
#pragma once

#include "common/attr.h"
#include "zones/blocklist.h"

/* `rule` is rule.id: "<feed>/<listed name, network or host/path>". -1 if the list has no such rule.
 */
USH_MUST_CHECK int ush_rule_find(
    const struct ush_blocklist *list, const char *rule, struct ush_source *out);
