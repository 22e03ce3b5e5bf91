/* SPDX-License-Identifier: BSD-3-Clause */
/* push.h - sends what changed in a store to PostgreSQL (deploy/postgresql/sinkhole.sql). Each push is
 * one transaction there and may be cut off at any point: the next one finds out how far the last came.
 * Waits for the network. */
#pragma once

#include "common/attr.h"
#include "common/error.h"
#include "sinkhole/exchange/pg.h"
#include "sinkhole/store/store.h"

/* Sends all that changed, in as many pushes as it takes; where nothing did for a minute, an empty one,
 * which says that this machine is alive. */
USH_MUST_CHECK int ush_push_all(struct ush_pg *pg, struct ush_store *store, struct ush_error *err);
