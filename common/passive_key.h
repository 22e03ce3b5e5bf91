/* SPDX-License-Identifier: BSD-3-Clause */
/* passive_key.h - how names and clients stand in the passive record (passive_file.h). Values; any
 * thread. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include "common/address.h"
#include "common/attr.h"
#include "common/error.h"
#include "common/name.h"
#include "common/siphash.h"

struct ush_passive_key {
	uint8_t octets[USH_SIPHASH_KEY];
};

/* Read the key of a directory. -1 if there is none, or if it is none. */
USH_MUST_CHECK int ush_passive_key_load(
    struct ush_passive_key *out, const char *directory, struct ush_error *err);
/* The same, but make one if there is none, and the directory too. */
USH_MUST_CHECK int ush_passive_key_make(
    struct ush_passive_key *out, const char *directory, struct ush_error *err);
/* False if there is certainly none. */
bool ush_passive_key_exists(const char *directory);
/* Tells with which key a file was made, and nothing of the key. */
uint64_t ush_passive_key_check(const struct ush_passive_key *key);

/* What a client asked for: the name itself, or a name below it. */
enum ush_passive_kind { USH_PASSIVE_ITSELF, USH_PASSIVE_BELOW };
/* Of the name without its first `labels` labels. Never 0. */
uint64_t ush_passive_hash(const struct ush_passive_key *key, const struct ush_name *name,
    unsigned labels, enum ush_passive_kind kind);

/* An IPv6 address; IPv4 as ::ffff:a.b.c.d. */
struct ush_passive_client {
	uint8_t octets[16];
};
struct ush_passive_client ush_passive_client(const struct ush_address *address);
struct ush_address ush_passive_address(const struct ush_passive_client *client);
