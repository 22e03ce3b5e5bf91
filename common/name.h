/* SPDX-License-Identifier: BSD-3-Clause */
/* name.h - DNS names: wire form in lower case, and the one text form used by logs, store and
 * lookup. Values only, nothing allocates, any thread may call. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "common/attr.h"

#define USH_NAME_MAX 255       /* octets of a name in wire form, root label included (RFC 1035) */
#define USH_NAME_TEXT_MAX 1024 /* room for any name as text with \DDD escapes and the final NUL */

/* A name in uncompressed wire form, lower case, ending with the root label. */
struct ush_name {
	uint8_t len; /* octets used, 1 for the root */
	uint8_t wire[USH_NAME_MAX];
};

/* Read presentation form ("www.Example.jp", optional trailing dot, \DDD and \X escapes).
 * Not for U-labels: those become A-labels before (zones/idn.h).
 * Returns 0, or -1 if a label is empty or over 63 octets, the name over 255, or an escape broken.
 */
USH_MUST_CHECK int ush_name_from_text(struct ush_name *out, const char *text, size_t len);

/* Copy and lower-case a wire-form name from the start of wire[0..len). Compression is refused.
 * Returns 0, or -1 if it is no whole name. */
USH_MUST_CHECK int ush_name_from_wire(struct ush_name *out, const uint8_t *wire, size_t len);

/* Write as text: lower case, no trailing dot ("." for the root), \DDD for what is not printable and
 * backslash before a dot or backslash inside a label. buf holds USH_NAME_TEXT_MAX. Returns
 * strlen(buf). */
size_t ush_name_to_text(const struct ush_name *name, char buf[USH_NAME_TEXT_MAX]);

/* Labels without the root: 0 for the root, 3 for www.example.jp. */
unsigned ush_name_labels(const struct ush_name *name);

/* The name with its first `labels` labels taken off (all of them: the root). */
void ush_name_suffix(const struct ush_name *name, unsigned labels, struct ush_name *out);

/* A name right below, with a label that no list has: what is found for it covers all names below.
 * Returns 0, or -1 if it would be too long. */
USH_MUST_CHECK int ush_name_below(const struct ush_name *name, struct ush_name *out);

/* True if `name` is `parent` or lies below it. */
bool ush_name_is_under(const struct ush_name *name, const struct ush_name *parent);

bool ush_name_equal(const struct ush_name *a, const struct ush_name *b);
