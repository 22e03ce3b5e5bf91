/* SPDX-License-Identifier: BSD-3-Clause */
/* aliases.h - pseudonyms: "host-k3m9x2qa7c" for an address, the same each time, from a key that only
 * this machine has (HMAC-SHA256, 49 bits of it). Without the key nothing leads from one to the other; with
 * it a pseudonym is compared with those of all hosts. One thread. */
#pragma once

#include <stdbool.h>
#include "common/attr.h"
#include "common/error.h"

enum ush_alias_kind {
	USH_ALIAS_HOST, /* an address */
	USH_ALIAS_NETWORK,
	USH_ALIAS_NAME, /* of a machine */
	USH_ALIAS_HARDWARE,
	USH_ALIAS_PERSON, /* an owner, or one who marked a case */
	USH_ALIAS_PLACE,
	USH_ALIAS_ASSET,
	USH_ALIASES
};

#define USH_ALIAS_MAX 24

struct ush_aliases;

/* Reads the key; makes one, readable for this user alone, if there is none. A file that others may
 * read, or that is too short, is refused. Returns 0 and *out owned by the caller. */
USH_MUST_CHECK int ush_aliases_open(
    struct ush_aliases **out, const char *key_path, struct ush_error *err);
void ush_aliases_close(struct ush_aliases *aliases); /* NULL is allowed */

/* The pseudonym of the text, in buf; "" for "". */
const char *ush_alias_of(const struct ush_aliases *aliases, enum ush_alias_kind kind,
    const char *text, char buf[USH_ALIAS_MAX]);

/* Whether the text is such a pseudonym, of whatever key. */
bool ush_alias_is(enum ush_alias_kind kind, const char *text);
