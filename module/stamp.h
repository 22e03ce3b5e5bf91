/* SPDX-License-Identifier: BSD-3-Clause */
/* stamp.h - marks cached answers that need no second look. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "common/name.h"
#include "module/lists.h"

struct reply_info;

/* The stamp for an answer that holds nothing listed under the lists as they are now; taken before
 * they are entered. `rrsets` of its record sets are inspected. 0: it cannot have one. */
uint32_t ush_stamp_of(const struct ush_lists *lists, const struct ush_name *qname, uint16_t qtype,
    struct reply_info *rep, size_t rrsets);
bool ush_is_stamped(struct reply_info *rep, uint32_t stamp);
void ush_stamp(struct reply_info *rep, uint32_t stamp);
