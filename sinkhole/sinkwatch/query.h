/* SPDX-License-Identifier: BSD-3-Clause */
/* query.h - the address of a page taken apart: its path and what stands behind the question mark.
 * The text is anybody's; nothing is allocated. Values only, any thread may call. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include "common/attr.h"
#include "common/error.h"
#include "sinkhole/protocol/language.h"
#include "sinkhole/store/calls.h"

#define USH_QUERY_TEXT_MAX 256

/* "" and 0: not asked for. */
struct ush_query {
	bool has_call;
	enum ush_call call;
	bool has_language;
	enum ush_language language;
	char find[USH_QUERY_TEXT_MAX];     /* part of an address, name, campaign or rule word */
	char campaign[USH_QUERY_TEXT_MAX]; /* of the hosts for programs */
	char since[USH_QUERY_TEXT_MAX];    /* a time as in when.h */
	size_t from;                       /* the first row of the page */
};

/* Keys: call, lang, find, campaign, since, from; others are passed over. `text` may be NULL.
 * -1 and the reason if a value is no such thing. */
USH_MUST_CHECK int ush_query_parse(struct ush_query *out, const char *text, struct ush_error *err);

/* Decodes text[0..len) into out: %XX, and '+' as a blank if `is_form`. -1 if it is malformed, has a
 * NUL or does not fit. */
USH_MUST_CHECK int ush_query_decode(
    char out[USH_QUERY_TEXT_MAX], const char *text, size_t len, bool is_form);
