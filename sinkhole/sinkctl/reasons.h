/* SPDX-License-Identifier: BSD-3-Clause */
/* reasons.h - what the tables of calls.c and facts.c say, in each language: for the page and for reports.
 * Constants, any thread may call. */
#pragma once

#include "sinkhole/protocol/language.h"
#include "sinkhole/store/facts.h"

/* The English text where there is no translation. */
const char *ush_word_of_reason(enum ush_language language, const char *reason);
const char *ush_word_of_fact(enum ush_language language, enum ush_fact fact);
