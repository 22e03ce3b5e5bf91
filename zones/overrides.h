/* SPDX-License-Identifier: BSD-3-Clause */
/* overrides.h - overrides of the settings that name no campaign or feed of the list: usually a
 * misspelling, and then the operator's word has no effect. For warnings of programs, not for the
 * query path. Nothing allocates; any thread may call. */
#pragma once

#include <stdbool.h>
#include "common/settings.h"
#include "zones/blocklist.h"

struct ush_unknown_override {
	const char *key; /* "campaigns" or "feeds", as the settings file has it */
	const struct ush_override *override;
	const char *nearest; /* a name of the list that is spelled nearly the same; NULL: none */
};
typedef void ush_unknown_override_fn(void *arg, const struct ush_unknown_override *unknown);

/* Calls `fn` once for each override of an unknown campaign or feed, in the order of the settings. A
 * campaign that has left the list but keeps its sinkhole address is known. */
void ush_overrides_check(const struct ush_blocklist *list, const struct ush_settings *settings,
    ush_unknown_override_fn *fn, void *arg);

/* One sentence for people: "campaigns: emdvi: the list has no campaign of this name, so this has no
 * effect; did you mean emdivi?". Texts of the settings and of feeds go in as they are: escape it
 * for a terminal. Returns buf. */
#define USH_UNKNOWN_OVERRIDE_TEXT_MAX 512
const char *ush_unknown_override_text(
    const struct ush_unknown_override *unknown, char buf[USH_UNKNOWN_OVERRIDE_TEXT_MAX]);
