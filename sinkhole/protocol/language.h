/* SPDX-License-Identifier: BSD-3-Clause */
/* language.h - the languages of our pages, and which of them a client wants. Values only, any
 * thread may call. */
#pragma once

#include "sinkhole/protocol/text.h"

enum ush_language { USH_LANGUAGE_ENGLISH, USH_LANGUAGE_JAPANESE };
#define USH_LANGUAGES 2

/* By Accept-Language; English if it wants none of ours. */
enum ush_language ush_language_accepted(struct ush_text accept_language);

/* "en" or "ja". */
const char *ush_language_tag(enum ush_language language);
