/* SPDX-License-Identifier: BSD-3-Clause */
/* passive.h - who asked for a name before it was listed, out of the passive record of the resolver on
 * this machine (docs/passive.md). Names are asked about, not listed: the record holds none. One
 * thread. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "common/address.h"
#include "common/attr.h"
#include "common/error.h"
#include "common/name.h"
#include "sinkhole/store/store.h"

struct ush_passive_search;

/* For the record in this directory. -1 if it has no key that can be read. */
USH_MUST_CHECK int ush_passive_search_new(
    struct ush_passive_search **out, const char *directory, struct ush_error *err);
void ush_passive_search_free(struct ush_passive_search *search); /* NULL is allowed */

/* Asks about the name itself, about names below it, or both, under a number of the caller's. */
USH_MUST_CHECK int ush_passive_search_add(struct ush_passive_search *search, uint32_t number,
    const struct ush_name *name, bool itself, bool below, struct ush_error *err);

/* One client and one number. */
struct ush_passive_found {
	uint32_t number;
	struct ush_address client;
	uint64_t first_ms; /* when the first hour begins in which it asked */
	uint64_t last_ms;  /* when the last one begins */
	bool itself;
	bool below;
	bool is_real; /* it was given an address; false: not known */
};

/* What there is. Owned by the search. */
struct ush_passive_answer {
	const struct ush_passive_found *items; /* by number, first_ms, client */
	size_t count;
	uint64_t begin_ms; /* of the oldest file; 0: there is none */
	size_t files;
};

/* Searches all files that may have something between since_ms and until_ms (0: no end); of one client
 * if it is not NULL. Files that cannot be read are named in *unread. -1 without memory. */
USH_MUST_CHECK int ush_passive_search_run(struct ush_passive_search *search,
    const struct ush_address *client, uint64_t since_ms, uint64_t until_ms,
    struct ush_passive_answer *answer, struct ush_unread *unread, struct ush_error *err);
