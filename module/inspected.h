/* SPDX-License-Identifier: BSD-3-Clause */
/* inspected.h - which cached answers were inspected already, so that they need it only once. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "common/name.h"
#include "module/lists.h"

struct reply_info;

/* The key of an answer under the lists as they are now; taken before they are entered. `rrsets` of
 * its record sets are inspected. 0: it cannot have one, and is inspected each time. */
uint32_t ush_inspection_key(const struct ush_lists *lists, const struct ush_name *qname,
    uint16_t qtype, struct reply_info *rep, size_t rrsets);
/* Whether an answer with this key was inspected and held nothing listed. */
bool ush_is_inspected(struct reply_info *rep, uint32_t key);
void ush_set_inspected(struct reply_info *rep, uint32_t key);
