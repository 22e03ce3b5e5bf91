/* SPDX-License-Identifier: BSD-3-Clause */
/* leases.h - which machine has an address, as files of others say: the lease files of dnsmasq, ISC
 * dhcpd and Kea, and what `ip neigh` prints. What cannot be read in a file is passed over: a daemon
 * may be writing it. Any thread. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include "common/address.h"
#include "common/attr.h"
#include "common/error.h"
#include "common/settings.h"

#define USH_HARDWARE_MAX 100     /* a MAC address, or as much of a DUID */
#define USH_MACHINE_NAME_MAX 128 /* bytes with the NUL */

/* One machine had one address from first_ms to last_ms. */
struct ush_lease {
	struct ush_address address;
	char hardware[USH_HARDWARE_MAX]; /* "02:00:5e:00:53:01", or a DUID in the same form */
	char name[USH_MACHINE_NAME_MAX]; /* that the machine gave itself; "" */
	uint64_t first_ms;
	uint64_t last_ms;
	/* It gave the address back at last_ms, which is first_ms as well, whatever was said before. */
	bool is_end;
	/* Seen at single moments: between two that are near the machine has not changed, unless another
	 * one was seen there. */
	bool is_sampled;
};

/* Calls fn for each lease. Nothing is known of times after now_ms: a lease that is still good ends
 * there. fn other than 0 ends the walk. Returns 0 or -1 (the file cannot be read, fn ended it). */
typedef int ush_lease_fn(void *arg, const struct ush_lease *lease);
USH_MUST_CHECK int ush_leases_read(const struct ush_identity_source *source, uint64_t now_ms,
    ush_lease_fn *fn, void *arg, struct ush_error *err);

/* A MAC address or DUID in its one form: two digits an octet in lower case, colons between. False if
 * it is none. */
bool ush_hardware_from_text(char out[USH_HARDWARE_MAX], const char *text);
