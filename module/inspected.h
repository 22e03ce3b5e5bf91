/* SPDX-License-Identifier: BSD-3-Clause */
/* inspected.h - which cached answers were inspected already, so that they need it only once. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "module/lists.h"

struct query_info;
struct reply_info;

/* Whether what stands beside an answer in the cache counts as well: it should have been taken out. Not
 * where clients ask for addresses: these are most of the queries, and Unbound leaves it out of their
 * replies (minimal-responses). */
bool ush_inspects_additional(uint16_t qtype);

/* The key of an answer under the lists as they are now; taken before they are entered. 0: it cannot
 * have one, and is inspected each time. The record sets are locked. */
uint32_t ush_inspection_key(
    const struct ush_lists *lists, const struct query_info *qinfo, struct reply_info *rep);
/* Whether an answer with this key was inspected and held nothing listed. */
bool ush_is_inspected(struct reply_info *rep, uint32_t key);
void ush_set_inspected(struct reply_info *rep, uint32_t key);
