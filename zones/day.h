/* SPDX-License-Identifier: BSD-3-Clause */
/* day.h - days as feeds and lists write them: "2015-01-26", which compare as texts. Values only, any
 * thread may call. */
#pragma once

#include <stdbool.h>

#define USH_DAY_TEXT_MAX sizeof("YYYY-MM-DD")

/* Whether the text is a day that exists, and nothing else. */
bool ush_day_is(const char *text);

/* The day that a time such as "2026-01-31T12:00:00Z" or "2026-01-31 12:00:00" begins with. False if it
 * begins with none. `text` may be NULL. */
bool ush_day_of(const char *text, char out[USH_DAY_TEXT_MAX]);

/* The day that comes `days` later. `day` must be one. */
void ush_day_after(const char *day, unsigned days, char out[USH_DAY_TEXT_MAX]);
