/* SPDX-License-Identifier: BSD-3-Clause */
/* beacon.h - what malware says about the host it runs on, and the decoders that read it.
 *
 * A family is a function in a file of its own under families/ and a row of the table in families.c;
 * docs/extending.md shows how to add one. A decoder sees bytes of unknown
 * origin: it bounds its work, keeps nothing, and says yes only to what ordinary traffic cannot be.
 * Pure, any thread may call. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include "sinkhole/protocol/http.h"
#include "sinkhole/protocol/text.h"

#define USH_BEACON_PROFILE_MAX 1024
#define USH_BEACON_FIELDS_MAX 4
#define USH_BEACON_VALUES_MAX 12
#define USH_BEACON_WORD_MAX 96

/* One thing that the host said of itself. The key is a static word of a-z and _, the same in every
 * family for the same thing ("version" of the malware, "os", "locale", "memory", "timezone",
 * "user", "computer", "domain", "machine_id"), and none of "family", "channel", "profile", "fields". */
struct ush_beacon_value {
	const char *key;
	char text[USH_BEACON_WORD_MAX];
};

struct ush_beacon {
	const char *family;  /* NULL: nothing decoded */
	const char *channel; /* where it was: "body" or "cookie" */
	struct ush_beacon_value values[USH_BEACON_VALUES_MAX];
	size_t value_count;
	char profile[USH_BEACON_PROFILE_MAX]; /* the decoded text, any bytes */
	size_t profile_len;
	char fields[USH_BEACON_FIELDS_MAX]
	           [USH_BEACON_WORD_MAX]; /* other decoded texts, printable ones */
	size_t field_count;
	/* What follows the profile in the same place, where families send what they have stolen: never
	 * written unless with `capture: all`. Borrowed; empty if all of it is about the host. */
	struct ush_text rest;
};

/* Reads one place. True if it is this family's; *out is then filled but for `channel`. */
typedef bool ush_family_fn(struct ush_beacon *out, struct ush_text text);

/* Tries each family on the body and on each Cookie header. False, and family NULL, if none knows
 * it. */
bool ush_beacon_read(
    struct ush_beacon *out, const struct ush_http_head *head, struct ush_text body);

/* For decoders: adds `prefix` and the trimmed word, cut to what fits. An empty text, a second one of
 * a key and one too many are left out. */
void ush_beacon_add(
    struct ush_beacon *out, const char *key, const char *prefix, struct ush_text word);
/* What stands under a key; "" if it was not said. */
const char *ush_beacon_value(const struct ush_beacon *beacon, const char *key);

/* The families. */
ush_family_fn ush_emdivi_read;
ush_family_fn ush_lokibot_read;
