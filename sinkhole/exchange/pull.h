/* SPDX-License-Identifier: BSD-3-Clause */
/* pull.h - brings what all machines sent to PostgreSQL into a store of this machine: only rows that
 * changed since the last time, added up over the machines that saw the same. Waits for the network. */
#pragma once

#include "common/attr.h"
#include "common/error.h"
#include "sinkhole/exchange/pg.h"
#include "sinkhole/store/store.h"

/* In one transaction there and one here. *rows: how many came. */
USH_MUST_CHECK int ush_pull_all(
    struct ush_pg *pg, struct ush_store *store, uint64_t *rows, struct ush_error *err);
