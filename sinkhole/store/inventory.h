/* SPDX-License-Identifier: BSD-3-Clause */
/* inventory.h - whose a machine is: a CSV file with a line of column names, exported from what the
 * organisation keeps. Immutable after loading, any thread may ask. */
#pragma once

#include <stddef.h>
#include "common/address.h"
#include "common/attr.h"
#include "common/error.h"
#include "sinkhole/store/leases.h"

/* No text is NULL. */
struct ush_asset {
	char hardware[USH_HARDWARE_MAX]; /* "": it is known by its address */
	struct ush_address address;      /* that it always has; family 0: none */
	const char *name;
	const char *owner;
	const char *place;
	const char *asset;
};

struct ush_inventory {
	struct ush_asset *items; /* malloced, their texts as well; by hardware */
	size_t count;
	size_t room;
	const struct ush_asset **addressed; /* malloced: those with an address, by address */
	size_t addressed_count;
};

/* Adds the lines of a file. Columns: mac (or hwaddr, duid), address (or ip), name (or hostname),
 * owner (or user), place (or location), asset (or tag); others are passed over, and so are lines
 * without mac and address. -1 if the file cannot be read or has none of these two columns. */
USH_MUST_CHECK int ush_inventory_read(
    struct ush_inventory *inventory, const char *path, struct ush_error *err);
void ush_inventory_fini(struct ush_inventory *inventory);

/* NULL if it has none. */
const struct ush_asset *ush_inventory_by_hardware(
    const struct ush_inventory *inventory, const char *hardware);
const struct ush_asset *ush_inventory_by_address(
    const struct ush_inventory *inventory, const struct ush_address *address);
