/* SPDX-License-Identifier: BSD-3-Clause */
/* host_names.h - what the machines are called at home: a file like /etc/hosts that the operator
 * exports from DHCP, IPAM or an inventory. Immutable after loading, any thread may ask. */
#pragma once

#include <stddef.h>
#include "common/attr.h"
#include "common/error.h"

struct ush_host_names;

/* Lines that are no "ADDRESS NAME" are passed over; the first name of an address counts.
 * Returns 0 and *out owned by the caller; -1 if the file cannot be read. */
USH_MUST_CHECK int ush_host_names_load(
    struct ush_host_names **out, const char *path, struct ush_error *err);
void ush_host_names_free(struct ush_host_names *names); /* NULL is allowed */

/* The name of an address in RFC 5952 text; NULL if there is none or `names` is NULL. Borrowed. */
const char *ush_host_names_find(const struct ush_host_names *names, const char *address);

/* The addresses of the machine with this name, or whose name begins with it and a dot; either case.
 * Up to `max` into out[], borrowed, in the order of their texts; returns how many there are. */
size_t ush_host_names_addresses(
    const struct ush_host_names *names, const char *name, const char **out, size_t max);
