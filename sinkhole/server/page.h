/* SPDX-License-Identifier: BSD-3-Clause */
/* page.h - the page a person sees: what happened, why, and the number to call. Plain HTML without
 * scripts, links or anything from elsewhere, so that it works in every browser and offers nothing
 * to attack. All texts are escaped. Pure, any thread may call. */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include "common/attr.h"
#include "sinkhole/protocol/language.h"

#define USH_PAGE_MAX 8192
#define USH_REFERENCE_MAX 16

/* The only style the page may have, by its hash; a test compares it with the page. */
#define USH_PAGE_STYLE_HASH "sha256-QwZOlsv2zzZGlYXqY2oAKTskjVGafBIlk/NUPg1Ecw0="

struct ush_page {
	enum ush_language language;
	const char *organisation; /* NULL: a general word */
	const char *contact;      /* NULL: a general word */
	const char *address;      /* the listed host that was asked for; NULL: not shown */
	const char *reference;
	uint64_t time_ms;
};

/* A number to quote on the phone: random, short, without letters that look alike. Not the event's
 * id, which would tell how much is going on here. */
void ush_reference_make(char out[USH_REFERENCE_MAX]);

/* Writes the page into buf. Returns its length, 0 if a text was too long for it. */
size_t ush_page_write(const struct ush_page *page, char buf[USH_PAGE_MAX]);
