/* SPDX-License-Identifier: BSD-3-Clause */
/* beacon.h - what malware says about the host it runs on, and the decoders that read it.
 *
 * A family is a function in a file of its own under families/ and a row of the table in families.c;
 * the manual (docs/sinkhole-server.md) shows how to add one. A decoder sees bytes of unknown
 * origin: it bounds its work, keeps nothing, and says yes only to what ordinary traffic cannot be.
 * Pure, any thread may call. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include "sinkhole/protocol/http.h"
#include "sinkhole/protocol/text.h"

#define USH_BEACON_PROFILE_MAX 1024
#define USH_BEACON_FIELDS_MAX 4
#define USH_BEACON_WORD_MAX 96

/* All texts are what the host said, "" if it did not. */
struct ush_beacon {
	const char *family;                /* NULL: nothing decoded */
	const char *channel;               /* where it was: "body" or "cookie" */
	char version[USH_BEACON_WORD_MAX]; /* of the malware */
	char os[USH_BEACON_WORD_MAX];
	char locale[USH_BEACON_WORD_MAX];
	char memory[USH_BEACON_WORD_MAX];
	char timezone[USH_BEACON_WORD_MAX];
	char profile[USH_BEACON_PROFILE_MAX]; /* the decoded text, any bytes */
	size_t profile_len;
	char fields[USH_BEACON_FIELDS_MAX]
	           [USH_BEACON_WORD_MAX]; /* other decoded texts, printable ones */
	size_t field_count;
};

/* Reads one place. True if it is this family's; *out is then filled but for `channel`. */
typedef bool ush_family_fn(struct ush_beacon *out, struct ush_text text);

/* Tries each family on the body and on each Cookie header. False, and family NULL, if none knows
 * it. */
bool ush_beacon_read(
    struct ush_beacon *out, const struct ush_http_head *head, struct ush_text body);

/* The families. */
ush_family_fn ush_emdivi_read;
