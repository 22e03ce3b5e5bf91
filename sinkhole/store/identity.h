/* SPDX-License-Identifier: BSD-3-Clause */
/* identity.h - which machine stood behind an address at a time. Leases say which hardware address had
 * it from when to when, an inventory says whose machine that is, a hosts file names addresses that
 * never change. What lease files no longer say is kept in the records (records.h). A machine is named
 * only if its hardware is known for all of the time that is asked about: a name that was true at
 * another time is worse than none. Immutable after loading, any thread may ask. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "common/address.h"
#include "common/attr.h"
#include "common/error.h"
#include "common/settings.h"
#include "sinkhole/store/leases.h"
#include "sinkhole/store/store.h"

/* Borrowed from the identities; "" where it is not known. */
struct ush_machine {
	const char *hardware;
	const char *name;
	const char *owner;
	const char *place;
	const char *asset;
};

/* That a machine had an address. */
struct ush_holding {
	char address[USH_ADDRESS_TEXT_MAX];
	struct ush_machine machine;
	uint64_t first_ms;
	uint64_t last_ms;
};

struct ush_identities;

/* Reads all sources of the settings and, with `keep`, keeps what the leases say in the records if this
 * user may write them. A source that cannot be read is named in *unread; the others count all the same.
 * Returns 0 and *out owned by the caller; -1 without memory or if the records fail. */
USH_MUST_CHECK int ush_identities_load(struct ush_identities **out,
    const struct ush_settings *settings, uint64_t now_ms, bool keep, struct ush_unread *unread,
    struct ush_error *err);
void ush_identities_free(struct ush_identities *identities); /* NULL is allowed */

/* The machine that had this address (RFC 5952 text) from first_ms to last_ms. False: not known, or
 * not the same all the time. `identities` NULL: never known. */
bool ush_identity_of(const struct ush_identities *identities, const char *address,
    uint64_t first_ms, uint64_t last_ms, struct ush_machine *out);

/* The machines that had the address in this time, as far as leases say, in their order: up to `max`
 * into out[]; returns how many there are. */
size_t ush_identity_holdings(const struct ush_identities *identities, const char *address,
    uint64_t first_ms, uint64_t last_ms, struct ush_holding *out, size_t max);

/* Whether leases say that a machine of other hardware had the address at some time from first_ms to last_ms. */
bool ush_identity_is_another(const struct ush_identities *identities, const char *address,
    uint64_t first_ms, uint64_t last_ms, const char *hardware);

/* As ush_identity_holdings() for a machine: by its hardware address, or by a name in either case, also without its
 * domain. Addresses that a hosts file names are held for ever: first_ms 0, last_ms UINT64_MAX. */
size_t ush_identity_find(
    const struct ush_identities *identities, const char *word, struct ush_holding *out, size_t max);
